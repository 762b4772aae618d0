package lineage

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/internal/s3policy"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// PublishOptions say what to publish and where.
type PublishOptions struct {
	// Graph to publish. Required.
	Graph *dag.Graph

	// HTML says how the page opens.
	HTML dag.HTMLOptions

	// Bucket to publish to: a general purpose bucket. Required.
	Bucket string

	// Prefix of the keys: empty for the whole bucket, otherwise with a slash at
	// its end. Every key below it is listed, so it should hold little else.
	Prefix string

	// Owner is the account that owns the bucket. Defaults to the account of the
	// credentials: a bucket that another account has taken the name of is not
	// written to.
	Owner string

	// CacheControl of the objects, in printable ASCII. Defaults to "no-cache": a
	// browser asks whether there is a new one, each time.
	CacheControl string

	// KMSKey is the ARN of the key to encrypt the objects with. Defaults to the
	// encryption of the bucket, for objects that are written; those that are as
	// wanted otherwise keep theirs. If the bucket encrypts with a key that the
	// caller needs permission for, name it here: [PublishPermissions] then has
	// the actions.
	KMSKey string

	// RemoveStale deletes objects below Prefix that were published there and are
	// not part of what is published now.
	RemoveStale bool

	// Adopt overwrites objects that stand in the way and were not published by
	// this library. They are otherwise blocked.
	Adopt bool

	// MaxBytes is the most that the three files together may have. Defaults to no
	// limit. The plan of more is made, and not applied.
	MaxBytes int64

	// Prices are what to calculate costs with.
	Prices PublishPrices
}

// PublishPrices are prices of Amazon S3 in the caller's currency. Those left out
// are not calculated with.
type PublishPrices struct {
	Put     float64 // of one PUT request
	Storage float64 // of a GB-month
}

// A PublishPlan says what publishing changes.
type PublishPlan struct {
	awspatterns.Plan

	HTML         dag.HTMLOptions `json:"html"`
	Bucket       string          `json:"bucket"`
	Prefix       string          `json:"prefix"`
	Owner        string          `json:"owner"`
	CacheControl string          `json:"cacheControl"`
	KMSKey       string          `json:"kmsKey,omitempty"`

	// Objects belong to the changes with the same index.
	Objects []PublishObject `json:"objects"`

	// Graph is what is published. It is not part of the JSON: set it again when
	// a stored plan is applied. If it is not the graph that was planned,
	// the error wraps [awspatterns.ErrAltered].
	Graph *dag.Graph `json:"-"`

	// Progress, if set, is told what became of each change, one at a time.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// A PublishObject is an object that publishing is about.
type PublishObject struct {
	Key         string `json:"key"`
	SHA256      string `json:"sha256,omitempty"` // of the content to write, in hex; empty if none is written
	Size        int64  `json:"size,omitempty"`   // in bytes
	ContentType string `json:"contentType,omitempty"`

	// Found is what was there; nil if there was nothing.
	Found *FoundObject `json:"found,omitempty"`
}

// A FoundObject is what tells an object in S3 from another one at the same key.
type FoundObject struct {
	ETag         string    `json:"etag"`                // without quotes
	VersionID    string    `json:"versionId,omitempty"` // if the bucket keeps versions
	LastModified time.Time `json:"lastModified"`
	ContentType  string    `json:"contentType,omitempty"`
	CacheControl string    `json:"cacheControl,omitempty"`
	KMSKey       string    `json:"kmsKey,omitempty"`
}

// PublishResult is what publishing did.
type PublishResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan
	Page     string                // URL of the page in S3, s3://bucket/key
}

const publishPattern = "lineage.Publish"

// PlanPublish compares what is in S3 below opts.Prefix with what the graph is
// published as: index.html, the page of [dag.Graph.WriteHTML]; graph.json, which
// [dag.ReadJSON] reads; and report.md. It only reads.
//
// An object is taken for published by this library if its metadata has the mark
// that this library gives it, which holds for one bucket, prefix and key: a copy
// of an object has none. The content is compared by the SHA-256 that S3 has calculated.
//
// What cannot be read, for want of a permission or for an outage, is an unknown
// change, and the plan is incomplete; S3 denies to read the bucket of another
// owner. A bucket that does not exist, or is in another Region, is an error.
// Writing replaces an object with its tags and headers.
//
// IAM actions: [PublishPermissions].
func PlanPublish(ctx context.Context, c Clients, opts PublishOptions) (PublishPlan, error) {
	plan, err := planPublish(ctx, c, opts)
	if err != nil {
		return PublishPlan{}, fmt.Errorf("lineage: plan publishing to %s: %w", S3Object{Bucket: opts.Bucket, Key: opts.Prefix}, reason.Cause(ctx, err))
	}
	return plan, nil
}

