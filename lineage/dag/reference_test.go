package dag_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/standin/dbt"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// reference is what ReadManifest reads, as a type for encoding/json. Parts that
// have several forms, and are read whatever they are, stay raw.
type reference struct {
	Metadata struct {
		SchemaVersion string `json:"dbt_schema_version"`
		DBTVersion    string `json:"dbt_version"`
		Adapter       string `json:"adapter_type"`
		ProjectName   string `json:"project_name"`
		ProjectID     string `json:"project_id"`
	} `json:"metadata"`
	Nodes          map[string]referenceNode `json:"nodes"`
	Sources        map[string]referenceNode `json:"sources"`
	Exposures      map[string]referenceNode `json:"exposures"`
	Metrics        map[string]referenceNode `json:"metrics"`
	SemanticModels map[string]referenceNode `json:"semantic_models"`
	SavedQueries   map[string]referenceNode `json:"saved_queries"`
	UnitTests      map[string]referenceNode `json:"unit_tests"`
	Functions      map[string]referenceNode `json:"functions"`
	Groups         map[string]struct {
		Owner json.RawMessage `json:"owner"`
	} `json:"groups"`
	ParentMap map[string][]string `json:"parent_map"`
	ChildMap  map[string][]string `json:"child_map"`
}

type referenceNode struct {
	Type         string          `json:"resource_type"`
	Package      string          `json:"package_name"`
	Name         string          `json:"name"`
	Version      json.RawMessage `json:"version"`
	Database     string          `json:"database"`
	Schema       string          `json:"schema"`
	Identifier   string          `json:"identifier"`
	Alias        string          `json:"alias"`
	Relation     string          `json:"relation_name"`
	Description  string          `json:"description"`
	Tags         stringOrList    `json:"tags"`
	Path         string          `json:"path"`
	OriginalPath string          `json:"original_file_path"`
	Group        string          `json:"group"`
	Owner        json.RawMessage `json:"owner"`
	Meta         json.RawMessage `json:"meta"`
	Config       struct {
		Materialized string          `json:"materialized"`
		Meta         json.RawMessage `json:"meta"`
	} `json:"config"`
	Columns map[string]struct {
		Name        string `json:"name"`
		Type        string `json:"data_type"`
		Description string `json:"description"`
	} `json:"columns"`
	DependsOn struct {
		Nodes []string `json:"nodes"`
	} `json:"depends_on"`
}

type stringOrList []string

func (l *stringOrList) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		*l = []string{""}
		return json.Unmarshal(b, &(*l)[0])
	}
	return json.Unmarshal(b, (*[]string)(l))
}

func (r *reference) all() []map[string]referenceNode {
	return []map[string]referenceNode{r.Nodes, r.Sources, r.Exposures, r.Metrics, r.SemanticModels, r.SavedQueries, r.UnitTests, r.Functions}
}

// edges returns the union of depends_on, parent_map and child_map.
func (r *reference) edges() map[[2]string]bool {
	edges := map[[2]string]bool{}
	add := func(from, to string) {
		if from != "" && to != "" {
			edges[[2]string{from, to}] = true
		}
	}
	for _, section := range r.all() {
		for id, n := range section {
			for _, parent := range n.DependsOn.Nodes {
				add(parent, id)
			}
		}
	}
	for child, parents := range r.ParentMap {
		for _, parent := range parents {
			add(parent, child)
		}
	}
	for parent, children := range r.ChildMap {
		for _, child := range children {
			add(parent, child)
		}
	}
	return edges
}

