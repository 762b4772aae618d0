package ses_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/ses"
)

const (
	contentAccount = "123456789012"
	contentHome    = "eu-west-1"
)

// A contentWorld is one Region for tests of what is in it.
type contentWorld struct {
	*testing.T
	*ses.World
	cloud  *awstest.Cloud
	client *sesv2.Client
}

func newContentWorld(t *testing.T) *contentWorld {
	cloud := awstest.New(t)
	w := &contentWorld{T: t, World: ses.Serve(cloud), cloud: cloud}
	w.client = w.at(contentHome)
	return w
}

func (w *contentWorld) at(region string) *sesv2.Client {
	return sesv2.NewFromConfig(w.cloud.Config(region, contentAccount), func(o *sesv2.Options) { o.RetryMaxAttempts = 1 })
}

// verify has a domain as a verified identity.
func (w *contentWorld) verify(domain string) {}

// told returns the code of an error, or its text if it is none of AWS, or "".
func told(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// want checks the code of an error.
func (w *contentWorld) want(err error, code string) {
	w.Helper()
	if told(err) != code {
		w.Errorf("got %v, want %q", err, code)
	}
}

func (w *contentWorld) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func letters(n int) string { return strings.Repeat("x", n) }

func numbered(format string, n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(format, i))
	}
	return all
}
