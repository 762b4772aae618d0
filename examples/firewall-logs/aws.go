package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/logs"
)

// ofEnvironment returns clients for the account and Region of the environment.
func ofEnvironment(ctx context.Context) (firewall.Clients, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err == nil && cfg.Region == "" {
		err = errors.New("no Region: set AWS_REGION, or a profile that has one")
	}
	return firewall.NewClients(cfg), err
}

// analyzeS3 finds where the firewalls log to in S3, says on w what is to be read, and reads
// it, unless it is more than -max.
func (s *settings) analyzeS3(ctx context.Context, w io.Writer) (logs.Report, error) {
	clients, err := s.clients(ctx)
	if err != nil {
		return logs.Report{}, err
	}
	opts := firewall.AnalyzeLogsOptions{Options: s.opts, MaxBytes: s.most}
	if !s.quiet && !s.json {
		estimate, err := firewall.EstimateLogs(ctx, clients, opts)
		fmt.Fprintf(w, "%d objects with %d bytes to read\n", estimate.Objects, estimate.Bytes)
		for _, c := range estimate.Costs {
			fmt.Fprintln(w, "Cost:", c)
		}
		for _, e := range estimate.Elsewhere {
			fmt.Fprintln(w, "Not in S3:", e)
		}
		fmt.Fprintln(w)
		if err != nil && estimate.Objects == 0 {
			return logs.Report{}, err
		}
	}
	result, err := firewall.AnalyzeLogs(ctx, clients, opts)
	return result.Report, err
}
