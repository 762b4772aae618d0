package main

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns/redshift"
)

// connect returns the account of the environment.
func connect(ctx context.Context) (account, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err == nil && cfg.Region == "" {
		err = errors.New("no Region: set AWS_REGION, or a profile that has one")
	}
	if err != nil {
		return account{}, err
	}
	return account{clients: redshift.NewClients(cfg), bucket: s3.NewFromConfig(cfg)}, nil
}
