package share

import (
	"slices"
	"strings"
)

// DrillOptions say what to suppose.
type DrillOptions struct {
	// Paused is the warehouse that is supposed to be paused. A workgroup cannot be
	// paused; for one, it is supposed to take no queries, as when a usage limit has
	// turned user queries off.
	Paused Warehouse `json:"paused"`
}

// A DrillResult tells which units could still write and read if a warehouse were paused.
// It is worked out from what was found; nothing is paused or tried.
type DrillResult struct {
	Paused string `json:"paused"` // name of the warehouse

	// Problem is why the drill tells little, empty if there is none.
	Problem string   `json:"problem,omitempty"`
	Notes   []string `json:"notes,omitempty"`

	Warehouses []DrilledWarehouse `json:"warehouses"`
	Units      []Unit             `json:"units,omitempty"`
}

// A DrilledWarehouse counts the units of a warehouse that may write, by what becomes of it.
type DrilledWarehouse struct {
	Name          string    `json:"name"`
	NotLookedInto bool      `json:"not_looked_into,omitempty"`
	Unknown       []Unknown `json:"unknown,omitempty"`

	Units  int `json:"units"` // that were granted to write
	Write  int `json:"write"` // could still write
	Lose   int `json:"lose"`  // could write before, and could not then
	Unsure int `json:"unknown_after"`
	Never  int `json:"never"` // cannot write as it is
}

// A Unit is an identity of a warehouse that was granted something in a database of a
// producer, by one way: its own database, or one made of a datashare.
type Unit struct {
	Warehouse string   `json:"warehouse"` // name
	Identity  Grantee  `json:"identity"`
	Users     []string `json:"users,omitempty"` // who belong to it, or of whom the same is true

	Producer  string `json:"producer"` // name
	Source    string `json:"source"`   // database of the producer
	Datashare string `json:"datashare,omitempty"`
	Database  string `json:"database,omitempty"` // in Warehouse

	Write   Change       `json:"write"` // the best of all schemas
	Read    Change       `json:"read"`
	Schemas []UnitSchema `json:"schemas,omitempty"` // in which it was granted to write
}

// A UnitSchema tells whether a unit can write in one schema as it is.
type UnitSchema struct {
	Schema string   `json:"schema"` // empty: schemas to come
	Write  Verdict  `json:"write"`  // the worst of its tables
	Why    []string `json:"why,omitempty"`
}

// A Change is what a unit can do somewhere in the database, as it is and during the pause.
type Change struct {
	Before Verdict `json:"before,omitempty"` // empty: it was granted nothing of the kind
	After  Verdict `json:"after,omitempty"`

	// Why not or why that is unknown, after if it could before.
	Why []string `json:"why,omitempty"`

	// Basis is what the answer for the pause rests on, if it rests on a rule.
	Basis Basis `json:"basis,omitempty"`
}

// A Basis is the source of a rule, and so how far it can be trusted.
type Basis string

// What a drill rests on.
const (
	// BasisPaused: "Connections or queries to the cluster aren't available" ("Pausing and
	// resuming a cluster", Management Guide).
	BasisPaused Basis = "documented: a paused cluster takes no queries"

	// BasisReads: "Data sharing continues to work … when the producer cluster is paused"
	// ("Types of datashares in Amazon Redshift", Database Developer Guide). The same
	// page calls what is shared read-only, so it is taken to speak of reading.
	BasisReads Basis = "documented: data sharing continues when the producer cluster is paused"

	// BasisWrites: "Writes work even if the producer warehouse … is paused" ("Develop a
	// business chargeback model within your organization using Amazon Redshift
	// multi-warehouse writes", AWS Big Data Blog). The documentation does not say it of
	// writing.
	BasisWrites Basis = "said by an AWS blog post, not by the documentation: writes work when the producer is paused"

	// BasisServerless: the documentation speaks of clusters.
	BasisServerless Basis = "not documented: what is said of a paused cluster is supposed of a workgroup that takes no queries"
)

// Drill tells which units could still write, and read, if a warehouse were paused. If it
// is a producer, units of its consumers go on and its own lose; if it is a consumer, only its
// own lose. What is unknown before stays unknown. Units that cannot write as it is are told
// with the reason.
func Drill(found []Found, opts DrillOptions) DrillResult {
	audit := Audit(found, AuditOptions{})
	d := DrillResult{}
	var stopped AuditedWarehouse
	switch meant := audit.find(opts.Paused); len(meant) {
	case 0:
		d.Paused = warehouseText(opts.Paused)
		d.Problem = "The warehouse " + d.Paused + " is not among those that were looked into. Only what others do with producers that were is known."
	case 1:
		stopped = meant[0]
		d.Paused = stopped.Name
		d.note(stopped)
	default:
		d.Paused = warehouseText(opts.Paused)
		d.Problem = "Several warehouses are " + d.Paused + ". Give the account and the Region of the one that is meant. What is told is as if none were paused."
	}
	d.units(audit, stopped)
	d.count(audit)
	return d
}

// find returns the warehouses that were looked into and are as described.
func (r AuditResult) find(w Warehouse) []AuditedWarehouse {
	var list []AuditedWarehouse
	for _, v := range r.Warehouses {
		n := node{found: Found{Warehouse: v.Warehouse, Account: v.Account, Region: v.Region}}
		if !v.NotLookedInto && n.answers(w) {
			list = append(list, v)
		}
	}
	return list
}

