package parquet

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// A node is a column or a field of one.
type node struct {
	name               string
	element            *format.SchemaElement
	optional, repeated bool
	def, rep           int // levels of a value that is there
	children           []*node
	from, to           int // leaves below it

	path []string

	// Of a leaf:
	kind     parquet.Kind
	width    int // in bytes; 0 of byte arrays
	physical parquet.Type
	value    func([]byte) (any, error) // of the bytes of a value, as PLAIN has them
}

const (
	maxSchemaDepth = 100
	maxElements    = 100_000
)

// schemaOf returns the root of the schema.
func schemaOf(meta *format.FileMetaData) (*node, error) {
	if len(meta.Schema) == 0 || len(meta.Schema) > maxElements {
		return nil, fmt.Errorf("a schema of %d elements", len(meta.Schema))
	}
	s := schema{elements: meta.Schema}
	root, err := s.node(nil)
	if err == nil && len(s.elements) > 0 {
		err = fmt.Errorf("the schema has %d elements too many", len(s.elements))
	}
	if err == nil {
		err = checkChunks(meta, s.leaves)
	}
	return root, err
}

type schema struct {
	elements []format.SchemaElement // that are left
	leaves   int
}

// node reads the next element, which has this parent, and those below it.
func (s *schema) node(parent *node) (*node, error) {
	if len(s.elements) == 0 {
		return nil, errors.New("elements of the schema are missing")
	}
	e := &s.elements[0]
	s.elements = s.elements[1:]
	n := &node{name: e.Name, element: e, from: s.leaves}
	if parent != nil {
		n.below(parent)
	}
	if len(n.path) > maxSchemaDepth {
		return nil, fmt.Errorf("column %s is nested too deep", quoted(n.path[:3]))
	}
	if e.Type.Valid {
		s.leaves++
		n.to = s.leaves
		n.kind = parquet.Kind(e.Type.V)
		return n, nil
	}
	for range max(0, int(e.NumChildren.V)) {
		child, err := s.node(n)
		if err != nil {
			return nil, err
		}
		n.children = append(n.children, child)
	}
	n.to = s.leaves
	return n, nil
}

func (n *node) below(parent *node) {
	n.path = append(parent.path[:len(parent.path):len(parent.path)], n.name)
	n.optional = n.element.RepetitionType.V == format.Optional
	n.repeated = n.element.RepetitionType.V == format.Repeated
	n.def, n.rep = parent.def, parent.rep
	if n.optional || n.repeated {
		n.def++
	}
	if n.repeated {
		n.rep++
	}
}

// leaves returns the leaves that n is or has.
func (n *node) leaves() []*node {
	if n.leaf() {
		return []*node{n}
	}
	var all []*node
	for _, child := range n.children {
		all = append(all, child.leaves()...)
	}
	return all
}

func (n *node) leaf() bool { return n.element.Type.Valid }

// check refuses what cannot be read, and finds out how values are made.
func (n *node) check() error {
	if n.leaf() {
		if err := n.physics(); err != nil {
			return fmt.Errorf("column %s: %w", quoted(n.path), err)
		}
		return nil
	}
	if len(n.children) == 0 {
		return fmt.Errorf("column %s is a group of nothing", quoted(n.path))
	}
	if _, ok := n.element.LogicalType.Value.(*format.VariantType); ok {
		return fmt.Errorf("column %s is VARIANT, which cannot be read: choose other columns with OpenColumns", quoted(n.path))
	}
	for _, child := range n.children {
		if err := child.check(); err != nil {
			return err
		}
	}
	return nil
}

// physics finds out how the values of a leaf are stored, and made.
func (n *node) physics() (err error) {
	switch n.kind {
	case parquet.Boolean:
		n.physical, n.width = parquet.BooleanType, 1
	case parquet.Int32:
		n.physical, n.width = parquet.Int32Type, 4
	case parquet.Int64:
		n.physical, n.width = parquet.Int64Type, 8
	case parquet.Int96:
		n.physical, n.width = parquet.Int96Type, 12
	case parquet.Float:
		n.physical, n.width = parquet.FloatType, 4
	case parquet.Double:
		n.physical, n.width = parquet.DoubleType, 8
	case parquet.ByteArray:
		n.physical = parquet.ByteArrayType
	case parquet.FixedLenByteArray:
		n.width = int(n.element.TypeLength.V)
		if n.width <= 0 || n.width > maxPage {
			return fmt.Errorf("values of %d bytes", n.width)
		}
		n.physical = parquet.FixedLenByteArrayType(n.width)
	default:
		return fmt.Errorf("physical type %d is not known", n.element.Type.V)
	}
	n.value, err = valueOf(n.element)
	return err
}

// list tells whether n is a list as the format defines it: a group of one repeated
// field.
// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists
func (n *node) list() bool {
	_, ok := n.element.LogicalType.Value.(*format.ListType)
	return (ok || n.converted(deprecated.List)) && n.wraps()
}

// mapping tells whether n is a map: a group of a repeated group of a key and a value.
func (n *node) mapping() bool {
	_, ok := n.element.LogicalType.Value.(*format.MapType)
	if !ok && !n.converted(deprecated.Map) && !n.converted(deprecated.MapKeyValue) || !n.wraps() {
		return false
	}
	pair := n.children[0].children
	return len(pair) == 1 || len(pair) == 2
}

func (n *node) converted(t deprecated.ConvertedType) bool {
	return n.element.LogicalType.Value == nil && n.element.ConvertedType.Valid && n.element.ConvertedType.V == t
}

func (n *node) wraps() bool { return !n.repeated && len(n.children) == 1 && n.children[0].repeated }

// elements is what the elements of a list are: the field within the repeated
// group n, or, as older writers have it, n itself.
func (n *node) elements(list *node) *node {
	if n.leaf() || len(n.children) != 1 || n.children[0].repeated || n.name == "array" || n.name == list.name+"_tuple" {
		return n
	}
	return n.children[0]
}
