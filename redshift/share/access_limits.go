package share

import (
	"strconv"
	"strings"
)

// limit works out what holds for all tables that a warehouse uses of a datashare, apart from
// what was granted. Sources are "Considerations for data sharing reads and writes",
// "Unsupported SQL statements for data sharing writes on consumers" and "Sharing data
// across AWS accounts" in the Database Developer Guide.
func (u *use) limit(producerAccount string) {
	u.limitNodes()
	u.limitIsolation()
	u.limitSlices()
	u.limitVersion(u.in)
	u.limitVersion(u.source.node)
	u.limitAccounts(producerAccount)
}

func (u *use) noWrites(v Verdict, text string) { u.writes = append(u.writes, limit{v, text}) }

func (u *use) noAccess(v Verdict, text string) {
	u.reads = append(u.reads, limit{v, text})
	u.noWrites(v, text)
}

// limitNodes: a cluster needs nodes of type RA3 or RG.
func (u *use) limitNodes() {
	for _, n := range []*node{u.in, u.source.node} {
		kind := n.found.NodeType
		if kind != "" && !strings.HasPrefix(kind, "ra3.") && !strings.HasPrefix(kind, "rg.") {
			u.noAccess(No, n.name+" has nodes of type "+kind+": datashares take RA3, RG or serverless")
		}
	}
}

// limitIsolation: the producer's database must have snapshot isolation.
func (u *use) limitIsolation() {
	producer := u.source.node
	if !producer.known {
		return // all is unsure anyway
	}
	switch level := producer.databases[u.source.name].Isolation; {
	case level == "":
		u.noWrites(Unsure, "the isolation level of the database "+u.source.name+" of "+producer.name+" is unknown: writes of others take snapshot isolation")
	case !strings.HasPrefix(strings.ToLower(level), "snapshot"):
		u.noWrites(No, "the database "+u.source.name+" of "+producer.name+" has the isolation level "+level+": writes of others take snapshot isolation")
	}
}

// slicesToWrite is how many slices a consumer cluster needs to write.
const slicesToWrite = 64

// limitSlices: those of a workgroup are not known, and not guessed.
func (u *use) limitSlices() {
	switch slices := u.in.found.Slices; {
	case !u.in.known || u.in.serverless():
	case slices == 0:
		u.noWrites(Unsure, "the slices of "+u.in.name+" are unknown: a consumer cluster needs 64 to write")
	case slices < slicesToWrite:
		u.noWrites(No, u.in.name+" has "+strconv.Itoa(slices)+" slices: a consumer cluster needs 64 to write")
	}
}

// limitVersion: patch 186 brought writes.
func (u *use) limitVersion(n *node) {
	if !n.known {
		return
	}
	least := 78881
	if n.serverless() {
		least = 78890
	}
	parts := strings.Split(n.found.Version, ".")
	build, err := strconv.Atoi(parts[len(parts)-1])
	switch {
	case err != nil || len(parts) != 3:
		u.noWrites(Unsure, "the version of "+n.name+" is unknown: writes take 1.0."+strconv.Itoa(least)+" or later")
	case parts[0] == "1" && parts[1] == "0" && build < least:
		u.noWrites(No, n.name+" has version "+n.found.Version+": writes take 1.0."+strconv.Itoa(least)+" or later")
	}
}

// limitAccounts: between accounts, the producer authorizes and the consumer associates, and
// for writes both allow them.
func (u *use) limitAccounts(producer string) {
	consumer := u.in.found.Account
	if producer == "" {
		producer = u.source.node.found.Account
	}
	if producer == "" || consumer == "" {
		if !u.in.known && consumer == "" {
			return // named by its namespace: it is of the producer's account
		}
		u.noWrites(Unsure, "whether producer and consumer are in one account is unknown")
		return
	}
	if producer == consumer {
		return
	}
	active, theirs, ours, some := u.associations(consumer)
	no := No
	if u.in.unread.associations || u.source.node.unread.associations {
		no = Unsure // there may be others
	}
	switch {
	case !some:
		u.noAccess(Unsure, "the association of the datashare with account "+consumer+" is unknown")
		return
	case !active:
		u.noAccess(no, "no association of the datashare with account "+consumer+" was seen that is active")
	}
	if !theirs {
		u.noWrites(no, "the producer's account has not authorized writes of account "+consumer)
	}
	if !ours {
		u.noWrites(no, "account "+consumer+" has not accepted writes with its association")
	}
}

// associations sums up those of the datashare with a consumer, as any warehouse tells them.
// One is with the account, also of one Region only, or with a namespace of it.
func (u *use) associations(account string) (active, producerWrites, consumerWrites, some bool) {
	for _, a := range u.associated {
		if !u.meant(a.Consumer, account) || a.Region != "" && u.in.found.Region != "" && a.Region != u.in.found.Region {
			continue
		}
		some = true
		active = active || strings.EqualFold(a.Status, "ACTIVE")
		producerWrites = producerWrites || a.ProducerWrites
		consumerWrites = consumerWrites || a.ConsumerWrites
	}
	return active, producerWrites, consumerWrites, some
}

// meant reports whether the consumer of an association is the warehouse of the use: its
// account, or its namespace. An account that was not looked into has any of its namespaces.
func (u *use) meant(consumer, account string) bool {
	namespace := u.in.found.Namespace
	return consumer == account || namespace != "" && strings.HasSuffix(consumer, namespace) ||
		namespace == "" && strings.Contains(consumer, ":"+account+":")
}

// limitTable tells what keeps a privilege from being used on a table by a warehouse other
// than its producer.
func (u *use) limitTable(r *ruling, t TableOf, p mask) {
	if t.Interleaved {
		r.add(No, "the table has an interleaved sort key: it cannot be shared")
	}
	if len(t.Masks) > 0 {
		limitQueries(r, "a masking policy", p)
	}
	if t.RowSecurity {
		limitQueries(r, "row-level security", p)
	}
	if p&(insertBit|updateBit) != 0 {
		u.limitIdentity(r, t)
	}
}

// limitQueries: what is protected and not turned off for datashares cannot be queried through
// one ("Considerations when using dynamic data masking", "Considerations and limitations
// using RLS policies").
func limitQueries(r *ruling, protection string, p mask) {
	why := protection + " is on for datashares: queries of consumers fail"
	if p == selectBit {
		r.add(No, why)
	} else {
		r.add(Unsure, why+", and whether other statements do is not documented")
	}
}

// limitIdentity: INSERT, UPDATE and COPY on identity columns are not supported from a
// consumer with more slices than the producer.
func (u *use) limitIdentity(r *ruling, t TableOf) {
	theirs, ours := u.source.node.found.Slices, u.in.found.Slices
	switch {
	case len(t.Identity) == 0 || theirs > 0 && ours > 0 && ours <= theirs:
	case theirs > 0 && ours > 0:
		r.add(No, "the table has an identity column, and "+u.in.name+" has more slices than "+u.source.node.name)
	default:
		r.add(Unsure, "the table has an identity column: not supported if "+u.in.name+" has more slices than "+u.source.node.name+", which is unknown")
	}
}

// isView reports whether a table is a view of any kind.
func (t TableOf) isView() bool { return strings.Contains(strings.ToUpper(t.Type), "VIEW") }
