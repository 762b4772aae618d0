// Package identity tells whose credentials clients use.
package identity

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/awspatterns/awspatterns"
)

// API is what this package needs of *sts.Client.
type API interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// Target returns the account that the credentials belong to, with the Region
// that the caller says the clients are in.
func Target(ctx context.Context, c API, region string) (awspatterns.Target, error) {
	if region == "" {
		return awspatterns.Target{}, errors.New("the Clients have no Region")
	}
	out, err := c.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return awspatterns.Target{}, err
	}
	arn := strings.Split(aws.ToString(out.Arn), ":")
	if len(arn) < 6 || aws.ToString(out.Account) == "" {
		return awspatterns.Target{}, errors.New("STS does not tell who the caller is")
	}
	return awspatterns.Target{Partition: arn[1], Account: *out.Account, Region: region}, nil
}

// Permission is what Target needs. AWS never denies it but to who is denied it by
// name.
var Permission = awspatterns.Permission{
	Action:    "sts:GetCallerIdentity",
	Resources: []string{"*"},
}