// warehouseText names a warehouse as it is described.
func warehouseText(w Warehouse) string {
	var parts []string
	for _, part := range []string{w.Cluster, w.Workgroup, w.Account, w.Region} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

func (d *DrillResult) note(w AuditedWarehouse) {
	if w.Warehouse.Workgroup != "" {
		d.Notes = append(d.Notes, "A workgroup cannot be paused. It is supposed to take no queries, as when a usage limit has turned user queries off.")
	}
	if paused(w.Status) {
		d.Notes = append(d.Notes, "It is paused already: before and after are the same for its units.")
	}
}

// units adds the units of all warehouses.
func (d *DrillResult) units(audit AuditResult, stopped AuditedWarehouse) {
	byKey := map[holderKey]*Unit{}
	var order []*Unit
	whys := map[*Unit]*[2]reasons{}
	for i := range audit.Access {
		a := &audit.Access[i]
		key := holderKey{a.Warehouse, a.Producer, a.Source + "\x00" + a.Datashare, a.Database, a.Identity}
		u := byKey[key]
		if u == nil {
			u = &Unit{
				Warehouse: a.Warehouse, Identity: a.Identity, Users: audit.users(a),
				Producer: a.Producer, Source: a.Source, Datashare: a.Datashare, Database: a.Database,
			}
			byKey[key] = u
			order = append(order, u)
			whys[u] = &[2]reasons{}
		}
		u.take(a, whys[u])
	}
	for _, u := range order {
		w := whys[u]
		u.Write.Why, u.Read.Why = w[0][u.Write.Before], w[1][u.Read.Before]
		u.status(audit.warehouse(u.Warehouse))
		u.pause(stopped, audit.warehouse(u.Producer), d.Problem != "")
		d.Units = append(d.Units, *u)
	}
}

// users names who belongs to the identity, users only.
func (r AuditResult) users(a *Access) []string {
	users := slices.Clone(a.Alike)
	w := r.warehouse(a.Warehouse)
	if w == nil {
		return users
	}
	for _, m := range w.Members {
		if m.Of == a.Identity && m.Who.Type == ToUser {
			users = append(users, m.Who.Name)
		}
	}
	if a.Identity.Type == Superusers {
		users = append(users, w.Superusers...)
	}
	return sortedOnce(users, func(s string) string { return s })
}

// reasons are those of each verdict.
type reasons map[Verdict][]string

func (r *reasons) add(v Verdict, why []string) {
	if *r == nil {
		*r = reasons{}
	}
	for _, w := range why {
		if !slices.Contains((*r)[v], w) {
			(*r)[v] = append((*r)[v], w)
		}
	}
}

// take adds what the identity may do in a schema.
func (u *Unit) take(a *Access, whys *[2]reasons) {
	schema := UnitSchema{Schema: a.Schema}
	var why reasons
	a.each(func(r Right, _ int) {
		for _, p := range r.Privileges {
			switch {
			case p.writes():
				whys[0].add(r.Verdict, r.Why)
				why.add(r.Verdict, r.Why)
				if better(r.Verdict, u.Write.Before) {
					u.Write.Before = r.Verdict
				}
				if schema.Write == "" || better(schema.Write, r.Verdict) {
					schema.Write = r.Verdict
				}
			case p == Select:
				whys[1].add(r.Verdict, r.Why)
				if better(r.Verdict, u.Read.Before) {
					u.Read.Before = r.Verdict
				}
			}
		}
	})
	if schema.Write != "" {
		schema.Why = why[schema.Write]
		u.Schemas = append(u.Schemas, schema)
	}
}

// status takes away what a warehouse cannot do since it is paused as it is.
func (u *Unit) status(w *AuditedWarehouse) {
	if w == nil || !paused(w.Status) {
		return
	}
	for _, c := range []*Change{&u.Write, &u.Read} {
		if c.Before != "" {
			c.Before, c.Why = No, []string{w.Name + " is paused as it is"}
		}
	}
}

// pause works out what becomes of the unit.
func (u *Unit) pause(stopped AuditedWarehouse, producer *AuditedWarehouse, unfound bool) {
	u.Write.pause(u, stopped, producer, unfound, BasisWrites)
	u.Read.pause(u, stopped, producer, unfound, BasisReads)
}

func (c *Change) pause(u *Unit, stopped AuditedWarehouse, producer *AuditedWarehouse, unfound bool, shared Basis) {
	c.After = c.Before
	serverless := stopped.Warehouse.Workgroup != ""
	switch {
	case c.Before == "" || c.Before == No:
	case stopped.Name != "" && u.Warehouse == stopped.Name:
		c.After, c.Why, c.Basis = No, []string{stopped.Name + " is paused"}, BasisPaused
		if serverless {
			c.Why, c.Basis = []string{stopped.Name + " takes no queries"}, ""
		}
	case stopped.Name != "" && u.Producer == stopped.Name:
		c.Basis = shared
		if serverless {
			c.Basis = BasisServerless
		}
	case unfound && producer != nil && producer.NotLookedInto:
		c.After, c.Why = Unsure, append(slices.Clone(c.Why), "whether the warehouse to be paused is its producer, "+producer.Name+", is unknown")
	}
}

// count sums up units by warehouse.
func (d *DrillResult) count(audit AuditResult) {
	for _, w := range audit.Warehouses {
		c := DrilledWarehouse{Name: w.Name, NotLookedInto: w.NotLookedInto, Unknown: w.Unknown}
		for _, u := range d.Units {
			if u.Warehouse == w.Name && u.Write.Before != "" {
				c.add(u.Write)
			}
		}
		d.Warehouses = append(d.Warehouses, c)
	}
}

func (w *DrilledWarehouse) add(c Change) {
	w.Units++
	switch {
	case c.Before == No:
		w.Never++
	case c.After == No:
		w.Lose++
	case c.After == Unsure:
		w.Unsure++
	default:
		w.Write++
	}
}
