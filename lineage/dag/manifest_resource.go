package dag

import (
	"cmp"
	"strings"
)

// resource reads one node, source, exposure and so on.
func (m *manifest) resource(id []byte) error {
	i := m.id(id)
	n := m.nodes[i]
	if n.known {
		m.warnings = append(m.warnings, n.UniqueID+" is described twice; the later description is used")
	}
	*n = manifestNode{Node: Node{UniqueID: n.UniqueID}, known: true}
	var alias, path, metaOwner, configOwner string
	err := m.Fields(func(key []byte) error {
		switch string(key) {
		case "resource_type":
			return m.word(&n.Type)
		case "package_name":
			return m.word(&n.Package)
		case "name":
			return m.set(&n.Name)
		case "version":
			return m.scalar(&n.Version)
		case "database":
			return m.word(&n.Database)
		case "schema":
			return m.word(&n.Schema)
		case "identifier":
			return m.set(&n.Identifier)
		case "alias":
			return m.set(&alias)
		case "relation_name":
			return m.set(&n.Relation)
		case "description":
			return m.set(&n.Description)
		case "tags":
			return m.strings(&n.Tags)
		case "columns":
			n.Columns = nil
			return m.columns(&n.Columns)
		case "original_file_path":
			return m.set(&n.Path)
		case "path":
			return m.set(&path)
		case "group":
			return m.word(&n.group)
		case "owner":
			return m.owner(&n.Owner)
		case "meta":
			return m.meta(&metaOwner)
		case "config":
			return m.config(&n.Node, &configOwner)
		case "depends_on":
			return m.dependsOn(i)
		}
		return m.Skip()
	})
	n.Type = cmp.Or(n.Type, typeOf(n.UniqueID))
	n.Owner = cmp.Or(n.Owner, metaOwner, configOwner)
	n.Path = cmp.Or(n.Path, path)
	if table(n.Type) {
		n.Identifier = cmp.Or(n.Identifier, alias, n.Name)
	}
	return err
}

// typeOf returns the resource type that a unique id starts with.
func typeOf(uniqueID string) string {
	kind, _, _ := strings.Cut(uniqueID, ".")
	return kind
}

// packageOf returns the package that a unique id names behind the type.
func packageOf(uniqueID string) string {
	_, rest, _ := strings.Cut(uniqueID, ".")
	pkg, _, _ := strings.Cut(rest, ".")
	return pkg
}

func (m *manifest) config(n *Node, metaOwner *string) error {
	return m.Fields(func(key []byte) error {
		switch string(key) {
		case "materialized":
			return m.word(&n.Materialization)
		case "meta":
			return m.meta(metaOwner)
		}
		return m.Skip()
	})
}

func (m *manifest) dependsOn(to int32) error {
	return m.Fields(func(key []byte) error {
		if string(key) != "nodes" {
			return m.Skip()
		}
		return m.eachID(func(from int32) { m.edge(from, to) })
	})
}

func (m *manifest) columns(columns *[]Column) error {
	return m.Object(func(key []byte) error {
		c := Column{Name: string(key)}
		err := m.Fields(func(key []byte) error {
			switch string(key) {
			case "name":
				return m.set(&c.Name)
			case "data_type":
				return m.word(&c.Type)
			case "description":
				return m.set(&c.Description)
			}
			return m.Skip()
		})
		*columns = append(*columns, c)
		return err
	})
}

func (m *manifest) group(id []byte) error {
	key := string(id)
	return m.Fields(func(field []byte) error {
		if string(field) != "owner" {
			return m.Skip()
		}
		var owner string
		err := m.owner(&owner)
		m.owners[key] = owner
		return err
	})
}

// meta reads the owner in a meta block, which is free in form.
func (m *manifest) meta(owner *string) error {
	if m.Kind() != '{' {
		return m.Skip()
	}
	return m.Object(func(key []byte) error {
		if string(key) != "owner" {
			return m.Skip()
		}
		return m.owner(owner)
	})
}

// owner reads an owner, who may be a string, a list of strings or an object
// with a name or an e-mail address, which may be a list too.
func (m *manifest) owner(owner *string) error {
	switch m.Kind() {
	case '"':
		return m.word(owner)
	case '[':
		var all []string
		err := m.Array(func() error {
			var one string
			err := m.owner(&one)
			if one != "" {
				all = append(all, one)
			}
			return err
		})
		*owner = strings.Join(all, ", ")
		return err
	case '{':
		var person, email string
		err := m.Fields(func(key []byte) error {
			switch string(key) {
			case "name":
				return m.owner(&person)
			case "email":
				return m.owner(&email)
			}
			return m.Skip()
		})
		*owner = cmp.Or(person, email)
		return err
	}
	return m.Skip()
}
