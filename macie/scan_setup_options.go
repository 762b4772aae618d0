package macie

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
)

// ScanSetupOptions say what a scan of images needs in the account.
type ScanSetupOptions struct {
	// Bucket that texts and results are written to: a general purpose bucket of
	// the account and Region. Required. It is created if there is none.
	Bucket string `json:"bucket"`

	// Prefix of the keys that scans write, with a slash at its end. What is below
	// it expires. Defaults to "macie-scan/".
	Prefix string `json:"prefix"`

	// KMSKey is the ARN of the key that the bucket encrypts with: a symmetric
	// customer managed key of the Region. Required. Keys are not created: who may
	// administer one is for its owner to say.
	KMSKey string `json:"kmsKey"`

	// ExpireDays is after how many days what is below Prefix is deleted. Defaults
	// to 30.
	ExpireDays int `json:"expireDays"`

	// Export, if set, makes Macie keep its discovery results in the bucket. They
	// are what proves that an image was analyzed.
	Export *ScanSetupExport `json:"export,omitempty"`

	// Events, if set, makes what the event-driven form of a scan needs.
	Events *ScanSetupEvents `json:"events,omitempty"`

	// Adopt changes what is there and was not made by this library, and marks it.
	// It is otherwise blocked.
	Adopt bool `json:"adopt,omitempty"`
}

// ScanSetupExport is where Macie keeps its discovery results.
type ScanSetupExport struct {
	// Prefix of their keys, with a slash at its end, not within that of the
	// options: they do not expire. Defaults to "macie-results/".
	Prefix string `json:"prefix"`
}

// ScanSetupEvents is what the event-driven form needs. Names left out are made of
// Name.
type ScanSetupEvents struct {
	// Name that all others begin with, 3 to 24 letters, digits and hyphens.
	// Defaults to "awspatterns-scan".
	Name string `json:"name"`

	// Topic that Textract tells of finished texts. Its name begins with
	// "AmazonTextract".
	Topic string `json:"topic"`

	// TopicKMSKey is the ARN of the key that the topic is encrypted with. Its key
	// policy has to leave the role to IAM, as the default key policy does.
	// Defaults to no encryption by a key of the account; that of a topic that is
	// there stays as it is.
	TopicKMSKey string `json:"topicKMSKey,omitempty"`

	// Role that Textract assumes to publish to the topic. Roles are for all
	// Regions of an account, so its default name has the Region.
	Role string `json:"role"`

	// Table that keeps the state of scans.
	Table string `json:"table"`

	// Schedule of the rule that makes a scan look for what it has not been told
	// of: a rate or cron expression of EventBridge. Defaults to "rate(5 minutes)".
	Schedule string `json:"schedule"`

	// TargetARN is the Lambda function or SQS queue that the rules call. Without
	// it they have no targets.
	TargetARN string `json:"targetARN,omitempty"`
}

