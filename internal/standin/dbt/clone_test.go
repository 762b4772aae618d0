package dbt_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/awspatterns/awspatterns/internal/standin/dbt"
)

const fixture = "../../../lineage/dag/testdata/manifests/shop_duckdb_1.12.6.json.gz"

func TestClone(t *testing.T) {
	small, err := dbt.ReadFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	const size = 8 << 20
	var large bytes.Buffer
	if err := dbt.Clone(&large, small, size); err != nil {
		t.Fatal(err)
	}
	if large.Len() < size*8/10 || large.Len() > size*12/10 {
		t.Errorf("got %d bytes, want about %d", large.Len(), size)
	}
	var before, after map[string]map[string]json.RawMessage
	if err := json.Unmarshal(small, &before); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(large.Bytes(), &after); err != nil {
		t.Fatal(err)
	}
	// No key comes twice, or some copies would be missing here.
	copies := len(after["nodes"]) / len(before["nodes"])
	for _, section := range []string{"nodes", "sources", "exposures", "parent_map", "child_map"} {
		if got, want := len(after[section]), copies*len(before[section]); got != want || copies < 10 {
			t.Errorf("%s: got %d members, want %d times %d", section, got, copies, len(before[section]))
		}
	}
	if len(after["macros"])%len(before["macros"]) != 0 {
		t.Errorf("macros: got %d, not a multiple of %d", len(after["macros"]), len(before["macros"]))
	}
}

func TestCloneErrors(t *testing.T) {
	for _, text := range []string{"", "[]", `{"nodes": {"a":`} {
		if err := dbt.Clone(&bytes.Buffer{}, []byte(text), 1000); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}
