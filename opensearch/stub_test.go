package opensearch_test

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/awspatterns/awspatterns/awstest"
)

// wrongKey are the credentials of the account with another secret.
type wrongKey struct{}

func (wrongKey) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := awstest.Credentials(account).Retrieve(ctx)
	c.SecretAccessKey += "x"
	return c, err
}

// A provider fails as its func does.
type provider func(context.Context) error

func (p provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	return aws.Credentials{}, p(ctx)
}

// A client answers requests with a func.
type client func(*http.Request) (*http.Response, error)

func (c client) Do(r *http.Request) (*http.Response, error) { return c(r) }
