package opensearch_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/standin/opensearch"
)

// ids are those of the hits of a search, with n of each.
func ids(t testing.TB, answer string) string {
	t.Helper()
	var body struct {
		Hits struct {
			Hits []struct {
				ID     string          `json:"_id"`
				Source struct{ N int } `json:"_source"`
			}
		}
	}
	if err := json.Unmarshal([]byte(answer), &body); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	var all []string
	for _, hit := range body.Hits.Hits {
		all = append(all, fmt.Sprintf("%s:%d", hit.ID, hit.Source.N))
	}
	return strings.Join(all, " ")
}

func TestSearches(t *testing.T) {
	s := opensearch.New()
	ok(t, s, "PUT", "/a", `{"settings":{"number_of_shards":2},"mappings":{"properties":{"k":{"type":"keyword"},"d":{"type":"date"}}}}`)
	ok(t, s, "POST", "/a/_bulk?refresh=true", strings.Join([]string{
		`{"index":{"_id":"x"}}`, `{"n":1,"k":"b","t":"Red apple","o":{"p":["u","v"]},"d":"2024-05-01"}`,
		`{"index":{"_id":"y","routing":"r"}}`, `{"n":2,"k":"a","t":"green apple","o.p":"w","d":"2023-05-01T10:00:00Z"}`,
		`{"index":{"_id":"z"}}`, `{"n":3,"k":["c","a"],"b":true}`, ""}, "\n"))
	for _, c := range []struct{ name, body, want string }{
		{"all", `{"sort":"n"}`, "x:1 y:2 z:3"},
		{"descending", `{"sort":[{"n":"desc"}]}`, "z:3 y:2 x:1"},
		{"descending as object", `{"sort":[{"n":{"order":"desc"}}]}`, "z:3 y:2 x:1"},
		{"from and size", `{"sort":"n","from":1,"size":1}`, "y:2"},
		{"search after", `{"sort":["n","_id"],"search_after":[1,"x"],"size":1}`, "y:2"},
		{"search after the last", `{"sort":["n"],"search_after":[3]}`, ""},
		{"term", `{"query":{"term":{"n":2}}}`, "y:2"},
		{"term with value", `{"query":{"term":{"k":{"value":"b"}}}}`, "x:1"},
		{"term of an array", `{"query":{"term":{"k":"c"}}}`, "z:3"},
		{"term of a word", `{"query":{"term":{"t":"apple"}},"sort":"n"}`, "x:1 y:2"},
		{"term of a text that is analyzed", `{"query":{"term":{"t":"Red apple"}}}`, ""},
		{"term of a multi-field", `{"query":{"term":{"t.keyword":"Red apple"}}}`, "x:1"},
		{"term of a path", `{"query":{"term":{"o.p.keyword":"v"}}}`, "x:1"},
		{"term of a path with a dot", `{"query":{"term":{"o.p.keyword":"w"}}}`, "y:2"},
		{"terms", `{"query":{"terms":{"n":[1,3,9]}},"sort":"n"}`, "x:1 z:3"},
		{"ids", `{"query":{"ids":{"values":["z","nix"]}}}`, "z:3"},
		{"term of _id", `{"query":{"term":{"_id":"y"}}}`, "y:2"},
		{"exists", `{"query":{"exists":{"field":"b"}}}`, "z:3"},
		{"bool", `{"query":{"bool":{"filter":[{"exists":{"field":"t"}}],"must_not":{"term":{"n":1}}}}}`, "y:2"},
		{"should", `{"query":{"bool":{"should":[{"term":{"n":1}},{"term":{"n":3}}]}},"sort":"n"}`, "x:1 z:3"},
		{"constant score", `{"query":{"constant_score":{"filter":{"term":{"n":1}}}}}`, "x:1"},
		{"none", `{"query":{"match_none":{}}}`, ""},
		{"by date", `{"sort":"d"}`, "y:2 x:1 z:3"},
		{"by date, those without first", `{"sort":{"d":{"missing":"_first"}}}`, "z:3 y:2 x:1"},
		{"by keyword", `{"sort":["k","n"]}`, "y:2 z:3 x:1"},
		{"by keyword, descending", `{"sort":[{"k":"desc"}]}`, "z:3 x:1 y:2"},
		{"by text as keyword", `{"sort":"t.keyword"}`, "x:1 y:2 z:3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ids(t, ok(t, s, "POST", "/a/_search", c.body)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSearchAnswers(t *testing.T) {
	s := opensearch.New()
	ok(t, s, "POST", "/a/_bulk?refresh=true", "{\"index\":{\"_id\":\"1\"}}\n{\"a\": {\"b\": 1, \"c\": 2}, \"d\":\"x\"}\n{\"index\":{\"_id\":\"2\"}}\n{}\n")
	for _, c := range []struct {
		name, path, body string
		status           int
		want             string
	}{
		{"source as it came", "/a/_search", `{"query":{"ids":{"values":["1"]}}}`, 200, `"_source":{"a": {"b": 1, "c": 2}, "d":"x"}}`},
		{"no source", "/a/_search", `{"query":{"ids":{"values":["1"]}},"_source":false}`, 200, `"hits":[{"_index":"a","_id":"1","_score":1.0}]`},
		{"fields", "/a/_search", `{"query":{"ids":{"values":["1"]}},"_source":["a.b"]}`, 200, `"_source":{"a":{"b":1}}}`},
		{"excludes", "/a/_search", `{"query":{"ids":{"values":["1"]}},"_source":{"excludes":["a*"]}}`, 200, `"_source":{"d":"x"}}`},
		{"version and number", "/a/_search", `{"query":{"ids":{"values":["1"]}},"version":true,"seq_no_primary_term":true}`, 200, `"_version":1,"_seq_no":0,"_primary_term":1,`},
		{"capped total", "/a/_search?track_total_hits=1", `{"size":0}`, 200, `"total":{"value":1,"relation":"gte"}`},
		{"no total", "/a/_search?track_total_hits=false", `{"size":0}`, 200, `"hits":{"max_score":null,"hits":[]}`},
		{"several", "/a,a*/_count", "", 200, `"count":2`},
		{"pattern that fits nothing", "/x*/_count", "", 200, `{"count":0,"_shards":{"total":0,"successful":0,"skipped":0,"failed":0}}`},
		{"pattern that has to fit", "/x*/_count?allow_no_indices=false", "", 404, "no such index [x*]"},
		{"missing beside another", "/a,x/_count", "", 404, "no such index [x]"},
		{"missing that is ignored", "/a,x/_count?ignore_unavailable=true", "", 200, `"count":2`},
		{"excluded", "/*,-a/_count", "", 200, `"count":0`},
		{"sort by no field", "/a/_search", `{"sort":"nix"}`, 400, "No mapping found for [nix] in order to sort on"},
		{"sort by text", "/a/_search", `{"sort":"d"}`, 400, "Text fields are not optimised"},
		{"search_after of another length", "/a/_search", `{"sort":"_id","search_after":[1,2]}`, 400, "search_after has 2 value(s) but sort has 1."},
		{"count with size", "/a/_count", `{"size":1}`, 400, "request does not support [size]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if status, answer := send(t, s, "POST", c.path, c.body); status != c.status || !strings.Contains(answer, c.want) {
				t.Errorf("got %d %s", status, answer)
			}
		})
	}
}

