// Package elbv2 stands in for Elastic Load Balancing: its load balancers of all
// types, and their tags, to be listed.
package elbv2

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that calls of Elastic Load Balancing need ("Actions,
// resources, and condition keys for AWS Elastic Load Balancing V2" in the Service
// Authorization Reference).
var Actions = awstest.Actions{
	"Elastic Load Balancing v2.DescribeLoadBalancers": {"elasticloadbalancing:DescribeLoadBalancers"},
	"Elastic Load Balancing v2.DescribeTags":          {"elasticloadbalancing:DescribeTags"},
}

// A Service is Elastic Load Balancing in all accounts and Regions of a Cloud. Its
// methods are not calls: the log of the Cloud does not hold them and faults do not
// meet them.
type Service struct {
	// PageSize, if not zero, is the most load balancers that one page holds.
	PageSize int

	mu        sync.Mutex
	balancers map[string]*balancer // by ARN
}

type balancer struct {
	account, region string
	types.LoadBalancer
	tags map[string]string
}

// New returns a service without load balancers, and makes it answer the calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{balancers: map[string]*balancer{}}
	awstest.Handle(c, s.describeLoadBalancers)
	awstest.Handle(c, s.describeTags)
	return s
}

// Create makes a load balancer, and returns its ARN.
func (s *Service) Create(account, region, name string, kind types.LoadBalancerTypeEnum, tags map[string]string) (arn string) {
	folder := map[types.LoadBalancerTypeEnum]string{
		types.LoadBalancerTypeEnumApplication: "app", types.LoadBalancerTypeEnumNetwork: "net", types.LoadBalancerTypeEnumGateway: "gwy",
	}[kind]
	id := sha256.Sum256([]byte(account + region + name))
	partition := awstest.Caller{Region: region}.Partition()
	arn = fmt.Sprintf("arn:%s:elasticloadbalancing:%s:%s:loadbalancer/%s/%s/%x", partition, region, account, folder, name, id[:8])
	s.mu.Lock()
	defer s.mu.Unlock()
	s.balancers[arn] = &balancer{
		account: account, region: region, tags: maps.Clone(tags),
		LoadBalancer: types.LoadBalancer{LoadBalancerArn: &arn, LoadBalancerName: &name, Type: kind},
	}
	return arn
}

// Delete deletes a load balancer.
func (s *Service) Delete(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.balancers, arn)
}

// Tag sets the tags of a load balancer.
func (s *Service) Tag(arn string, tags map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.balancers[arn].tags = maps.Clone(tags)
}

// describeLoadBalancers lists by ARN. A marker is the last ARN of the page before.
func (s *Service) describeLoadBalancers(ctx context.Context, in *sdk.DescribeLoadBalancersInput) (*sdk.DescribeLoadBalancersOutput, error) {
	if len(in.LoadBalancerArns) > 0 || len(in.Names) > 0 {
		return nil, awstest.Error(http.StatusNotImplemented, "NotImplemented", "the stand-in for Elastic Load Balancing lists all load balancers only")
	}
	if in.PageSize != nil && (*in.PageSize < 1 || *in.PageSize > 400) {
		return nil, invalid("page size must be between 1 and 400")
	}
	caller := awstest.CallerOf(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &sdk.DescribeLoadBalancersOutput{LoadBalancers: []types.LoadBalancer{}}
	for _, arn := range slices.Sorted(maps.Keys(s.balancers)) {
		b := s.balancers[arn]
		if b.account == caller.Account && b.region == caller.Region && arn > aws.ToString(in.Marker) {
			out.LoadBalancers = append(out.LoadBalancers, b.LoadBalancer)
		}
	}
	if most := min(cmp.Or(s.PageSize, 400), int(cmp.Or(aws.ToInt32(in.PageSize), 400))); len(out.LoadBalancers) > most {
		out.LoadBalancers = out.LoadBalancers[:most]
		out.NextMarker = out.LoadBalancers[most-1].LoadBalancerArn
	}
	return out, nil
}

// describeTags answers for all or for none.
func (s *Service) describeTags(ctx context.Context, in *sdk.DescribeTagsInput) (*sdk.DescribeTagsOutput, error) {
	if len(in.ResourceArns) == 0 || len(in.ResourceArns) > 20 {
		return nil, invalid("the number of resources must be between 1 and 20")
	}
	caller := awstest.CallerOf(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &sdk.DescribeTagsOutput{}
	for _, arn := range in.ResourceArns {
		b := s.balancers[arn]
		if b == nil || b.account != caller.Account || b.region != caller.Region {
			return nil, awstest.Status(http.StatusBadRequest, &types.LoadBalancerNotFoundException{Message: aws.String("Load balancer '" + arn + "' not found")})
		}
		d := types.TagDescription{ResourceArn: &arn, Tags: []types.Tag{}}
		for _, key := range slices.Sorted(maps.Keys(b.tags)) {
			d.Tags = append(d.Tags, types.Tag{Key: &key, Value: aws.String(b.tags[key])})
		}
		out.TagDescriptions = append(out.TagDescriptions, d)
	}
	return out, nil
}

func invalid(message string) error {
	return awstest.Error(http.StatusBadRequest, "ValidationError", message)
}
