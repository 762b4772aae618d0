package macie2

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (s *Service) handleFindings(c *awstest.Cloud) {
	awstest.Handle(c, s.listFindings)
	awstest.Handle(c, s.getFindings)
}

// maxFindings is how many findings one call lists or gets.
const maxFindings = 50

func (s *Service) listFindings(ctx context.Context, in *macie2sdk.ListFindingsInput) (*macie2sdk.ListFindingsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	var criterion map[string]types.CriterionAdditionalProperties
	if in.FindingCriteria != nil {
		criterion = in.FindingCriteria.Criterion
	}
	found, err := filterFindings(session.findings, criterion)
	if err != nil {
		return nil, err
	}
	if found, err = sortFindings(found, in.SortCriteria); err != nil {
		return nil, err
	}
	query := fmt.Sprintln(describe(criterion), describeSort(in.SortCriteria))
	page, next, err := pageOf(s, found, query, in.MaxResults, maxFindings, in.NextToken)
	out := &macie2sdk.ListFindingsOutput{NextToken: next, FindingIds: []string{}}
	for _, f := range page {
		out.FindingIds = append(out.FindingIds, *f.Id)
	}
	return out, err
}

// findingFields are the properties that findings can be filtered by here. Macie
// has some fifty.
var findingFields = map[string]func(*types.Finding) string{
	"classificationDetails.jobId":      func(f *types.Finding) string { return *f.ClassificationDetails.JobId },
	"resourcesAffected.s3Bucket.name":  func(f *types.Finding) string { return *f.ResourcesAffected.S3Bucket.Name },
	"resourcesAffected.s3Object.key":   func(f *types.Finding) string { return *f.ResourcesAffected.S3Object.Key },
	"resourcesAffected.s3Object.eTag":  func(f *types.Finding) string { return *f.ResourcesAffected.S3Object.ETag },
	"severity.description":             func(f *types.Finding) string { return string(f.Severity.Description) },
	"category":                         func(f *types.Finding) string { return string(f.Category) },
	"type":                             func(f *types.Finding) string { return string(f.Type) },
	"archived":                         func(f *types.Finding) string { return strconv.FormatBool(*f.Archived) },
	"classificationDetails.jobArn":     func(f *types.Finding) string { return *f.ClassificationDetails.JobArn },
	"classificationDetails.originType": func(f *types.Finding) string { return string(f.ClassificationDetails.OriginType) },
}

func filterFindings(all []*types.Finding, criterion map[string]types.CriterionAdditionalProperties) ([]*types.Finding, error) {
	found := slices.Clone(all)
	for _, key := range slices.Sorted(maps.Keys(criterion)) {
		c, field := criterion[key], findingFields[key]
		switch {
		case field == nil:
			return nil, notImplemented("the criterion " + key)
		case c.EqExactMatch != nil || c.Gt != nil || c.Gte != nil || c.Lt != nil || c.Lte != nil:
			return nil, notImplemented("criteria other than eq and neq")
		case len(c.Eq) == 0 && len(c.Neq) == 0:
			return nil, invalid("The criterion has no values: " + key)
		}
		found = slices.DeleteFunc(found, func(f *types.Finding) bool {
			return len(c.Eq) > 0 && !slices.Contains(c.Eq, field(f)) || slices.Contains(c.Neq, field(f))
		})
	}
	return found, nil
}

func describe(criterion map[string]types.CriterionAdditionalProperties) string {
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(criterion)) {
		fmt.Fprintf(&text, "%s eq %q neq %q\n", key, criterion[key].Eq, criterion[key].Neq)
	}
	return text.String()
}

func describeSort(c *types.SortCriteria) string {
	if c == nil || c.AttributeName == nil {
		return ""
	}
	return *c.AttributeName + " " + string(c.OrderBy)
}

// sortFindings sorts by what SortCriteria names. Without it, the order is nobody's.
func sortFindings(found []*types.Finding, c *types.SortCriteria) ([]*types.Finding, error) {
	found = byID(found, func(f *types.Finding) string { return *f.Id })
	if c == nil || c.AttributeName == nil {
		return found, nil
	}
	var by func(a, b *types.Finding) int
	switch *c.AttributeName {
	case "createdAt", "updatedAt":
		by = func(a, b *types.Finding) int { return a.CreatedAt.Compare(*b.CreatedAt) }
	case "severity.score":
		by = func(a, b *types.Finding) int { return cmp.Compare(*a.Severity.Score, *b.Severity.Score) }
	case "type":
		by = func(a, b *types.Finding) int { return cmp.Compare(a.Type, b.Type) }
	case "count":
		by = func(a, b *types.Finding) int { return 0 }
	default:
		return nil, notImplemented("sorting findings by " + *c.AttributeName)
	}
	slices.SortStableFunc(found, by)
	if c.OrderBy == types.OrderByDesc {
		slices.Reverse(found)
	}
	return found, nil
}

// getFindings leaves out findings that are not there.
func (s *Service) getFindings(ctx context.Context, in *macie2sdk.GetFindingsInput) (*macie2sdk.GetFindingsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	err = first(
		refuse(len(in.FindingIds) == 0, "findingIds can't be empty"),
		refuse(len(in.FindingIds) > maxFindings, "findingIds can have at most 50 entries"),
	)
	if err != nil {
		return nil, err
	}
	asked := map[string]bool{}
	for _, id := range in.FindingIds {
		asked[id] = true
	}
	var found []*types.Finding
	for _, f := range session.findings {
		if asked[*f.Id] {
			found = append(found, f)
		}
	}
	if found, err = sortFindings(found, in.SortCriteria); err != nil {
		return nil, err
	}
	out := &macie2sdk.GetFindingsOutput{Findings: []types.Finding{}}
	for _, f := range found {
		out.Findings = append(out.Findings, *cloneOf(f))
	}
	return out, nil
}

