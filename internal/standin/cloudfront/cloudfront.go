// Package cloudfront stands in for Amazon CloudFront: distributions and their tags,
// to be listed.
package cloudfront

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that calls of Amazon CloudFront need ("Actions,
// resources, and condition keys for Amazon CloudFront" in the Service Authorization
// Reference).
var Actions = awstest.Actions{
	"CloudFront.ListDistributions":   {"cloudfront:ListDistributions"},
	"CloudFront.ListTagsForResource": {"cloudfront:ListTagsForResource"},
}

// A Service is CloudFront in all accounts of a Cloud. Its methods are not calls: the
// log of the Cloud does not hold them and faults do not meet them.
type Service struct {
	// PageSize, if not zero, is the most distributions that one page holds, up to
	// 100.
	PageSize int

	mu            sync.Mutex
	distributions map[string]*distribution // by ARN
	made          int
}

type distribution struct {
	account, id, webACL string
	tags                map[string]string
}

// New returns a service without distributions, and makes it answer the calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{distributions: map[string]*distribution{}}
	awstest.Handle(c, s.listDistributions)
	awstest.Handle(c, s.listTagsForResource)
	return s
}

// Create makes a distribution, and returns its ARN. The web ACL is an ARN, or an id
// of AWS WAF Classic; empty is none.
func (s *Service) Create(account, webACL string, tags map[string]string) (arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	sum := sha256.Sum256([]byte(fmt.Sprint(account, s.made)))
	d := &distribution{account: account, id: strings.ToUpper(fmt.Sprintf("E%x", sum[:6])), webACL: webACL, tags: maps.Clone(tags)}
	s.distributions[d.arn()] = d
	return d.arn()
}

// Delete deletes a distribution.
func (s *Service) Delete(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.distributions, arn)
}

func (d *distribution) arn() string {
	return "arn:aws:cloudfront::" + d.account + ":distribution/" + d.id
}

// listDistributions lists by id. The next marker is the id of the last one of a page.
func (s *Service) listDistributions(ctx context.Context, in *sdk.ListDistributionsInput) (*sdk.ListDistributionsOutput, error) {
	most := min(cmp.Or(s.PageSize, 100), int(cmp.Or(aws.ToInt32(in.MaxItems), 100)))
	account := awstest.CallerOf(ctx).Account
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []types.DistributionSummary
	for arn, d := range s.distributions {
		if d.account == account && d.id > aws.ToString(in.Marker) {
			found = append(found, types.DistributionSummary{
				ARN: &arn, Id: aws.String(d.id), WebACLId: aws.String(d.webACL), Enabled: aws.Bool(true), Staging: aws.Bool(false),
				DomainName: aws.String(strings.ToLower(d.id) + ".cloudfront.net"),
			})
		}
	}
	slices.SortFunc(found, func(a, b types.DistributionSummary) int { return cmp.Compare(*a.Id, *b.Id) })
	list := &types.DistributionList{Marker: aws.String(aws.ToString(in.Marker)), MaxItems: aws.Int32(int32(most)), IsTruncated: aws.Bool(len(found) > most)}
	if len(found) > most {
		found = found[:most]
		list.NextMarker = found[most-1].Id
	}
	list.Items, list.Quantity = found, aws.Int32(int32(len(found)))
	return &sdk.ListDistributionsOutput{DistributionList: list}, nil
}

func (s *Service) listTagsForResource(ctx context.Context, in *sdk.ListTagsForResourceInput) (*sdk.ListTagsForResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.distributions[*in.Resource]
	if d == nil || d.account != awstest.CallerOf(ctx).Account {
		return nil, awstest.Status(http.StatusNotFound, &types.NoSuchResource{Message: aws.String("The specified resource does not exist.")})
	}
	tags := &types.Tags{Items: []types.Tag{}}
	for _, key := range slices.Sorted(maps.Keys(d.tags)) {
		tags.Items = append(tags.Items, types.Tag{Key: &key, Value: aws.String(d.tags[key])})
	}
	return &sdk.ListTagsForResourceOutput{Tags: tags}, nil
}
