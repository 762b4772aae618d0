package region

// A State is what SES holds in one Region of an account. Lists are in the order of names.
type State struct {
	Partition string `json:"partition"`
	Account   string `json:"account"`
	Region    string `json:"region"`

	Settings              Settings               `json:"settings"`
	Pools                 []Pool                 `json:"pools,omitempty"`
	ConfigurationSets     []ConfigurationSet     `json:"configurationSets,omitempty"`
	Identities            []Identity             `json:"identities,omitempty"`
	Templates             []Template             `json:"templates,omitempty"`
	VerificationTemplates []VerificationTemplate `json:"verificationTemplates,omitempty"`
	ContactLists          []ContactList          `json:"contactLists,omitempty"`
	Tenants               []Tenant               `json:"tenants,omitempty"`
	Endpoints             []Endpoint             `json:"endpoints,omitempty"`

	// Increases are the requests for higher sending quotas, newest first. Only readiness
	// asks for them.
	Increases []Increase `json:"increases,omitempty"`

	// Unread is what could not be read. It is not absent.
	Unread []Unread `json:"unread,omitempty"`
}

// An Unread is something that could not be read.
type Unread struct {
	Kind   Kind   `json:"kind"`
	Name   string `json:"name,omitempty"`   // empty: the list of all of the kind
	Aspect Aspect `json:"aspect,omitempty"` // empty: all of the object
	Reason string `json:"reason"`           // without what differs between requests
}

// Settings are those of the account in a Region.
type Settings struct {
	ProductionAccess bool         `json:"productionAccess"` // false: the sandbox
	SendingEnabled   bool         `json:"sendingEnabled"`
	Enforcement      string       `json:"enforcement"` // HEALTHY, PROBATION, SHUTDOWN
	Review           string       `json:"review,omitempty"`
	AutoWarmup       bool         `json:"autoWarmup"` // of dedicated IP addresses
	Suppression      *Suppression `json:"suppression"`
	VDM              *VDM         `json:"vdm"`
	Max24HourSend    float64      `json:"max24HourSend"` // recipients in 24 hours; -1: unlimited
	MaxSendRate      float64      `json:"maxSendRate"`   // recipients in a second
	SentLast24Hours  float64      `json:"sentLast24Hours"`
	PricingPlan      string       `json:"pricingPlan,omitempty"`
}

// Suppression are preferences for the suppression list: of an account, a configuration set
// or a tenant.
type Suppression struct {
	// Reasons for which SES suppresses an address: BOUNCE, COMPLAINT. Nil is not set (a
	// configuration set does as its account), empty is none.
	Reasons []string `json:"reasons"`

	Scope string `json:"scope,omitempty"` // ACCOUNT or TENANT; not of an account

	// Validation is the threshold of automatic validation: empty if not set, DISABLED, or
	// the verdict that is wanted: MEDIUM, HIGH, MANAGED.
	Validation string `json:"validation,omitempty"`
}

// VDM are settings of the Virtual Deliverability Manager: ENABLED, DISABLED, or empty if not
// set.
type VDM struct {
	Enabled         string `json:"enabled,omitempty"` // of an account only
	Engagement      string `json:"engagement,omitempty"`
	OptimizedShared string `json:"optimizedShared,omitempty"`
}

// A Pool is a pool of dedicated IP addresses.
type Pool struct {
	Name string            `json:"name"`
	Mode string            `json:"mode"` // STANDARD or MANAGED
	IPs  int               `json:"ips"`  // addresses in it
	Warm int               `json:"warm"` // of these, those that are warmed up (standard pools only)
	Tags map[string]string `json:"tags,omitempty"`
}

// A ConfigurationSet is one with all its options. A nil option is not set.
type ConfigurationSet struct {
	Name         string             `json:"name"`
	Delivery     *Delivery          `json:"delivery,omitempty"`
	Tracking     *Tracking          `json:"tracking,omitempty"`
	Reputation   *bool              `json:"reputation,omitempty"` // metrics are published
	Sending      *bool              `json:"sending,omitempty"`    // sending is enabled
	Suppression  *Suppression       `json:"suppression,omitempty"`
	VDM          *VDM               `json:"vdm,omitempty"`
	Archive      string             `json:"archive,omitempty"`  // ARN of a Mail Manager archive
	Security     string             `json:"security,omitempty"` // signing scheme: DEFAULT or SMIME
	Tags         map[string]string  `json:"tags,omitempty"`
	Destinations []EventDestination `json:"destinations,omitempty"`
}

