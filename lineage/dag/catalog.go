package dag

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"
)

// AddCatalog reads a dbt catalog.json, plain or gzipped, and adds what it knows
// to the nodes: the types of columns, the columns nobody documented, and the
// owner of a table in the database if the project names none. file names the
// catalog in errors. Nothing is added if it cannot be read to its end. A project
// must not be changed any more once it is merged.
func (p *Project) AddCatalog(r io.Reader, file string) error {
	c := catalog{manifest{words: map[string]string{}}, map[string]catalogTable{}}
	if err := c.readFile(r, cmp.Or(file, "catalog"), c.document, c.checkKind); err != nil {
		return err
	}
	for _, n := range p.nodes {
		if t, ok := c.tables[n.UniqueID]; ok {
			n.addCatalog(t)
		}
	}
	return nil
}

// catalog is a catalog that is being read.
type catalog struct {
	manifest // for its reading of words
	tables   map[string]catalogTable
}

type catalogTable struct {
	owner   string
	columns []Column
}

func (c *catalog) document() error {
	return c.Fields(func(key []byte) error {
		switch string(key) {
		case "metadata":
			return c.metadata()
		case "nodes", "sources":
			c.isDBT = true
			return c.Object(c.table)
		}
		return c.Skip()
	})
}

func (c *catalog) checkKind() error {
	if !c.isDBT || c.kind != "" && c.kind != "catalog" {
		return errors.New("not a dbt catalog")
	}
	return nil
}

func (c *catalog) table(id []byte) error {
	key := string(id)
	var t catalogTable
	err := c.Fields(func(field []byte) error {
		switch string(field) {
		case "metadata":
			return c.Fields(func(field []byte) error {
				if string(field) == "owner" {
					return c.word(&t.owner)
				}
				return c.Skip()
			})
		case "columns":
			return c.columns(&t)
		}
		return c.Skip()
	})
	c.tables[key] = t
	return err
}

func (c *catalog) columns(t *catalogTable) error {
	return c.Object(func(key []byte) error {
		column := Column{Name: string(key)}
		err := c.Fields(func(field []byte) error {
			switch string(field) {
			case "name":
				return c.set(&column.Name)
			case "type":
				return c.word(&column.Type)
			case "comment":
				return c.set(&column.Description)
			}
			return c.Skip()
		})
		t.columns = append(t.columns, column)
		return err
	})
}

// addCatalog adds what the database knows; its types replace the documented
// ones, for those are what is really there.
func (n *Node) addCatalog(t catalogTable) {
	n.Owner = cmp.Or(n.Owner, t.owner)
	n.Catalog = true
	documented := columnIndex(n.Columns)
	for _, c := range t.columns {
		i, ok := documented[strings.ToLower(c.Name)]
		if !ok {
			n.Columns = append(n.Columns, c)
			continue
		}
		n.Columns[i].Type = cmp.Or(c.Type, n.Columns[i].Type)
		n.Columns[i].Description = cmp.Or(n.Columns[i].Description, c.Description)
	}
	slices.SortFunc(n.Columns, func(a, b Column) int { return cmp.Compare(a.Name, b.Name) })
}

// columnIndex returns the indices of columns by name in lower case, for databases
// and projects seldom agree on the case.
func columnIndex(columns []Column) map[string]int {
	index := make(map[string]int, len(columns))
	for i, c := range columns {
		index[strings.ToLower(c.Name)] = i
	}
	return index
}
