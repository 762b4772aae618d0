package macie

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/state"
)

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	accountID  = regexp.MustCompile(`^[0-9]{12}$`)
	keyARN     = regexp.MustCompile(`^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$`)
	topicARN   = regexp.MustCompile(`^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$`)
)

// complete fills in defaults, brings what has no order into one, and reports
// what is wrong.
func (o *ScanImagesOptions) complete() error {
	if err := o.checkPlaces(); err != nil {
		return err
	}
	if err := o.Identifiers.check(); err != nil {
		return err
	}
	if err := o.checkNumbers(); err != nil {
		return err
	}
	o.Sources = slices.SortedFunc(slices.Values(o.Sources), func(a, b ImageSource) int {
		return cmp.Or(strings.Compare(a.Bucket, b.Bucket), strings.Compare(a.Prefix, b.Prefix))
	})
	o.ProofWait = cmp.Or(o.ProofWait, 15*time.Minute)
	o.Concurrency = cmp.Or(o.Concurrency, 32)
	o.ImagesPerJob = cmp.Or(o.ImagesPerJob, 20_000)
	o.Lease = cmp.Or(o.Lease, time.Minute)
	o.PollInterval = cmp.Or(o.PollInterval, 30*time.Second)
	o.Attention = cmp.Or(o.Attention, 1000)
	o.maxFindings = cmp.Or(o.maxFindings, maxFindings)
	if o.Store == nil {
		o.Store = state.NewMemory()
	}
	return nil
}

func (o *ScanImagesOptions) checkPlaces() error {
	if len(o.Sources) == 0 {
		return errors.New("no Sources")
	}
	for i, a := range o.Sources {
		if err := checkPlace("source", a.Bucket, a.Prefix, a.Owner, a.KMSKey); err != nil {
			return err
		}
		for _, b := range o.Sources[:i] {
			if a.Bucket == b.Bucket && (strings.HasPrefix(a.Prefix, b.Prefix) || strings.HasPrefix(b.Prefix, a.Prefix)) {
				return fmt.Errorf("the sources s3://%s/%s and s3://%s/%s overlap", b.Bucket, b.Prefix, a.Bucket, a.Prefix)
			}
		}
		if a.Bucket == o.Results.Bucket && !o.BesideOriginals {
			return fmt.Errorf("the results would be beside the originals in %s: set BesideOriginals, or use another bucket", a.Bucket)
		}
	}
	r := o.Results
	if err := checkPlace("results", r.Bucket, r.Prefix, r.Owner, r.KMSKey); err != nil {
		return err
	}
	switch {
	case r.Prefix != "" && !strings.HasSuffix(r.Prefix, "/"):
		return fmt.Errorf("the prefix %q of the results does not end with a slash", r.Prefix)
	case len(r.Prefix) > maxResultsPrefix:
		return fmt.Errorf("the prefix of the results has %d bytes, and %d are possible", len(r.Prefix), maxResultsPrefix)
	case o.TopicARN != "" && !topicARN.MatchString(o.TopicARN):
		return fmt.Errorf("the TopicARN %q is none of SNS", o.TopicARN)
	}
	return nil
}

// maxResultsPrefix leaves room for the names of texts in the 1,024 bytes of a key.
const maxResultsPrefix = 512

func checkPlace(what, bucket, prefix, owner, key string) error {
	switch {
	case bucket == "":
		return fmt.Errorf("no Bucket of the %s", what)
	case !bucketName.MatchString(bucket):
		return fmt.Errorf("the %s bucket %q is no name of a bucket", what, bucket)
	case len(prefix) > 1024 || !utf8.ValidString(prefix):
		return fmt.Errorf("the prefix %q in %s is not UTF-8 of up to 1,024 bytes", prefix, bucket)
	case owner != "" && !accountID.MatchString(owner):
		return fmt.Errorf("the Owner %q of %s is no account id of 12 digits", owner, bucket)
	case key != "" && !keyARN.MatchString(key):
		return fmt.Errorf("the KMSKey %q of %s is no ARN of a KMS key", key, bucket)
	}
	return nil
}

// Quotas of a classification job ("Amazon Macie quotas" in the user guide).
const (
	maxCustom     = 30
	maxAllowLists = 10
)

