package maciejobs_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/maciejobs"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// finding returns a finding of the job in the i-th object.
func finding(i int) types.Finding {
	return types.Finding{
		Id:       aws.String(fmt.Sprint("f", i)),
		Severity: &types.Severity{Description: "High"},
		ClassificationDetails: &types.ClassificationDetails{
			JobId:                   aws.String(job),
			DetailedResultsLocation: aws.String("s3://export/x.jsonl.gz"),
			Result: &types.ClassificationResult{
				Status:         &types.ClassificationResultStatus{Code: aws.String("COMPLETE")},
				SizeClassified: aws.Int64(80),
				SensitiveData: []types.SensitiveDataItem{{
					Category: types.SensitiveDataItemCategoryFinancialInformation,
					Detections: []types.DefaultDetection{{
						Type: aws.String("CREDIT_CARD_NUMBER"), Count: aws.Int64(2),
						Occurrences: &types.Occurrences{LineRanges: []types.Range{
							{Start: aws.Int64(3), End: aws.Int64(3), StartColumn: aws.Int64(7)},
							{Start: aws.Int64(4), End: aws.Int64(5)},
						}},
					}},
				}},
				CustomDataIdentifiers: &types.CustomDataIdentifiers{Detections: []types.CustomDetection{{
					Arn: aws.String("0e8eb8a1"), Name: aws.String("NRIC"), Count: aws.Int64(1),
					Occurrences: &types.Occurrences{LineRanges: []types.Range{{Start: aws.Int64(1), End: aws.Int64(1), StartColumn: aws.Int64(1)}}},
				}}},
			},
		},
		ResourcesAffected: &types.ResourcesAffected{
			S3Bucket: &types.S3Bucket{Name: aws.String("results")},
			S3Object: &types.S3Object{Key: aws.String(fmt.Sprint("runs/1/text/", i, ".txt")), ETag: aws.String("e"), VersionId: aws.String("")},
		},
	}
}

// findings answers with n findings, 64 a page.
func findings(t *testing.T, c *awstest.Cloud, n int, edit func(out *macie2sdk.GetFindingsOutput)) {
	awstest.Handle(c, func(_ context.Context, in *macie2sdk.ListFindingsInput) (*macie2sdk.ListFindingsOutput, error) {
		if eq := in.FindingCriteria.Criterion["classificationDetails.jobId"].Eq; len(eq) != 1 || eq[0] != job {
			t.Errorf("got the criteria %v", in.FindingCriteria.Criterion)
		}
		from, _ := strconv.Atoi(aws.ToString(in.NextToken))
		out := &macie2sdk.ListFindingsOutput{}
		for i := from; i < min(n, from+64); i++ {
			out.FindingIds = append(out.FindingIds, fmt.Sprint("f", i))
		}
		if from+64 < n {
			out.NextToken = aws.String(fmt.Sprint(from + 64))
		}
		return out, nil
	})
	awstest.Handle(c, func(_ context.Context, in *macie2sdk.GetFindingsInput) (*macie2sdk.GetFindingsOutput, error) {
		if len(in.FindingIds) > 50 {
			return nil, awstest.Status(400, &types.ValidationException{Message: aws.String("too many ids")})
		}
		out := &macie2sdk.GetFindingsOutput{}
		for _, id := range in.FindingIds { // in another order than asked
			i, _ := strconv.Atoi(id[1:])
			out.Findings = append([]types.Finding{finding(i)}, out.Findings...)
		}
		if edit != nil {
			edit(out)
		}
		return out, nil
	})
}

func TestAnalyses(t *testing.T) {
	c := awstest.New(t)
	findings(t, c, 1, nil)
	for a, err := range newJobs(c).Analyses(t.Context(), job) {
		if err != nil {
			t.Fatal(err)
		}
		want := maciejobs.Analysis{
			ID: "f0", JobID: job, Bucket: "results", Key: "runs/1/text/0.txt", ETag: "e",
			Status: "COMPLETE", Severity: "High", ResultsLocation: "s3://export/x.jsonl.gz", SizeClassified: 80,
			Detections: []maciejobs.Detection{
				{
					Type: "CREDIT_CARD_NUMBER", Category: "FINANCIAL_INFORMATION", Count: 2,
					Spans: []ocr.Span{{Line: 3, Column: 7, EndLine: 3}, {Line: 4, EndLine: 5}},
				},
				{Category: "CUSTOM_IDENTIFIER", ARN: "0e8eb8a1", Name: "NRIC", Custom: true, Count: 1, Spans: []ocr.Span{{Line: 1, Column: 1, EndLine: 1}}},
			},
		}
		if !reflect.DeepEqual(a, want) {
			t.Errorf("got  %+v\nwant %+v", a, want)
		}
	}
}

