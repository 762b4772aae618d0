package macie2_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

type identifierInput = macie2sdk.CreateCustomDataIdentifierInput

func identifier(name, regex string) *identifierInput {
	return &identifierInput{Name: &name, Regex: &regex}
}

func (w *world) identifier(in *identifierInput) string {
	w.t.Helper()
	out, err := w.CreateCustomDataIdentifier(w.t.Context(), in)
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.CustomDataIdentifierId
}

func level(severity types.DataIdentifierSeverity, threshold int64) types.SeverityLevel {
	return types.SeverityLevel{Severity: severity, OccurrencesThreshold: &threshold}
}

func TestCreateIdentifier(t *testing.T) {
	long := func(n int) string { return strings.Repeat("é", n) }
	for _, test := range []struct {
		name   string
		change func(*identifierInput)
		want   string
	}{
		{"plain", func(*identifierInput) {}, ""},
		{"longest name", func(in *identifierInput) { in.Name = aws.String(long(128)) }, ""},
		{"name too long", func(in *identifierInput) { in.Name = aws.String(long(129)) }, bad},
		{"no name", func(in *identifierInput) { in.Name = aws.String("") }, bad},
		{"longest description", func(in *identifierInput) { in.Description = aws.String(long(512)) }, ""},
		{"description too long", func(in *identifierInput) { in.Description = aws.String(long(513)) }, bad},
		{"longest regex", func(in *identifierInput) { in.Regex = aws.String(long(512)) }, ""},
		{"regex too long", func(in *identifierInput) { in.Regex = aws.String(long(513)) }, bad},
		{"no regex", func(in *identifierInput) { in.Regex = aws.String("") }, bad},
		{"regex that is none", func(in *identifierInput) { in.Regex = aws.String("[") }, bad},
		{"looks ahead", func(in *identifierInput) { in.Regex = aws.String("a(?=b)") }, bad},
		{"looks behind", func(in *identifierInput) { in.Regex = aws.String("(?<!b)a") }, bad},
		{"back reference", func(in *identifierInput) { in.Regex = aws.String(`(a)\1`) }, bad},
		{"captures", func(in *identifierInput) { in.Regex = aws.String("(a|b)c") }, bad},
		{"groups", func(in *identifierInput) { in.Regex = aws.String("(?:a|b)c") }, ""},
		{"flag", func(in *identifierInput) { in.Regex = aws.String("(?i)abc") }, bad},
		{"flag of a group", func(in *identifierInput) { in.Regex = aws.String("x(?i:abc)") }, bad},
		{"no flag", func(in *identifierInput) { in.Regex = aws.String(`[(]\(?i:[\](?i)]`) }, ""},
		{"50 keywords", func(in *identifierInput) { in.Keywords = slices.Repeat([]string{"key"}, 50) }, ""},
		{"51 keywords", func(in *identifierInput) { in.Keywords = slices.Repeat([]string{"key"}, 51) }, bad},
		{"short keyword", func(in *identifierInput) { in.Keywords = []string{"ID"} }, bad},
		{"longest keyword", func(in *identifierInput) { in.Keywords = []string{long(90)} }, ""},
		{"keyword too long", func(in *identifierInput) { in.Keywords = []string{long(91)} }, bad},
		{"10 ignore words", func(in *identifierInput) { in.IgnoreWords = slices.Repeat([]string{"word"}, 10) }, ""},
		{"11 ignore words", func(in *identifierInput) { in.IgnoreWords = slices.Repeat([]string{"word"}, 11) }, bad},
		{"short ignore word", func(in *identifierInput) { in.IgnoreWords = []string{"abc"} }, bad},
		{"ignore word too long", func(in *identifierInput) { in.IgnoreWords = []string{long(91)} }, bad},
		{"distance 1", func(in *identifierInput) { in.MaximumMatchDistance = aws.Int32(1) }, ""},
		{"distance 300", func(in *identifierInput) { in.MaximumMatchDistance = aws.Int32(300) }, ""},
		{"distance 0", func(in *identifierInput) { in.MaximumMatchDistance = aws.Int32(0) }, bad},
		{"distance 301", func(in *identifierInput) { in.MaximumMatchDistance = aws.Int32(301) }, bad},
		{"levels", func(in *identifierInput) {
			in.SeverityLevels = []types.SeverityLevel{level("HIGH", 100), level("LOW", 1), level("MEDIUM", 50)}
		}, ""},
		{"levels that fall", func(in *identifierInput) {
			in.SeverityLevels = []types.SeverityLevel{level("LOW", 50), level("HIGH", 1)}
		}, bad},
		{"equal levels", func(in *identifierInput) {
			in.SeverityLevels = []types.SeverityLevel{level("LOW", 1), level("HIGH", 1)}
		}, bad},
		{"level twice", func(in *identifierInput) { in.SeverityLevels = []types.SeverityLevel{level("LOW", 1), level("LOW", 2)} }, bad},
		{"no such level", func(in *identifierInput) { in.SeverityLevels = []types.SeverityLevel{level("HUGE", 1)} }, bad},
		{"threshold 0", func(in *identifierInput) { in.SeverityLevels = []types.SeverityLevel{level("LOW", 0)} }, bad},
		{"tag of AWS", func(in *identifierInput) { in.Tags = map[string]string{"AWS:x": ""} }, bad},
	} {
		in(t, test.name, func(t *testing.T, w *world) {
			input := identifier("NRIC", `[SFTG]\d{7}[A-Z]`)
			test.change(input)
			_, err := w.CreateCustomDataIdentifier(t.Context(), input)
			want(t, "create", err, test.want)
		})
	}
}