var (
	bucketForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	keyForm      = regexp.MustCompile(`^arn:[a-z-]+:kms:([a-z0-9-]+):([0-9]{12}):key/[A-Za-z0-9-]+$`)
	prefixForm   = regexp.MustCompile(`^([A-Za-z0-9!_.'()=-]+/)+$`) // nothing that a policy or a job would read as more than itself
	eventsName   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{2,23}$`)
	topicName    = regexp.MustCompile(`^AmazonTextract[A-Za-z0-9_-]{0,242}$`)
	roleName     = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	tableName    = regexp.MustCompile(`^[A-Za-z0-9_.-]{3,255}$`)
	scheduleForm = regexp.MustCompile(`^(rate|cron)\([^()]+\)$`)
	targetForm   = regexp.MustCompile(`^arn:[a-z-]+:(lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_:$.-]+|sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\.fifo)?)$`)
)

// maxExpireDays is 100 years. S3 tells no limit, and this one keeps dates sane.
const maxExpireDays = 36500

// complete fills in defaults and reports what is wrong. It changes nothing that
// the caller holds.
func (o ScanSetupOptions) complete(region string) (ScanSetupOptions, error) {
	if o.Prefix == "" {
		o.Prefix = "macie-scan/"
	}
	if o.ExpireDays == 0 {
		o.ExpireDays = 30
	}
	if o.Export != nil {
		export := *o.Export
		if export.Prefix == "" {
			export.Prefix = "macie-results/"
		}
		o.Export = &export
	}
	if o.Events != nil {
		events := o.Events.complete(region)
		o.Events = &events
	}
	return o, o.validate(region)
}

func (o ScanSetupOptions) validate(region string) error {
	key := keyForm.FindStringSubmatch(o.KMSKey)
	switch {
	case !bucketForm.MatchString(o.Bucket), strings.Contains(o.Bucket, ".."), net.ParseIP(o.Bucket) != nil:
		return fmt.Errorf("%q is no name of a bucket", o.Bucket)
	case strings.HasSuffix(o.Bucket, "--x-s3"):
		return errors.New("a directory bucket; Macie reads general purpose buckets only")
	case o.KMSKey == "":
		return errors.New("no KMSKey")
	case key == nil:
		return fmt.Errorf("the KMSKey %q is no ARN of a key; aliases can come to mean another key", o.KMSKey)
	case key[1] != region && region != anyRegion:
		return fmt.Errorf("the KMSKey is in %s, and the clients are in %s: S3 wants a key of its own Region", key[1], region)
	case o.ExpireDays < 0 || o.ExpireDays > maxExpireDays:
		return fmt.Errorf("ExpireDays is %d", o.ExpireDays)
	}
	if err := validateSetupPrefix("Prefix", o.Prefix); err != nil {
		return err
	}
	if o.Export != nil {
		if err := validateSetupPrefix("Export.Prefix", o.Export.Prefix); err != nil {
			return err
		}
		if strings.HasPrefix(o.Export.Prefix, o.Prefix) || strings.HasPrefix(o.Prefix, o.Export.Prefix) {
			return fmt.Errorf("the Export.Prefix %q and the Prefix %q overlap: discovery results would expire, or be scanned", o.Export.Prefix, o.Prefix)
		}
	}
	if o.Events != nil {
		return o.Events.validate()
	}
	return nil
}

// maxPrefix leaves room in a key, and in the ID of a lifecycle rule, for the rest.
const maxPrefix = 200

func validateSetupPrefix(name, prefix string) error {
	switch {
	case !prefixForm.MatchString(prefix), len(prefix) > maxPrefix:
		return fmt.Errorf("the %s %q is not up to %d letters, digits and !_.'()=- with a slash at its end", name, prefix, maxPrefix)
	case strings.HasPrefix(prefix, "./"), strings.HasPrefix(prefix, "../"), strings.Contains(prefix, "/./"), strings.Contains(prefix, "/../"):
		return fmt.Errorf("the %s %q has a part that clients and proxies resolve", name, prefix)
	}
	return nil
}

// complete fills in names.
func (e ScanSetupEvents) complete(region string) ScanSetupEvents {
	set := func(field *string, to string) {
		if *field == "" {
			*field = to
		}
	}
	set(&e.Name, "awspatterns-scan")
	set(&e.Topic, "AmazonTextract-"+e.Name)
	set(&e.Role, e.Name+"-textract-"+region)
	set(&e.Table, e.Name)
	set(&e.Schedule, everyFiveMinutes)
	return e
}

func (e ScanSetupEvents) validate() error {
	switch {
	case !eventsName.MatchString(e.Name):
		return fmt.Errorf("the Events.Name %q is not a letter and 2 to 23 letters, digits and hyphens", e.Name)
	case !topicName.MatchString(e.Topic):
		return fmt.Errorf("the Events.Topic %q does not begin with AmazonTextract, or is no name of a topic", e.Topic)
	case e.TopicKMSKey != "" && !keyForm.MatchString(e.TopicKMSKey):
		return fmt.Errorf("the Events.TopicKMSKey %q is no ARN of a key", e.TopicKMSKey)
	case !roleName.MatchString(strings.Replace(e.Role, anyRegion, "region", 1)):
		return fmt.Errorf("the Events.Role %q is no name of a role", e.Role)
	case !tableName.MatchString(e.Table):
		return fmt.Errorf("the Events.Table %q is no name of a table", e.Table)
	case !scheduleForm.MatchString(e.Schedule):
		return fmt.Errorf("the Events.Schedule %q is neither rate(…) nor cron(…)", e.Schedule)
	case e.TargetARN != "" && !targetForm.MatchString(e.TargetARN):
		return fmt.Errorf("the Events.TargetARN %q is no ARN of a Lambda function or SQS queue", e.TargetARN)
	}
	return nil
}

func (e ScanSetupEvents) findingsRule() string { return e.Name + "-findings" }
func (e ScanSetupEvents) scheduleRule() string { return e.Name + "-schedule" }
