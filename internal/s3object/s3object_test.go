package s3object

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns/awstest"
)

// A flaky object is one whose connection breaks after so many bytes, so often.
type flaky struct {
	content string
	breaks  int
	after   int
	etags   []string // of the answers, the last one for all further
	opened  int
}

func (f *flaky) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	from := 0
	if in.Range != nil {
		fmt.Sscanf(*in.Range, "bytes=%d-", &from)
	}
	out := &s3.GetObjectOutput{
		ETag:          aws.String(f.etags[min(f.opened, len(f.etags)-1)]),
		ContentLength: aws.Int64(int64(len(f.content) - from)),
		ContentRange:  aws.String(fmt.Sprintf("bytes %d-%d/%d", from, len(f.content)-1, len(f.content))),
		Body:          io.NopCloser(strings.NewReader(f.content[from:])),
	}
	if f.opened++; f.opened <= f.breaks {
		out.Body = io.NopCloser(io.MultiReader(io.LimitReader(out.Body, int64(f.after)), broke{}))
	}
	return out, nil
}

type broke struct{}

func (broke) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestReadAll(t *testing.T) {
	tests := []struct {
		name   string
		object flaky
		want   string
		is     error
		opened int
	}{
		{name: "whole", object: flaky{etags: []string{`"1"`}}, want: "0123456789", opened: 1},
		{name: "broken as often as is borne", object: flaky{etags: []string{`"1"`}, breaks: 5, after: 1}, want: "0123456789", opened: 6},
		{name: "broken once more", object: flaky{etags: []string{`"1"`}, breaks: 6, after: 1}, is: io.ErrUnexpectedEOF, opened: 6},
		{name: "only its end is lost", object: flaky{etags: []string{`"1"`}, breaks: 1, after: 10}, want: "0123456789", opened: 1},
		{name: "another content", object: flaky{etags: []string{`"1"`, `"2"`}, breaks: 1, after: 4}, is: ErrChanged, opened: 2},
		{name: "without an ETag", object: flaky{etags: []string{""}, breaks: 1, after: 4}, is: io.ErrUnexpectedEOF, opened: 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.object.content = "0123456789"
			got, err := ReadAll(t.Context(), &test.object, Object{Bucket: "b", Key: "k"})
			if !errors.Is(err, test.is) || test.is == nil && string(got) != test.want {
				t.Errorf("got %q, %v", got, err)
			}
			if test.object.opened != test.opened {
				t.Errorf("opened %d times, want %d", test.object.opened, test.opened)
			}
		})
	}
}

// TestReadAllLong breaks the connection far more often than is borne within a short
// distance.
func TestReadAllLong(t *testing.T) {
	object := flaky{content: strings.Repeat("0123456789", 2_000_000), etags: []string{`"1"`}, breaks: 30, after: 600_000}
	got, err := ReadAll(t.Context(), &object, Object{Bucket: "b", Key: "k"})
	if err != nil || string(got) != object.content || object.opened != 31 {
		t.Errorf("%d bytes, opened %d times: %v", len(got), object.opened, err)
	}
}

func TestOpenRefused(t *testing.T) {
	meaning := errors.New("what it may mean")
	explain := func(err error) error { return fmt.Errorf("%w: %w", meaning, err) }
	for status, is := range map[int]error{403: meaning, 412: ErrChanged} {
		cloud := awstest.New(t)
		awstest.Handle(cloud, func(_ context.Context, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
			if got := aws.ToString(in.IfMatch); got != `"1"` {
				t.Errorf("IfMatch is %q", got)
			}
			return nil, awstest.Error(status, "Refused", "no")
		})
		_, err := Open(t.Context(), s3.NewFromConfig(cloud.Config("eu-west-1", "123456789012")), Object{Bucket: "b", Key: "k", ETag: "1", Explain: explain})
		if !errors.Is(err, is) || !errors.Is(err, meaning) || Status(err) != status {
			t.Errorf("%d: got %v", status, err)
		}
	}
}
