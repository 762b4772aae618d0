// Package sts stands in for AWS STS.
package sts

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	stssdk "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/awspatterns/awspatterns/awstest"
)

// Handle makes GetCallerIdentity answer with the account of the credentials that
// a call is signed with.
func Handle(c *awstest.Cloud) {
	awstest.Handle(c, func(ctx context.Context, _ *stssdk.GetCallerIdentityInput) (*stssdk.GetCallerIdentityOutput, error) {
		caller := awstest.CallerOf(ctx)
		if caller.Account == "" {
			return nil, awstest.Error(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
		}
		return &stssdk.GetCallerIdentityOutput{
			Account: aws.String(caller.Account),
			Arn:     aws.String("arn:" + caller.Partition() + ":iam::" + caller.Account + ":user/awstest"),
			UserId:  aws.String("AIDATEST" + caller.Account),
		}, nil
	})
}

// Actions are the IAM actions that calls of AWS STS need. AWS allows
// GetCallerIdentity to everybody, but whoever declares what it calls declares it.
var Actions = awstest.Actions{"STS.GetCallerIdentity": {"sts:GetCallerIdentity"}}
