// Package iam stands in for AWS Identity and Access Management, as far as roles
// and their inline policies go. It keeps the roles of all accounts and answers
// with the errors and limits of the API reference. Policies are checked for form;
// they do not decide who may do what.
package iam

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	iamsdk "github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/policy"
)

// Actions are the IAM actions that calls of IAM need ("Actions, resources, and
// condition keys for AWS Identity and Access Management" in the service
// authorization reference; for tags "Permissions required for tagging IAM roles").
var Actions = awstest.Actions{
	"IAM.CreateRole":             {"iam:CreateRole"},
	"IAM.CreateRole(Tags)":       {"iam:TagRole"},
	"IAM.GetRole":                {"iam:GetRole"},
	"IAM.GetRolePolicy":          {"iam:GetRolePolicy"},
	"IAM.ListRolePolicies":       {"iam:ListRolePolicies"},
	"IAM.ListRoleTags":           {"iam:ListRoleTags"},
	"IAM.PutRolePolicy":          {"iam:PutRolePolicy"},
	"IAM.TagRole":                {"iam:TagRole"},
	"IAM.UpdateAssumeRolePolicy": {"iam:UpdateAssumeRolePolicy"},
}

// A Service is IAM in all accounts of a Cloud. Its methods are not calls: the log
// of the Cloud does not hold them and faults do not meet them.
type Service struct {
	mu     sync.Mutex
	roles  map[roleName]*Role
	writes int
}

// roleName is a name in lower case, since IAM tells names apart without case.
type roleName struct{ account, name string }

// A Role is what a test says of a role.
type Role struct {
	Name     string
	Path     string // Defaults to "/".
	Trust    string // the policy that says who may assume it
	Tags     map[string]string
	Policies map[string]string // inline policies by name
}

// New returns an IAM without roles, and makes it answer the calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{roles: map[roleName]*Role{}}
	awstest.Handle(c, s.createRole)
	awstest.Handle(c, s.getRole)
	awstest.Handle(c, s.updateAssumeRolePolicy)
	awstest.Handle(c, s.tagRole)
	awstest.Handle(c, s.listRoleTags)
	awstest.Handle(c, s.putRolePolicy)
	awstest.Handle(c, s.getRolePolicy)
	awstest.Handle(c, s.listRolePolicies)
	return s
}

// CreateRole makes a role in an account, or replaces it.
func (s *Service) CreateRole(account string, r Role) {
	if r.Path == "" {
		r.Path = "/"
	}
	r.Tags, r.Policies = cloned(r.Tags), cloned(r.Policies)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roles[roleName{account, strings.ToLower(r.Name)}] = &r
}

// DeleteRole deletes a role of an account.
func (s *Service) DeleteRole(account, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.roles, roleName{account, strings.ToLower(name)})
}

// Role returns a role of an account.
func (s *Service) Role(account, name string) (r Role, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.roles[roleName{account, strings.ToLower(name)}]
	if found == nil {
		return Role{}, false
	}
	r = *found
	r.Tags, r.Policies = cloned(r.Tags), cloned(r.Policies)
	return r, true
}

func cloned(m map[string]string) map[string]string {
	c := map[string]string{}
	maps.Copy(c, m)
	return c
}

// Writes returns how often calls changed a role so far.
func (s *Service) Writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// Dump returns the state of all roles as text, in a defined order.
func (s *Service) Dump() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var parts []string
	for name, r := range s.roles {
		part := fmt.Sprintf("role %s of %s\n  trust %s\n", r.Path+r.Name, name.account, r.Trust)
		for _, key := range slices.Sorted(maps.Keys(r.Tags)) {
			part += fmt.Sprintf("  tag %s=%q\n", key, r.Tags[key])
		}
		for _, key := range slices.Sorted(maps.Keys(r.Policies)) {
			part += fmt.Sprintf("  policy %s %s\n", key, r.Policies[key])
		}
		parts = append(parts, part)
	}
	slices.Sort(parts)
	return strings.Join(parts, "")
}

// Limits of "IAM and AWS STS quotas" in the user guide, in characters that are no
// white space; the last is for all inline policies of a role together.
const (
	maxTrust    = 2048
	maxPolicies = 10240
	maxTags     = 50
)

