package macie2_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

// told returns what a finding tells, as "TYPE count@line:column,…" in order.
func told(f types.Finding) string {
	if f.Id == nil {
		return ""
	}
	var parts []string
	for _, item := range f.ClassificationDetails.Result.SensitiveData {
		for _, d := range item.Detections {
			parts = append(parts, fmt.Sprintf("%s %d%s", *d.Type, *d.Count, at(d.Occurrences)))
		}
	}
	for _, d := range f.ClassificationDetails.Result.CustomDataIdentifiers.Detections {
		parts = append(parts, fmt.Sprintf("%s %d%s", *d.Name, *d.Count, at(d.Occurrences)))
	}
	return strings.Join(parts, " ")
}

func at(o *types.Occurrences) string {
	if o == nil {
		return ""
	}
	var places []string
	for _, r := range o.LineRanges {
		place := fmt.Sprintf("%d:%d", *r.Start, *r.StartColumn)
		if *r.End != *r.Start {
			place = fmt.Sprintf("%d-%d:%d", *r.Start, *r.End, *r.StartColumn)
		}
		places = append(places, place)
	}
	return "@" + strings.Join(places, ",")
}

func TestManaged(t *testing.T) {
	key := strings.Repeat("a1B/", 10)
	for _, test := range []struct {
		name, text, recommended, all string
	}{
		{"card", "VISA 4539 1488 0343 6467", "CREDIT_CARD_NUMBER 1@1:6", "CREDIT_CARD_NUMBER 1@1:6"},
		{"card, keyword behind", "4539148803436467 (Mastercard)", "CREDIT_CARD_NUMBER 1@1:1", "CREDIT_CARD_NUMBER 1@1:1"},
		{"card without keyword", "No. 4539-1488-0343-6467", "", "CREDIT_CARD_NUMBER_(NO_KEYWORD) 1@1:5"},
		{"a keyword is a word", "company 4539148803436467", "", "CREDIT_CARD_NUMBER_(NO_KEYWORD) 1@1:9"},
		{"wrong sum", "visa 4539148803436468", "", ""},
		{"test card", "visa 4111 1111 1111 1111", "", ""},
		{"SSN", "SSN: 123-45-6789\nand ssn 321 45 6789", "USA_SOCIAL_SECURITY_NUMBER 2@1:6,2:9", "USA_SOCIAL_SECURITY_NUMBER 2@1:6,2:9"},
		{"SSN without keyword", "123-45-6789", "", ""},
		{"SSN that is none", "ssn 666-45-6789, 000-45-6789, 123-00-6789, 123-45-0000, 923-45-6789, 123-45 6789", "", ""},
		{"keyword at 30", "ssn" + strings.Repeat("·", 29) + " 123-45-6789", "USA_SOCIAL_SECURITY_NUMBER 1@1:34", "USA_SOCIAL_SECURITY_NUMBER 1@1:34"},
		{"keyword at 31", "ssn" + strings.Repeat("·", 30) + " 123-45-6789", "", ""},
		{"keyword behind at 30", "123-45-6789 " + strings.Repeat("-", 29) + "ssn", "USA_SOCIAL_SECURITY_NUMBER 1@1:1", "USA_SOCIAL_SECURITY_NUMBER 1@1:1"},
		{"keyword behind at 31", "123-45-6789 " + strings.Repeat("-", 30) + "ssn", "", ""},
		{"passport", "PASSPORT\nA12345678", "USA_PASSPORT_NUMBER 1@2:1", "USA_PASSPORT_NUMBER 1@2:1"},
		{"licence", "Driver's License D1234567", "DRIVERS_LICENSE 1@1:18", "DRIVERS_LICENSE 1@1:18"},
		{"secret", "Secret Key: " + key, "AWS_CREDENTIALS 1@1:13", "AWS_CREDENTIALS 1@1:13"},
		{"example of a secret", "secret key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "", ""},
		{"private key", "x\n-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "OPENSSH_PRIVATE_KEY 1@2-4:1", "OPENSSH_PRIVATE_KEY 1@2-4:1"},
		{"birth", "Date of birth 01/02/1990", "", "DATE_OF_BIRTH 1@1:15"},
		{"phone", "Tel. (555) 010-0199", "", "PHONE_NUMBER 1@1:6"},
		{"nothing", "Lorem ipsum", "", ""},
		{"empty", "", "", ""},
	} {
		for _, selector := range []types.ManagedDataIdentifierSelector{"", types.ManagedDataIdentifierSelectorRecommended, types.ManagedDataIdentifierSelectorAll} {
			in(t, test.name+" "+string(selector), func(t *testing.T, w *world) {
				settings := job("1")
				settings.ManagedDataIdentifierSelector = selector
				want := test.recommended
				if selector == types.ManagedDataIdentifierSelectorAll {
					want = test.all
				}
				if got := told(w.scan(settings, map[string]string{"a.txt": test.text})["a.txt"]); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
	}
}

func TestSelector(t *testing.T) {
	const text = "ssn 123-45-6789, visa 4539148803436467, tel 555-010-0199"
	for _, test := range []struct {
		selector types.ManagedDataIdentifierSelector
		ids      []string
		want     string
	}{
		{types.ManagedDataIdentifierSelectorInclude, []string{"PHONE_NUMBER"}, "PHONE_NUMBER 1@1:45"},
		{types.ManagedDataIdentifierSelectorExclude, []string{"PHONE_NUMBER", "CREDIT_CARD_NUMBER"}, "USA_SOCIAL_SECURITY_NUMBER 1@1:5"},
		{types.ManagedDataIdentifierSelectorInclude, []string{"NAME"}, ""},
		{types.ManagedDataIdentifierSelectorNone, nil, "anything 1@1:1"},
	} {
		in(t, string(test.selector), func(t *testing.T, w *world) {
			settings := job("1")
			settings.ManagedDataIdentifierSelector, settings.ManagedDataIdentifierIds = test.selector, test.ids
			if test.ids == nil {
				settings.CustomDataIdentifierIds = []string{w.identifier(identifier("anything", "ssn"))}
			}
			if got := told(w.scan(settings, map[string]string{"a.txt": text})["a.txt"]); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestFindingTypes(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       types.FindingType
		severity   types.SeverityDescription
		score      int64
	}{
		{"financial", "visa 4539148803436467", types.FindingTypeSensitiveDataS3ObjectFinancial, types.SeverityDescriptionHigh, 3},
		{"credentials", "secret key " + strings.Repeat("a1B/", 10), types.FindingTypeSensitiveDataS3ObjectCredentials, types.SeverityDescriptionHigh, 3},
		{"personal, low", "driver license D1234567", types.FindingTypeSensitiveDataS3ObjectPersonal, types.SeverityDescriptionLow, 1},
		{"personal, medium", "driver license D1234567, D1234568", types.FindingTypeSensitiveDataS3ObjectPersonal, types.SeverityDescriptionMedium, 2},
		{"personal, high", strings.Repeat("driver license D1234567\n", 100), types.FindingTypeSensitiveDataS3ObjectPersonal, types.SeverityDescriptionHigh, 3},
		{"passports", "passport A12345678, passport A12345679", types.FindingTypeSensitiveDataS3ObjectPersonal, types.SeverityDescriptionHigh, 3},
		{"custom", "S1234567D", types.FindingTypeSensitiveDataS3ObjectCustomIdentifier, types.SeverityDescriptionMedium, 2},
		{"two categories", "visa 4539148803436467, driver license D1234567", types.FindingTypeSensitiveDataS3ObjectMultiple, types.SeverityDescriptionHigh, 3},
		{"two of a category", "driver license D1234567, passport A12345678", types.FindingTypeSensitiveDataS3ObjectPersonal, types.SeverityDescriptionMedium, 2},
		{"custom and managed", "S1234567D, driver license D1234567", types.FindingTypeSensitiveDataS3ObjectMultiple, types.SeverityDescriptionMedium, 2},
	} {
		in(t, test.name, func(t *testing.T, w *world) {
			settings := job("1")
			settings.CustomDataIdentifierIds = []string{w.identifier(identifier("NRIC", `[SFTG]\d{7}[A-Z]`))}
			f := w.scan(settings, map[string]string{"a.txt": test.text})["a.txt"]
			if f.Type != test.want || f.Severity.Description != test.severity || *f.Severity.Score != test.score {
				t.Errorf("got %s, %s %d", f.Type, f.Severity.Description, *f.Severity.Score)
			}
			if *f.Count != 1 || *f.Archived || *f.Sample || f.Category != types.FindingCategoryClassification || *f.AccountId != account || *f.Title == "" || *f.Description == "" {
				t.Errorf("got %+v", f)
			}
		})
	}
}

// TestPlaces is about how many places a finding tells.
func TestPlaces(t *testing.T) {
	for _, test := range []struct {
		ssns, passports int
		want            [2]int
		more            bool
	}{
		{1, 0, [2]int{1, 0}, false},
		{15, 0, [2]int{15, 0}, false},
		{16, 0, [2]int{15, 0}, true},
		{7, 8, [2]int{7, 8}, false},
		{30, 2, [2]int{13, 2}, true},
		{30, 30, [2]int{7, 8}, true},
	} {
		in(t, fmt.Sprint(test.ssns, test.passports), func(t *testing.T, w *world) {
			text := strings.Repeat("ssn 123-45-6789\n", test.ssns) + strings.Repeat("passport A12345678\n", test.passports)
			r := w.scan(job("1"), map[string]string{"a.txt": text})["a.txt"].ClassificationDetails.Result
			got := map[string]int{}
			for _, d := range r.SensitiveData[0].Detections {
				got[*d.Type] = len(d.Occurrences.LineRanges)
			}
			total := int64(test.ssns + test.passports)
			if got["USA_SOCIAL_SECURITY_NUMBER"]+got["USA_PASSPORT_NUMBER"] != min(15, test.ssns+test.passports) || *r.AdditionalOccurrences != test.more || *r.SensitiveData[0].TotalCount != total {
				t.Errorf("got %v of %d, more %t", got, *r.SensitiveData[0].TotalCount, *r.AdditionalOccurrences)
			}
			if test.passports > 0 && min(got["USA_SOCIAL_SECURITY_NUMBER"], got["USA_PASSPORT_NUMBER"]) != min(test.want[0], test.want[1]) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestAddOccurrence(t *testing.T) {
	in(t, "", func(t *testing.T, w *world) {
		address := types.Range{Start: aws.Int64(2), End: aws.Int64(4), StartColumn: aws.Int64(3)}
		w.macie.AddOccurrence("text", "runs/1/a.txt", types.SensitiveDataItemCategoryPersonalInformation, "ADDRESS", address)
		w.macie.AddOccurrence("text", "runs/1/a.txt", types.SensitiveDataItemCategoryCustomIdentifier, "word", address)
		settings := job("1")
		settings.ManagedDataIdentifierSelector = types.ManagedDataIdentifierSelectorAll
		settings.CustomDataIdentifierIds = []string{w.identifier(identifier("word", `word`))}
		if got := told(w.scan(settings, map[string]string{"a.txt": "a\nb\nc\nd\nword"})["a.txt"]); got != "ADDRESS 1@2-4:3 word 2@2-4:3,5:1" {
			t.Errorf("got %q", got)
		}
	})
	in(t, "not recommended", func(t *testing.T, w *world) {
		w.macie.AddOccurrence("text", "runs/1/a.txt", types.SensitiveDataItemCategoryPersonalInformation, "ADDRESS", types.Range{Start: aws.Int64(1), End: aws.Int64(1)})
		if got := w.scan(job("1"), map[string]string{"a.txt": "a"}); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
}

func TestAllowLists(t *testing.T) {
	create := func(w *world, c *types.AllowListCriteria) (string, error) {
		out, err := w.CreateAllowList(w.t.Context(), &macie2sdk.CreateAllowListInput{Name: aws.String("list"), Criteria: c})
		if err != nil {
			return "", err
		}
		return *out.Id, nil
	}
	words := &types.S3WordsList{BucketName: aws.String("export"), ObjectKey: aws.String("words.txt")}
	for _, test := range []struct {
		name     string
		criteria *types.AllowListCriteria
		want     string
		refused  string
	}{
		{"regex", &types.AllowListCriteria{Regex: aws.String(`A\d{7}1`)}, "USA_PASSPORT_NUMBER 1@2:10", ""},
		{"regex of a part", &types.AllowListCriteria{Regex: aws.String(`A`)}, "USA_PASSPORT_NUMBER 2@1:10,2:10", ""},
		{"words", &types.AllowListCriteria{S3WordsList: words}, "USA_PASSPORT_NUMBER 1@1:10", ""},
		{"nothing", &types.AllowListCriteria{}, "", bad},
		{"both", &types.AllowListCriteria{Regex: aws.String("a"), S3WordsList: words}, "", bad},
		{"bad regex", &types.AllowListCriteria{Regex: aws.String("(")}, "", bad},
	} {
		in(t, test.name, func(t *testing.T, w *world) {
			w.s3.Put("export", "words.txt", s3Object("b12345672\r\n\r\na12345672\n"))
			id, err := create(w, test.criteria)
			want(t, "create", err, test.refused)
			if err != nil {
				return
			}
			settings := job("1")
			settings.AllowListIds = []string{id}
			if got := told(w.scan(settings, map[string]string{"a.txt": "passport A12345671\npassport A12345672"})["a.txt"]); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			got, err := w.GetAllowList(t.Context(), &macie2sdk.GetAllowListInput{Id: &id})
			if err != nil || got.Status.Code != types.AllowListStatusCodeOk {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	in(t, "quota", func(t *testing.T, w *world) {
		for range 10 {
			_, err := create(w, &types.AllowListCriteria{Regex: aws.String("a")})
			want(t, "create", err, "")
		}
		_, err := create(w, &types.AllowListCriteria{Regex: aws.String("a")})
		want(t, "create the eleventh", err, quota)
		_, err = w.GetAllowList(t.Context(), &macie2sdk.GetAllowListInput{Id: aws.String("x")})
		want(t, "get", err, missing)
		out, err := w.ListAllowLists(t.Context(), &macie2sdk.ListAllowListsInput{})
		if err != nil || len(out.AllowLists) != 10 {
			t.Errorf("got %+v, %v", out, err)
		}
	})
	in(t, "no words", func(t *testing.T, w *world) {
		id, err := create(w, &types.AllowListCriteria{S3WordsList: words})
		want(t, "create", err, "")
		out, err := w.GetAllowList(t.Context(), &macie2sdk.GetAllowListInput{Id: &id})
		if err != nil || out.Status.Code != types.AllowListStatusCodeS3ObjectNotFound {
			t.Errorf("got %+v, %v", out, err)
		}
	})
}