// checkReference compares ReadManifest with encoding/json: what one rejects the
// other rejects, and nodes and edges are the same. A document without any
// section of a manifest is no manifest, but good JSON.
func checkReference(t *testing.T, text []byte) {
	var want reference
	wantErr := json.Unmarshal(text, &want)
	p, err := dag.ReadManifest(strings.NewReader(string(text)), "m")
	if errors.Is(err, dag.ErrNotManifest) {
		err = nil
	}
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("ReadManifest: %v; encoding/json: %v", err, wantErr)
	}
	if err != nil || p == nil || twice(text) {
		return
	}
	p.Rename("p")
	g, err := dag.Merge([]*dag.Project{p}, dag.MergeOptions{LeaveOut: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[[2]string]bool{}
	origins := slices.Clone(g.Report.Internal)
	for _, e := range g.Edges {
		origins = append(origins, e.Origins...)
	}
	for _, o := range origins {
		got[[2]string{o.From, o.To}] = true
	}
	if edges := want.edges(); !maps.Equal(got, edges) || len(origins) != len(edges) {
		t.Errorf("edges: got %v\nencoding/json %v", got, edges)
	}
	checkReferenceNodes(t, g, &want)
}

func checkReferenceNodes(t *testing.T, g *dag.Graph, want *reference) {
	described := map[string]referenceNode{}
	for _, section := range want.all() {
		maps.Copy(described, section)
	}
	members := 0
	for _, n := range g.Nodes {
		members += max(1, len(n.Members))
		w, ok := described[n.UniqueID]
		if n.Placeholder != !ok {
			t.Errorf("%s: placeholder %t, described %t", n.ID, n.Placeholder, ok)
		}
		if len(n.Members) > 0 || !ok {
			continue
		}
		got := fmt.Sprintf("%q", []string{n.Package, n.Database, n.Schema, n.Description, n.Materialization, n.Relation})
		relation := w.Relation
		if relation == "" {
			relation = n.Relation // put together from the parts
		}
		if want := fmt.Sprintf("%q", []string{w.Package, w.Database, w.Schema, w.Description, w.Config.Materialized, relation}); got != want {
			t.Errorf("%s: got %s, encoding/json %s", n.ID, got, want)
		}
		if len(n.Columns) != len(w.Columns) {
			t.Errorf("%s: got %d columns, encoding/json %d", n.ID, len(n.Columns), len(w.Columns))
		}
	}
	if members < len(described) {
		t.Errorf("got %d resources, encoding/json %d", members, len(described))
	}
}

// twice reports whether the document gives a key twice in one object, or the
// same id in two sections: then there is no one right answer.
func twice(text []byte) bool {
	d := json.NewDecoder(strings.NewReader(string(text)))
	var open []map[string]bool
	key := false
	seen := map[string]bool{}
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		switch token := token.(type) {
		case json.Delim:
			switch token {
			case '{':
				open, key = append(open, map[string]bool{}), true
				continue
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
		case string:
			if in := len(open) - 1; in >= 0 && open[in] != nil && key {
				k := strings.ToLower(strings.ReplaceAll(token, "ſ", "s"))
				if open[in][k] || in == 1 && seen[token] && !strings.HasSuffix(k, "_map") && strings.Contains(k, ".") {
					return true
				}
				open[in][k] = true
				key = false
				continue
			}
		}
		key = len(open) > 0 && open[len(open)-1] != nil
	}
}

func TestReadManifestEqualsEncodingJSON(t *testing.T) {
	for name, text := range manifests(t) {
		t.Run(name, func(t *testing.T) { checkReference(t, []byte(text)) })
	}
}

// FuzzReadManifest looks for a document that ReadManifest and encoding/json do
// not agree on.
func FuzzReadManifest(f *testing.F) {
	f.Add([]byte(small))
	for _, seed := range []string{
		`{}`, `null`, `[]`, `{"nodes":null}`, `{"NODES":{"a":{"Name":1}}}`, `{"nodeſ":[]}`, `{"nodes":{"a":null,"b":{"depends_on":{"nodes":["a",null]}}}}`,
		`{"nodes":{"a":{"tags":"x","version":1.5e3,"meta":[1],"owner":{"email":["a","b"]}}},"parent_map":{"a":["b"]}}`,
		`{"nodes":{"model.a":{"name":"\ud83d\ude00\u0000\ud800"}},"child_map":{"model.a":["model.a"]}}`,
		`{"nodes":{"a":{"columns":{"x":{"name":"y","data_type":1}}}}}`, "{\"nodes\":{\"a\":{\"name\":\"\xff\"}}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(checkReference)
}

// manifests returns the repository's own fixtures and, if it is there, public
// manifests, by file name.
func manifests(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/manifests/*.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.Contains(f, ".catalog.") })
	if dir := os.Getenv("AWSPATTERNS_DBT_MANIFESTS"); dir != "" {
		public, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, public...)
	}
	if len(files) == 0 {
		t.Fatal("no fixtures")
	}
	texts := map[string]string{"small.json": small}
	for _, file := range files {
		text, err := dbt.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(file)] = string(text)
	}
	return texts
}
