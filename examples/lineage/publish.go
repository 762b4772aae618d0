package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/lineage"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// The account that -publish works in without -aws.
const (
	inProcessAccount = "123456789012"
	inProcessRegion  = "eu-central-1"
)

// connect returns clients for the account of the environment or, without -aws,
// for one in this process that has the bucket of -publish.
func (s *settings) connect(ctx context.Context) (lineage.Clients, error) {
	if s.aws {
		cfg, err := config.LoadDefaultConfig(ctx)
		return lineage.NewClients(cfg), err
	}
	if s.publish.Bucket == "" {
		return lineage.Clients{}, nil
	}
	cloud := awstest.New(nil)
	sts.Handle(cloud)
	s3.New(cloud).CreateBucket(s.publish.Bucket, s3.Bucket{Owner: inProcessAccount, Region: inProcessRegion})
	return lineage.NewClients(cloud.Config(inProcessRegion, inProcessAccount)), nil
}

// parseS3 reads s3://bucket/key. Keys are as they are, not escaped.
func parseS3(text string) (lineage.S3Object, error) {
	name, ok := strings.CutPrefix(text, "s3://")
	bucket, key, _ := strings.Cut(name, "/")
	if !ok || bucket == "" {
		return lineage.S3Object{}, fmt.Errorf("%s: want s3://BUCKET/KEY", text)
	}
	return lineage.S3Object{Bucket: bucket, Key: key}, nil
}

// publishGraph shows the plan and, in this process or with -apply, applies it and
// plans again.
func (s *settings) publishGraph(ctx context.Context, c lineage.Clients, g *dag.Graph, w io.Writer) error {
	opts := s.publish
	opts.Graph = g
	plan, err := lineage.PlanPublish(ctx, c, opts)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s", plan)
	if s.aws && !s.apply {
		if plan.Applies() {
			fmt.Fprintln(w, "\nNothing was changed; -apply makes these changes.")
		}
		return nil
	}
	plan.Progress = func(o awspatterns.Outcome) { fmt.Fprintf(w, "  %s %s\n", o.State, o.Resource) }
	fmt.Fprintln(w)
	result, err := lineage.ApplyPublish(ctx, c, plan)
	if err != nil {
		return err
	}
	again, err := lineage.PlanPublish(ctx, c, opts)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s", again)
	fmt.Fprintf(w, "\nThe page is %s\n", printable.Replace(result.Page))
	if !s.aws {
		fmt.Fprintln(w, "That was AWS in this process; with -aws it is the account of the environment.")
	}
	return nil
}

// showPermissions prints what the flags need, without calling anything.
func (s *settings) showPermissions(w io.Writer) error {
	if read := lineage.MergeDAGPermissions(s.merge).Apply; len(read) > 0 {
		fmt.Fprintf(w, "IAM policy for reading the manifests:\n%s\n", read.Document(awspatterns.Target{}))
	}
	p := lineage.PublishPermissions(s.publish)
	if len(p.Plan) == 0 {
		return fmt.Errorf("-publish s3://%s/%s: want a bucket, and a prefix that ends with a slash", s.publish.Bucket, s.publish.Prefix)
	}
	fmt.Fprintf(w, "IAM policy for planning:\n%s\n", p.Plan.Document(awspatterns.Target{}))
	fmt.Fprintf(w, "IAM policy for applying:\n%s", p.Apply.Document(awspatterns.Target{}))
	return nil
}

// checkPublish checks the flags that have to do with AWS.
func (s *settings) checkPublish() error {
	inS3 := false
	for _, p := range s.merge.Projects {
		inS3 = inS3 || p.Manifest.S3.Bucket != "" || p.Catalog.S3.Bucket != ""
	}
	publishes := s.publish.Bucket != ""
	switch {
	case inS3 && !s.aws:
		return errors.New("a manifest in S3 needs -aws")
	case (s.apply || s.permissions || s.publish.RemoveStale || s.publish.Adopt) && !publishes:
		return errors.New("-apply, -permissions, -remove-stale and -adopt need -publish s3://BUCKET/PREFIX/")
	case s.apply && !s.aws:
		return errors.New("-apply needs -aws: without it, all is applied in this process")
	}
	return nil
}
