package maciejobs

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/internal/reason"
)

// maxGet is how many findings GetFindings takes.
const maxGet = 50

// Analyses returns the findings of a job, archived ones too: a suppression rule
// archives findings, and they are no less true. Macie keeps findings for 90 days,
// and 100,000 of a job and a twentieth of the rest.
//
// A finding that cannot be got is an error, after which the others follow if the
// caller goes on. A page that cannot be listed ends it.
func (j *Jobs) Analyses(ctx context.Context, id string) iter.Seq2[Analysis, error] {
	return func(yield func(Analysis, error) bool) {
		pages := macie2sdk.NewListFindingsPaginator(j.api, &macie2sdk.ListFindingsInput{
			FindingCriteria: &types.FindingCriteria{Criterion: map[string]types.CriterionAdditionalProperties{
				"classificationDetails.jobId": {Eq: []string{id}},
			}},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Analysis{}, fmt.Errorf("listing the findings of job %s: %w", id, reason.Cause(ctx, err)))
				return
			}
			for ids := range slices.Chunk(page.FindingIds, maxGet) {
				if !j.get(ctx, id, ids, yield) {
					return
				}
			}
		}
	}
}

// get hands over findings in the order of their ids. It reports whether to go on.
func (j *Jobs) get(ctx context.Context, job string, ids []string, yield func(Analysis, error) bool) bool {
	out, err := j.api.GetFindings(ctx, &macie2sdk.GetFindingsInput{FindingIds: ids})
	if err != nil {
		return yield(Analysis{}, fmt.Errorf("getting %d findings of job %s from %s on: %w", len(ids), job, ids[0], reason.Cause(ctx, err))) && ctx.Err() == nil
	}
	findings := map[string]types.Finding{}
	for _, f := range out.Findings {
		findings[aws.ToString(f.Id)] = f
	}
	for _, id := range ids {
		a, err := analysisOf(findings, id, job)
		if !yield(a, err) {
			return false
		}
	}
	return true
}

func analysisOf(findings map[string]types.Finding, id, job string) (Analysis, error) {
	f, ok := findings[id]
	if !ok {
		return Analysis{}, fmt.Errorf("the finding %s of job %s is listed, and Macie does not hand it out", id, job)
	}
	a := findingAnalysis(f)
	if a.JobID != job || a.Bucket == "" || a.Key == "" {
		return Analysis{}, fmt.Errorf("the finding %s is listed for job %s, and is of job %q and object s3://%s/%s", id, job, a.JobID, a.Bucket, a.Key)
	}
	return a, nil
}

// findingAnalysis translates a finding. Any part of it may be missing.
func findingAnalysis(f types.Finding) Analysis {
	details := cmp.Or(f.ClassificationDetails, &types.ClassificationDetails{})
	result := cmp.Or(details.Result, &types.ClassificationResult{})
	status := cmp.Or(result.Status, &types.ClassificationResultStatus{})
	affected := cmp.Or(f.ResourcesAffected, &types.ResourcesAffected{})
	object := cmp.Or(affected.S3Object, &types.S3Object{})
	a := Analysis{
		ID: aws.ToString(f.Id), JobID: aws.ToString(details.JobId),
		Bucket: bucketOf(aws.ToString(cmp.Or(affected.S3Bucket, &types.S3Bucket{}).Name), aws.ToString(object.BucketArn)),
		Key:    aws.ToString(object.Key), VersionID: aws.ToString(object.VersionId), ETag: strings.Trim(aws.ToString(object.ETag), `"`),
		Status: aws.ToString(status.Code), Reason: aws.ToString(status.Reason),
		Severity:        string(cmp.Or(f.Severity, &types.Severity{}).Description),
		More:            aws.ToBool(result.AdditionalOccurrences),
		ResultsLocation: aws.ToString(details.DetailedResultsLocation),
		SizeClassified:  aws.ToInt64(result.SizeClassified),
	}
	for _, item := range result.SensitiveData {
		for _, d := range item.Detections {
			a.add(Detection{Type: aws.ToString(d.Type), Category: string(item.Category), Count: aws.ToInt64(d.Count)}, lineRanges(d.Occurrences))
		}
	}
	for _, d := range cmp.Or(result.CustomDataIdentifiers, &types.CustomDataIdentifiers{}).Detections {
		a.add(Detection{
			Category: customCategory, ARN: aws.ToString(d.Arn), Name: aws.ToString(d.Name), Custom: true, Count: aws.ToInt64(d.Count),
		}, lineRanges(d.Occurrences))
	}
	return a
}

func lineRanges(o *types.Occurrences) []lineRange {
	if o == nil {
		return nil
	}
	ranges := make([]lineRange, len(o.LineRanges))
	for i, r := range o.LineRanges {
		ranges[i] = lineRange{number(aws.ToInt64(r.Start)), number(aws.ToInt64(r.End)), number(aws.ToInt64(r.StartColumn))}
	}
	return ranges
}

// bucketOf returns the name of a bucket, from its ARN if the name is missing.
func bucketOf(name, arn string) string {
	if _, rest, ok := strings.Cut(arn, ":::"); ok && name == "" {
		return rest
	}
	return name
}
