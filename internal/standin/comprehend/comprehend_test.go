package comprehend

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/comprehend"
	"github.com/aws/aws-sdk-go-v2/service/comprehend/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
)

// names finds each "Zoë" as a name.
func names(text string) (found []Entity) {
	for i, r := range []rune(text) {
		if r == 'Z' {
			found = append([]Entity{{Type: types.PiiEntityTypeName, Begin: i, End: i + 3}}, found...)
		}
	}
	return found
}

func TestDetect(t *testing.T) {
	cloud := awstest.New(t)
	s := New(cloud, names)
	client := sdk.NewFromConfig(cloud.Config("eu-central-1", "123456789012"))
	out, err := client.DetectPiiEntities(t.Context(), &sdk.DetectPiiEntitiesInput{LanguageCode: types.LanguageCodeEn, Text: aws.String("Grüße an Zoë, Zoë")})
	if err != nil || len(out.Entities) != 2 {
		t.Fatalf("got %v, %v", out, err)
	}
	first, second := out.Entities[0], out.Entities[1]
	if *first.BeginOffset != 9 || *first.EndOffset != 12 || first.Type != types.PiiEntityTypeName || *first.Score != 0.99 || *second.BeginOffset != 14 {
		t.Errorf("got %d to %d and %d", *first.BeginOffset, *first.EndOffset, *second.BeginOffset)
	}
	if s.Units() != 3 {
		t.Errorf("got %d units", s.Units())
	}
	awstest.CheckPermissions(t, awspatterns.Policy{{Action: "comprehend:DetectPiiEntities", Resources: []string{"*"}}}, cloud.Calls(), Actions)
}

func TestLimits(t *testing.T) {
	tests := []struct {
		name     string
		language types.LanguageCode
		text     string
		want     string
		units    int
	}{
		{"English", "en", "a", "", 3},
		{"Spanish", "es", strings.Repeat("ñ", 301), "", 4},
		{"longest", "en", strings.Repeat("a", 100_000), "", 1000},
		{"too long", "en", strings.Repeat("a", 100_001), "TextSizeLimitExceededException", 0},
		{"too long in bytes", "en", strings.Repeat("é", 50_001), "TextSizeLimitExceededException", 0},
		{"empty", "en", "", "InvalidRequestException", 0},
		{"no UTF-8", "en", "\xff", "InvalidRequestException", 0},
		{"German", "de", "a", "UnsupportedLanguageException", 0},
		{"no language", "xx", "a", "InvalidRequestException", 0},
	}
	for _, test := range tests {
		cloud := awstest.New(t)
		s := New(cloud, names)
		client := sdk.NewFromConfig(cloud.Config("eu-central-1", "123456789012"))
		_, err := client.DetectPiiEntities(t.Context(), &sdk.DetectPiiEntitiesInput{LanguageCode: test.language, Text: &test.text})
		var code string
		if api, ok := errors.AsType[smithy.APIError](err); ok {
			code = api.ErrorCode()
		}
		if code != test.want || code == "" && err != nil || s.Units() != test.units {
			t.Errorf("%s: got %v and %d units", test.name, err, s.Units())
		}
	}
}

func TestEntitiesOutsideTheText(t *testing.T) {
	for _, e := range []Entity{
		{Type: types.PiiEntityTypeName, Begin: -1, End: 1}, {Type: types.PiiEntityTypeName, Begin: 1, End: 1},
		{Type: types.PiiEntityTypeName, Begin: 1, End: 4}, {Type: "FACE", Begin: 1, End: 2},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v: no panic", e)
				}
			}()
			e.output(3)
		}()
	}
}