// Delivery are the delivery options of a configuration set.
type Delivery struct {
	Pool       string `json:"pool,omitempty"`
	TLS        string `json:"tls,omitempty"`        // REQUIRE or OPTIONAL
	MaxSeconds *int64 `json:"maxSeconds,omitempty"` // 300 to 50,400
}

// Tracking are the tracking options of a configuration set.
type Tracking struct {
	Domain string `json:"domain,omitempty"` // the custom redirect domain
	HTTPS  string `json:"https,omitempty"`  // REQUIRE, REQUIRE_OPEN_ONLY, OPTIONAL
}

// An EventDestination is where a configuration set publishes events. One of CloudWatch,
// EventBus, Topic, Stream and Pinpoint is set.
type EventDestination struct {
	Name       string      `json:"name"`
	Enabled    bool        `json:"enabled"`
	Events     []string    `json:"events"` // sorted
	CloudWatch []Dimension `json:"cloudWatch,omitempty"`
	EventBus   string      `json:"eventBus,omitempty"`   // ARN
	Topic      string      `json:"topic,omitempty"`      // ARN
	Stream     string      `json:"stream,omitempty"`     // ARN of a Firehose stream
	StreamRole string      `json:"streamRole,omitempty"` // ARN of the role that writes to it
	Pinpoint   string      `json:"pinpoint,omitempty"`   // ARN of an application
}

// A Dimension is one of the metrics of a CloudWatch destination.
type Dimension struct {
	Name    string `json:"name"`
	Source  string `json:"source"` // MESSAGE_TAG, EMAIL_HEADER, LINK_TAG
	Default string `json:"default"`
}

// An Identity is a domain or an address that mail is sent from.
type Identity struct {
	Name               string            `json:"name"`
	Type               string            `json:"type"` // DOMAIN, EMAIL_ADDRESS, MANAGED_DOMAIN
	ConfigurationSet   string            `json:"configurationSet,omitempty"`
	DKIM               DKIM              `json:"dkim"`
	FeedbackForwarding bool              `json:"feedbackForwarding"`
	MailFrom           *MailFrom         `json:"mailFrom,omitempty"`
	Policies           map[string]string `json:"policies,omitempty"` // documents by name
	Notifications      *Notifications    `json:"notifications,omitempty"`
	Certificates       []string          `json:"certificates,omitempty"` // ARNs, for S/MIME
	Tags               map[string]string `json:"tags,omitempty"`

	Verification string `json:"verification"`    // SUCCESS, PENDING, FAILED, TEMPORARY_FAILURE, NOT_STARTED
	CanSend      bool   `json:"canSend"`         // VerifiedForSendingStatus
	Error        string `json:"error,omitempty"` // why verification failed, such as REPLICATION_ACCESS_DENIED
}

// DKIM is how mail of an identity is signed.
type DKIM struct {
	// Origin of the keys: AWS_SES (Easy DKIM), EXTERNAL (the owner's), or AWS_SES_ and a
	// Region, such as AWS_SES_US_EAST_1: a replica of the identity there.
	Origin     string   `json:"origin,omitempty"`
	Enabled    bool     `json:"enabled"`
	Status     string   `json:"status,omitempty"`
	Tokens     []string `json:"tokens,omitempty"`
	HostedZone string   `json:"hostedZone,omitempty"` // that the CNAME records point to
	KeyLength  string   `json:"keyLength,omitempty"`  // the next one: RSA_1024_BIT, RSA_2048_BIT
}

// MailFrom is the custom MAIL FROM domain of an identity.
type MailFrom struct {
	Domain      string `json:"domain"`
	OnMXFailure string `json:"onMXFailure"` // USE_DEFAULT_VALUE, REJECT_MESSAGE
	Status      string `json:"status,omitempty"`
}

