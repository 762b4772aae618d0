package sns

import (
	"encoding/json"
	"strings"
	"testing"
)

// A policy that is accepted is JSON about the topic.
func FuzzPolicy(f *testing.F) {
	f.Add(policy)
	f.Add(`{"Statement":[{"Effect":"Deny","Principal":"*","Action":["SNS:Publish"],"Resource":"` + arn + `"}]}`)
	f.Add(`{"Statement":[null]}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, text string) {
		if checkPolicy(text, arn) == nil && (!json.Valid([]byte(text)) || !strings.Contains(strings.ToLower(text), "sns")) {
			t.Errorf("%q is accepted", text)
		}
	})
}
