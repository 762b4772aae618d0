package share

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/awspatterns/awspatterns"
)

// What multi-warehouse writes need ("Considerations for data sharing reads and writes in
// Amazon Redshift"): patch 186, and consumer clusters of 64 slices.
const (
	writesSinceCluster    = "1.0.78881"
	writesSinceServerless = "1.0.78890"
	writesFromSlices      = 64
)

// condition returns what keeps an item from being made that Redshift would refuse, or would
// take so that it does not do what is described.
func (dc *deciding) condition(i Item) *hold {
	if h := first(i, dc.notRunning, dc.noSharing, dc.connected); h != nil {
		return h
	}
	switch {
	case i.Kind == KindDatashare:
		return dc.taken(i)
	case i.Kind == KindConsumer || i.Kind == KindAssociation:
		return first(i, dc.taken, dc.consumerWrites)
	case i.Kind == KindAuthorization:
		return dc.taken(i)
	case i.Kind == KindDatabase:
		return first(i, dc.consumerWrites, dc.databaseTaken)
	case i.atProducer():
		return first(i, dc.taken, dc.noObject, dc.cannotShare, dc.producerWrites)
	}
	return first(i, dc.consumerWrites, dc.noGrantee, dc.withPermissions, dc.identity)
}

// resourceAt returns a warehouse, or something of it, as the resource of a change.
func (dc *deciding) resourceAt(f *Found, kind, id string) awspatterns.Resource {
	name, of := f.Warehouse.Cluster, "cluster"
	if f.Warehouse.Workgroup != "" {
		name, of = f.Warehouse.Workgroup, "workgroup"
	}
	if kind == "" {
		kind = of
	}
	if id != "" {
		name += "/" + id
	}
	r := awspatterns.Resource{Type: "Redshift " + kind, ID: name}
	if a := f.account(); a != dc.producer.account() {
		r.Account = a
	}
	if region := f.region(); region != dc.producer.region() {
		r.Region = region
	}
	return r
}

// resource returns an item as the resource of a change. Names stand in quotation marks if
// they are not plain, so that the sign for all objects is none.
func (dc *deciding) resource(i Item) awspatterns.Resource {
	f := dc.byNamespace[i.Namespace]
	if f == nil {
		f = &Found{Warehouse: i.Warehouse}
	}
	switch i.Kind {
	case KindDatashare:
		return dc.resourceAt(f, "datashare", quoted(i.Datashare))
	case KindConsumer:
		return dc.resourceAt(f, "consumer of datashare", quoted(i.Datashare)+"/"+i.Consumer.Account+i.Consumer.Namespace)
	case KindAuthorization:
		return dc.resourceAt(f, "authorization of datashare", quoted(i.Datashare)+"/"+i.Consumer.Account)
	case KindAssociation:
		return dc.resourceAt(f, "association of datashare", quoted(i.Datashare)+"/"+i.Consumer.Namespace)
	case KindDatabase:
		return dc.resourceAt(f, "database", quoted(i.Database))
	}
	to := i.Grant.Grantee
	return dc.resourceAt(f, "grant to "+string(to.Type), to.name()+"/"+i.Grant.path()+i.Grant.star())
}

// star tells all objects of a kind from one.
func (g Grant) star() string {
	switch g.Scope {
	case ForSchemas:
		return ".*"
	case ForTables, ForFunctions:
		star := ".*.*"
		if g.Schema != "" {
			star = ".*"
		}
		if g.Scope == ForFunctions {
			star += "()"
		}
		return star
	}
	return ""
}

// name returns the name of the warehouse.
func (f Found) name() string { return f.Warehouse.String() }

