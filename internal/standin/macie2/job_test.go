package macie2_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

type jobInput = macie2sdk.CreateClassificationJobInput

func simple(key types.ScopeFilterKey, c types.JobComparator, values ...string) types.JobScopeTerm {
	return types.JobScopeTerm{SimpleScopeTerm: &types.SimpleScopeTerm{Key: key, Comparator: c, Values: values}}
}

func tagged(key string, c types.JobComparator, target types.TagTarget, pairs ...types.TagValuePair) types.JobScopeTerm {
	return types.JobScopeTerm{TagScopeTerm: &types.TagScopeTerm{Key: &key, Comparator: c, Target: target, TagValues: pairs}}
}

func scoped(terms ...types.JobScopeTerm) func(*jobInput) {
	return func(in *jobInput) {
		in.S3JobDefinition.Scoping = &types.Scoping{Includes: &types.JobScopingBlock{And: terms}}
	}
}

func buckets(account string, names ...string) func(*jobInput) {
	return func(in *jobInput) {
		in.S3JobDefinition.BucketDefinitions = []types.S3BucketDefinitionForJob{{AccountId: &account, Buckets: append([]string{}, names...)}}
	}
}

func numbered(n int) []string {
	var names []string
	for i := range n {
		names = append(names, "bucket-"+strings.Repeat("x", i%50)+string(rune('a'+i/50)))
	}
	return names
}

