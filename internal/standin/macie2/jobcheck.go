package macie2

import (
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

// Limits of a job ("Amazon Macie quotas" and CreateClassificationJob).
const (
	maxJobName        = 500
	maxJobDescription = 200
	maxJobBuckets     = 1_000
	maxJobIdentifiers = 30
	maxAllowLists     = 10
)

// checkJob decides whether a job can be created.
func (s *Service) checkJob(session *session, in *macie2sdk.CreateClassificationJobInput) error {
	return first(
		refuse(*in.ClientToken == "", "clientToken can't be empty"),
		refuse(*in.Name == "" || utf8.RuneCountInString(*in.Name) > maxJobName, "name must have 1 to 500 characters"),
		refuse(utf8.RuneCountInString(aws.ToString(in.Description)) > maxJobDescription, "description can have at most 200 characters"),
		checkTags(in.Tags),
		checkSchedule(in),
		session.checkSelector(in),
		session.checkAllowLists(in),
		s.checkDefinition(session, in.S3JobDefinition),
	)
}

func checkSchedule(in *macie2sdk.CreateClassificationJobInput) error {
	sample := aws.ToInt32(in.SamplingPercentage)
	if in.SamplingPercentage == nil {
		sample = 100
	}
	err := first(
		refuse(!slices.Contains(in.JobType.Values(), in.JobType), "jobType must be ONE_TIME or SCHEDULED"),
		refuse(in.JobType == types.JobTypeOneTime && in.ScheduleFrequency != nil, "A one-time job can't have a scheduleFrequency"),
		refuse(in.JobType == types.JobTypeOneTime && in.InitialRun != nil, "A one-time job can't have an initialRun"),
		refuse(sample < 1 || sample > 100, "samplingPercentage must be 1 to 100"),
	)
	switch {
	case err != nil:
		return err
	case in.JobType == types.JobTypeScheduled:
		return notImplemented("jobs that run more than once")
	case sample != 100:
		return notImplemented("sampling")
	}
	return nil
}

// checkSelector decides which identifiers may stand together.
func (s *session) checkSelector(in *macie2sdk.CreateClassificationJobInput) error {
	selector := in.ManagedDataIdentifierSelector
	named := selector == types.ManagedDataIdentifierSelectorInclude || selector == types.ManagedDataIdentifierSelectorExclude
	if len(in.CustomDataIdentifierIds) > maxJobIdentifiers {
		return quotaExceeded("A job can use at most 30 custom data identifiers")
	}
	err := first(
		refuse(selector != "" && !slices.Contains(selector.Values(), selector), "managedDataIdentifierSelector isn't valid"),
		refuse(named && len(in.ManagedDataIdentifierIds) == 0, "managedDataIdentifierIds is required for INCLUDE and EXCLUDE"),
		refuse(!named && len(in.ManagedDataIdentifierIds) > 0, "managedDataIdentifierIds goes with INCLUDE and EXCLUDE alone"),
		refuse(selector == types.ManagedDataIdentifierSelectorNone && len(in.CustomDataIdentifierIds) == 0,
			"NONE needs at least one custom data identifier"),
		refuse(repeats(in.ManagedDataIdentifierIds) || repeats(in.CustomDataIdentifierIds), "An identifier is named twice"),
	)
	if err != nil {
		return err
	}
	for _, id := range in.ManagedDataIdentifierIds {
		if !isManaged(id) {
			return invalid("There is no managed data identifier " + id)
		}
	}
	for _, id := range in.CustomDataIdentifierIds {
		if d := s.identifier(id); d == nil || d.deleted {
			return invalid("There is no custom data identifier " + id)
		}
	}
	return nil
}

func (s *session) checkAllowLists(in *macie2sdk.CreateClassificationJobInput) error {
	if len(in.AllowListIds) > maxAllowLists {
		return quotaExceeded("A job can use at most 10 allow lists")
	}
	for _, id := range in.AllowListIds {
		if s.allowList(id) == nil {
			return invalid("There is no allow list " + id)
		}
	}
	return refuse(repeats(in.AllowListIds), "An allow list is named twice")
}

func repeats(ids []string) bool {
	sorted := slices.Sorted(slices.Values(ids))
	return len(slices.Compact(sorted)) < len(ids)
}

func (s *Service) checkDefinition(session *session, d *types.S3JobDefinition) error {
	if d.BucketCriteria != nil {
		if len(d.BucketDefinitions) > 0 {
			return invalid("A job can have bucketCriteria or bucketDefinitions, not both")
		}
		return notImplemented("bucket criteria")
	}
	if len(d.BucketDefinitions) == 0 {
		return invalid("A job needs bucketDefinitions or bucketCriteria")
	}
	var names []string
	for _, definition := range d.BucketDefinitions {
		if *definition.AccountId != session.account {
			return invalid("The account isn't yours, nor that of a member: " + *definition.AccountId)
		}
		if len(definition.Buckets) == 0 {
			return invalid("buckets can't be empty")
		}
		names = append(names, definition.Buckets...)
	}
	if len(names) > maxJobBuckets {
		return quotaExceeded("A job can analyze at most 1,000 buckets")
	}
	for _, name := range names {
		if b, ok := s.store.find(name, nil); ok && b.owner != session.account {
			return invalid("The account doesn't own the bucket " + name)
		}
	}
	return first(refuse(repeats(names), "A bucket is named twice"), checkScoping(d.Scoping))
}

func checkScoping(scoping *types.Scoping) error {
	if scoping == nil {
		return nil
	}
	for _, block := range []*types.JobScopingBlock{scoping.Includes, scoping.Excludes} {
		if block == nil {
			continue
		}
		for _, term := range block.And {
			if err := checkTerm(term); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkTerm(term types.JobScopeTerm) error {
	if (term.SimpleScopeTerm == nil) == (term.TagScopeTerm == nil) {
		return invalid("A condition must have a simpleScopeTerm or a tagScopeTerm")
	}
	if tag := term.TagScopeTerm; tag != nil {
		return first(
			refuse(aws.ToString(tag.Key) != "TAG", "The key of a tagScopeTerm must be TAG"),
			refuse(tag.Target != types.TagTargetS3Object, "The target of a tagScopeTerm must be S3_OBJECT"),
			refuse(tag.Comparator != types.JobComparatorEq && tag.Comparator != types.JobComparatorNe, "The comparator of a tagScopeTerm must be EQ or NE"),
			refuse(len(tag.TagValues) == 0, "A tagScopeTerm needs tagValues"),
		)
	}
	return checkSimpleTerm(term.SimpleScopeTerm)
}

// scopeComparators are the operators of each property (SimpleScopeTerm).
var scopeComparators = map[types.ScopeFilterKey][]types.JobComparator{
	types.ScopeFilterKeyObjectExtension:        {types.JobComparatorEq, types.JobComparatorNe},
	types.ScopeFilterKeyObjectKey:              {types.JobComparatorStartsWith},
	types.ScopeFilterKeyObjectLastModifiedDate: orders,
	types.ScopeFilterKeyObjectSize:             orders,
}

var orders = []types.JobComparator{types.JobComparatorEq, types.JobComparatorNe, types.JobComparatorGt,
	types.JobComparatorGte, types.JobComparatorLt, types.JobComparatorLte}

func checkSimpleTerm(t *types.SimpleScopeTerm) error {
	comparators, known := scopeComparators[t.Key]
	several := t.Key == types.ScopeFilterKeyObjectExtension || t.Key == types.ScopeFilterKeyObjectKey
	err := first(
		refuse(!known, fmt.Sprintf("The key of a simpleScopeTerm isn't valid: %q", t.Key)),
		refuse(!slices.Contains(comparators, t.Comparator), fmt.Sprintf("%s can't be compared with %q", t.Key, t.Comparator)),
		refuse(len(t.Values) == 0 || slices.Contains(t.Values, ""), "A simpleScopeTerm needs values that aren't empty"),
		refuse(len(t.Values) > 1 && !several, fmt.Sprintf("%s can have one value only", t.Key)),
	)
	if err != nil {
		return err
	}
	switch t.Key {
	case types.ScopeFilterKeyObjectSize:
		_, err = strconv.ParseInt(t.Values[0], 10, 64)
	case types.ScopeFilterKeyObjectLastModifiedDate:
		_, err = time.Parse(time.RFC3339, t.Values[0])
	}
	return refuse(err != nil, fmt.Sprintf("The value of %s isn't valid", t.Key))
}