func (s *Service) listJobs(ctx context.Context, in *macie2sdk.ListClassificationJobsInput) (*macie2sdk.ListClassificationJobsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	jobs := byID(session.jobs, func(j *job) string { return j.id })
	if in.FilterCriteria != nil {
		for _, term := range slices.Concat(in.FilterCriteria.Includes, in.FilterCriteria.Excludes) {
			if err := checkJobTerm(term); err != nil {
				return nil, err
			}
		}
		jobs = slices.DeleteFunc(jobs, func(j *job) bool { return !j.meets(in.FilterCriteria) })
	}
	if err := sortJobs(jobs, in.SortCriteria); err != nil {
		return nil, err
	}
	page, next, err := pageOf(s, jobs, describeJobs(in), in.MaxResults, maxListed, in.NextToken)
	out := &macie2sdk.ListClassificationJobsOutput{NextToken: next, Items: []types.JobSummary{}}
	for _, j := range page {
		c := cloneOf(j.in)
		out.Items = append(out.Items, types.JobSummary{
			BucketDefinitions: c.S3JobDefinition.BucketDefinitions, CreatedAt: &j.created, JobId: &j.id, JobStatus: j.status,
			JobType: c.JobType, LastRunErrorStatus: j.errorStatus(), Name: c.Name, UserPausedDetails: j.pausedDetails(),
		})
	}
	return out, err
}

func describeJobs(in *macie2sdk.ListClassificationJobsInput) string {
	text := "jobs"
	if in.FilterCriteria != nil {
		text += fmt.Sprintf(" %+v", *in.FilterCriteria)
	}
	if in.SortCriteria != nil {
		text += fmt.Sprintf(" %+v", *in.SortCriteria)
	}
	return text
}

// jobComparators are the operators of each property. The SDK lists operators and
// properties, and not which go together: these are the ones that make sense.
var jobComparators = map[types.ListJobsFilterKey][]types.JobComparator{
	types.ListJobsFilterKeyName:      {types.JobComparatorEq, types.JobComparatorNe, types.JobComparatorContains, types.JobComparatorStartsWith},
	types.ListJobsFilterKeyJobStatus: {types.JobComparatorEq, types.JobComparatorNe},
	types.ListJobsFilterKeyJobType:   {types.JobComparatorEq, types.JobComparatorNe},
	types.ListJobsFilterKeyCreatedAt: orders,
}

func checkJobTerm(t types.ListJobsFilterTerm) error {
	comparators, known := jobComparators[t.Key]
	err := first(
		refuse(!known, fmt.Sprintf("The key of a filter isn't valid: %q", t.Key)),
		refuse(!slices.Contains(comparators, t.Comparator), fmt.Sprintf("%s can't be compared with %q", t.Key, t.Comparator)),
		refuse(len(t.Values) == 0, "A filter needs values"),
	)
	if err == nil && t.Key == types.ListJobsFilterKeyCreatedAt {
		_, err = time.Parse(time.RFC3339, t.Values[0])
		err = refuse(err != nil || len(t.Values) > 1, "createdAt is compared with one time")
	}
	return err
}

// meets reports whether a job meets all includes and none of the excludes.
func (j *job) meets(c *types.ListJobsFilterCriteria) bool {
	return !slices.ContainsFunc(c.Includes, func(t types.ListJobsFilterTerm) bool { return !j.meetsTerm(t) }) &&
		!slices.ContainsFunc(c.Excludes, j.meetsTerm)
}

func (j *job) meetsTerm(t types.ListJobsFilterTerm) bool {
	if t.Key == types.ListJobsFilterKeyCreatedAt {
		want, _ := time.Parse(time.RFC3339, t.Values[0])
		return ordered(t.Comparator, j.created.Compare(want))
	}
	value := map[types.ListJobsFilterKey]string{
		types.ListJobsFilterKeyName: j.name(), types.ListJobsFilterKeyJobStatus: string(j.status), types.ListJobsFilterKeyJobType: string(j.in.JobType),
	}[t.Key]
	switch t.Comparator {
	case types.JobComparatorContains:
		return slices.ContainsFunc(t.Values, func(part string) bool { return strings.Contains(value, part) })
	case types.JobComparatorStartsWith:
		return slices.ContainsFunc(t.Values, func(prefix string) bool { return strings.HasPrefix(value, prefix) })
	}
	return slices.Contains(t.Values, value) == (t.Comparator == types.JobComparatorEq)
}

func sortJobs(jobs []*job, c *types.ListJobsSortCriteria) error {
	if c == nil || c.AttributeName == "" {
		return nil
	}
	var by func(a, b *job) int
	switch c.AttributeName {
	case types.ListJobsSortAttributeNameCreatedAt:
		by = func(a, b *job) int { return a.created.Compare(b.created) }
	case types.ListJobsSortAttributeNameName:
		by = func(a, b *job) int { return cmp.Compare(a.name(), b.name()) }
	case types.ListJobsSortAttributeNameJobStatus:
		by = func(a, b *job) int { return cmp.Compare(a.status, b.status) }
	case types.ListJobsSortAttributeNameJobType:
		by = func(a, b *job) int { return 0 }
	default:
		return invalid("attributeName isn't valid")
	}
	slices.SortStableFunc(jobs, by)
	if c.OrderBy == types.OrderByDesc {
		slices.Reverse(jobs)
	}
	return nil
}
