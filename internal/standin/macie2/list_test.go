package macie2_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

// many puts n objects with something to find.
func (w *world) many(n int) {
	for i := range n {
		w.put(fmt.Sprintf("runs/1/%04d.txt", i), "passport A12345678")
	}
}

func TestListFindings(t *testing.T) {
	list := func(w *world, in *macie2sdk.ListFindingsInput) (*macie2sdk.ListFindingsOutput, error) {
		return w.ListFindings(w.t.Context(), in)
	}
	in(t, "pages", func(t *testing.T, w *world) {
		w.many(120)
		id := w.create(job("1"))
		w.wait()
		var seen []string
		var token *string
		for _, size := range []int{50, 50, 20} {
			out, err := list(w, &macie2sdk.ListFindingsInput{FindingCriteria: ofJob(id), NextToken: token})
			if err != nil || len(out.FindingIds) != size {
				t.Fatalf("got %d, %v, want %d", len(out.FindingIds), err, size)
			}
			seen, token = append(seen, out.FindingIds...), out.NextToken
		}
		slices.Sort(seen)
		if len(slices.Compact(seen)) != 120 || token != nil {
			t.Errorf("got %d", len(seen))
		}
		out, err := list(w, &macie2sdk.ListFindingsInput{FindingCriteria: ofJob(id), MaxResults: aws.Int32(7)})
		if err != nil || len(out.FindingIds) != 7 {
			t.Errorf("got %v, %v", out, err)
		}
		_, err = list(w, &macie2sdk.ListFindingsInput{NextToken: out.NextToken})
		want(t, "token of another query", err, bad)
		_, err = list(w, &macie2sdk.ListFindingsInput{MaxResults: aws.Int32(51)})
		want(t, "51", err, bad)
		_, err = list(w, &macie2sdk.ListFindingsInput{NextToken: aws.String("x")})
		want(t, "bad token", err, bad)
	})
	in(t, "criteria", func(t *testing.T, w *world) {
		w.macie.JobInterval = 0
		w.put("runs/1/a.txt", "passport A12345678")
		w.put("runs/1/b.txt", "ssn 123-45-6789")
		first, second := w.create(job("1")), w.create(job("2"))
		w.wait()
		c := func(key string, c types.CriterionAdditionalProperties) *macie2sdk.ListFindingsInput {
			return &macie2sdk.ListFindingsInput{FindingCriteria: &types.FindingCriteria{Criterion: map[string]types.CriterionAdditionalProperties{key: c}}}
		}
		for _, test := range []struct {
			in     *macie2sdk.ListFindingsInput
			number int
			want   string
		}{
			{&macie2sdk.ListFindingsInput{}, 4, ""},
			{c("classificationDetails.jobId", types.CriterionAdditionalProperties{Eq: []string{first}}), 2, ""},
			{c("classificationDetails.jobId", types.CriterionAdditionalProperties{Eq: []string{first, second}}), 4, ""},
			{c("classificationDetails.jobId", types.CriterionAdditionalProperties{Neq: []string{first}}), 2, ""},
			{c("severity.description", types.CriterionAdditionalProperties{Eq: []string{"High"}}), 2, ""},
			{c("resourcesAffected.s3Object.key", types.CriterionAdditionalProperties{Eq: []string{"runs/1/a.txt"}}), 2, ""},
			{c("type", types.CriterionAdditionalProperties{Eq: []string{"SensitiveData:S3Object/Financial"}}), 0, ""},
			{c("jobId", types.CriterionAdditionalProperties{Eq: []string{first}}), 0, unknown},
			{c("classificationDetails.jobId", types.CriterionAdditionalProperties{}), 0, bad},
			{c("classificationDetails.jobId", types.CriterionAdditionalProperties{Gt: aws.Int64(1)}), 0, unknown},
			{&macie2sdk.ListFindingsInput{SortCriteria: &types.SortCriteria{AttributeName: aws.String("severity.score"), OrderBy: types.OrderByDesc}}, 4, ""},
			{&macie2sdk.ListFindingsInput{SortCriteria: &types.SortCriteria{AttributeName: aws.String("resourcesAffected")}}, 0, unknown},
		} {
			out, err := list(w, test.in)
			want(t, "list", err, test.want)
			if err == nil && len(out.FindingIds) != test.number {
				t.Errorf("%+v: got %d, want %d", test.in, len(out.FindingIds), test.number)
			}
		}
		out, err := list(w, &macie2sdk.ListFindingsInput{SortCriteria: &types.SortCriteria{AttributeName: aws.String("severity.score"), OrderBy: types.OrderByDesc}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.GetFindings(t.Context(), &macie2sdk.GetFindingsInput{FindingIds: out.FindingIds[:1]})
		if err != nil || got.Findings[0].Severity.Description != types.SeverityDescriptionHigh {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	in(t, "get", func(t *testing.T, w *world) {
		for n, answer := range map[int]string{0: bad, 1: "", 50: "", 51: bad} {
			out, err := w.GetFindings(t.Context(), &macie2sdk.GetFindingsInput{FindingIds: append([]string{}, make([]string, n)...)})
			want(t, fmt.Sprint("get ", n), err, answer)
			if err == nil && len(out.Findings) != 0 {
				t.Errorf("got %+v", out.Findings)
			}
		}
	})
}

func TestFindingsQuota(t *testing.T) {
	in(t, "", func(t *testing.T, w *world) {
		w.macie.FindingsPerRun, w.macie.RestShare = 20, 20
		w.macie.Export(account, region, "export", "", key2)
		w.many(60)
		id := w.create(job("1"))
		w.wait()
		// 20, and of the other 40 one in 20.
		if got := len(w.findings(id)); got != 22 {
			t.Errorf("got %d findings", got)
		}
		if got := len(w.macie.Events()); got != 60 {
			t.Errorf("got %d events", got)
		}
		if got := len(w.records(id)); got != 60 {
			t.Errorf("got %d records", got)
		}
	})
	in(t, "no rest", func(t *testing.T, w *world) {
		w.macie.FindingsPerRun, w.macie.RestShare = 5, 0
		w.many(60)
		id := w.create(job("1"))
		w.wait()
		if got := len(w.findings(id)); got != 5 {
			t.Errorf("got %d findings", got)
		}
	})
}

func TestListJobs(t *testing.T) {
	in(t, "", func(t *testing.T, w *world) {
		for _, name := range []string{"scan a/1", "scan a/2", "other", "scan b/1"} {
			settings := job(name)
			settings.Name = &name
			w.create(settings)
			time.Sleep(10 * time.Second)
		}
		created := func(c types.JobComparator, seconds int) types.ListJobsFilterTerm {
			at := time.Now().Add(time.Duration(seconds-40) * time.Second).UTC().Format(time.RFC3339)
			return types.ListJobsFilterTerm{Key: types.ListJobsFilterKeyCreatedAt, Comparator: c, Values: []string{at}}
		}
		name := func(c types.JobComparator, values ...string) types.ListJobsFilterTerm {
			return types.ListJobsFilterTerm{Key: types.ListJobsFilterKeyName, Comparator: c, Values: values}
		}
		status := func(c types.JobComparator, values ...string) types.ListJobsFilterTerm {
			return types.ListJobsFilterTerm{Key: types.ListJobsFilterKeyJobStatus, Comparator: c, Values: values}
		}
		for _, test := range []struct {
			includes, excludes []types.ListJobsFilterTerm
			jobs, want         string
		}{
			{nil, nil, "other,scan a/1,scan a/2,scan b/1", ""},
			{[]types.ListJobsFilterTerm{name("EQ", "other", "scan b/1")}, nil, "other,scan b/1", ""},
			{[]types.ListJobsFilterTerm{name("NE", "other")}, nil, "scan a/1,scan a/2,scan b/1", ""},
			{[]types.ListJobsFilterTerm{name("CONTAINS", "a/")}, nil, "scan a/1,scan a/2", ""},
			{[]types.ListJobsFilterTerm{name("STARTS_WITH", "scan")}, []types.ListJobsFilterTerm{name("EQ", "scan a/2")}, "scan a/1,scan b/1", ""},
			{[]types.ListJobsFilterTerm{name("CONTAINS", "scan"), created("GTE", 10)}, nil, "scan a/2,scan b/1", ""},
			{[]types.ListJobsFilterTerm{created("LT", 10)}, nil, "scan a/1", ""},
			{[]types.ListJobsFilterTerm{status("EQ", "RUNNING")}, nil, "other,scan a/1,scan a/2,scan b/1", ""},
			{[]types.ListJobsFilterTerm{status("EQ", "COMPLETE")}, nil, "", ""},
			{[]types.ListJobsFilterTerm{status("CONTAINS", "RUN")}, nil, "", bad},
			{[]types.ListJobsFilterTerm{name("GT", "a")}, nil, "", bad},
			{[]types.ListJobsFilterTerm{name("EQ")}, nil, "", bad},
			{nil, []types.ListJobsFilterTerm{{Key: "colour", Comparator: "EQ", Values: []string{"red"}}}, "", bad},
			{[]types.ListJobsFilterTerm{{Key: "createdAt", Comparator: "EQ", Values: []string{"now"}}}, nil, "", bad},
		} {
			out, err := w.ListClassificationJobs(t.Context(), &macie2sdk.ListClassificationJobsInput{
				FilterCriteria: &types.ListJobsFilterCriteria{Includes: test.includes, Excludes: test.excludes},
				SortCriteria:   &types.ListJobsSortCriteria{AttributeName: types.ListJobsSortAttributeNameName, OrderBy: types.OrderByAsc},
			})
			want(t, "list", err, test.want)
			if err != nil {
				continue
			}
			var names []string
			for _, item := range out.Items {
				names = append(names, *item.Name)
			}
			if got := strings.Join(names, ","); got != test.jobs {
				t.Errorf("%+v %+v: got %s, want %s", test.includes, test.excludes, got, test.jobs)
			}
		}
		w.macie.PageSize = 3
		pages, seen := macie2sdk.NewListClassificationJobsPaginator(w.Client, &macie2sdk.ListClassificationJobsInput{}), 0
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			seen += len(page.Items)
		}
		if seen != 4 {
			t.Errorf("got %d jobs", seen)
		}
	})
}
