package s3

import (
	"context"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (s *Service) handleBuckets(c *awstest.Cloud) {
	awstest.Handle(c, s.createBucket)
	awstest.Handle(c, s.headBucket)
	awstest.Handle(c, s.deleteBucket)
	awstest.Handle(c, s.listBuckets)
	awstest.Handle(c, s.getBucketLocation)
	awstest.Handle(c, s.putBucketVersioning)
	awstest.Handle(c, s.getBucketVersioning)
}

func (s *Service) createBucket(ctx context.Context, in *s3sdk.CreateBucketInput) (*s3sdk.CreateBucketOutput, error) {
	caller := awstest.CallerOf(ctx)
	region, err := regionFor(caller.Region, in.CreateBucketConfiguration)
	if err != nil {
		return nil, err
	}
	switch {
	case caller.Account == "":
		return nil, awstest.Denied()
	case !validBucketName(*in.Bucket):
		return nil, awstest.Error(http.StatusBadRequest, "InvalidBucketName", "The specified bucket is not valid.")
	case aws.ToBool(in.ObjectLockEnabledForBucket):
		return nil, notImplemented("object lock")
	case in.ACL != "" && in.ACL != s3types.BucketCannedACLPrivate, in.ObjectOwnership != "" && in.ObjectOwnership != s3types.ObjectOwnershipBucketOwnerEnforced:
		return nil, notImplemented("access control lists of buckets")
	}
	tags, err := tagsOfNewBucket(in.CreateBucketConfiguration)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch b, exists := s.buckets[*in.Bucket]; {
	case !exists:
		s.buckets[*in.Bucket] = newBucket(*in.Bucket, Bucket{Owner: caller.Account, Region: region})
		s.buckets[*in.Bucket].tags = tags
	case b.Owner != caller.Account:
		return nil, awstest.Status(http.StatusConflict, &s3types.BucketAlreadyExists{Message: aws.String(
			"The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.")})
	case b.Region != defaultRegion || region != defaultRegion:
		// In us-east-1 creating one's own bucket again succeeds ("Error responses" in
		// the API reference).
		return nil, awstest.Status(http.StatusConflict, &s3types.BucketAlreadyOwnedByYou{Message: aws.String(
			"Your previous request to create the named bucket succeeded and you already own it.")})
	}
	return &s3sdk.CreateBucketOutput{Location: aws.String(location(*in.Bucket, region))}, nil
}

// location is as CreateBucket in the API reference tells it.
func location(name, region string) string {
	if region == defaultRegion {
		return "/" + name
	}
	return "http://" + name + ".s3.amazonaws.com/"
}

// regionFor returns where a bucket is created: the endpoint of us-east-1 does it
// for every Region, the others only for their own, which has to be named.
func regionFor(endpoint string, c *s3types.CreateBucketConfiguration) (string, error) {
	var constraint string
	if c != nil {
		constraint = string(c.LocationConstraint)
	}
	switch {
	case constraint == defaultRegion:
		return "", awstest.Error(http.StatusBadRequest, "InvalidLocationConstraint", "The specified location-constraint is not valid")
	case endpoint == defaultRegion && constraint == "":
		return defaultRegion, nil
	case endpoint != defaultRegion && endpoint != constraint:
		if constraint == "" {
			constraint = "unspecified"
		}
		return "", awstest.Error(http.StatusBadRequest, "IllegalLocationConstraintException",
			"The "+constraint+" location constraint is incompatible for the region specific endpoint this request was sent to.")
	}
	return constraint, nil
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// validBucketName follows "General purpose bucket naming rules" in the user
// guide.
func validBucketName(name string) bool {
	_, notAddress := netip.ParseAddr(name)
	return bucketName.MatchString(name) && notAddress != nil && !strings.Contains(name, "..") &&
		!slices.ContainsFunc([]string{"xn--", "sthree-", "amzn-s3-demo-"}, func(p string) bool { return strings.HasPrefix(name, p) }) &&
		!slices.ContainsFunc([]string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}, func(p string) bool { return strings.HasSuffix(name, p) })
}

func (s *Service) headBucket(ctx context.Context, in *s3sdk.HeadBucketInput) (*s3sdk.HeadBucketOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, reading)
	if err != nil {
		return nil, bodyless(err)
	}
	return &s3sdk.HeadBucketOutput{BucketRegion: &b.Region, AccessPointAlias: aws.Bool(false)}, nil
}

func (s *Service) deleteBucket(ctx context.Context, in *s3sdk.DeleteBucketInput) (*s3sdk.DeleteBucketOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	if len(b.objects) > 0 {
		message := "The bucket you tried to delete is not empty"
		if b.versioning != "" {
			message += ". You must delete all versions in the bucket."
		}
		return nil, awstest.Error(http.StatusConflict, "BucketNotEmpty", message)
	}
	delete(s.buckets, b.name)
	return nil, nil
}

func (s *Service) listBuckets(ctx context.Context, in *s3sdk.ListBucketsInput) (*s3sdk.ListBucketsOutput, error) {
	if in.MaxBuckets != nil || in.ContinuationToken != nil {
		return nil, notImplemented("pages of buckets")
	}
	account := awstest.CallerOf(ctx).Account
	out := &s3sdk.ListBucketsOutput{Prefix: in.Prefix, Owner: (&bucket{Bucket: Bucket{Owner: account}}).canonicalOwner()}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.sortedBuckets() {
		if b.Owner == account && strings.HasPrefix(b.name, aws.ToString(in.Prefix)) &&
			(in.BucketRegion == nil || *in.BucketRegion == b.Region) {
			out.Buckets = append(out.Buckets, s3types.Bucket{Name: &b.name, CreationDate: &b.created, BucketRegion: set(b.Region)})
		}
	}
	return out, nil
}

// getBucketLocation is answered in every Region, for it is how one finds the
// bucket's own.
func (s *Service) getBucketLocation(ctx context.Context, in *s3sdk.GetBucketLocationInput) (*s3sdk.GetBucketLocationOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.openAnywhere(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	if b.Region == defaultRegion {
		return nil, nil
	}
	return &s3sdk.GetBucketLocationOutput{LocationConstraint: s3types.BucketLocationConstraint(b.Region)}, nil
}

func (s *Service) putBucketVersioning(ctx context.Context, in *s3sdk.PutBucketVersioningInput) (*s3sdk.PutBucketVersioningOutput, error) {
	status := in.VersioningConfiguration.Status
	switch {
	case in.VersioningConfiguration.MFADelete == s3types.MFADeleteEnabled:
		return nil, notImplemented("MFA delete")
	case !slices.Contains(status.Values(), status):
		return nil, awstest.Error(http.StatusBadRequest, "IllegalVersioningConfigurationException", "The Versioning element must be specified")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	b.versioning = status
	return nil, nil
}

func (s *Service) getBucketVersioning(ctx context.Context, in *s3sdk.GetBucketVersioningInput) (*s3sdk.GetBucketVersioningOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	return &s3sdk.GetBucketVersioningOutput{Status: b.versioning}, nil
}
