// Package comprehend stands in for the detection of personal data by Amazon
// Comprehend.
//
// It knows DetectPiiEntities. What is found, the test says (see [Finder]). Offsets
// count characters (code points) from 0, and the end is after the last: the
// reference says "the zero-based offset from the beginning of the source text to
// the last character", but the AWS CLI reference has 6 and 15 for the nine
// characters "Zhang Wei" (detect-pii-entities, example).
//
// Assumed are these, and code under test should not depend on them: text in another
// language than the two that the operation knows is refused with
// UnsupportedLanguageException, and entities come in the order of their offsets.
package comprehend

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/comprehend"
	"github.com/aws/aws-sdk-go-v2/service/comprehend/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// An Entity is personal data in a text.
type Entity struct {
	Type       types.PiiEntityType
	Begin, End int     // characters from 0; End is after the last
	Score      float32 // 0 for 0.99
}

// A Finder says what is in a text. It may be called from several goroutines.
type Finder func(text string) []Entity

// A Service is Amazon Comprehend in all accounts and Regions of a Cloud.
type Service struct {
	find Finder

	mu    sync.Mutex
	units int
}

// New returns a Comprehend that finds what find says, and makes it answer the calls
// of c.
func New(c *awstest.Cloud, find Finder) *Service {
	s := &Service{find: find}
	awstest.Handle(c, s.detectPiiEntities)
	return s
}

// Units returns how many units were billed so far: a unit is 100 characters, and a
// call at least three (Amazon Comprehend pricing).
func (s *Service) Units() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.units
}

// maxBytes is the most bytes of a text. The API reference has it as 100 KB; the
// message of the service as 100000 bytes.
const maxBytes = 100_000

func (s *Service) detectPiiEntities(ctx context.Context, in *sdk.DetectPiiEntitiesInput) (*sdk.DetectPiiEntitiesOutput, error) {
	text := *in.Text
	switch {
	case awstest.CallerOf(ctx).Account == "":
		return nil, awstest.Error(http.StatusBadRequest, "AccessDeniedException", "Missing Authentication Token")
	case text == "" || !utf8.ValidString(text):
		return nil, refuse(&types.InvalidRequestException{}, "Text must be UTF-8 and not empty")
	case len(text) > maxBytes:
		return nil, refuse(&types.TextSizeLimitExceededException{}, fmt.Sprintf(
			"Input text size exceeds limit. Max length of request text allowed is %d bytes while in this request the text size is %d bytes", maxBytes, len(text)))
	case !slices.Contains(in.LanguageCode.Values(), in.LanguageCode):
		return nil, refuse(&types.InvalidRequestException{}, "Unknown language code")
	case in.LanguageCode != types.LanguageCodeEn && in.LanguageCode != types.LanguageCodeEs:
		return nil, refuse(&types.UnsupportedLanguageException{}, "Language is not supported for this operation")
	}
	characters := utf8.RuneCountInString(text)
	out := &sdk.DetectPiiEntitiesOutput{}
	for _, e := range s.find(text) {
		out.Entities = append(out.Entities, e.output(characters))
	}
	slices.SortStableFunc(out.Entities, func(a, b types.PiiEntity) int { return cmp.Compare(*a.BeginOffset, *b.BeginOffset) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.units += max(3, (characters+99)/100)
	return out, nil
}

// output panics if the text of so many characters has no such place or the service
// no such type: the test is wrong.
func (e Entity) output(characters int) types.PiiEntity {
	if e.Begin < 0 || e.End <= e.Begin || e.End > characters || !slices.Contains(e.Type.Values(), e.Type) {
		panic(fmt.Sprintf("comprehend: no %q from %d to %d of %d characters", e.Type, e.Begin, e.End, characters))
	}
	return types.PiiEntity{
		Type: e.Type, BeginOffset: aws.Int32(int32(e.Begin)), EndOffset: aws.Int32(int32(e.End)), Score: aws.Float32(cmp.Or(e.Score, 0.99)),
	}
}

// refuse answers with an error type of the service. All that are used have status
// 400 in the API reference.
func refuse(err error, message string) error {
	reflect.ValueOf(err).Elem().FieldByName("Message").Set(reflect.ValueOf(&message))
	return awstest.Status(http.StatusBadRequest, err)
}

// Actions are the IAM actions that calls of Amazon Comprehend need ("Actions,
// resources, and condition keys for Amazon Comprehend" in the Service
// Authorization Reference).
var Actions = awstest.Actions{"Comprehend.DetectPiiEntities": {"comprehend:DetectPiiEntities"}}