func TestCreateJob(t *testing.T) {
	ids := func(n int) []string { return make([]string, n) }
	for _, test := range []struct {
		name   string
		change func(*jobInput)
		want   string
	}{
		{"plain", func(*jobInput) {}, ""},
		{"longest name", func(in *jobInput) { in.Name = aws.String(strings.Repeat("ä", 500)) }, ""},
		{"name too long", func(in *jobInput) { in.Name = aws.String(strings.Repeat("ä", 501)) }, bad},
		{"no name", func(in *jobInput) { in.Name = aws.String("") }, bad},
		{"empty token", func(in *jobInput) { in.ClientToken = aws.String("") }, bad},
		{"description", func(in *jobInput) { in.Description = aws.String(strings.Repeat("x", 200)) }, ""},
		{"description too long", func(in *jobInput) { in.Description = aws.String(strings.Repeat("x", 201)) }, bad},
		{"bad type", func(in *jobInput) { in.JobType = "TWICE" }, bad},
		{"recurring", func(in *jobInput) { in.JobType = types.JobTypeScheduled }, unknown},
		{"one-time with initial run", func(in *jobInput) { in.InitialRun = aws.Bool(true) }, bad},
		{"one-time with schedule", func(in *jobInput) { in.ScheduleFrequency = &types.JobScheduleFrequency{} }, bad},
		{"sampling none", func(in *jobInput) { in.SamplingPercentage = aws.Int32(0) }, bad},
		{"sampling all", func(in *jobInput) { in.SamplingPercentage = aws.Int32(100) }, ""},
		{"sampling some", func(in *jobInput) { in.SamplingPercentage = aws.Int32(50) }, unknown},
		{"tag", func(in *jobInput) { in.Tags = map[string]string{"run": "1"} }, ""},
		{"tag of AWS", func(in *jobInput) { in.Tags = map[string]string{"aws:run": "1"} }, bad},
		{"tag value too long", func(in *jobInput) { in.Tags = map[string]string{"run": strings.Repeat("x", 257)} }, bad},
		{"no buckets", func(in *jobInput) { in.S3JobDefinition.BucketDefinitions = nil }, bad},
		{"empty buckets", buckets(account), bad},
		{"bucket twice", buckets(account, "text", "text"), bad},
		{"bucket that is not there", buckets(account, "elsewhere"), ""},
		{"bucket of another account", buckets(account, "foreign"), bad},
		{"another account", buckets(other, "foreign"), bad},
		{"1,000 buckets", buckets(account, numbered(1_000)...), ""},
		{"1,001 buckets", buckets(account, numbered(1_001)...), quota},
		{"criteria", func(in *jobInput) {
			in.S3JobDefinition = &types.S3JobDefinition{BucketCriteria: &types.S3BucketCriteriaForJob{}}
		}, unknown},
		{"criteria and definitions", func(in *jobInput) { in.S3JobDefinition.BucketCriteria = &types.S3BucketCriteriaForJob{} }, bad},
		{"include", func(in *jobInput) {
			in.ManagedDataIdentifierSelector, in.ManagedDataIdentifierIds = types.ManagedDataIdentifierSelectorInclude, []string{"NAME", "GERMANY_PASSPORT_NUMBER"}
		}, ""},
		{"include without ids", func(in *jobInput) { in.ManagedDataIdentifierSelector = types.ManagedDataIdentifierSelectorInclude }, bad},
		{"exclude without ids", func(in *jobInput) { in.ManagedDataIdentifierSelector = types.ManagedDataIdentifierSelectorExclude }, bad},
		{"ids without selector", func(in *jobInput) { in.ManagedDataIdentifierIds = []string{"NAME"} }, bad},
		{"all with ids", func(in *jobInput) {
			in.ManagedDataIdentifierSelector, in.ManagedDataIdentifierIds = types.ManagedDataIdentifierSelectorAll, []string{"NAME"}
		}, bad},
		{"no such managed id", func(in *jobInput) {
			in.ManagedDataIdentifierSelector, in.ManagedDataIdentifierIds = types.ManagedDataIdentifierSelectorInclude, []string{"SHOE_SIZE"}
		}, bad},
		{"managed id twice", func(in *jobInput) {
			in.ManagedDataIdentifierSelector, in.ManagedDataIdentifierIds = types.ManagedDataIdentifierSelectorInclude, []string{"NAME", "NAME"}
		}, bad},
		{"none alone", func(in *jobInput) { in.ManagedDataIdentifierSelector = types.ManagedDataIdentifierSelectorNone }, bad},
		{"no such selector", func(in *jobInput) { in.ManagedDataIdentifierSelector = "SOME" }, bad},
		{"no such custom id", func(in *jobInput) { in.CustomDataIdentifierIds = []string{"1"} }, bad},
		{"31 custom ids", func(in *jobInput) { in.CustomDataIdentifierIds = ids(31) }, quota},
		{"no such allow list", func(in *jobInput) { in.AllowListIds = []string{"1"} }, bad},
		{"11 allow lists", func(in *jobInput) { in.AllowListIds = ids(11) }, quota},

		{"prefix equals", scoped(simple(types.ScopeFilterKeyObjectKey, types.JobComparatorEq, "a")), bad},
		{"two prefixes", scoped(simple(types.ScopeFilterKeyObjectKey, types.JobComparatorStartsWith, "a", "b")), ""},
		{"no prefix", scoped(simple(types.ScopeFilterKeyObjectKey, types.JobComparatorStartsWith)), bad},
		{"empty prefix", scoped(simple(types.ScopeFilterKeyObjectKey, types.JobComparatorStartsWith, "")), bad},
		{"extension contains", scoped(simple(types.ScopeFilterKeyObjectExtension, types.JobComparatorContains, "t")), bad},
		{"extension not", scoped(simple(types.ScopeFilterKeyObjectExtension, types.JobComparatorNe, "t")), ""},
		{"size", scoped(simple(types.ScopeFilterKeyObjectSize, types.JobComparatorGte, "10")), ""},
		{"size that is none", scoped(simple(types.ScopeFilterKeyObjectSize, types.JobComparatorGte, "big")), bad},
		{"two sizes", scoped(simple(types.ScopeFilterKeyObjectSize, types.JobComparatorGte, "1", "2")), bad},
		{"date", scoped(simple(types.ScopeFilterKeyObjectLastModifiedDate, types.JobComparatorLt, "2023-09-24T14:31:13Z")), ""},
		{"date that is none", scoped(simple(types.ScopeFilterKeyObjectLastModifiedDate, types.JobComparatorLt, "yesterday")), bad},
		{"no such key", scoped(simple("OBJECT_COLOUR", types.JobComparatorEq, "red")), bad},
		{"empty term", scoped(types.JobScopeTerm{}), bad},
		{"both terms", scoped(types.JobScopeTerm{SimpleScopeTerm: &types.SimpleScopeTerm{}, TagScopeTerm: &types.TagScopeTerm{}}), bad},
		{"tag", scoped(tagged("TAG", types.JobComparatorEq, types.TagTargetS3Object, types.TagValuePair{Key: aws.String("a")})), ""},
		{"tag of nothing", scoped(tagged("TAG", types.JobComparatorEq, "", types.TagValuePair{Key: aws.String("a")})), bad},
		{"tag by another key", scoped(tagged("a", types.JobComparatorEq, types.TagTargetS3Object, types.TagValuePair{Key: aws.String("a")})), bad},
		{"tag greater than", scoped(tagged("TAG", types.JobComparatorGt, types.TagTargetS3Object, types.TagValuePair{Key: aws.String("a")})), bad},
		{"no tag", scoped(tagged("TAG", types.JobComparatorEq, types.TagTargetS3Object)), bad},
		{"excludes are checked", func(in *jobInput) {
			in.S3JobDefinition.Scoping.Excludes = &types.JobScopingBlock{And: []types.JobScopeTerm{{}}}
		}, bad},
	} {
		in(t, test.name, func(t *testing.T, w *world) {
			w.s3.CreateBucket("foreign", s3.Bucket{Owner: other, Region: region})
			settings := job("1")
			test.change(settings)
			_, err := w.CreateClassificationJob(t.Context(), settings)
			want(t, "create", err, test.want)
			if created := 1 - min(1, len(test.want)); w.macie.Jobs() != created {
				t.Errorf("got %d jobs, want %d", w.macie.Jobs(), created)
			}
		})
	}
}

