package opensearch

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

// What the scanner takes is JSON, and all JSON is taken but that with a key twice.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,-2.5e3,"x",true,false,null,{"b":{}}]}`, `{"a":1,"a":2}`, `{"a":1`, `[1,]`, `"\ud800"`, "\"\xff\"", `01`, `-`, ` 1 `, `1 2`, `{"A":1,"\u0041":2}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		err := checkJSON(b)
		if err == nil && !json.Valid(b) {
			t.Errorf("%q is taken", b)
		}
		bad, ok := err.(*syntaxError)
		if ok && json.Valid(b) && !strings.HasPrefix(bad.what, "Duplicate field") && !strings.HasPrefix(bad.what, "Document nesting") && !strings.HasPrefix(bad.what, "Invalid UTF-8") {
			t.Errorf("%q is refused: %v", b, err)
		}
	})
}

// A bulk request of any form gets an answer that is JSON, and one item for each
// that was done.
func FuzzBulk(f *testing.F) {
	for _, seed := range []string{
		"{\"index\":{\"_id\":\"1\"}}\n{\"n\":1}\n", "{\"delete\":{\"_id\":\"1\"}}\n", "{\"update\":{\"_id\":\"1\"}}\n{\"doc\":{\"a\":{\"b\":1}},\"doc_as_upsert\":true}\n",
		"{\"create\":{}}\n\n", "\n\n", "{\"index\":{\"_id\":null,\"routing\":\"r\",\"version\":3,\"version_type\":\"external\"}}\r\n{\"a.b\":[1,{\"c\":\"2024-01-01\"}]}\r\n",
		"{\"index\":{\"_index\":\"b\\n\"}}\n{\"\":1}\n", "{\"index\":{\"if_seq_no\":0,\"if_primary_term\":1,\"_id\":\"\\u0000\"}}\n{}\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := New()
		for range 2 {
			r := httptest.NewRequest("POST", "/a/_bulk?refresh=true", strings.NewReader(string(body)))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			answer, err := io.ReadAll(w.Result().Body)
			if err != nil || !json.Valid(answer) {
				t.Fatalf("got %q, %v", answer, err)
			}
		}
		for _, name := range s.Indices() {
			for id, doc := range s.Docs(name) {
				if checkJSON([]byte(strings.TrimPrefix(string(doc.Source), "\ufeff"))) != nil {
					t.Errorf("document %q is no JSON: %q", id, doc.Source)
				}
			}
		}
		s.State()
	})
}

// A document that is taken adds nothing the second time, and its mapping can be
// read again.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"b":[1,2.5,null],"c":{"d":"x","e":[{"f":true}]}}`, `{"a.b":1,"a":{"c":2}}`, `{"a":[{"b":1},{"b":"2024-01-01","c":{}}]}`, `{"a":[1,{"b":2}]}`, `{"a":[[]]}`, `{"a":"","b":[]}`,
		`{"a":{},"a.b":1}`, `{"a":1,"a.b":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := New()
		if fail := s.create("a", createBody{mapping: newMapping()}); fail != nil {
			t.Fatal(fail)
		}
		ix := s.indices["a"]
		if s.conform(ix, "1", b) != nil {
			return
		}
		before := string(marshal(ix.mapping.Load()))
		if fail := s.conform(ix, "1", b); fail != nil {
			t.Errorf("%q is refused the second time: %v", b, fail)
		}
		if after := string(marshal(ix.mapping.Load())); before != after {
			t.Errorf("%q adds again:\n%s\n%s", b, before, after)
		}
		again, fail := s.mappingOf([]byte(before))
		if fail != nil || string(marshal(again)) != before {
			t.Errorf("mapping %s: %v", before, fail)
		}
	})
}

func FuzzFilterPath(f *testing.F) {
	f.Add([]byte(`{"a":[{"b":{"c":1}},{"b":2}],"d":1}`), "a.b.c,d")
	f.Add([]byte(`{"a":{"b":{"c":1}}}`), "**.c")
	f.Add([]byte(`{"a":1}`), "*")
	f.Fuzz(func(t *testing.T, body []byte, paths string) {
		if checkJSON(body) == nil && len(paths) < 100 && strings.Count(paths, "**") < 4 {
			if out := filterPath(body, paths); !json.Valid(out) {
				t.Errorf("%s of %s is %s", paths, body, out)
			}
		}
	})
}

// No body makes a request panic.
func FuzzRequests(f *testing.F) {
	for _, seed := range [][2]string{
		{"PUT /b", `{"settings":{"number_of_shards":2},"mappings":{"_meta":{},"properties":{"a":{"properties":{"b":{"type":"long"}}}}},"aliases":{"c":{"filter":{"term":{"a":1}}}}}`},
		{"POST /_aliases", `{"actions":[{"remove_index":{"index":"a"}},{"add":{"indices":["a"],"aliases":["b"],"is_write_index":true}}]}`},
		{"POST /a/_search", `{"query":{"bool":{"must":[{"ids":{"values":["1"]}}],"should":{"exists":{"field":"n"}}}},"sort":[{"n":{"order":"desc"}}],"search_after":[1]}`},
		{"PUT /a/_settings", `{"index":{"blocks":{"write":true}},"refresh_interval":null}`}, {"PUT /a/_mapping", `{"dynamic":"strict","properties":{"n":{"type":"keyword"}}}`},
		{"POST /_mget", `{"docs":[{"_index":"a","_id":"1","_source":["n"]}]}`}, {"POST /_reindex", `{"source":{"index":["a"]},"dest":{"index":"b"}}`},
		{"POST /a/_update/1", `{"doc":{"n":{"m":[1]}},"upsert":{}}`}, {"PUT /_index_template/t", `{"index_patterns":"a*","template":{}}`}, {"POST /a/_delete_by_query", `{"query":{"match_all":{}}}`},
		{"PUT /_cluster/settings", `{"transient":{"action":{"auto_create_index":false}}}`}, {"POST /a/_count", `{"query":{"terms":{"n":[1,null]}}}`},
	} {
		f.Add(seed[0], []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, line string, body []byte) {
		method, path, _ := strings.Cut(line, " ")
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, " \t\r\n%\x7f") || method == "" || strings.Contains(path, "health") || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || len(path) > 200 {
			return
		}
		for _, c := range path {
			if c < ' ' || c > '~' {
				return
			}
		}
		s := New()
		for _, r := range [][3]string{{"POST", "/a/_bulk?refresh=true", "{\"index\":{\"_id\":\"1\"}}\n{\"n\":1}\n"}, {method, path, string(body)}, {"GET", "/a/_search", ""}} {
			request := httptest.NewRequest(r[0], r[1], strings.NewReader(r[2]))
			request.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, request)
			if w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
				t.Errorf("%v: got %q", r, w.Body)
			}
		}
		s.State()
	})
}