// stopped returns why a warehouse takes no statements, and the way out; nothing if it does,
// or is not known not to.
func (f Found) stopped() (why, wayOut string) {
	switch status := strings.ToLower(f.Status); status {
	case "paused":
		return "it is paused", "resume it: aws redshift resume-cluster --cluster-identifier " + f.Warehouse.Cluster
	case "pausing", "resuming", "creating", "rebooting", "renaming", "rotating-keys", "resizing", "cancelling-resize":
		return "it is " + status, "wait until it is available"
	case "deleting", "final-snapshot":
		return "it is being deleted", "take it out of the description"
	case "hardware-failure", "storage-full", "incompatible-hsm", "incompatible-network", "incompatible-parameters", "incompatible-restore":
		return "its status is " + status, "see to it first"
	}
	return "", ""
}

func (dc *deciding) notRunning(i Item) *hold {
	f := dc.byNamespace[i.Namespace]
	if i.Kind == KindAuthorization || i.Kind == KindAssociation { // made without it
		return nil
	}
	why, wayOut := f.stopped()
	if why == "" {
		return nil
	}
	return dc.blocked("stopped "+f.Namespace, f, dc.resourceAt(f, "", ""), why, wayOut)
}

// noSharing holds back what a warehouse is of the wrong type for.
func (dc *deciding) noSharing(i Item) *hold {
	f := dc.byNamespace[i.Namespace]
	if i.Kind == KindConsumer {
		if consumer := dc.byNamespace[i.Consumer.Namespace]; consumer != nil {
			return cmpOr(dc.nodeType(f), dc.nodeType(consumer))
		}
	}
	return dc.nodeType(f)
}

func cmpOr(a, b *hold) *hold {
	if a != nil {
		return a
	}
	return b
}

func (dc *deciding) nodeType(f *Found) *hold {
	node := strings.ToLower(f.NodeType)
	if node == "" || strings.HasPrefix(node, "ra3.") || strings.HasPrefix(node, "rg.") {
		return nil
	}
	return dc.blocked("node type "+f.Namespace, f, dc.resourceAt(f, "", ""),
		"node type "+node+" has no data sharing: RA3, RG and Redshift Serverless have",
		"resize it to RA3 or RG nodes, or restore a snapshot of it into such a cluster or a workgroup")
}

// connected holds back what would be made while connected to a database that was made of a
// datashare.
func (dc *deciding) connected(i Item) *hold {
	f, name := dc.byNamespace[i.Namespace], ""
	if name = f.Warehouse.database(); i.Kind == KindAuthorization || i.Kind == KindAssociation {
		return nil
	}
	shared := slices.ContainsFunc(f.Databases, func(d Database) bool { return d.Name == name && d.Shared })
	if !shared {
		return nil
	}
	return dc.blocked("connected "+f.Namespace, f, dc.resourceAt(f, "database", quoted(name)),
		"it was made of a datashare: nothing can be granted or made while connected to it",
		"name a local database of "+f.name()+" to connect to")
}

// version is a pattern of versions of Redshift.
var version = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,9}){1,4}$`)

// atLeast compares versions such as 1.0.78890. It is not ok for what is none.
func atLeast(v, least string) (reached, ok bool) {
	if !version.MatchString(v) {
		return false, false
	}
	return slices.Compare(numbers(v), numbers(least)) >= 0, true
}

func numbers(v string) []int {
	var numbers []int
	for part := range strings.SplitSeq(v, ".") {
		n, _ := strconv.Atoi(part) // at most nine digits
		numbers = append(numbers, n)
	}
	return numbers
}

// patched returns the hold of a warehouse that is too old for writes.
func (dc *deciding) patched(f *Found) *hold {
	least := writesSinceCluster
	if f.Warehouse.Workgroup != "" {
		least = writesSinceServerless
	}
	reached, ok := atLeast(f.Version, least)
	switch {
	case !ok:
		dc.note("%s: its version is not known; writes through datashares need %s", f.name(), least)
		return nil
	case reached:
		return nil
	}
	return dc.blocked("version "+f.Namespace, f, dc.resourceAt(f, "", ""),
		fmt.Sprintf("version %s has no writes through datashares: they came with %s", f.Version, least),
		"let it be patched: see its maintenance window and track")
}
