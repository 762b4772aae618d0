package rules_test

import (
	"encoding/json"
	"os"
	"testing"
)

func readFile(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// refused is the corpus of testdata/refused.json, which says what its parts mean.
type refused struct {
	Countries map[string]string
	HomeNet   string `json:"home_net"`
	Cases     []refusedCase
}

type refusedCase struct {
	Text, Code, Label, Why string
	Loads                  *bool
	Order                  string
	Sid                    uint32
	Packets                []refusedPacket
}

type refusedPacket struct {
	Source, Destination string
	Protocol            string
	SourcePort          uint16 `json:"source_port"`
	DestinationPort     uint16 `json:"destination_port"`
	Seems, Matches      bool
}

func readRefused(t testing.TB) refused {
	t.Helper()
	var r refused
	if err := json.Unmarshal([]byte(readFile(t, "testdata/refused.json")), &r); err != nil {
		t.Fatal(err)
	}
	return r
}
