package opensearch_test

import (
	"context"

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