func TestClientToken(t *testing.T) {
	in(t, "", func(t *testing.T, w *world) {
		w.macie.JobInterval = 0
		id := w.create(job("1"))
		again := job("1")
		again.CustomDataIdentifierIds = []string{} // as good as none
		if got := w.create(again); got != id || w.macie.Jobs() != 1 {
			t.Errorf("got %s and %d jobs, want %s", got, w.macie.Jobs(), id)
		}
		changed := job("1")
		changed.S3JobDefinition.Scoping.Includes.And[0].SimpleScopeTerm.Values = []string{"runs/2/"}
		_, err := w.CreateClassificationJob(t.Context(), changed)
		want(t, "other settings", err, conflict)
		if got := w.create(job("2")); got == id || w.macie.Jobs() != 2 {
			t.Errorf("got %s and %d jobs", got, w.macie.Jobs())
		}
		time.Sleep(time.Hour)
		if got := w.create(job("1")); got != id || w.status(id) != types.JobStatusComplete {
			t.Errorf("got %s, %s", got, w.status(id))
		}
		// Another Region is another Macie.
		w.macie.Enable(account, "us-east-1")
		client := macie2sdk.NewFromConfig(w.cloud.Config("us-east-1", account))
		if _, err := client.CreateClassificationJob(t.Context(), job("1")); err != nil || w.macie.Jobs() != 3 {
			t.Errorf("got %v and %d jobs", err, w.macie.Jobs())
		}
	})
}

func TestJobRate(t *testing.T) {
	in(t, "", func(t *testing.T, w *world) {
		w.create(job("1"))
		time.Sleep(9 * time.Second)
		_, err := w.CreateClassificationJob(t.Context(), job("1"))
		want(t, "after 9 seconds, even with the same token", err, throttled)
		time.Sleep(time.Second)
		w.create(job("2"))
		if got := w.macie.Jobs(); got != 2 {
			t.Errorf("got %d jobs", got)
		}
	})
}