func (i Identifiers) check() error {
	switch selector := cmp.Or(i.Selector, "RECOMMENDED"); selector {
	case "RECOMMENDED", "ALL", "NONE":
		if len(i.Managed) > 0 {
			return fmt.Errorf("managed identifiers are for the selectors INCLUDE and EXCLUDE, not %s", selector)
		}
		if selector == "NONE" && len(i.Custom) == 0 {
			return errors.New("the selector NONE needs custom identifiers")
		}
	case "INCLUDE", "EXCLUDE":
		if len(i.Managed) == 0 {
			return fmt.Errorf("the selector %s needs managed identifiers", selector)
		}
	default:
		return fmt.Errorf("the selector %q is none of RECOMMENDED, ALL, EXCLUDE, INCLUDE, NONE", selector)
	}
	switch {
	case len(i.Custom) > maxCustom:
		return fmt.Errorf("%d custom identifiers, and a job takes %d", len(i.Custom), maxCustom)
	case len(i.AllowLists) > maxAllowLists:
		return fmt.Errorf("%d allow lists, and a job takes %d", len(i.AllowLists), maxAllowLists)
	}
	return errors.Join(distinct("managed identifiers", i.Managed), distinct("custom identifiers", i.Custom), distinct("allow lists", i.AllowLists))
}

// distinct refuses ids that Macie would refuse only when the texts are read and paid
// for.
func distinct(what string, ids []string) error {
	seen := map[string]bool{"": true}
	for _, id := range ids {
		if seen[id] {
			return fmt.Errorf("the %s have %q, which is empty or there twice", what, id)
		}
		seen[id] = true
	}
	return nil
}

func (o *ScanImagesOptions) checkNumbers() error {
	for name, n := range map[string]float64{
		"Concurrency": float64(o.Concurrency), "ImagesPerJob": float64(o.ImagesPerJob), "Attention": float64(o.Attention),
		"MaxPages": float64(o.MaxPages), "MaxCost": o.MaxCost, "Prices.Page": o.Prices.Page,
		"ProofWait": float64(o.ProofWait), "Lease": float64(o.Lease), "PollInterval": float64(o.PollInterval),
		"Quotas.Detect": o.Quotas.Detect, "Quotas.Start": o.Quotas.Start, "Quotas.Get": o.Quotas.Get, "Quotas.Jobs": float64(o.Quotas.Jobs),
	} {
		if !(n >= 0) { // nor NaN
			return fmt.Errorf("%s is %v", name, n)
		}
	}
	switch {
	case o.MaxCost > 0 && o.Prices.Page == 0:
		return errors.New("MaxCost needs Prices.Page")
	case o.ImagesPerJob > maxFindings:
		return fmt.Errorf("ImagesPerJob is %d, and Macie keeps %d findings of a job", o.ImagesPerJob, maxFindings)
	case o.Detector != nil && o.RequireProof:
		return errors.New("RequireProof is for Macie, not for another Detector")
	}
	return nil
}

// scanID names the scan: of these sources, with the results there.
func (o ScanImagesOptions) scanID() string {
	parts := []string{"scan", o.Results.Bucket, o.Results.Prefix}
	for _, s := range o.Sources {
		parts = append(parts, s.Bucket, s.Prefix)
	}
	return "scan " + hash(parts...)[:32]
}

// digest stands for what is looked for. A verdict holds for one digest.
func (o ScanImagesOptions) digest() string {
	if o.Detector != nil {
		return hash("detector", o.Detector.ID())
	}
	i := o.Identifiers
	parts := []string{"macie", cmp.Or(i.Selector, "RECOMMENDED")}
	for _, ids := range [][]string{i.Managed, i.Custom, i.AllowLists} {
		parts = append(parts, fmt.Sprint(len(ids)))
		parts = append(parts, slices.Sorted(slices.Values(ids))...)
	}
	return hash(parts...)
}

// limited reports whether there is a ceiling.
func (o ScanImagesOptions) limited() bool { return o.MaxPages > 0 || o.MaxCost > 0 }

func (s *scan) sourceOwner(bucket string) string {
	for _, source := range s.opts.Sources {
		if source.Bucket == bucket {
			return s.owner(source.Owner)
		}
	}
	return ""
}

// or fills in what is not given.
func (q TextractQuotas) or(d TextractQuotas) TextractQuotas {
	return TextractQuotas{
		Detect: cmp.Or(q.Detect, d.Detect), Start: cmp.Or(q.Start, d.Start),
		Get: cmp.Or(q.Get, d.Get), Jobs: cmp.Or(q.Jobs, d.Jobs),
	}
}
