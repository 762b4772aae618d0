package retrofit

import (
	"cmp"
	"io"
)

// String returns what [Difference.WriteTable] writes.
func (d Difference) String() string { return written(d.WriteTable) }

// WriteTable writes what changes as text for a person: each verdict before and
// after.
func (d Difference) WriteTable(w io.Writer) error {
	p := newPrinter(w)
	if d.Empty() {
		p.line("Nothing changes.")
		return p.flush()
	}
	var acls, resources []row
	for _, c := range d.WebACLs {
		acls = append(acls, c.row())
	}
	for _, c := range d.Resources {
		resources = append(resources, c.row())
	}
	p.table("Web ACLs that change", []string{"ACCOUNT", "WEB ACL", "BEFORE", "AFTER"}, acls)
	p.table("Resources that change", []string{"ACCOUNT", "TYPE", "RESOURCE", "BEFORE", "AFTER"}, resources)
	p.created("Firewall Manager also creates", d.Created)
	p.created("Firewall Manager no longer creates", d.NotCreated)
	return p.flush()
}

func (c ACLDifference) row() row {
	v := *cmp.Or(c.After, c.Before)
	before, after := "-", "-"
	if c.Before != nil {
		before = c.Before.outcome() + ", " + c.Before.standing()
	}
	var notes []string
	if c.After != nil {
		after = c.After.outcome() + ", " + c.After.standing()
		notes = c.After.notes()
	}
	return row{[]string{v.Account, v.Name, before, after}, notes}
}

func (c ResourceDifference) row() row {
	v := *cmp.Or(c.After, c.Before)
	before, after := "-", "-"
	if c.Before != nil {
		before = string(c.Before.Outcome) + ", " + c.Before.standing()
	}
	if c.After != nil {
		after = string(c.After.Outcome) + ", " + c.After.standing()
	}
	return row{cells: []string{v.Account, v.shortType(), v.name(), before, after}}
}

// standing returns the compliance in words.
func (v Verdict) standing() string {
	switch v.Compliance {
	case "":
		return "not judged"
	case UnknownCompliance:
		return "compliance unknown"
	}
	return string(v.Compliance)
}
