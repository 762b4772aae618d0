package maciejobs

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

// A Spec says what a job looks at and what for. A job runs once, over every text
// object (extension txt) whose key begins with Prefix.
type Spec struct {
	// Name of the job, by which Find finds it. It must be unique to what the job
	// is for; Macie does not see to that. Required, at most 500 characters.
	Name string

	Description string // at most 200 characters

	// Token makes creating the job idempotent: equal for a call that is made
	// again. Required.
	Token string

	Account string // that owns the bucket. Required.
	Bucket  string // Required.
	Prefix  string // Required: a job over a whole bucket is none of ours.

	// Selector of managed data identifiers. Empty for RECOMMENDED. INCLUDE and
	// EXCLUDE take ManagedIDs, NONE takes CustomIDs.
	Selector   string
	ManagedIDs []string
	CustomIDs  []string // at most 30
	AllowLists []string // at most 10

	Tags map[string]string // at most 50
}

// Limits of the API reference (CreateClassificationJob) and of "Amazon Macie
// quotas" in the user guide.
const (
	maxName        = 500
	maxDescription = 200
	maxPrefix      = 1024 // bytes, of a key in S3
	maxCustomIDs   = 30
	maxAllowLists  = 10
	maxTags        = 50
	maxTagKey      = 128
	maxTagValue    = 256
)

var accountID = regexp.MustCompile(`^[0-9]{12}$`)

// Validate checks what Macie would refuse, and what would be another job than
// meant.
func (s Spec) Validate() error {
	switch {
	case s.Name == "":
		return errors.New("the job has no Name")
	case s.Token == "":
		return fmt.Errorf("the job %q has no Token", s.Name)
	case utf8.RuneCountInString(s.Name) > maxName:
		return fmt.Errorf("the Name of the job has %d characters, and may have %d", utf8.RuneCountInString(s.Name), maxName)
	case utf8.RuneCountInString(s.Description) > maxDescription:
		return fmt.Errorf("the Description of the job %q has %d characters, and may have %d", s.Name, utf8.RuneCountInString(s.Description), maxDescription)
	case !accountID.MatchString(s.Account):
		return fmt.Errorf("the Account %q is no account id of 12 digits", s.Account)
	case s.Bucket == "":
		return fmt.Errorf("the job %q has no Bucket", s.Name)
	case s.Prefix == "":
		return fmt.Errorf("the job %q has no Prefix", s.Name)
	case len(s.Prefix) > maxPrefix:
		return fmt.Errorf("the Prefix has %d bytes, and keys have at most %d", len(s.Prefix), maxPrefix)
	}
	for _, text := range []string{s.Name, s.Description, s.Token, s.Prefix} {
		if !utf8.ValidString(text) {
			return fmt.Errorf("%q is not UTF-8", text)
		}
	}
	return errors.Join(s.validateIdentifiers(), s.validateTags())
}

func (s Spec) validateIdentifiers() error {
	selector := types.ManagedDataIdentifierSelector(s.Selector)
	chosen := selector == types.ManagedDataIdentifierSelectorInclude || selector == types.ManagedDataIdentifierSelectorExclude
	switch {
	case s.Selector != "" && !slices.Contains(selector.Values(), selector):
		return fmt.Errorf("the Selector is %q; want one of %v", s.Selector, selector.Values())
	case chosen && len(s.ManagedIDs) == 0:
		return fmt.Errorf("the Selector %s takes ManagedIDs", s.Selector)
	case !chosen && len(s.ManagedIDs) > 0:
		return fmt.Errorf("there are ManagedIDs, which only the Selectors INCLUDE and EXCLUDE take, not %q", s.Selector)
	case selector == types.ManagedDataIdentifierSelectorNone && len(s.CustomIDs) == 0:
		return errors.New("the Selector NONE takes CustomIDs: the job would look for nothing")
	case len(s.CustomIDs) > maxCustomIDs:
		return fmt.Errorf("%d custom data identifiers, and a job may have %d", len(s.CustomIDs), maxCustomIDs)
	case len(s.AllowLists) > maxAllowLists:
		return fmt.Errorf("%d allow lists, and a job may have %d", len(s.AllowLists), maxAllowLists)
	}
	return errors.Join(distinct("ManagedIDs", s.ManagedIDs), distinct("CustomIDs", s.CustomIDs), distinct("AllowLists", s.AllowLists))
}

func distinct(field string, ids []string) error {
	seen := map[string]bool{"": true} // an empty one is as wrong
	for _, id := range ids {
		if seen[id] {
			return fmt.Errorf("%s has %q empty or twice", field, id)
		}
		seen[id] = true
	}
	return nil
}

func (s Spec) validateTags() error {
	if len(s.Tags) > maxTags {
		return fmt.Errorf("%d tags, and a job may have %d", len(s.Tags), maxTags)
	}
	for _, key := range slices.Sorted(maps.Keys(s.Tags)) {
		switch n := utf8.RuneCountInString(key); {
		case n == 0 || n > maxTagKey || strings.HasPrefix(strings.ToLower(key), "aws:"):
			return fmt.Errorf("the key %q of a tag; want 1 to %d characters that do not begin with \"aws:\"", key, maxTagKey)
		case utf8.RuneCountInString(s.Tags[key]) > maxTagValue:
			return fmt.Errorf("the tag %q has more than %d characters", key, maxTagValue)
		}
	}
	return nil
}

// input returns the request that creates the job. A job has one STARTS_WITH prefix,
// since nothing documents how many values a term may have, and all terms are
// met together.
func (s Spec) input() *macie2sdk.CreateClassificationJobInput {
	terms := []types.JobScopeTerm{
		{SimpleScopeTerm: &types.SimpleScopeTerm{Key: types.ScopeFilterKeyObjectKey, Comparator: types.JobComparatorStartsWith, Values: []string{s.Prefix}}},
		{SimpleScopeTerm: &types.SimpleScopeTerm{Key: types.ScopeFilterKeyObjectExtension, Comparator: types.JobComparatorEq, Values: []string{"txt"}}},
	}
	selector := types.ManagedDataIdentifierSelector(s.Selector)
	if selector == "" {
		selector = types.ManagedDataIdentifierSelectorRecommended
	}
	return &macie2sdk.CreateClassificationJobInput{
		Name:        &s.Name,
		Description: optional(s.Description),
		ClientToken: &s.Token,
		JobType:     types.JobTypeOneTime,
		S3JobDefinition: &types.S3JobDefinition{
			BucketDefinitions: []types.S3BucketDefinitionForJob{{AccountId: &s.Account, Buckets: []string{s.Bucket}}},
			Scoping:           &types.Scoping{Includes: &types.JobScopingBlock{And: terms}},
		},
		SamplingPercentage:            aws.Int32(100),
		ManagedDataIdentifierSelector: selector,
		ManagedDataIdentifierIds:      s.ManagedIDs,
		CustomDataIdentifierIds:       s.CustomIDs,
		AllowListIds:                  s.AllowLists,
		Tags:                          s.Tags,
	}
}