// TestSettingsStay changes what was passed in after the call.
func TestSettingsStay(t *testing.T) {
	in(t, "", func(t *testing.T, w *world) {
		settings := job("1")
		settings.Tags = map[string]string{"run": "1"}
		id := w.create(settings)
		settings.S3JobDefinition.BucketDefinitions[0].Buckets[0] = "other"
		settings.Tags["run"] = "2"
		out, err := w.DescribeClassificationJob(t.Context(), &macie2sdk.DescribeClassificationJobInput{JobId: &id})
		if err != nil {
			t.Fatal(err)
		}
		if got := out.S3JobDefinition.BucketDefinitions[0].Buckets[0]; got != "text" || out.Tags["run"] != "1" || *out.ClientToken != "1" {
			t.Errorf("got bucket %s, tags %v", got, out.Tags)
		}
	})
}

func TestUpdateJob(t *testing.T) {
	update := func(w *world, id string, status types.JobStatus) error {
		_, err := w.UpdateClassificationJob(w.t.Context(), &macie2sdk.UpdateClassificationJobInput{JobId: &id, JobStatus: status})
		return err
	}
	in(t, "cancel", func(t *testing.T, w *world) {
		w.put("runs/1/a.txt", "Passport No: 123456789")
		id := w.create(job("1"))
		want(t, "cancel", update(w, id, types.JobStatusCancelled), "")
		want(t, "cancel again", update(w, id, types.JobStatusCancelled), bad)
		want(t, "resume", update(w, id, types.JobStatusRunning), bad)
		time.Sleep(time.Hour)
		if got := w.status(id); got != types.JobStatusCancelled || len(w.findings(id)) != 0 {
			t.Errorf("got %s, %d findings", got, len(w.findings(id)))
		}
	})
	in(t, "pause", func(t *testing.T, w *world) {
		w.put("runs/1/a.txt", "Passport No: 123456789")
		id := w.create(job("1"))
		time.Sleep(5 * time.Minute)
		want(t, "pause", update(w, id, types.JobStatusUserPaused), "")
		out, err := w.DescribeClassificationJob(t.Context(), &macie2sdk.DescribeClassificationJobInput{JobId: &id})
		if err != nil || out.UserPausedDetails.JobExpiresAt.Sub(*out.UserPausedDetails.JobPausedAt) != 30*24*time.Hour || *out.Statistics.ApproximateNumberOfObjectsToProcess != 1 {
			t.Errorf("got %+v, %v", out, err)
		}
		time.Sleep(24 * time.Hour)
		want(t, "resume", update(w, id, types.JobStatusRunning), "")
		time.Sleep(10*time.Minute - time.Second)
		if got := w.status(id); got != types.JobStatusRunning {
			t.Errorf("got %s", got)
		}
		time.Sleep(time.Second)
		if got := w.status(id); got != types.JobStatusComplete || len(w.findings(id)) != 1 {
			t.Errorf("got %s", got)
		}
		want(t, "pause", update(w, id, types.JobStatusUserPaused), bad)
	})
	in(t, "expires", func(t *testing.T, w *world) {
		id := w.create(job("1"))
		want(t, "pause", update(w, id, types.JobStatusUserPaused), "")
		time.Sleep(30*24*time.Hour + time.Second)
		if got := w.status(id); got != types.JobStatusCancelled {
			t.Errorf("got %s", got)
		}
	})
	in(t, "refused", func(t *testing.T, w *world) {
		id := w.create(job("1"))
		want(t, "complete", update(w, id, types.JobStatusComplete), bad)
		want(t, "no such job", update(w, "x", types.JobStatusCancelled), missing)
	})
}

