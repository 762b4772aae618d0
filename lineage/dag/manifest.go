package dag

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/digraph"
	"github.com/awspatterns/awspatterns/internal/jsonscan"
)

// ErrNotManifest is wrapped by the error for a JSON document that is no dbt
// manifest.
var ErrNotManifest = errors.New("not a dbt manifest")

// ReadManifest reads a dbt manifest.json, plain or gzipped, of any schema
// version; a version it does not know (other than v1 to v12 and v20) is a
// warning. file names it in errors.
//
// The edges are the union of depends_on, parent_map and child_map, since each
// may lack some: dbt leaves edges to disabled nodes out of child_map and Fusion
// leaves empty maps away. A node that only an edge names becomes a placeholder.
//
// Memory grows with the graph and not with the file: macros, docs and SQL are
// checked as JSON and skipped. A document that encoding/json would not decode
// into these fields is refused with a [*ReadError].
func ReadManifest(r io.Reader, file string) (*Project, error) {
	m := manifest{ids: map[string]int32{}, words: map[string]string{}, owners: map[string]string{}}
	if err := m.readFile(r, file, m.document, m.checkKind); err != nil {
		return nil, err
	}
	return m.project(), nil
}

// manifest is a manifest that is being read.
type manifest struct {
	*jsonscan.Scanner
	ids   map[string]int32 // index in nodes, by unique id
	nodes []*manifestNode
	spare []manifestNode // room for nodes, so that they are allocated many at a time
	edges []digraph.Edge

	kind, schemaVersion, dbtVersion, adapter, projectName, projectID string

	owners   map[string]string // by unique id of the group
	words    map[string]string // strings that occur often, once each
	isDBT    bool              // has a section that manifests have
	warnings []string
}

// manifestNode is a node that is being read, or that an edge has named.
type manifestNode struct {
	Node
	group string
	known bool // the manifest describes it
}

// readFile unpacks r if need be, reads it with document and then checks what was
// read; errors tell file and offset.
func (m *manifest) readFile(r io.Reader, file string, document, check func() error) error {
	var head [2]byte
	n, err := io.ReadFull(r, head[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return &ReadError{file, 0, err}
	}
	r = io.MultiReader(bytes.NewReader(head[:n]), r)
	if head == [2]byte{0x1f, 0x8b} {
		if r, err = gzip.NewReader(r); err != nil {
			return &ReadError{file, 0, fmt.Errorf("gzip: %w", err)}
		}
	}
	m.Scanner = jsonscan.New(r)
	if err = document(); err == nil {
		err = m.End()
	}
	if err == nil {
		err = check()
	}
	if err == nil {
		return nil
	}
	offset := m.Offset()
	if at, ok := errors.AsType[*jsonscan.Error](err); ok {
		offset, err = at.Offset, at.Err
	}
	return &ReadError{file, offset, err}
}

func (m *manifest) document() error {
	return m.Fields(func(key []byte) error {
		switch string(key) {
		case "metadata":
			return m.metadata()
		case "nodes", "sources", "exposures", "metrics", "semantic_models", "saved_queries", "unit_tests", "functions":
			m.isDBT = true
			return m.Object(m.resource)
		case "parent_map":
			m.isDBT = true
			return m.Object(func(child []byte) error {
				to := m.id(child)
				return m.eachID(func(from int32) { m.edge(from, to) })
			})
		case "child_map":
			m.isDBT = true
			return m.Object(func(parent []byte) error {
				from := m.id(parent)
				return m.eachID(func(to int32) { m.edge(from, to) })
			})
		case "groups":
			return m.Object(m.group)
		}
		return m.Skip()
	})
}

func (m *manifest) checkKind() error {
	switch {
	case m.kind != "" && m.kind != "manifest":
		return fmt.Errorf("%w but a dbt %s", ErrNotManifest, m.kind)
	case !m.isDBT:
		return fmt.Errorf("%w: neither nodes nor sources in it", ErrNotManifest)
	}
	return nil
}

func (m *manifest) metadata() error {
	return m.Fields(func(key []byte) error {
		switch string(key) {
		case "dbt_schema_version":
			url, err := m.string()
			m.kind, m.schemaVersion = schemaVersion(url)
			return err
		case "dbt_version":
			return m.set(&m.dbtVersion)
		case "adapter_type":
			return m.set(&m.adapter)
		case "project_name":
			return m.set(&m.projectName)
		case "project_id":
			return m.set(&m.projectID)
		}
		return m.Skip()
	})
}

// schemaVersion splits https://schemas.getdbt.com/dbt/manifest/v12.json into
// manifest and v12.
func schemaVersion(url string) (kind, version string) {
	rest, version, _ := cutLast(strings.TrimSuffix(url, ".json"), "/")
	_, kind, _ = cutLast(rest, "/")
	return kind, version
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

// eachID reads a list of unique ids.
func (m *manifest) eachID(do func(i int32)) error {
	return m.Array(func() error {
		b, err := m.String()
		if err == nil {
			do(m.id(b))
		}
		return err
	})
}

// edge adds an edge, unless an end of it is null or empty and names nothing.
func (m *manifest) edge(from, to int32) {
	if m.nodes[from].UniqueID != "" && m.nodes[to].UniqueID != "" {
		m.edges = append(m.edges, digraph.Edge{From: from, To: to})
	}
}

// id returns the index in nodes of a unique id.
func (m *manifest) id(b []byte) int32 {
	if i, ok := m.ids[string(b)]; ok {
		return i
	}
	id, i := string(b), int32(len(m.nodes))
	m.ids[id] = i
	if len(m.spare) == 0 {
		m.spare = make([]manifestNode, 256)
	}
	n := &m.spare[0]
	m.spare = m.spare[1:]
	n.UniqueID = id
	m.nodes = append(m.nodes, n)
	return i
}

func (m *manifest) string() (string, error) {
	b, err := m.String()
	return string(b), err
}

// set reads a string into v; as for encoding/json, null leaves v as it is.
func (m *manifest) set(v *string) error {
	b, err := m.String()
	if b != nil {
		*v = string(b)
	}
	return err
}

// word is set for strings that occur often.
func (m *manifest) word(v *string) error {
	b, err := m.String()
	if b == nil {
		return err
	}
	w, ok := m.words[string(b)]
	if !ok {
		w = string(b)
		m.words[w] = w
	}
	*v = w
	return err
}

// scalar is set for what may be a number too.
func (m *manifest) scalar(v *string) error {
	b, err := m.Scalar()
	if b != nil {
		*v = string(b)
	}
	return err
}

// strings reads a list of strings or, as saved queries have it, one string.
func (m *manifest) strings(v *[]string) error {
	var one string
	if m.Kind() == '"' {
		err := m.word(&one)
		*v = []string{one}
		return err
	}
	err := m.Array(func() error {
		one = ""
		err := m.word(&one)
		if one != "" {
			*v = append(*v, one)
		}
		return err
	})
	*v = distinct(*v)
	return err
}

// distinct drops what a list has already.
func distinct(list []string) []string {
	if len(list) < 2 {
		return list
	}
	seen := make(map[string]bool, len(list))
	return slices.DeleteFunc(list, func(s string) bool {
		twice := seen[s]
		seen[s] = true
		return twice
	})
}
