package share

import (
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/redshiftarn"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// step returns how to make items of one group.
func (dc *deciding) step(group []Item) Step {
	i := group[0]
	s := dc.begin(awspatterns.Create, group)
	switch i.Kind {
	case KindDatashare:
		dc.sql(&s, redshiftsql.CreateDatashare{Name: i.Datashare, PublicAccessible: i.PublicAccessible})
		s.Change.Fields = []awspatterns.Field{
			{Name: "source database", New: i.Database},
			{Name: "publicly accessible consumers", New: allowed(i.PublicAccessible)},
		}
	case KindConsumer:
		dc.sql(&s, usageOf(i, false))
	case KindAuthorization, KindAssociation:
		s.Call = dc.call(i, false)
		s.Change.Fields = []awspatterns.Field{{Name: "writes", New: allowed(i.Writes)}}
	case KindDatabase:
		dc.sql(&s, dc.createDatabase(i))
		s.Change.Fields = []awspatterns.Field{{Name: "datashare", New: i.Datashare}, {Name: "permissions", New: "of each object"}}
	default:
		dc.grantStep(&s, group, false)
	}
	return s
}

// begin returns a step of one of the items, without what it does.
func (dc *deciding) begin(action awspatterns.Action, items []Item) Step {
	i := items[0]
	s := Step{Warehouse: i.Warehouse, Items: items}
	s.Change.Action, s.Change.Resource = action, dc.resource(i)
	if f := dc.byNamespace[i.Namespace]; f != nil {
		s.Warehouse = f.Warehouse
	}
	return s
}

// sql sets the statement of a step. A name that no statement can hold was found and not
// described, so it is for a person.
func (dc *deciding) sql(s *Step, statement redshiftsql.Statement) {
	if err := statement.Check(); err != nil {
		s.Change.Action = awspatterns.Manual
		s.Change.Reason = "no statement of this library: " + err.Error()
		s.Change.Steps = []string{"in " + s.Warehouse.String() + ", take away: " + s.Items[0].String()}
		return
	}
	s.SQL = statement.String()
}

func allowed(b bool) string {
	if b {
		return "allowed"
	}
	return "refused"
}

// usageOf grants the usage of a datashare, or revokes it.
func usageOf(i Item, revoke bool) redshiftsql.Grant {
	to := redshiftsql.Grantee{Type: redshiftsql.Account, Name: i.Consumer.Account}
	if i.Consumer.Namespace != "" {
		to = redshiftsql.Grantee{Type: redshiftsql.Namespace, Name: i.Consumer.Namespace}
	}
	return redshiftsql.Grant{
		Revoke:     revoke,
		Privileges: []string{string(Usage)},
		Object:     redshiftsql.Object{Scope: redshiftsql.OnDatashare, Name: i.Datashare},
		Grantee:    to,
	}
}

func (dc *deciding) createDatabase(i Item) redshiftsql.CreateDatabase {
	c := redshiftsql.CreateDatabase{Name: i.Database, WithPermissions: true, Datashare: i.Datashare, Namespace: i.Producer}
	if f := dc.byNamespace[i.Namespace]; f != nil && f.account() != dc.producer.account() {
		c.Account = dc.producer.account()
	}
	return c
}

// call returns the call of the control plane that makes an item, or undoes it.
func (dc *deciding) call(i Item, undo bool) *Call {
	c := Call{DatashareARN: dc.datashareARN(i), AllowWrites: i.Writes && !undo}
	switch {
	case i.Kind == KindAuthorization:
		c.Operation, c.Consumer = "AuthorizeDataShare", i.Consumer.Account
		if undo {
			c.Operation = "DeauthorizeDataShare"
		}
	default:
		// The ARN tells the Region. To name it as well would be to associate all
		// namespaces in it.
		c.Operation, c.ConsumerARN = "AssociateDataShareConsumer", i.ConsumerARN
		if undo {
			c.Operation = "DisassociateDataShareConsumer"
		}
	}
	return &c
}

// datashareARN returns the ARN of the datashare of an item of the present producer.
func (dc *deciding) datashareARN(i Item) string {
	partition := "aws"
	if p := arnPart(dc.producer.NamespaceARN, 1); p != "" {
		partition = p
	}
	return redshiftarn.Datashare(partition, dc.producer.region(), dc.producer.account(), i.Producer, i.Datashare)
}

// grantStep grants or revokes the privileges of a group in one statement.
func (dc *deciding) grantStep(s *Step, group []Item, revoke bool) {
	g := *group[0].Grant
	changed := privilegesOf(group)
	if revoke {
		// Not what is left: that other steps grant something is not known to all plans.
		s.Change.Fields = []awspatterns.Field{{Name: "revoked", New: list(changed)}}
	} else {
		before := dc.granted(group[0])
		if len(before) > 0 {
			s.Change.Action = awspatterns.Update
		}
		s.Change.Fields = []awspatterns.Field{{Name: "privileges", Old: list(before), New: list(append(before, changed...))}}
	}
	statement := redshiftsql.Grant{Revoke: revoke, Object: g.statement(), Grantee: g.Grantee.statement()}
	for _, p := range changed {
		statement.Privileges = append(statement.Privileges, string(p))
	}
	slices.Sort(statement.Privileges)
	dc.sql(s, statement)
}

func privilegesOf(items []Item) []Privilege {
	var privileges []Privilege
	for _, i := range items {
		privileges = append(privileges, i.Grant.Privilege)
	}
	return privileges
}

// granted returns the privileges that the grantee of an item has on its object when the
// steps so far are done.
func (dc *deciding) granted(i Item) []Privilege {
	var privileges []Privilege
	for p := range everyPrivilege(i.Grant.Scope) {
		one := *i.Grant
		one.Privilege = p
		i.Grant = &one
		if dc.now[i.Key()] {
			privileges = append(privileges, p)
		}
	}
	return privileges
}

// everyPrivilege yields what can be granted on a scope.
func everyPrivilege(on Scope) func(func(Privilege) bool) {
	privileges := privilegesOn[on]
	switch on {
	case OnDatabase:
		privileges = []Privilege{Usage, Create, Alter, "TEMP", "TEMPORARY"}
	case ForSchemas:
		privileges = privilegesOn[OnSchema]
	case ForTables:
		privileges = privilegesOn[OnTable]
	case ForFunctions:
		privileges = privilegesOn[OnFunction]
	}
	return slices.Values(privileges)
}

// statement returns what a grant is on, as statements name it.
func (g Grant) statement() redshiftsql.Object {
	o := redshiftsql.Object{Scope: redshiftsql.Scope(strings.ToUpper(string(g.Scope))), Database: g.Database, Schema: g.Schema, Name: g.Object}
	if g.Scope == OnFunction {
		o.Name, o.Arguments = splitFunction(g.Object)
	}
	return o
}

func (g Grantee) statement() redshiftsql.Grantee {
	return redshiftsql.Grantee{Type: redshiftsql.GranteeType(strings.ToUpper(string(g.Type))), Name: g.Name}
}

// update returns how to set the attributes of an item again.
func (dc *deciding) update(want, found Item) Step {
	s := dc.begin(awspatterns.Update, []Item{want})
	if want.Kind == KindDatashare {
		dc.sql(&s, redshiftsql.AlterDatashare{Name: want.Datashare, PublicAccessible: want.PublicAccessible})
		s.Change.Fields = []awspatterns.Field{{Name: "publicly accessible consumers", Old: allowed(found.PublicAccessible), New: allowed(want.PublicAccessible)}}
		if !want.PublicAccessible {
			s.Change.Interrupts = "publicly accessible consumers lose the datashare at once"
		}
		return s
	}
	s.Call = dc.call(want, false)
	s.Change.Fields = []awspatterns.Field{{Name: "writes", Old: allowed(found.Writes), New: allowed(want.Writes)}}
	s.Change.Reason = "writes work where the accounts of both sides allow them"
	if !want.Writes {
		s.Change.Interrupts = want.Consumer.String() + " can write no more, at once"
	}
	return s
}

// adoption returns the step that takes found items over. There is nothing to run.
func (dc *deciding) adoption(items []Item) Step {
	slices.SortFunc(items, inOrder)
	s := dc.begin(awspatterns.Update, items)
	s.Change.Resource = dc.resourceAt(dc.byNamespace[items[0].Namespace], "datashare", quoted(items[0].Datashare))
	s.Change.Adopts = true
	s.Change.Reason = "described, and made by somebody else: later plans may take it away"
	s.Change.Fields = []awspatterns.Field{{Name: "taken over", New: some3(items)}}
	return s
}