// TestPermissions makes every call that is answered, and checks that the table
// knows what it needs.
func TestPermissions(t *testing.T) {
	in(t, "", func(t *testing.T, w *world) {
		ctx := t.Context()
		settings := job("1")
		settings.Tags = map[string]string{"run": "1"}
		jobID := w.create(settings)
		id := w.identifier(&identifierInput{Name: aws.String("a"), Regex: aws.String("a"), Tags: map[string]string{"run": "1"}})
		list, err := w.CreateAllowList(ctx, &macie2sdk.CreateAllowListInput{Name: aws.String("a"), Criteria: &types.AllowListCriteria{Regex: aws.String("a")}})
		if err != nil {
			t.Fatal(err)
		}
		call := func(_ any, err error) {
			t.Helper()
			want(t, "call", err, "")
		}
		call(w.BatchGetCustomDataIdentifiers(ctx, &macie2sdk.BatchGetCustomDataIdentifiersInput{Ids: []string{id}}))
		call(w.DescribeClassificationJob(ctx, &macie2sdk.DescribeClassificationJobInput{JobId: &jobID}))
		call(macie2sdk.NewFromConfig(w.cloud.Config("us-east-1", account)).EnableMacie(ctx, &macie2sdk.EnableMacieInput{}))
		call(w.GetAllowList(ctx, &macie2sdk.GetAllowListInput{Id: list.Id}))
		call(w.GetClassificationExportConfiguration(ctx, &macie2sdk.GetClassificationExportConfigurationInput{}))
		call(w.GetCustomDataIdentifier(ctx, &macie2sdk.GetCustomDataIdentifierInput{Id: &id}))
		call(w.GetFindings(ctx, &macie2sdk.GetFindingsInput{FindingIds: []string{"1"}}))
		call(w.GetMacieSession(ctx, &macie2sdk.GetMacieSessionInput{}))
		call(w.ListAllowLists(ctx, &macie2sdk.ListAllowListsInput{}))
		call(w.ListClassificationJobs(ctx, &macie2sdk.ListClassificationJobsInput{}))
		call(w.ListCustomDataIdentifiers(ctx, &macie2sdk.ListCustomDataIdentifiersInput{}))
		call(w.ListFindings(ctx, &macie2sdk.ListFindingsInput{}))
		call(w.ListManagedDataIdentifiers(ctx, &macie2sdk.ListManagedDataIdentifiersInput{}))
		call(w.ListTagsForResource(ctx, &macie2sdk.ListTagsForResourceInput{ResourceArn: list.Arn}))
		call(w.TagResource(ctx, &macie2sdk.TagResourceInput{ResourceArn: list.Arn, Tags: map[string]string{"a": "b"}}))
		call(w.TestCustomDataIdentifier(ctx, &macie2sdk.TestCustomDataIdentifierInput{Regex: aws.String("a"), SampleText: aws.String("a")}))
		call(w.UntagResource(ctx, &macie2sdk.UntagResourceInput{ResourceArn: list.Arn, TagKeys: []string{"a"}}))
		call(w.UpdateClassificationJob(ctx, &macie2sdk.UpdateClassificationJobInput{JobId: &jobID, JobStatus: types.JobStatusCancelled}))
		call(w.DeleteCustomDataIdentifier(ctx, &macie2sdk.DeleteCustomDataIdentifierInput{Id: &id}))
		// It is refused, as there is no bucket policy, which is no matter of permissions.
		_, err = w.PutClassificationExportConfiguration(ctx, &macie2sdk.PutClassificationExportConfigurationInput{Configuration: &types.ClassificationExportConfiguration{
			S3Destination: &types.S3Destination{BucketName: aws.String("export"), KmsKeyArn: aws.String(key2)}}})
		want(t, "put", err, bad)

		var actions []string
		for _, needs := range macie2.Actions {
			actions = append(actions, needs...)
		}
		slices.Sort(actions)
		var policy awspatterns.Policy
		for _, action := range slices.Compact(actions) {
			policy = append(policy, awspatterns.Permission{Action: action, Resources: []string{"*"}})
		}
		awstest.CheckPermissions(t, policy, w.cloud.Calls(), macie2.Actions)
	})
}
