package region

// MarkTag is the key of the tag on what this library made or took over in the secondary
// Region. Its value is the primary Region.
const MarkTag = "awspatterns:region-sync"

// PolicyName is the name of the policy on a parent identity that lets its replicas have its
// DKIM keys. A policy of this name is this library's.
const PolicyName = "awspatterns-replication"

// Options say what is kept the same, and what may be done for it.
type Options struct {
	// Only are the kinds to keep the same, all if empty.
	Only []Kind `json:"only,omitempty"`

	// ARNs tell what stands for what in the secondary Region: SNS topics, Firehose streams
	// and the roles that write to them. A role that is not in it stays, since roles are of
	// all Regions. What is in neither is left to a person.
	ARNs map[string]string `json:"arns,omitempty"`

	// MailFrom are MAIL FROM domains in the secondary Region, by identity. A MAIL FROM domain
	// has exactly one MX record, which names a Region, so that of the primary is not copied.
	MailFrom map[string]string `json:"mailFrom,omitempty"`

	// Adopt changes what differs in the secondary Region although this library did not make
	// it, account settings among them, and marks it.
	Adopt bool `json:"adopt,omitempty"`

	// Delete deletes from the secondary what this library made there and the primary no
	// longer has.
	Delete bool `json:"delete,omitempty"`

	// ConvertToReplica makes replicas of domains that the secondary has with DKIM keys of its
	// own. Mail from there may go out unsigned until SES has the keys.
	ConvertToReplica bool `json:"convertToReplica,omitempty"`

	// ManagedPools creates managed pools of dedicated IP addresses, which cost from the first on.
	ManagedPools bool `json:"managedPools,omitempty"`

	// ReplicationPolicy writes the policy that replicas need to their parents, in the primary.
	ReplicationPolicy bool `json:"replicationPolicy,omitempty"`

	// TwoWaySuppression writes addresses that only the secondary suppresses to the primary.
	TwoWaySuppression bool `json:"twoWaySuppression,omitempty"`
}

// Inputs are what is compared.
type Inputs struct {
	Primary, Secondary State

	// Suppressed are the differences of the suppression lists: that of the account, and those
	// of tenants. Contacts are those of the contact lists of the primary.
	Suppressed []ListDifference
	Contacts   []ListDifference
}