func TestAliasesOfSearches(t *testing.T) {
	s := opensearch.New()
	ok(t, s, "POST", "/a/_bulk?refresh=true", lines("index", 0, 4))
	ok(t, s, "POST", "/b/_bulk?refresh=true", lines("index", 10, 2))
	ok(t, s, "POST", "/_aliases", `{"actions":[{"add":{"index":"a","alias":"one","filter":{"term":{"n":1}}}},{"add":{"index":"b","alias":"one"}},
		{"add":{"index":"a","alias":"two","filter":{"terms":{"n":[1,2]}}}}]}`)
	for path, want := range map[string]string{
		"one": "1:1 10:10 11:11", "two": "1:1 2:2", "one,two": "1:1 10:10 11:11 2:2", "one,a": "0:0 1:1 10:10 11:11 2:2 3:3", "a": "0:0 1:1 2:2 3:3",
	} {
		if got := ids(t, ok(t, s, "POST", "/"+path+"/_search", `{"sort":"_id"}`)); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if n := count(t, s, "one"); n != 3 {
		t.Errorf("count: got %d", n)
	}
	if status, answer := send(t, s, "GET", "/one/_doc/1", ""); status != 400 || !strings.Contains(answer, "has more than one index associated with it") {
		t.Errorf("got %d %s", status, answer)
	}
}
