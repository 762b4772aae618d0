package opensearch

import (
	"encoding/json"
	"strings"
	"testing"
)

// oldIndex is what a domain told of an index that has seen much.
const oldIndex = `{
	"settings": {
		"index.number_of_shards": "5", "index.number_of_replicas": "0", "index.refresh_interval": "-1",
		"index.uuid": "u", "index.creation_date": "1", "index.provided_name": "<books-{now/d}>", "index.version.created": "136407927", "index.version.upgraded": "1",
		"index.resize.source.name": "x", "index.routing.allocation.initial_recovery._id": "n", "index.routing.allocation.require.box": "hot",
		"index.remote_store.enabled": "true", "index.replication.type": "SEGMENT", "index.blocks.write": "true", "archived.index.x": "1",
		"index.analysis.filter.f.stopwords": ["a", "b"], "index.default_pipeline": "_none", "index.knn": "true"
	},
	"mappings": {"_meta": {"owner": "x", "awspatterns": {"settings": {"index.refresh_interval": null, "index.number_of_replicas": "2"}, "replace": {"alias": "books"}}}, "dynamic": "strict"}
}`

func readOld(t *testing.T) generation {
	var i struct {
		Settings map[string]any
		Mappings map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(oldIndex), &i); err != nil {
		t.Fatal(err)
	}
	g := generation{index: index{name: "books-1", mapping: i.Mappings, settings: i.Settings}}
	var err error
	if g.mark, err = readMark(g.index); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestDefinitionOf(t *testing.T) {
	for product, want := range map[Product]string{
		Domain: `{"settings":{"index.analysis.filter.f.stopwords":["a","b"],"index.default_pipeline":"_none","index.knn":"true","index.number_of_replicas":"2","index.number_of_shards":"5",` +
			`"index.replication.type":"SEGMENT","index.routing.allocation.require.box":"hot"},"mappings":{"_meta":{"owner":"x"},"dynamic":"strict"}}`,
		Serverless: `{"settings":{"index.analysis.filter.f.stopwords":["a","b"],"index.default_pipeline":"_none","index.knn":"true",` +
			`"index.routing.allocation.require.box":"hot"},"mappings":{"_meta":{"owner":"x"},"dynamic":"strict"}}`,
	} {
		d, left := definitionOf(readOld(t), product)
		text, _, err := d.render()
		if err != nil || string(text) != want || strings.Join(left, " ") != "index.blocks.write" {
			t.Errorf("%s: got %s, %v, %v\nwant %s", product, text, left, err, want)
		}
	}
}

// TestBirth: a new index is tuned from its first moment, and what it is to be is in its
// mark.
func TestBirth(t *testing.T) {
	d, _ := definitionOf(readOld(t), Domain)
	before, _, _ := d.render()
	born, err := d.birth(Domain, replacement{Alias: "books", State: loading})
	if err != nil {
		t.Fatal(err)
	}
	if after, _, _ := d.render(); string(after) != string(before) {
		t.Errorf("the definition has become %s", after)
	}
	if born.Settings["index.refresh_interval"] != "-1" || born.Settings["index.number_of_replicas"] != "0" {
		t.Errorf("got %v", born.Settings)
	}
	want := `{"awspatterns":{"replace":{"alias":"books","generation":0,"source":"","definition":"","plan":"","settings":{"index.number_of_replicas":"2","index.refresh_interval":null},"state":"loading"}},"owner":"x"}`
	if got := string(born.Mappings["_meta"]); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	born, err = d.birth(Serverless, replacement{})
	if err != nil || born.Settings["index.refresh_interval"] != nil || born.Settings["index.number_of_replicas"] != "2" {
		t.Errorf("Serverless: %v, %v", born.Settings, err)
	}
}

func TestIncomparable(t *testing.T) {
	tests := []struct{ body, pipeline, want string }{
		{`{}`, "", ""},
		{`{"mappings": {"_source": {}}}`, "", ""},
		{`{"mappings": {"_source": {"enabled": true}}}`, "", ""},
		{`{"mappings": {"_source": {"enabled": false}}}`, "", "_source is disabled"},
		{`{"mappings": {"_source": {"enabled": "false"}}}`, "", "the mapping has a _source that is not understood"},
		{`{"mappings": {"_source": {"excludes": ["vector"]}}}`, "", "_source leaves out fields"},
		{`{"mappings": {"_source": {"includes": ["a"]}}}`, "", "_source leaves out fields"},
		{`{}`, "clean", "an ingest pipeline may change documents"},
		{`{}`, "_none", ""},
		{`{"settings": {"default_pipeline": "clean"}}`, "", "an ingest pipeline may change documents"},
		{`{"settings": {"default_pipeline": "clean"}}`, "_none", ""},
		{`{"settings": {"final_pipeline": "clean"}}`, "_none", "an ingest pipeline may change documents"},
		{`{"settings": {"index": {"knn": true}}}`, "", "_source is not stored, but made of the fields"},
		{`{"settings": {"index": {"knn": true, "knn.derived_source.enabled": false}}}`, "", ""},
		{`{"settings": {"index.derived_source.enabled": true}}`, "", "_source is not stored, but made of the fields"},
	}
	for _, test := range tests {
		d, _, err := parseBody([]byte(test.body), "books")
		if err != nil {
			t.Fatal(err)
		}
		if got := d.incomparable(IngestOptions{Pipeline: test.pipeline}); got != test.want {
			t.Errorf("%s, pipeline %q: got %q, want %q", test.body, test.pipeline, got, test.want)
		}
	}
}

func TestGenerationOf(t *testing.T) {
	for _, test := range []struct {
		alias, name string
		want        int
	}{
		{"books", "books-000001", 1},
		{"Books", "books-000042", 42},
		{"books", "books-1234567", 1234567},
		{"books", "books-0000001", 0},
		{"books", "books-00001", 0},
		{"books", "books-000000", 0},
		{"books", "books--00001", 0},
		{"books", "books-+00001", 0},
		{"books", "books-x-000001", 0},
		{"books", "books", 0},
		{"books", "", 0},
		{"books", "books-99999999999999999999", 0},
		{"a-000001", "a-000001-000002", 2},
	} {
		if got := generationOf(test.alias, test.name); got != test.want {
			t.Errorf("%s of %s: got %d, want %d", test.name, test.alias, got, test.want)
		}
	}
}

// FuzzParseBody: what is taken is rendered, and taken again as the same.
func FuzzParseBody(f *testing.F) {
	f.Add(`{"settings": {"index": {"number_of_shards": 2, "x": {"y": ["z", 1, true, null]}}, "index.a": null}, "mappings": {"_meta": {"awspatterns": {"replace": null}, "o": 1}}}`)
	f.Add(`{"aliases": {"books": {"routing": "r", "filter": {}}}, "settings": {"": {"": 1}}}`)
	f.Add(`{"mappings": null, "settings": null, "aliases": null}`)
	f.Fuzz(func(t *testing.T, body string) {
		d, how, err := parseBody([]byte(body), "books")
		if err != nil {
			return
		}
		text, digest, err := d.render()
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		again, none, err := parseBody(text, "books")
		if err != nil || none != nil {
			t.Fatalf("%s becomes %s: %v", body, text, err)
		}
		if other, same, err := again.render(); err != nil || same != digest {
			t.Errorf("%s becomes %s and then %s, %v", body, text, other, err)
		}
		if how != nil {
			if same, err := parseAlias(how); err != nil || string(same) != string(how) {
				t.Errorf("%s: the alias becomes %s and then %s, %v", body, how, same, err)
			}
		}
		if _, err := d.birth(Domain, replacement{}); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	})
}