// Notifications are the feedback notifications of an identity. Topics are ARNs, empty for
// none.
type Notifications struct {
	BounceTopic      string `json:"bounceTopic,omitempty"`
	ComplaintTopic   string `json:"complaintTopic,omitempty"`
	DeliveryTopic    string `json:"deliveryTopic,omitempty"`
	BounceHeaders    bool   `json:"bounceHeaders,omitempty"`
	ComplaintHeaders bool   `json:"complaintHeaders,omitempty"`
	DeliveryHeaders  bool   `json:"deliveryHeaders,omitempty"`
}

// A Template is an email template. Its content is known by its digest, which [ContentDigest]
// makes.
type Template struct {
	Name   string            `json:"name"`
	Digest string            `json:"digest"`
	Size   int               `json:"size"` // bytes of subject, HTML and text
	Tags   map[string]string `json:"tags,omitempty"`
}

// A VerificationTemplate is a custom verification email template.
type VerificationTemplate struct {
	Name       string            `json:"name"`
	From       string            `json:"from"`
	Subject    string            `json:"subject"`
	Digest     string            `json:"digest"` // of the content
	Size       int               `json:"size"`
	SuccessURL string            `json:"successURL"`
	FailureURL string            `json:"failureURL"`
	Tags       map[string]string `json:"tags,omitempty"`
}

// A ContactList is a list with its topics, without its contacts.
type ContactList struct {
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	Topics      []Topic           `json:"topics,omitempty"` // sorted
	Tags        map[string]string `json:"tags,omitempty"`
}

// A Topic is one of a contact list.
type Topic struct {
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
	Description string `json:"description,omitempty"`
	Default     string `json:"default"` // OPT_IN, OPT_OUT
}

// A Tenant is one with the ARNs of the resources that are associated with it.
type Tenant struct {
	Name        string            `json:"name"`
	Status      string            `json:"status,omitempty"` // of sending: ENABLED, REINSTATED, DISABLED
	Suppression *Suppression      `json:"suppression,omitempty"`
	Resources   []string          `json:"resources,omitempty"` // sorted
	Tags        map[string]string `json:"tags,omitempty"`
}

// An Endpoint is a multi-region endpoint. It is kept in its primary Region.
type Endpoint struct {
	Name    string   `json:"name"`
	ID      string   `json:"id"`
	Status  string   `json:"status"` // CREATING, READY, FAILED, DELETING
	Regions []string `json:"regions"`
}

// An Increase is a request for a higher sending quota.
type Increase struct {
	ID     string  `json:"id,omitempty"`
	Quota  string  `json:"quota"`  // its code
	Value  float64 `json:"value"`  // that was asked for
	Status string  `json:"status"` // PENDING, CASE_OPENED, APPROVED, DENIED, CASE_CLOSED, NOT_APPROVED, INVALID_REQUEST
}

// A ListDifference is how a long list differs: of suppressed addresses or of contacts.
type ListDifference struct {
	Tenant string `json:"tenant,omitempty"` // of a tenant's suppression list
	List   string `json:"list,omitempty"`   // the contact list

	Primary   int `json:"primary"`   // entries in the primary
	Secondary int `json:"secondary"` // and in the secondary
	Missing   int `json:"missing"`   // in the primary only
	Different int `json:"different"` // in both, not alike
	Extra     int `json:"extra"`     // in the secondary only

	// Stricter are the entries in both of which the secondary keeps what is stricter: a
	// complaint where the primary has a bounce, a contact that unsubscribed there. The
	// secondary keeps it. Some of them may be among the different ones, too.
	Stricter int `json:"stricter,omitempty"`

	// Attributes is whether the attributes of contacts are compared, too.
	Attributes bool `json:"attributes,omitempty"`

	// Digest is over the missing and the different entries, whatever their order; Back over
	// the extra and the stricter ones, which are what a primary would get.
	Digest string `json:"digest,omitempty"`
	Back   string `json:"back,omitempty"`

	// Sample are a few of the missing and different addresses, their local part masked.
	Sample []string `json:"sample,omitempty"`

	// Unread is why it is not known; then nothing else is set.
	Unread string `json:"unread,omitempty"`
	Where  string `json:"where,omitempty"` // the Region that could not be read
}