func TestMatchCount(t *testing.T) {
	for _, test := range []struct {
		name, regex, text string
		keywords, ignored []string
		distance          int32 // 0 leaves it out
		want              int32
	}{
		{"plain", `\d{3}`, "123 456 78", nil, nil, 0, 2},
		{"keyword", `\d{3}`, "Identity 123", []string{"identity"}, nil, 0, 1},
		{"keyword in capitals", `\d{3}`, "identity 123", []string{"IDENTITY"}, nil, 0, 1},
		{"keyword behind", `\d{3}`, "123 identity", []string{"identity"}, nil, 0, 0},
		{"keyword in the match", `[a-z]+ \d{3}`, "identity 123", []string{"identity"}, nil, 0, 0},
		{"one of several keywords", `\d{3}`, "card 123", []string{"identity", "card"}, nil, 0, 1},
		{"at the default distance", `\d{3}`, "key" + strings.Repeat(" ", 47) + "123", []string{"key"}, nil, 0, 1},
		{"beyond the default distance", `\d{3}`, "key" + strings.Repeat(" ", 48) + "123", []string{"key"}, nil, 0, 0},
		{"at the distance", `\d{3}`, "key  123", []string{"key"}, nil, 5, 1},
		{"beyond the distance", `\d{3}`, "key   123", []string{"key"}, nil, 5, 0},
		{"distance in characters", `\d{3}`, "key éé123", []string{"key"}, nil, 6, 1},
		{"each match for itself", `\d{3}`, "key 123 456", []string{"key"}, nil, 5, 1},
		{"keyword on another line", `\d{3}`, "Identity\nCard\n123", []string{"card"}, nil, 0, 1},
		{"ignored", `[A-Z]\d{3}-\w+`, "A123-test A124-Test", nil, []string{"test"}, 0, 1},
		{"ignored if it holds the word", `\w+`, "xtesty", nil, []string{"test"}, 0, 0},
		{"letters that change their length", `\d{3}`, "İİİİ key 123", []string{"KEY"}, nil, 5, 1},
		{"no UTF-8", `\d{3}`, "\xff\xfe key 123", []string{"key"}, nil, 0, 1},
		{"empty matches", `\d*`, "abc", nil, nil, 0, 0},
	} {
		in(t, test.name, func(t *testing.T, w *world) {
			input := &macie2sdk.TestCustomDataIdentifierInput{Regex: &test.regex, SampleText: &test.text, Keywords: test.keywords, IgnoreWords: test.ignored}
			if test.distance > 0 {
				input.MaximumMatchDistance = &test.distance
			}
			out, err := w.TestCustomDataIdentifier(t.Context(), input)
			if err != nil || *out.MatchCount != test.want {
				t.Errorf("got %v, %v, want %d", out, err, test.want)
			}
		})
	}
	in(t, "sample text", func(t *testing.T, w *world) {
		for length, answer := range map[int]string{1_000: "", 1_001: bad} {
			_, err := w.TestCustomDataIdentifier(t.Context(), &macie2sdk.TestCustomDataIdentifierInput{Regex: aws.String("a"), SampleText: aws.String(strings.Repeat("é", length))})
			want(t, "test", err, answer)
		}
		_, err := w.TestCustomDataIdentifier(t.Context(), &macie2sdk.TestCustomDataIdentifierInput{Regex: aws.String("("), SampleText: aws.String("a")})
		want(t, "test", err, bad)
	})
}

