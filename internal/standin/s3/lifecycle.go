package s3

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A lifecycle is stored and checked for form. No object expires by it.
type lifecycle struct {
	rules       []s3types.LifecycleRule
	minimumSize s3types.TransitionDefaultMinimumObjectSize
}

// Limits of "Lifecycle configuration elements" in the user guide.
const (
	maxLifecycleRules = 1000
	maxRuleID         = 255
)

func (s *Service) handleLifecycle(c *awstest.Cloud) {
	awstest.Handle(c, s.putBucketLifecycleConfiguration)
	awstest.Handle(c, s.getBucketLifecycleConfiguration)
	awstest.Handle(c, s.deleteBucketLifecycle)
}

func (s *Service) putBucketLifecycleConfiguration(ctx context.Context, in *s3sdk.PutBucketLifecycleConfigurationInput) (*s3sdk.PutBucketLifecycleConfigurationOutput, error) {
	rules, err := checkLifecycle(in.LifecycleConfiguration)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	size := cmp.Or(in.TransitionDefaultMinimumObjectSize, s3types.TransitionDefaultMinimumObjectSizeAllStorageClasses128k)
	b.lifecycle = &lifecycle{rules, size}
	return &s3sdk.PutBucketLifecycleConfigurationOutput{TransitionDefaultMinimumObjectSize: size}, nil
}

func (s *Service) getBucketLifecycleConfiguration(ctx context.Context, in *s3sdk.GetBucketLifecycleConfigurationInput) (*s3sdk.GetBucketLifecycleConfigurationOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	if b.lifecycle == nil {
		return nil, awstest.Error(http.StatusNotFound, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
	}
	return &s3sdk.GetBucketLifecycleConfigurationOutput{
		Rules: copied(b.lifecycle.rules), TransitionDefaultMinimumObjectSize: b.lifecycle.minimumSize,
	}, nil
}

func (s *Service) deleteBucketLifecycle(ctx context.Context, in *s3sdk.DeleteBucketLifecycleInput) (*s3sdk.DeleteBucketLifecycleOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	b.lifecycle = nil
	return nil, nil
}

// checkLifecycle returns the rules as they are stored: each with an ID.
func checkLifecycle(c *s3types.BucketLifecycleConfiguration) ([]s3types.LifecycleRule, error) {
	if c == nil || len(c.Rules) == 0 || len(c.Rules) > maxLifecycleRules {
		return nil, malformedXML()
	}
	rules, ids := copied(c.Rules), map[string]bool{}
	for i := range rules {
		if aws.ToString(rules[i].ID) == "" {
			rules[i].ID = aws.String(fmt.Sprintf("generated-%d", i+1))
		}
		if err := checkLifecycleRule(rules[i]); err != nil {
			return nil, err
		}
		if ids[*rules[i].ID] {
			return nil, invalidArgument("Rule ID must be unique. Found same ID for more than one rule")
		}
		ids[*rules[i].ID] = true
	}
	return rules, nil
}

func checkLifecycleRule(r s3types.LifecycleRule) error {
	switch {
	case utf8.RuneCountInString(*r.ID) > maxRuleID:
		return invalidArgument("ID length should not exceed allowed limit of 255")
	case !slices.Contains(r.Status.Values(), r.Status), (r.Filter == nil) == (r.Prefix == nil): //lint:ignore SA1019 the old form is still accepted
		return malformedXML()
	case r.Expiration == nil && r.Transitions == nil && r.NoncurrentVersionExpiration == nil &&
		r.NoncurrentVersionTransitions == nil && r.AbortIncompleteMultipartUpload == nil:
		return invalidRequest("At least one action needs to be specified in a rule")
	}
	return checkExpiration(r)
}

func checkExpiration(r s3types.LifecycleRule) error {
	if e := r.Expiration; e != nil {
		set := 0
		for _, is := range []bool{e.Days != nil, e.Date != nil, e.ExpiredObjectDeleteMarker != nil} {
			if is {
				set++
			}
		}
		if set != 1 {
			return malformedXML()
		}
		if e.Days != nil && *e.Days <= 0 {
			return invalidArgument("'Days' for Expiration action must be a positive integer")
		}
	}
	if e := r.NoncurrentVersionExpiration; e != nil && aws.ToInt32(e.NoncurrentDays) <= 0 {
		return invalidArgument("'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer")
	}
	if a := r.AbortIncompleteMultipartUpload; a != nil && aws.ToInt32(a.DaysAfterInitiation) <= 0 {
		return invalidArgument("'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer")
	}
	return nil
}

// copied returns rules that share nothing with the given ones.
func copied(rules []s3types.LifecycleRule) []s3types.LifecycleRule {
	text, err := json.Marshal(rules)
	var same []s3types.LifecycleRule
	if err == nil {
		err = json.Unmarshal(text, &same)
	}
	if err != nil {
		panic(err) // strings, numbers, times and lists of them
	}
	return same
}

func (l *lifecycle) dump(out *strings.Builder) {
	fmt.Fprintf(out, "  lifecycle, transitions from %s\n", l.minimumSize)
	for _, r := range l.rules {
		text, err := json.Marshal(r)
		if err != nil {
			panic(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(text, &fields); err != nil {
			panic(err)
		}
		for name, value := range fields {
			if value == nil {
				delete(fields, name)
			}
		}
		text, _ = json.Marshal(fields) // in the order of the names
		fmt.Fprintf(out, "    %s\n", text)
	}
}