// TestAnalysesMore: a finding lists 15 places at most, and those that cannot be.
func TestAnalysesMore(t *testing.T) {
	detection := func(f *types.Finding) *types.DefaultDetection {
		return &f.ClassificationDetails.Result.SensitiveData[0].Detections[0]
	}
	tests := []struct {
		name string
		edit func(f *types.Finding)
		more bool
	}{
		{name: "all", edit: func(f *types.Finding) {}},
		{name: "Macie says so", edit: func(f *types.Finding) { f.ClassificationDetails.Result.AdditionalOccurrences = aws.Bool(true) }, more: true},
		{name: "counts more", edit: func(f *types.Finding) { detection(f).Count = aws.Int64(3) }, more: true},
		{name: "no places", edit: func(f *types.Finding) { detection(f).Occurrences = nil }, more: true},
		{name: "line 0", edit: func(f *types.Finding) { detection(f).Occurrences.LineRanges[0].Start = aws.Int64(0) }, more: true},
		{name: "no line", edit: func(f *types.Finding) { detection(f).Occurrences.LineRanges[0].Start = nil }, more: true},
		{name: "huge line", edit: func(f *types.Finding) { detection(f).Occurrences.LineRanges[0].Start = aws.Int64(1 << 62) }, more: true},
		{name: "end before start", edit: func(f *types.Finding) { detection(f).Occurrences.LineRanges[0].End = aws.Int64(-1) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := awstest.New(t)
			findings(t, c, 1, func(out *macie2sdk.GetFindingsOutput) { test.edit(&out.Findings[0]) })
			for a, err := range newJobs(c).Analyses(t.Context(), job) {
				if err != nil || a.More != test.more {
					t.Errorf("got %+v, %v", a, err)
				}
				for _, d := range a.Detections {
					for _, s := range d.Spans {
						if s.Line < 1 || s.Column < 0 || s.EndLine < s.Line {
							t.Errorf("got the span %+v", s)
						}
					}
				}
			}
		})
	}
}

// TestAnalysesMany reads 10,000 findings, while Macie throttles now and then.
func TestAnalysesMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := awstest.New(t)
		findings(t, c, 10_000, nil)
		n := 0
		c.Inject(awstest.Fault{Attempts: 1, Err: awstest.Throttled(), Match: func(awstest.Call) bool { n++; return n%40 == 0 }})
		i := 0
		for a, err := range newJobs(c).Analyses(t.Context(), job) {
			if err != nil || a.ID != fmt.Sprint("f", i) {
				t.Fatalf("finding %d: got %q, %v", i, a.ID, err)
			}
			i++
		}
		if i != 10_000 {
			t.Errorf("got %d findings", i)
		}
	})
}

func TestAnalysesErrors(t *testing.T) {
	other := "another job"
	tests := []struct {
		name     string
		fault    awstest.Fault
		edit     func(out *macie2sdk.GetFindingsOutput)
		analyses int // of 150, with a caller that goes on after errors
		says     []string
	}{
		{
			name: "a page denied", fault: awstest.Fault{Operation: "Macie2.ListFindings", Skip: 1, Err: awstest.Denied()},
			analyses: 64, says: []string{"listing the findings of job " + job},
		},
		{
			name: "one get denied", fault: awstest.Fault{Operation: "Macie2.GetFindings", Skip: 1, Times: 1, Err: awstest.Denied()},
			analyses: 136, says: []string{"14 findings", "f50"},
		},
		{
			name: "one missing", analyses: 149, says: []string{"the finding f7 "},
			edit: func(out *macie2sdk.GetFindingsOutput) {
				for i, f := range out.Findings {
					if *f.Id == "f7" {
						out.Findings = append(out.Findings[:i:i], out.Findings[i+1:]...)
						break
					}
				}
			},
		},
		{
			name: "one of another job", analyses: 149, says: []string{"the finding f7 ", other},
			edit: func(out *macie2sdk.GetFindingsOutput) {
				for i := range out.Findings {
					if *out.Findings[i].Id == "f7" {
						out.Findings[i].ClassificationDetails.JobId = &other
					}
				}
			},
		},
		{
			name: "empty findings", analyses: 149, says: []string{"the finding f7 "},
			edit: func(out *macie2sdk.GetFindingsOutput) {
				for i := range out.Findings {
					if *out.Findings[i].Id == "f7" {
						out.Findings[i] = types.Finding{Id: aws.String("f7")}
					}
				}
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := awstest.New(t)
			findings(t, c, 150, test.edit)
			if test.fault.Err != nil {
				c.Inject(test.fault)
			}
			got := 0
			var errs []error
			for _, err := range newJobs(c).Analyses(t.Context(), job) {
				if err != nil {
					errs = append(errs, err)
				} else {
					got++
				}
			}
			if got != test.analyses || len(errs) != 1 {
				t.Fatalf("got %d findings and errors %v", got, errs)
			}
			for _, says := range test.says {
				if !strings.Contains(errs[0].Error(), says) {
					t.Errorf("got %v, want %q", errs[0], says)
				}
			}
		})
	}
}

func TestAnalysesEnds(t *testing.T) {
	c := awstest.New(t)
	findings(t, c, 1000, nil)
	for range newJobs(c).Analyses(t.Context(), job) {
		break
	}
	if c.Count() != 2 {
		t.Errorf("%d calls for the first finding", c.Count())
	}
	why := errors.New("shut down")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	n := 0
	var last error
	for _, err := range newJobs(c).Analyses(ctx, job) {
		last = err
		if n++; n == 10 {
			cancel(why)
		}
	}
	if !errors.Is(last, why) || n > 60 {
		t.Errorf("got %v after %d", last, n)
	}
}