func TestIdentifierLife(t *testing.T) {
	in(t, "", func(t *testing.T, w *world) {
		ctx := t.Context()
		input := identifier("NRIC", `[SFTG]\d{7}[A-Z]`)
		input.ClientToken, input.Tags = aws.String("1"), map[string]string{"by": "us"}
		id := w.identifier(input)
		if got := w.identifier(input); got != id {
			t.Errorf("got %s, want %s", got, id)
		}
		changed := *input
		changed.Regex = aws.String("x")
		_, err := w.CreateCustomDataIdentifier(ctx, &changed)
		want(t, "same token, other settings", err, conflict)
		second := w.identifier(identifier("NRIC", `[SFTG]\d{7}[A-Z]`))
		if second == id {
			t.Error("a second identifier of the same name is the first one")
		}

		got, err := w.GetCustomDataIdentifier(ctx, &macie2sdk.GetCustomDataIdentifierInput{Id: &id})
		if err != nil || *got.Deleted || *got.Name != "NRIC" || *got.MaximumMatchDistance != 50 || got.Tags["by"] != "us" ||
			*got.Arn != "arn:aws:macie2:eu-central-1:123456789012:custom-data-identifier/"+id {
			t.Errorf("got %+v, %v", got, err)
		}
		settings := job("1")
		settings.CustomDataIdentifierIds = []string{id}
		w.create(settings)

		_, err = w.DeleteCustomDataIdentifier(ctx, &macie2sdk.DeleteCustomDataIdentifierInput{Id: &id})
		want(t, "delete", err, "")
		_, err = w.DeleteCustomDataIdentifier(ctx, &macie2sdk.DeleteCustomDataIdentifierInput{Id: &id})
		want(t, "delete again", err, missing)
		got, err = w.GetCustomDataIdentifier(ctx, &macie2sdk.GetCustomDataIdentifierInput{Id: &id})
		if err != nil || !*got.Deleted || *got.Regex != *input.Regex {
			t.Errorf("got %+v, %v", got, err)
		}
		list, err := w.ListCustomDataIdentifiers(ctx, &macie2sdk.ListCustomDataIdentifiersInput{})
		if err != nil || len(list.Items) != 1 || *list.Items[0].Id != second {
			t.Errorf("got %+v, %v", list, err)
		}
		batch, err := w.BatchGetCustomDataIdentifiers(ctx, &macie2sdk.BatchGetCustomDataIdentifiersInput{Ids: []string{id, "x", second}})
		if err != nil || len(batch.CustomDataIdentifiers) != 2 || !*batch.CustomDataIdentifiers[0].Deleted || *batch.CustomDataIdentifiers[1].Deleted ||
			!slices.Equal(batch.NotFoundIdentifierIds, []string{"x"}) {
			t.Errorf("got %+v, %v", batch, err)
		}
		_, err = w.GetCustomDataIdentifier(ctx, &macie2sdk.GetCustomDataIdentifierInput{Id: aws.String("x")})
		want(t, "get", err, missing)
		w.macie.JobInterval = 0
		settings = job("2")
		settings.CustomDataIdentifierIds = []string{id}
		_, err = w.CreateClassificationJob(ctx, settings)
		want(t, "create a job with a deleted identifier", err, bad)
	})
}