var (
	nameForm = regexp.MustCompile(`^[\w+=,.@-]+$`)
	pathForm = regexp.MustCompile(`^(/|/[!-~]+/)$`)
)

func (s *Service) createRole(ctx context.Context, in *iamsdk.CreateRoleInput) (*iamsdk.CreateRoleOutput, error) {
	path := aws.ToString(in.Path)
	if in.Path == nil {
		path = "/"
	}
	switch {
	case !nameForm.MatchString(*in.RoleName) || len(*in.RoleName) > 64:
		return nil, invalid("The specified value for roleName is invalid.")
	case !pathForm.MatchString(path):
		return nil, invalid("The specified value for path is invalid.")
	case in.PermissionsBoundary != nil:
		return nil, awstest.Error(http.StatusNotImplemented, "NotImplemented", "the stand-in for IAM does not know permissions boundaries")
	}
	if err := checkPolicy(*in.AssumeRolePolicyDocument, false, maxTrust); err != nil {
		return nil, err
	}
	tags, err := withTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name := roleName{awstest.CallerOf(ctx).Account, strings.ToLower(*in.RoleName)}
	if s.roles[name] != nil {
		return nil, awstest.Status(http.StatusConflict, &iamtypes.EntityAlreadyExistsException{
			Message: aws.String("Role with name " + *in.RoleName + " already exists."),
		})
	}
	r := &Role{Name: *in.RoleName, Path: path, Trust: *in.AssumeRolePolicyDocument, Tags: tags, Policies: map[string]string{}}
	s.roles[name] = r
	s.writes++
	return &iamsdk.CreateRoleOutput{Role: r.described(ctx)}, nil
}

// described returns a role as IAM answers: policies are encoded like parts of a
// URL ("Role" in the API reference).
func (r *Role) described(ctx context.Context) *iamtypes.Role {
	caller := awstest.CallerOf(ctx)
	return &iamtypes.Role{
		Arn:      aws.String("arn:" + caller.Partition() + ":iam::" + caller.Account + ":role" + r.Path + r.Name),
		RoleName: &r.Name, Path: &r.Path, RoleId: aws.String("AROATEST" + caller.Account),
		CreateDate:               aws.Time(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)),
		AssumeRolePolicyDocument: aws.String(encoded(r.Trust)), Tags: r.tags(), MaxSessionDuration: aws.Int32(3600),
	}
}