func planPublish(ctx context.Context, c Clients, opts PublishOptions) (PublishPlan, error) {
	if err := opts.complete(c); err != nil {
		return PublishPlan{}, err
	}
	files, err := siteFiles(opts.Graph, opts.HTML)
	if err != nil {
		return PublishPlan{}, err
	}
	target, err := identity.Target(ctx, c.STS, c.Region)
	if err != nil {
		return PublishPlan{}, err
	}
	opts.Owner = cmp.Or(opts.Owner, target.Account)
	found, err := findObjects(ctx, c, opts)
	if err != nil {
		return PublishPlan{}, err
	}
	return decidePublish(opts, target, files, found)
}

// ApplyPublish makes the changes of a plan: writes first, the page last of them,
// and then deletions. Each is made on the condition that the object is as the
// plan found it; between the last look and the change, S3 can hold only to the
// ETag, so that an object replaced by one of equal content is not noticed. An object that is already as planned is left alone, so that a
// plan may be applied again after a failure; any other makes the error wrap
// [awspatterns.ErrStale].
//
// A plan from JSON needs its Graph to be set. A plan without changes calls
// nothing. The result is valid even if there is an error: it has an outcome for
// each change.
//
// Errors wrap [awspatterns.ErrWrongAccount], [awspatterns.ErrAltered],
// [awspatterns.ErrCeiling] before anything is changed, [awspatterns.ErrStale]
// when it is found, and [awspatterns.ErrIncomplete] if blocked or unknown
// changes, or deletions of an incomplete plan, were left.
//
// IAM actions: [PublishPermissions].
func ApplyPublish(ctx context.Context, c Clients, plan PublishPlan) (PublishResult, error) {
	result := PublishResult{Page: S3Object{Bucket: plan.Bucket, Key: plan.Prefix + indexFile}.String()}
	err := applyPublish(ctx, c, plan, &result)
	if err != nil {
		err = fmt.Errorf("lineage: publish to %s: %w", S3Object{Bucket: plan.Bucket, Key: plan.Prefix}, reason.Cause(ctx, err))
	}
	return result, err
}

func applyPublish(ctx context.Context, c Clients, plan PublishPlan, result *PublishResult) error {
	result.Outcomes = apply.Pending(plan.Plan)
	if err := apply.Verify(&plan.Plan, &plan, publishPattern); err != nil {
		return err
	}
	if err := plan.check(); err != nil {
		return err
	}
	p := publisher{plan: plan, clients: c}
	var err error
	result.Outcomes, err = apply.Run(ctx, plan.Plan, apply.Maker{Prepare: p.prepare, Look: p.look, Do: p.do, Progress: plan.Progress})
	return err
}

// PublishPermissions returns what [PlanPublish] and [ApplyPublish] need, limited
// to the bucket and the keys. Conditional requests need s3:GetObject beside the
// action of writing or deleting. Options that PlanPublish refuses need nothing.
func PublishPermissions(opts PublishOptions) awspatterns.Permissions {
	if opts.validateTarget() != nil {
		return awspatterns.Permissions{}
	}
	var files, keys []string
	for _, name := range siteNames {
		files = append(files, s3policy.Object(opts.Bucket, opts.Prefix+name))
		keys = append(keys, awspatterns.PolicyLiteral(opts.Prefix+name))
	}
	all := s3policy.Below(opts.Bucket, opts.Prefix)
	// Listed are single keys or, to find stale objects, all below the prefix.
	read, list := all, s3policy.List(opts.Bucket, opts.Prefix)
	if !opts.RemoveStale {
		read = files
		list.Conditions = map[string]map[string][]string{"StringEquals": {"s3:prefix": keys}}
	}
	plan := awspatterns.Policy{
		identity.Permission,
		list,
		{Action: "s3:GetObject", Resources: read, Source: s3policy.API + "HeadObject.html"},
	}
	plan = append(plan, s3policy.Key("kms:Decrypt", opts.KMSKey, "s3:GetObject")...)
	apply := append(slices.Clone(plan), awspatterns.Permission{
		Action: "s3:PutObject", Resources: files, Source: s3policy.API + "PutObject.html",
	})
	apply = append(apply, s3policy.Key("kms:GenerateDataKey", opts.KMSKey, "s3:PutObject")...)
	if opts.RemoveStale {
		apply = append(apply, awspatterns.Permission{
			Action: "s3:DeleteObject", Resources: all,
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html",
		})
	}
	return awspatterns.Permissions{Plan: plan, Apply: apply}
}

// maxKey is the length of a key in S3, in bytes.
const maxKey = 1024

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	keyARN     = regexp.MustCompile(`^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$`)
	accountID  = regexp.MustCompile(`^[0-9]{12}$`)
	ascii      = regexp.MustCompile(`^[ -~]*$`)
)

