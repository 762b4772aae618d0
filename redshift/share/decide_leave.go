package share

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
)

// leave reports what is left to others: what is foreign, and what accounts must do that
// are described by nothing but their number.
func (dc *deciding) leave() {
	for key, i := range dc.have {
		if _, owned := dc.owned[key]; owned || !dc.foreign(i) {
			continue
		}
		reason := ""
		if dc.opts.Adopt && adoptable(i) {
			reason = "taken away, since Adopt is set"
		}
		dc.drift(i, Foreign, reason)
	}
	for _, name := range slices.Sorted(maps.Keys(dc.shares)) {
		for _, c := range dc.shares[name].Consumers {
			if c.Account != "" {
				dc.account(dc.shares[name], c)
			}
		}
	}
}

// foreign reports whether an item that was found is not wanted, and is where the
// description is to tell all there is: in a datashare of it, or a database.
func (dc *deciding) foreign(i Item) bool {
	if _, wanted := dc.wanted[i.Key()]; wanted || i.Producer != dc.producer.Namespace {
		return false
	}
	if _, described := dc.shares[i.Datashare]; !described {
		return false
	}
	switch {
	case i.Kind == KindConsumer || i.Kind == KindAuthorization:
		return len(dc.unresolved[i.Datashare]) == 0
	case i.Kind == KindAssociation:
		return len(dc.unresolved[i.Datashare]) == 0 && !dc.accounts[consumerID{i.Datashare, i.Consumer.Account}]
	case i.atProducer():
		return true
	}
	database := cmp.Or(i.Database, i.grant().Database)
	c := dc.consumers[consumerID{i.Datashare, i.Namespace}]
	return c.Database != "" && (i.Kind == KindDatabase || c.Database == database)
}

// adoptable reports whether an item is taken away if told to adopt: no datashares and
// databases, which hold more than is known here, and no associations of others.
func adoptable(i Item) bool {
	return i.Kind != KindDatashare && i.Kind != KindDatabase && i.Kind != KindAssociation
}

// account tells what another account has to do before it can use a datashare.
func (dc *deciding) account(ds Datashare, c Consumer) {
	authorization := dc.of(KindAuthorization, &dc.producer, ds.Name)
	authorization.Consumer, authorization.Writes = UsedBy{Account: c.Account}, c.Writable
	if dc.held[authorization.Key()] != nil {
		return
	}
	var statuses []string
	for _, a := range dc.producer.Associations {
		account, _ := a.consumer()
		if a.Datashare != ds.Name || a.Producer != dc.producer.Namespace || account != c.Account {
			continue
		}
		if a.Status == "ACTIVE" && (a.ConsumerWrites || !c.Writable) {
			return
		}
		statuses = append(statuses, a.Status)
	}
	reason := "only account " + c.Account + " can do it"
	if slices.Sort(statuses); len(statuses) > 0 {
		reason += "; its association is " + strings.Join(slices.Compact(statuses), ", ")
	}
	dc.holdOf("account "+ds.Name+" "+c.Account, dc.producer.Warehouse, awspatterns.Change{
		Action:   awspatterns.Manual,
		Resource: awspatterns.Resource{Type: "Redshift association of datashare", ID: quoted(ds.Name) + "/" + c.Account, Account: c.Account},
		Reason:   reason,
		Steps: []string{
			"in account " + c.Account + ", for each namespace that is to use it: " + associate(dc.datashareARN(authorization), "NAMESPACE_ARN", c.Writable),
			fmt.Sprintf("there, outside a transaction: CREATE DATABASE … WITH PERMISSIONS FROM DATASHARE %s OF ACCOUNT '%s' NAMESPACE '%s'",
				`"`+ds.Name+`"`, dc.producer.account(), dc.producer.Namespace),
			"there, grant what is in it to users and roles",
		},
	})
}

// costs returns what the statements of a plan make AWS charge for: workgroups wake.
func (dc *deciding) costs(steps []Step) []awspatterns.Cost {
	touched := map[string]*Found{}
	for _, s := range steps {
		if s.SQL != "" && s.Change.Action.Applies() && s.Warehouse.Workgroup != "" {
			f := dc.byWarehouse[s.Warehouse.Key()]
			touched[f.Warehouse.Key()] = f
		}
	}
	var costs []awspatterns.Cost
	for _, key := range slices.Sorted(maps.Keys(touched)) {
		f := touched[key]
		if f.BaseCapacity == 0 {
			dc.note("%s: its base capacity is not known; that is charged for at least %d seconds if it has to wake", f.name(), wakeSeconds)
			continue
		}
		cost := WakeCost(f.BaseCapacity, dc.opts.PricePerRPUHour)
		cost.Item = "waking " + f.name()
		costs = append(costs, cost)
	}
	return costs
}