// TestIdentifierInJob is about a job that was created before its identifier was
// deleted, and about thresholds.
func TestIdentifierInJob(t *testing.T) {
	levels := []types.SeverityLevel{level("LOW", 2), level("HIGH", 4)}
	for _, test := range []struct {
		count    int
		severity types.SeverityDescription // "" is no finding
	}{{1, ""}, {2, "Low"}, {3, "Low"}, {4, "High"}} {
		in(t, "", func(t *testing.T, w *world) {
			input := identifier("NRIC", `[SFTG]\d{7}[A-Z]`)
			input.SeverityLevels = levels
			id := w.identifier(input)
			settings := job("1")
			settings.CustomDataIdentifierIds = []string{id}
			w.put("runs/1/a.txt", strings.Repeat("S1234567D\n", test.count))
			jobID := w.create(settings)
			_, err := w.DeleteCustomDataIdentifier(t.Context(), &macie2sdk.DeleteCustomDataIdentifierInput{Id: &id})
			want(t, "delete", err, "")
			w.wait()
			found := w.findings(jobID)
			if test.severity == "" {
				if len(found) != 0 {
					t.Errorf("got %d findings", len(found))
				}
				return
			}
			if len(found) != 1 || found[0].Severity.Description != test.severity {
				t.Fatalf("got %+v", found)
			}
			// In a finding, the arn of a custom identifier is its id.
			if d := found[0].ClassificationDetails.Result.CustomDataIdentifiers; *d.Detections[0].Arn != id || *d.TotalCount != int64(test.count) {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestTags(t *testing.T) {
	in(t, "", func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.identifier(identifier("NRIC", "a"))
		arn := "arn:aws:macie2:eu-central-1:123456789012:custom-data-identifier/" + id
		_, err := w.TagResource(ctx, &macie2sdk.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"a": "1", "b": "2"}})
		want(t, "tag", err, "")
		_, err = w.UntagResource(ctx, &macie2sdk.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"a", "c"}})
		want(t, "untag", err, "")
		out, err := w.ListTagsForResource(ctx, &macie2sdk.ListTagsForResourceInput{ResourceArn: &arn})
		if err != nil || len(out.Tags) != 1 || out.Tags["b"] != "2" {
			t.Errorf("got %+v, %v", out, err)
		}
		_, err = w.TagResource(ctx, &macie2sdk.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"aws:x": ""}})
		want(t, "tag of AWS", err, bad)
		_, err = w.TagResource(ctx, &macie2sdk.TagResourceInput{ResourceArn: aws.String(arn + "x"), Tags: map[string]string{"a": "1"}})
		want(t, "tag nothing", err, missing)
		jobID := w.create(job("1"))
		jobARN := "arn:aws:macie2:eu-central-1:123456789012:classification-job/" + jobID
		_, err = w.TagResource(ctx, &macie2sdk.TagResourceInput{ResourceArn: &jobARN, Tags: map[string]string{"a": "1"}})
		want(t, "tag a job", err, "")
		described, err := w.DescribeClassificationJob(ctx, &macie2sdk.DescribeClassificationJobInput{JobId: &jobID})
		if err != nil || described.Tags["a"] != "1" {
			t.Errorf("got %+v, %v", described, err)
		}
	})
}

func TestManagedList(t *testing.T) {
	in(t, "", func(t *testing.T, w *world) {
		w.macie.PageSize = 7
		ids := map[string]types.SensitiveDataItemCategory{}
		pages := macie2sdk.NewListManagedDataIdentifiersPaginator(w.Client, &macie2sdk.ListManagedDataIdentifiersInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range page.Items {
				if _, twice := ids[*item.Id]; twice {
					t.Errorf("%s is listed twice", *item.Id)
				}
				ids[*item.Id] = item.Category
			}
		}
		for id, category := range map[string]types.SensitiveDataItemCategory{
			"AWS_CREDENTIALS": "CREDENTIALS", "CREDIT_CARD_NUMBER_(NO_KEYWORD)": "FINANCIAL_INFORMATION", "GERMANY_BANK_ACCOUNT_NUMBER": "FINANCIAL_INFORMATION",
			"USA_PASSPORT_NUMBER": "PERSONAL_INFORMATION", "UK_DRIVERS_LICENSE": "PERSONAL_INFORMATION", "ADDRESS": "PERSONAL_INFORMATION",
		} {
			if ids[id] != category {
				t.Errorf("%s: got %q", id, ids[id])
			}
		}
		if len(ids) < 150 {
			t.Errorf("got %d ids", len(ids))
		}
	})
}
