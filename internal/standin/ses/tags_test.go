package ses

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

const (
	account   = "123456789012"
	primary   = "eu-central-1"
	secondary = "eu-west-1"
)

// serve returns a World and a client for the primary Region.
func serve(t *testing.T) (*World, *sesv2.Client) {
	t.Helper()
	w, clients := serveBoth(t)
	return w, clients[primary]
}

// serveBoth returns a World and clients for both Regions.
func serveBoth(t *testing.T) (*World, map[string]*sesv2.Client) {
	t.Helper()
	cloud := awstest.New(t)
	w := Serve(cloud)
	clients := map[string]*sesv2.Client{}
	for _, region := range []string{primary, secondary} {
		cfg := cloud.Config(region, account)
		cfg.RetryMaxAttempts = 1
		clients[region] = sesv2.NewFromConfig(cfg)
	}
	return w, clients
}

// codeOf returns the code of an error of the API with its HTTP status, such as
// "NotFoundException 404".
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	api, ok := errors.AsType[interface {
		error
		ErrorCode() string
	}](err)
	status, known := errors.AsType[interface {
		error
		HTTPStatusCode() int
	}](err)
	if !ok || !known {
		return "no error of the API: " + err.Error()
	}
	return fmt.Sprintf("%s %d", api.ErrorCode(), status.HTTPStatusCode())
}

const (
	bad      = "BadRequestException 400"
	missing  = "NotFoundException 404"
	exists   = "AlreadyExistsException 400"
	tooMany  = "LimitExceededException 400"
	conflict = "ConflictException 409"
)

func tag(key, value string) sestypes.Tag {
	return sestypes.Tag{Key: aws.String(key), Value: aws.String(value)}
}

func TestTags(t *testing.T) {
	w, client := serve(t)
	r := w.Region(account, primary)
	arn := r.arn("identity/example.com")
	if err := r.setTags(arn, []sestypes.Tag{tag("b", "2"), tag("a", "")}); err != nil {
		t.Fatal(err)
	}
	many := make([]sestypes.Tag, 49)
	for i := range many {
		many[i] = tag(fmt.Sprint("k", i), "v")
	}
	tests := []struct {
		name string
		arn  string
		tags []sestypes.Tag
		want string
	}{
		{"one more and one changed", arn, []sestypes.Tag{tag("b", "3"), tag("c", "x y")}, ""},
		{"of nothing", arn + "x", []sestypes.Tag{tag("b", "3")}, missing},
		{"in another Region", strings.Replace(arn, primary, secondary, 1), []sestypes.Tag{tag("b", "3")}, bad},
		{"no ARN", "example.com", []sestypes.Tag{tag("b", "3")}, bad},
		{"reserved", arn, []sestypes.Tag{tag("aws:b", "3")}, bad},
		{"empty key", arn, []sestypes.Tag{tag("", "3")}, bad},
		{"long value", arn, []sestypes.Tag{tag("d", strings.Repeat("x", 257))}, bad},
		{"long key", arn, []sestypes.Tag{tag(strings.Repeat("x", 129), "")}, bad},
		{"twice", arn, []sestypes.Tag{tag("d", ""), tag("d", "")}, bad},
		{"wrong characters", arn, []sestypes.Tag{tag("d", "a;b")}, bad},
		{"more than 50", arn, many, bad},
	}
	for _, test := range tests {
		_, err := client.TagResource(t.Context(), &sesv2.TagResourceInput{ResourceArn: &test.arn, Tags: test.tags})
		if got := codeOf(err); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	if got, want := listed(t, client, arn), "a= b=3 c=x y"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := client.UntagResource(t.Context(), &sesv2.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"a", "z"}}); err != nil {
		t.Error(err)
	}
	if got, want := listed(t, client, arn), "b=3 c=x y"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r.dropTags(arn)
	if _, err := client.ListTagsForResource(t.Context(), &sesv2.ListTagsForResourceInput{ResourceArn: &arn}); codeOf(err) != missing {
		t.Errorf("deleted: %v", err)
	}
}

// listed returns the tags of a resource as SES lists them.
func listed(t *testing.T, client *sesv2.Client, arn string) string {
	t.Helper()
	out, err := client.ListTagsForResource(t.Context(), &sesv2.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	var tags []string
	for _, tag := range out.Tags {
		tags = append(tags, *tag.Key+"="+*tag.Value)
	}
	return strings.Join(tags, " ")
}
