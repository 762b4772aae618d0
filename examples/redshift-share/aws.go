package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/awspatterns/awspatterns/redshift"
)

// connect returns clients for the account of the environment and, with a role, for those
// accounts that are asked for by their number.
func connect(ctx context.Context, role string) (redshift.ClientsFunc, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err == nil && cfg.Region == "" {
		err = errors.New("no Region: set AWS_REGION, or a profile that has one")
	}
	if err == nil {
		_, err = cfg.Credentials.Retrieve(ctx) // one error, instead of one for each warehouse
	}
	if err != nil {
		return nil, err
	}
	return clientsOf(cfg, role), nil
}

// clientsOf makes the clients of an account and Region once, so that a role is assumed
// once.
func clientsOf(cfg aws.Config, role string) redshift.ClientsFunc {
	var mu sync.Mutex
	made := map[[2]string]redshift.Clients{}
	return func(account, region string) (redshift.Clients, error) {
		mu.Lock()
		defer mu.Unlock()
		key := [2]string{account, region}
		if c, ok := made[key]; ok {
			return c, nil
		}
		cfg := cfg.Copy()
		if region != "" {
			cfg.Region = region
		}
		if account != "" && role != "" {
			arn := fmt.Sprintf("arn:%s:iam::%s:role/%s", partition(cfg.Region), account, role)
			cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), arn))
		}
		made[key] = redshift.NewClients(cfg)
		return made[key], nil
	}
}

// partition returns that of a Region.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}
