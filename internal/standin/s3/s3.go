// Package s3 stands in for Amazon S3.
//
// It keeps buckets with all versions of their objects and answers as the SDK
// answers for general purpose buckets: with the errors, headers and limits of the
// API reference. What it does not know, such as multipart uploads and object
// lock, it refuses; it never pretends. Bucket policies are stored and checked for
// form, but do not decide who may do what: an account other than the owner needs
// to be among the Readers or Writers of the [Bucket].
//
// Every change takes effect at once, so a conditional write never meets another
// and is never answered with 409 ConditionalRequestConflict. Tests that need that
// answer inject it with [awstest.Cloud.Inject].
package s3

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A Service is Amazon S3 in all accounts and Regions of a Cloud. Its methods may
// be called from several goroutines. They are not calls: the log of the Cloud
// does not hold them and faults do not meet them.
type Service struct {
	// PageSize, if not zero, is the most that one page of a listing holds. The
	// answer may always contain fewer keys than asked for. Set it before the first
	// call.
	PageSize int

	// mu is held only while touching what is below, never while calling back or
	// sleeping: a goroutine that waits for a mutex holds up a synctest bubble.
	mu       sync.Mutex
	buckets  map[string]*bucket
	denied   map[string]bool // KMS keys by ARN
	breaks   map[objectName]bodyBreak
	versions int // that were made so far, in all buckets
	writes   int
}

// A Bucket is what a test says of a bucket.
type Bucket struct {
	Owner     string // account; may do everything
	Region    string // Defaults to us-east-1.
	Versioned bool
	KMSKey    string   // ARN of the key of the default encryption; "" is SSE-S3
	Readers   []string // other accounts that may read and list objects
	Writers   []string // other accounts that may put and delete objects

	// ListPrefix is for a policy that allows s3:ListBucket only for prefixes that
	// begin so. Other listings are refused, and as such a policy does not hold for
	// GetObject and HeadObject, which have no prefix, those answer 403 instead of
	// 404 for a key that is not there (HeadObject in the API reference).
	ListPrefix string
}

type bucket struct {
	Bucket
	name         string
	created      time.Time
	versioning   s3types.BucketVersioningStatus // "" if it never had any
	encryption   s3types.ServerSideEncryptionRule
	policy       string
	publicAccess *s3types.PublicAccessBlockConfiguration
	lifecycle    *lifecycle // nil if it never had any
	tags         []s3types.Tag
	objects      map[string][]*version // oldest first, never empty
}

// New returns an S3 without buckets, and makes it answer the calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{
		buckets: map[string]*bucket{},
		denied:  map[string]bool{},
		breaks:  map[objectName]bodyBreak{},
	}
	s.handleBuckets(c)
	s.handleConfigurations(c)
	s.handleLifecycle(c)
	s.handleBucketTags(c)
	s.handleObjects(c)
	return s
}

// CreateBucket makes a bucket, or replaces one together with its objects.
func (s *Service) CreateBucket(name string, b Bucket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[name] = newBucket(name, b)
}

// newBucket returns an empty bucket. Since April 2023 new buckets block public
// access, and since January 2023 all are encrypted (S3 user guide, "Default
// settings for new buckets").
func newBucket(name string, b Bucket) *bucket {
	if b.Region == "" {
		b.Region = defaultRegion
	}
	made := &bucket{
		Bucket: b, name: name, created: now(), encryption: encryptionWith(b.KMSKey),
		publicAccess: &s3types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), IgnorePublicAcls: aws.Bool(true),
			BlockPublicPolicy: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
		},
		objects: map[string][]*version{},
	}
	if b.Versioned {
		made.versioning = s3types.BucketVersioningStatusEnabled
	}
	return made
}

const defaultRegion = "us-east-1"

// now is the time as S3 keeps it, in seconds.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// Writes returns how often calls changed an object so far: by a put, a copy, a
// delete or a change of tags. A call that was refused changes nothing, and
// neither does the deletion of what is not there.
func (s *Service) Writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// access is what a call wants of a bucket.
type access int

const (
	reading access = iota
	writing
	configuring
)

// open returns a bucket for a call. A call in the wrong Region is sent to the
// right one, whoever makes it. The caller of open holds s.mu.
func (s *Service) open(ctx context.Context, name, expectedOwner *string, a access) (*bucket, error) {
	if b, ok := s.buckets[aws.ToString(name)]; ok && b.Region != awstest.CallerOf(ctx).Region {
		return nil, redirect(b)
	}
	return s.openAnywhere(ctx, name, expectedOwner, a)
}

// openAnywhere is open for calls that need not come to the bucket's own Region.
func (s *Service) openAnywhere(ctx context.Context, name, expectedOwner *string, a access) (*bucket, error) {
	b, ok := s.buckets[aws.ToString(name)]
	switch caller := awstest.CallerOf(ctx); {
	case !ok:
		return nil, noSuchBucket()
	case expectedOwner != nil && *expectedOwner != b.Owner,
		!b.allows(caller.Account, a):
		return nil, awstest.Denied()
	}
	return b, nil
}

func (b *bucket) allows(account string, a access) bool {
	switch {
	case account == b.Owner:
		return true
	case a == reading:
		return slices.Contains(b.Readers, account)
	case a == writing:
		return slices.Contains(b.Writers, account)
	}
	return false
}
