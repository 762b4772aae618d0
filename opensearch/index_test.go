package opensearch

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWriteIndex(t *testing.T) {
	with := func(name, how string) index {
		i := index{name: name, aliases: map[string]json.RawMessage{}}
		if how != "" {
			i.aliases["all"] = json.RawMessage(how)
		}
		return i
	}
	tests := []struct {
		name    string
		indices []index
		want    string // or what is in the error
	}{
		{"none", nil, "there is no index all"},
		{"one", []index{with("a", "{}")}, "a"},
		{"itself", []index{with("all", "")}, "all"},
		{"marked", []index{with("a", `{"is_write_index": false}`), with("b", `{"is_write_index": true}`)}, "b"},
		{"not marked", []index{with("a", "{}"), with("b", "{}")}, "none of the indices of all is its write index: a, b"},
		{"of a data stream", []index{with(".ds-all-000001", ""), with(".ds-all-000002", "")}, ".ds-all-000002"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := writeIndex("all", test.indices)
			if err != nil && !strings.Contains(err.Error(), test.want) || err == nil && got.name != test.want {
				t.Errorf("got %s, %v", got.name, err)
			}
		})
	}
}
