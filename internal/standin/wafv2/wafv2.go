// Package wafv2 stands in for AWS WAF: web ACLs with what they are associated with
// and their logging, which tests put there and calls read; rule groups, for their
// capacity; and IP sets, which calls create, change and delete under a lock token.
//
// Nothing is inspected or blocked. Not known are the operations that change web
// ACLs, rule groups, logging and associations.
package wafv2

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A Service is AWS WAF in all accounts and Regions of a Cloud. Its methods may be
// called from several goroutines. They are not calls: the log of the Cloud does not
// hold them and faults do not meet them.
type Service struct {
	// PageSize, if not zero, is the most that one page holds, up to 100. Set it
	// before the first call.
	PageSize int

	mu      sync.Mutex
	items   map[string]*item // by ARN
	managed map[string]ManagedRuleGroup
	made    int
}

// An item is a web ACL, a rule group or an IP set: one of the three is set.
type item struct {
	place
	name, id    string
	description string
	version     int
	tags        map[string]string

	acl      *WebACL
	capacity int64 // of a rule group
	ips      *IPSet
}

// A place is where items are listed.
type place struct {
	account, region string
	scope           types.Scope
	kind            string // as in ARNs
}

// New returns an AWS WAF with the managed rule groups of AWS, and makes it answer
// the calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{items: map[string]*item{}, managed: map[string]ManagedRuleGroup{}}
	s.addAWS()
	awstest.Handle(c, s.listWebACLs)
	awstest.Handle(c, s.getWebACL)
	awstest.Handle(c, s.listResourcesForWebACL)
	awstest.Handle(c, s.getLoggingConfiguration)
	awstest.Handle(c, s.getRuleGroup)
	awstest.Handle(c, s.describeManagedRuleGroup)
	awstest.Handle(c, s.listTagsForResource)
	awstest.Handle(c, s.tagResource)
	awstest.Handle(c, s.createIPSet)
	awstest.Handle(c, s.getIPSet)
	awstest.Handle(c, s.updateIPSet)
	awstest.Handle(c, s.listIPSets)
	awstest.Handle(c, s.deleteIPSet)
	return s
}

// Delete deletes something by another hand.
func (s *Service) Delete(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, arn)
}

// add puts an item into its place and returns its ARN. The caller of add holds
// s.mu.
func (s *Service) add(i *item) string {
	s.made++
	i.scope = cmp.Or(i.scope, types.ScopeRegional)
	i.id = uuid(i.account, i.region, string(i.scope), i.kind, i.name, fmt.Sprint(s.made))
	i.tags = maps.Clone(i.tags)
	if i.tags == nil {
		i.tags = map[string]string{}
	}
	s.items[i.arn()] = i
	return i.arn()
}

func (i *item) arn() string {
	folder := "regional"
	if i.scope == types.ScopeCloudfront {
		folder = "global"
	}
	partition := awstest.Caller{Region: i.region}.Partition()
	return fmt.Sprintf("arn:%s:wafv2:%s:%s:%s/%s/%s/%s", partition, i.region, i.account, folder, i.kind, i.name, i.id)
}

// token is the lock token of an item: another one after each change.
func (i *item) token() *string { return aws.String(uuid("token", i.arn(), fmt.Sprint(i.version))) }

func uuid(parts ...string) string {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// placeOf returns the place that a call is about. The scope CLOUDFRONT is in
// us-east-1 alone.
func placeOf(ctx context.Context, scope types.Scope, kind string) (place, error) {
	caller := awstest.CallerOf(ctx)
	if !slices.Contains(scope.Values(), scope) || scope == types.ScopeCloudfront && caller.Region != "us-east-1" {
		return place{}, invalid("The scope is not valid.", "SCOPE_VALUE", string(scope))
	}
	return place{caller.Account, caller.Region, scope, kind}, nil
}

// find returns what a call names by ARN. The caller of find holds s.mu.
func (s *Service) find(ctx context.Context, arn *string, kinds ...string) (*item, error) {
	caller := awstest.CallerOf(ctx)
	parts := strings.Split(aws.ToString(arn), ":")
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "wafv2" || parts[3] != caller.Region {
		return nil, invalid("The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.", "RESOURCE_ARN", aws.ToString(arn))
	}
	i := s.items[*arn]
	if i == nil || i.account != caller.Account || len(kinds) > 0 && !slices.Contains(kinds, i.kind) {
		return nil, nonexistent()
	}
	return i, nil
}

// named returns what a call names by place, name and id. The caller of named holds
// s.mu.
func (s *Service) named(ctx context.Context, scope types.Scope, kind string, name, id *string) (*item, error) {
	at, err := placeOf(ctx, scope, kind)
	if err != nil {
		return nil, err
	}
	i := s.items[(&item{place: at, name: aws.ToString(name), id: aws.ToString(id)}).arn()]
	if i == nil {
		return nil, nonexistent()
	}
	return i, nil
}

// either returns what a call names by ARN, or by place, name and id, and not both.
// The caller of either holds s.mu.
func (s *Service) either(ctx context.Context, arn *string, scope types.Scope, kind string, name, id *string) (*item, error) {
	switch byName := scope != "" || name != nil || id != nil; {
	case (arn != nil) == byName:
		return nil, invalid("You have used none or multiple values for a field that requires exactly one value.", "ENTITY_LIMIT", aws.ToString(arn))
	case byName:
		return s.named(ctx, scope, kind, name, id)
	}
	return s.find(ctx, arn, kind)
}

// list returns a page of what is in a place, by id. The service returns a NextMarker
// with pages behind which there is nothing, too (boto/boto3#3715), so a page that is
// full has one. The caller of list holds s.mu.
func (s *Service) list(at place, limit *int32, marker *string) (page []*item, next *string, err error) {
	if limit != nil && (*limit < 1 || *limit > 100) {
		return nil, nil, invalid("The limit is not valid.", "LIMIT", fmt.Sprint(*limit))
	}
	var all []*item
	for _, i := range s.items {
		if i.place == at && i.id > aws.ToString(marker) {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b *item) int { return cmp.Compare(a.id, b.id) })
	page, full := cut(all, s.PageSize, limit)
	if full {
		next = aws.String(page[len(page)-1].id)
	}
	return page, next, nil
}

// cut returns the first of a list, and whether a page is full.
func cut[T any](all []T, size int, limit *int32) ([]T, bool) {
	most := min(cmp.Or(size, 100), int(cmp.Or(aws.ToInt32(limit), 100)))
	if len(all) < most {
		return all, false
	}
	return all[:most], true
}
