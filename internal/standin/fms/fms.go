// Package fms stands in for AWS Firewall Manager, as far as policies and what they
// report of compliance go. It keeps policies and answers with the errors and
// limits of the API reference. It does nothing to any web ACL: a test says what
// the accounts of a policy are like.
package fms

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	fmssdk "github.com/aws/aws-sdk-go-v2/service/fms"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A Service is Firewall Manager in all accounts and Regions of a Cloud. Its methods
// are not calls: the log of the Cloud does not hold them and faults do not meet
// them.
type Service struct {
	// PageSize, if not zero, is the most items that one answer lists.
	PageSize int

	// SameNames lets two policies have one name. It is not documented whether
	// Firewall Manager does.
	SameNames bool

	mu       sync.Mutex
	admins   []string
	policies map[string]*policy // by ID
	ids      int
	tokens   int
}

type policy struct {
	types.Policy
	arn      string
	tags     map[string]string
	accounts map[string]Account // by ID
}

// New returns a Firewall Manager without policies that is administered by some
// accounts, and makes it answer the calls of c.
func New(c *awstest.Cloud, admins ...string) *Service {
	s := &Service{admins: admins, policies: map[string]*policy{}}
	awstest.Handle(c, s.getComplianceDetail)
	awstest.Handle(c, s.getPolicy)
	awstest.Handle(c, s.getViolationDetails)
	awstest.Handle(c, s.listComplianceStatus)
	awstest.Handle(c, s.listPolicies)
	awstest.Handle(c, s.listTagsForResource)
	awstest.Handle(c, s.putPolicy)
	awstest.Handle(c, s.tagResource)
	return s
}

// CreatePolicy makes a policy, as by another hand, and returns its ID. It is kept
// as it is, without a check.
func (s *Service) CreatePolicy(account, region string, p types.Policy, tags map[string]string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.create(awstest.Caller{Account: account, Region: region}, p, tags).PolicyId
}

// ChangePolicy changes a policy, as by another hand: it gets a new update token.
func (s *Service) ChangePolicy(id string, change func(*types.Policy)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.policies[id]
	change(&p.Policy)
	p.PolicyUpdateToken = s.token()
}

// DeletePolicy deletes a policy, as by another hand.
func (s *Service) DeletePolicy(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.policies, id)
}

// Policy returns a policy as it was put, and its tags.
func (s *Service) Policy(id string) (types.Policy, map[string]string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.policies[id]
	if p == nil {
		return types.Policy{}, nil, false
	}
	return p.Policy, maps.Clone(p.tags), true
}

// IDs returns the IDs of the policies with a name, in the order of creation.
func (s *Service) IDs(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(s.policies)) {
		if *s.policies[id].PolicyName == name {
			ids = append(ids, id)
		}
	}
	return ids
}

// create makes a policy. Its caller holds s.mu.
func (s *Service) create(c awstest.Caller, p types.Policy, tags map[string]string) *policy {
	s.ids++
	p.PolicyId = aws.String(fmt.Sprintf("%08d-0000-4000-8000-000000000000", s.ids))
	p.PolicyUpdateToken, p.PolicyStatus = s.token(), cmp.Or(p.PolicyStatus, types.CustomerPolicyStatusActive)
	made := &policy{
		Policy:   p,
		arn:      "arn:" + c.Partition() + ":fms:" + c.Region + ":" + c.Account + ":policy/" + *p.PolicyId,
		tags:     map[string]string{},
		accounts: map[string]Account{},
	}
	maps.Copy(made.tags, tags)
	s.policies[*p.PolicyId] = made
	return made
}

func (s *Service) token() *string {
	s.tokens++
	return aws.String(fmt.Sprintf("1:token-%d", s.tokens))
}

// open checks that a call comes from an administrator, and returns the policy of
// it that has that ID. Its caller holds s.mu.
func (s *Service) open(ctx context.Context, operation, id string) (*policy, error) {
	c := awstest.CallerOf(ctx)
	if !slices.Contains(s.admins, c.Account) {
		return nil, notAdmin(operation)
	}
	if !idForm.MatchString(id) {
		return nil, invalid("the policy ID " + id + " is not valid")
	}
	if p := s.policies[id]; p != nil && p.in(c) {
		return p, nil
	}
	return nil, notFound("Policy " + id)
}

// in reports whether the policy is of an account and Region.
func (p *policy) in(c awstest.Caller) bool {
	return strings.Contains(p.arn, ":"+c.Region+":"+c.Account+":")
}

// byARN is open for operations that take an ARN.
func (s *Service) byARN(ctx context.Context, operation, arn string) (*policy, error) {
	_, id, _ := strings.Cut(arn, ":policy/")
	p, err := s.open(ctx, operation, id)
	if err == nil && p.arn != arn {
		return nil, notFound("Resource " + arn)
	}
	return p, err
}

// Dump returns the state of all policies as text, for comparing two runs: in a
// defined order, and without IDs and tokens, which are not the same in each.
func (s *Service) Dump() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var texts []string
	for _, p := range s.policies {
		texts = append(texts, p.String())
	}
	slices.Sort(texts)
	return strings.Join(texts, "")
}

func (p *policy) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	before, _, _ := strings.Cut(p.arn, "policy/")
	line("policy %s%s %q", before, *p.PolicyName, aws.ToString(p.PolicyDescription))
	line("  resources %s %q tags %q", *p.ResourceType, p.ResourceTypeList, resourceTags(p.ResourceTags))
	line("  exclude tags %t, operator %s, sets %q", p.ExcludeResourceTags, p.ResourceTagLogicalOperator, p.ResourceSetIds)
	line("  include %q exclude %q", p.IncludeMap, p.ExcludeMap) // fmt prints maps in the order of their keys
	line("  remediate %t, clean up %t", p.RemediationEnabled, p.DeleteUnusedFMManagedResources)
	line("  %s %s", p.SecurityServicePolicyData.Type, aws.ToString(p.SecurityServicePolicyData.ManagedServiceData))
	line("  tagged %q", p.tags)
	return b.String()
}

func resourceTags(tags []types.ResourceTag) (texts []string) {
	for _, t := range tags {
		texts = append(texts, aws.ToString(t.Key)+"="+aws.ToString(t.Value))
	}
	return texts
}

func (s *Service) listTagsForResource(ctx context.Context, in *fmssdk.ListTagsForResourceInput) (*fmssdk.ListTagsForResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.byARN(ctx, "ListTagsForResource", *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &fmssdk.ListTagsForResourceOutput{}
	for _, key := range slices.Sorted(maps.Keys(p.tags)) {
		out.TagList = append(out.TagList, types.Tag{Key: &key, Value: aws.String(p.tags[key])})
	}
	return out, nil
}

func (s *Service) tagResource(ctx context.Context, in *fmssdk.TagResourceInput) (*fmssdk.TagResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.byARN(ctx, "TagResource", *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags, err := tagMap(in.TagList)
	maps.Copy(p.tags, tags)
	return nil, err
}

// maxTags is how many tags a policy may have ("TagResource" in the API reference).
const maxTags = 200

func tagMap(list []types.Tag) (map[string]string, error) {
	tags := map[string]string{}
	for _, t := range list {
		if *t.Key == "" || len(*t.Key) > 128 || len(*t.Value) > 256 || strings.HasPrefix(*t.Key, "aws:") {
			return nil, invalid("the tag " + *t.Key + " is not valid")
		}
		tags[*t.Key] = *t.Value
	}
	if len(list) > maxTags {
		return nil, invalid("too many tags")
	}
	return tags, nil
}
