package region

// A Kind is one of the things that a Region holds.
type Kind string

// The kinds, in the order in which they are made: each needs only those before it. A
// configuration set that tracks with a domain of its own, which must be an identity, gets
// its tracking options after the identities.
const (
	Account         Kind = "account settings"
	Pools           Kind = "dedicated IP pool"
	Sets            Kind = "configuration set"
	Destinations    Kind = "event destination"
	Identities      Kind = "identity"
	Templates       Kind = "email template"
	Verification    Kind = "custom verification template"
	Lists           Kind = "contact list"
	Contacts        Kind = "contacts"
	Tenants         Kind = "tenant"
	Associations    Kind = "tenant association"
	SuppressionList Kind = "suppression list" // of the account, and of tenants
	Endpoints       Kind = "multi-region endpoint"
	Quotas          Kind = "sending quota"
)

// Kinds returns those that are kept the same, in the order in which they are made.
func Kinds() []Kind {
	return []Kind{Account, Pools, Sets, Destinations, Identities, Templates, Verification, Lists, Contacts,
		Tenants, Associations, SuppressionList}
}

// An Aspect is what a change is about: an attribute of an object, or the object itself.
type Aspect string

// The aspects. SES changes each with a call of its own.
const (
	Object Aspect = "" // the object: it is created, updated as a whole, or deleted

	Tags Aspect = "tags"

	// Of the account and of configuration sets.
	SendingAspect     Aspect = "sending"
	SuppressionAspect Aspect = "suppression"
	VDMAspect         Aspect = "VDM"
	WarmupAspect      Aspect = "automatic warm-up"

	DeliveryAspect   Aspect = "delivery"
	TrackingAspect   Aspect = "tracking"
	ReputationAspect Aspect = "reputation"
	ArchivingAspect  Aspect = "archiving"
	SecurityAspect   Aspect = "message security"

	// Of identities.
	DefaultSet       Aspect = "default configuration set"
	Origin           Aspect = "DKIM origin"
	Signing          Aspect = "DKIM signing"
	Feedback         Aspect = "feedback forwarding"
	MailFromAspect   Aspect = "MAIL FROM"
	Policy           Aspect = "policy" // Part is its name
	BounceTopic      Aspect = "bounce topic"
	ComplaintTopic   Aspect = "complaint topic"
	DeliveryTopic    Aspect = "delivery topic"
	BounceHeaders    Aspect = "bounce headers"
	ComplaintHeaders Aspect = "complaint headers"
	DeliveryHeaders  Aspect = "delivery headers"
	Certificates     Aspect = "S/MIME certificates"

	Mode    Aspect = "scaling mode" // of a pool
	Content Aspect = "content"      // of a template; description and topics of a contact list
)