// complete fills in defaults and reports what is wrong.
func (o *PublishOptions) complete(c Clients) error {
	o.CacheControl = cmp.Or(strings.TrimSpace(o.CacheControl), "no-cache")
	switch {
	case o.Graph == nil:
		return errors.New("no Graph")
	case o.Owner != "" && !accountID.MatchString(o.Owner):
		return fmt.Errorf("the Owner %q is no account id of 12 digits", o.Owner)
	case !ascii.MatchString(o.CacheControl):
		return fmt.Errorf("the CacheControl %q is not printable ASCII", o.CacheControl)
	case o.MaxBytes < 0:
		return fmt.Errorf("MaxBytes is %d", o.MaxBytes)
	case !isPrice(o.Prices.Put) || !isPrice(o.Prices.Storage):
		return fmt.Errorf("the Prices %v are no prices", o.Prices)
	case c.S3 == nil:
		return errors.New("the Clients have no S3 client")
	case c.STS == nil:
		return errors.New("the Clients have no STS client")
	case c.Region == "":
		return errors.New("the Clients have no Region")
	}
	return errors.Join(o.validateTarget(), validateHTML(o.HTML))
}

func isPrice(p float64) bool { return p >= 0 && !math.IsInf(p, 0) }

// validateHTML refuses what would not be the same after it was kept as JSON.
func validateHTML(o dag.HTMLOptions) error {
	texts := []string{o.Title, o.Focus}
	for _, l := range o.Links {
		texts = append(texts, l.Text, l.URL)
	}
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return fmt.Errorf("HTML: %q is not UTF-8", text)
		}
	}
	return nil
}

// validateTarget checks what the permissions are made of.
func (o *PublishOptions) validateTarget() error {
	switch {
	case !bucketName.MatchString(o.Bucket), strings.Contains(o.Bucket, ".."), net.ParseIP(o.Bucket) != nil:
		return fmt.Errorf("%q is no name of a bucket", o.Bucket)
	case strings.HasSuffix(o.Bucket, "--x-s3"):
		return errors.New("a directory bucket; want a general purpose bucket")
	case o.KMSKey != "" && !keyARN.MatchString(o.KMSKey):
		return fmt.Errorf("the KMSKey %q is no ARN of a key; aliases can come to mean another key", o.KMSKey)
	}
	return validatePrefix(o.Prefix)
}

func validatePrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	for _, part := range strings.Split(prefix, "/") {
		if part == "." || part == ".." { // clients and proxies resolve these
			return fmt.Errorf("the Prefix %q has a part %q", prefix, part)
		}
	}
	switch {
	case !strings.HasSuffix(prefix, "/"):
		return fmt.Errorf("the Prefix %q does not end with a slash", prefix)
	case strings.HasPrefix(prefix, "/"):
		return fmt.Errorf("the Prefix %q begins with a slash", prefix)
	case !utf8.ValidString(prefix):
		return fmt.Errorf("the Prefix %q is not UTF-8", prefix)
	case len(prefix)+len(indexFile) > maxKey:
		return fmt.Errorf("the Prefix has %d bytes, and keys have at most %d", len(prefix), maxKey)
	}
	return nil
}

// check checks that changes and objects, which both are in the plan, are about the
// same: the changes are what was approved.
func (p *PublishPlan) check() error {
	if len(p.Objects) != len(p.Changes) {
		return fmt.Errorf("%d changes and %d objects: %w", len(p.Changes), len(p.Objects), awspatterns.ErrAltered)
	}
	for i, c := range p.Changes {
		o := p.Objects[i]
		deletes := c.Action == awspatterns.Delete
		if c.Resource.ID != (S3Object{Bucket: p.Bucket, Key: o.Key}).String() ||
			c.Action.Applies() && (o.SHA256 == "") != deletes || deletes && (c.Adopts || o.Found == nil) {
			return fmt.Errorf("the change %s %s is not about the object %q: %w", c.Action, c.Resource.ID, o.Key, awspatterns.ErrAltered)
		}
	}
	return nil
}

// checkContent renders the graph again and compares it with what was planned.
func (p *publisher) checkContent() error {
	p.content = map[string]siteFile{}
	var writes []PublishObject
	for i, change := range p.plan.Changes {
		if change.Action.Applies() && p.plan.Objects[i].SHA256 != "" {
			writes = append(writes, p.plan.Objects[i])
		}
	}
	if len(writes) == 0 {
		return nil
	}
	if p.plan.Graph == nil {
		return errors.New("the plan has no Graph: set it again after reading a plan from JSON")
	}
	files, err := siteFiles(p.plan.Graph, p.plan.HTML)
	if err != nil {
		return err
	}
	for _, f := range files {
		p.content[p.plan.Prefix+f.name] = f
	}
	for _, o := range writes {
		if f, ok := p.content[o.Key]; !ok || hex.EncodeToString(f.sha256[:]) != o.SHA256 {
			return fmt.Errorf("%s would have other content than planned; set the Graph that the plan was made of: %w", o.Key, awspatterns.ErrAltered)
		}
	}
	return nil
}