func encoded(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

func (r *Role) tags() []iamtypes.Tag {
	var tags []iamtypes.Tag
	for _, key := range slices.Sorted(maps.Keys(r.Tags)) {
		tags = append(tags, iamtypes.Tag{Key: &key, Value: aws.String(r.Tags[key])})
	}
	return tags
}

// open returns a role for a call. The caller of open holds s.mu.
func (s *Service) open(ctx context.Context, name *string) (*Role, error) {
	r := s.roles[roleName{awstest.CallerOf(ctx).Account, strings.ToLower(*name)}]
	if r == nil {
		return nil, noSuchEntity("The role with name " + *name + " cannot be found.")
	}
	return r, nil
}

func (s *Service) getRole(ctx context.Context, in *iamsdk.GetRoleInput) (*iamsdk.GetRoleOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.open(ctx, in.RoleName)
	if err != nil {
		return nil, err
	}
	return &iamsdk.GetRoleOutput{Role: r.described(ctx)}, nil
}

func (s *Service) updateAssumeRolePolicy(ctx context.Context, in *iamsdk.UpdateAssumeRolePolicyInput) (*iamsdk.UpdateAssumeRolePolicyOutput, error) {
	if err := checkPolicy(*in.PolicyDocument, false, maxTrust); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.open(ctx, in.RoleName)
	if err != nil {
		return nil, err
	}
	r.Trust = *in.PolicyDocument
	s.writes++
	return &iamsdk.UpdateAssumeRolePolicyOutput{}, nil
}

func (s *Service) tagRole(ctx context.Context, in *iamsdk.TagRoleInput) (*iamsdk.TagRoleOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.open(ctx, in.RoleName)
	if err != nil {
		return nil, err
	}
	tags, err := withTags(r.Tags, in.Tags)
	if err != nil {
		return nil, err
	}
	r.Tags = tags
	s.writes++
	return &iamsdk.TagRoleOutput{}, nil
}

func (s *Service) listRoleTags(ctx context.Context, in *iamsdk.ListRoleTagsInput) (*iamsdk.ListRoleTagsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.open(ctx, in.RoleName)
	if err != nil {
		return nil, err
	}
	return &iamsdk.ListRoleTagsOutput{Tags: r.tags()}, nil
}

// putRolePolicy adds or replaces an inline policy.
func (s *Service) putRolePolicy(ctx context.Context, in *iamsdk.PutRolePolicyInput) (*iamsdk.PutRolePolicyOutput, error) {
	if !nameForm.MatchString(*in.PolicyName) || len(*in.PolicyName) > 128 {
		return nil, invalid("The specified value for policyName is invalid.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.open(ctx, in.RoleName)
	if err != nil {
		return nil, err
	}
	left := maxPolicies
	for name, text := range r.Policies {
		if name != *in.PolicyName {
			left -= ink(text)
		}
	}
	if err := checkPolicy(*in.PolicyDocument, true, left); err != nil {
		return nil, err
	}
	r.Policies[*in.PolicyName] = *in.PolicyDocument
	s.writes++
	return &iamsdk.PutRolePolicyOutput{}, nil
}

func (s *Service) getRolePolicy(ctx context.Context, in *iamsdk.GetRolePolicyInput) (*iamsdk.GetRolePolicyOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.open(ctx, in.RoleName)
	if err != nil {
		return nil, err
	}
	text, ok := r.Policies[*in.PolicyName]
	if !ok {
		return nil, noSuchEntity("The role policy with name " + *in.PolicyName + " cannot be found.")
	}
	return &iamsdk.GetRolePolicyOutput{RoleName: &r.Name, PolicyName: in.PolicyName, PolicyDocument: aws.String(encoded(text))}, nil
}

func (s *Service) listRolePolicies(ctx context.Context, in *iamsdk.ListRolePoliciesInput) (*iamsdk.ListRolePoliciesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.open(ctx, in.RoleName)
	if err != nil {
		return nil, err
	}
	return &iamsdk.ListRolePoliciesOutput{PolicyNames: slices.Sorted(maps.Keys(r.Policies))}, nil
}

func checkPolicy(text string, ofIdentity bool, limit int) error {
	if ink(text) > limit {
		return awstest.Status(http.StatusConflict, &iamtypes.LimitExceededException{Message: aws.String(fmt.Sprintf("Cannot exceed quota of %d characters", limit))})
	}
	if _, err := policy.Parse(text, ofIdentity); err != nil {
		return awstest.Status(http.StatusBadRequest, &iamtypes.MalformedPolicyDocumentException{Message: aws.String("Syntax errors in policy: " + err.Error())})
	}
	return nil
}

// ink counts the characters that are no white space.
func ink(text string) int { return len([]rune(strings.Join(strings.Fields(text), ""))) }

// withTags returns tags with others added.
func withTags(tags map[string]string, more []iamtypes.Tag) (map[string]string, error) {
	all, seen := cloned(tags), map[string]bool{}
	for _, tag := range more {
		key := *tag.Key
		switch {
		case key == "" || len(key) > 128 || len(*tag.Value) > 256, strings.HasPrefix(key, "aws:"):
			return nil, invalid("The tag " + key + " is invalid.")
		case seen[strings.ToLower(key)]:
			return nil, invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		seen[strings.ToLower(key)] = true
		all[key] = *tag.Value
	}
	if len(all) > maxTags {
		return nil, awstest.Status(http.StatusConflict, &iamtypes.LimitExceededException{Message: aws.String("Cannot exceed quota for TagsPerRole: 50")})
	}
	return all, nil
}

func invalid(message string) error {
	return awstest.Error(http.StatusBadRequest, "ValidationError", message)
}

func noSuchEntity(message string) error {
	return awstest.Status(http.StatusNotFound, &iamtypes.NoSuchEntityException{Message: &message})
}
