// Package kms stands in for AWS Key Management Service, as far as the policies of
// keys go. It keeps keys with their default policy and answers with the errors
// and limits of the API reference. Policies are checked for form and for locking
// out their caller; they do not decide who may do what.
package kms

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/policy"
)

// Actions are the IAM actions that calls of AWS KMS need ("AWS KMS permissions" in
// the developer guide).
var Actions = awstest.Actions{
	"KMS.DescribeKey":  {"kms:DescribeKey"},
	"KMS.GetKeyPolicy": {"kms:GetKeyPolicy"},
	"KMS.PutKeyPolicy": {"kms:PutKeyPolicy"},
}

// A Service is AWS KMS in all accounts and Regions of a Cloud. Its methods are not
// calls: the log of the Cloud does not hold them and faults do not meet them.
type Service struct {
	mu      sync.Mutex
	keys    map[string]*Key // by ARN
	missing map[string]bool // principals by ARN
	writes  int
}

// A Key is what a test says of a key. The zero value is an enabled symmetric key
// of the customer's, with the policy that CreateKey gives.
type Key struct {
	Policy  string
	State   kmstypes.KeyState       // Defaults to Enabled.
	Spec    kmstypes.KeySpec        // Defaults to SYMMETRIC_DEFAULT.
	Usage   kmstypes.KeyUsageType   // Defaults to ENCRYPT_DECRYPT.
	Manager kmstypes.KeyManagerType // Defaults to CUSTOMER.
}

// New returns a KMS without keys, and makes it answer the calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{keys: map[string]*Key{}, missing: map[string]bool{}}
	awstest.Handle(c, s.describeKey)
	awstest.Handle(c, s.getKeyPolicy)
	awstest.Handle(c, s.putKeyPolicy)
	return s
}

// CreateKey makes the key with that ARN, or replaces it.
func (s *Service) CreateKey(arn string, k Key) {
	if k.Policy == "" {
		k.Policy = defaultPolicy(arn)
	}
	if k.State == "" {
		k.State = kmstypes.KeyStateEnabled
	}
	if k.Spec == "" {
		k.Spec = kmstypes.KeySpecSymmetricDefault
	}
	if k.Usage == "" {
		k.Usage = kmstypes.KeyUsageTypeEncryptDecrypt
	}
	if k.Manager == "" {
		k.Manager = kmstypes.KeyManagerTypeCustomer
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[arn] = &k
}

// defaultPolicy is from "Default key policy" in the developer guide.
func defaultPolicy(arn string) string {
	parts := strings.Split(arn, ":")
	return fmt.Sprintf(`{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : { "AWS" : "arn:%s:iam::%s:root" },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`, parts[1], parts[4])
}

// Policy returns the policy of a key, empty if there is no such key.
func (s *Service) Policy(arn string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.keys[arn]; k != nil {
		return k.Policy
	}
	return ""
}

// MissPrincipal makes KMS refuse policies that name this principal, since there is
// none.
func (s *Service) MissPrincipal(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.missing[arn] = true
}

// Writes returns how often calls changed a key so far.
func (s *Service) Writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// Dump returns the state of all keys as text, in a defined order.
func (s *Service) Dump() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out strings.Builder
	for _, arn := range slices.Sorted(maps.Keys(s.keys)) {
		fmt.Fprintf(&out, "key %s, %s\n  policy %s\n", arn, s.keys[arn].State, s.keys[arn].Policy)
	}
	return out.String()
}

// open returns a key for a call. The caller of open holds s.mu.
func (s *Service) open(ctx context.Context, id *string) (*Key, string, error) {
	caller := awstest.CallerOf(ctx)
	arn := aws.ToString(id)
	if !strings.HasPrefix(arn, "arn:") {
		arn = fmt.Sprintf("arn:%s:kms:%s:%s:key/%s", caller.Partition(), caller.Region, caller.Account, arn)
	}
	k, parts := s.keys[arn], strings.Split(arn, ":")
	switch {
	case len(parts) != 6 || !strings.HasPrefix(parts[5], "key/"):
		return nil, "", awstest.Status(http.StatusBadRequest, &kmstypes.InvalidArnException{Message: aws.String("Invalid arn")})
	case parts[3] != caller.Region:
		return nil, "", notFound("Invalid arn " + caller.Region)
	case parts[4] != caller.Account:
		return nil, "", awstest.Error(http.StatusBadRequest, "AccessDeniedException", "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.")
	case k == nil:
		return nil, "", notFound("Key '" + arn + "' does not exist")
	}
	return k, arn, nil
}

func notFound(message string) error {
	return awstest.Status(http.StatusBadRequest, &kmstypes.NotFoundException{Message: &message})
}

func (s *Service) describeKey(ctx context.Context, in *kmssdk.DescribeKeyInput) (*kmssdk.DescribeKeyOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, arn, err := s.open(ctx, in.KeyId)
	if err != nil {
		return nil, err
	}
	_, id, _ := strings.Cut(arn, "key/")
	return &kmssdk.DescribeKeyOutput{KeyMetadata: &kmstypes.KeyMetadata{
		KeyId: &id, Arn: aws.String(arn), AWSAccountId: aws.String(strings.Split(arn, ":")[4]),
		Enabled: k.State == kmstypes.KeyStateEnabled, KeyState: k.State, KeySpec: k.Spec, KeyUsage: k.Usage, KeyManager: k.Manager,
		CreationDate: aws.Time(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)), MultiRegion: aws.Bool(strings.HasPrefix(id, "mrk-")),
	}}, nil
}

// policyName is that of the only policy of a key.
const policyName = "default"

func (s *Service) getKeyPolicy(ctx context.Context, in *kmssdk.GetKeyPolicyInput) (*kmssdk.GetKeyPolicyOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, _, err := s.open(ctx, in.KeyId)
	if err != nil {
		return nil, err
	}
	if in.PolicyName != nil && *in.PolicyName != policyName {
		return nil, notFound("No such policy exists")
	}
	text := k.Policy
	return &kmssdk.GetKeyPolicyOutput{Policy: &text, PolicyName: aws.String(policyName)}, nil
}

// maxPolicyBytes is from PutKeyPolicy in the API reference.
const maxPolicyBytes = 32 * 1024

func (s *Service) putKeyPolicy(ctx context.Context, in *kmssdk.PutKeyPolicyInput) (*kmssdk.PutKeyPolicyOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, _, err := s.open(ctx, in.KeyId)
	if err != nil {
		return nil, err
	}
	if in.PolicyName != nil && *in.PolicyName != policyName {
		return nil, malformed("Invalid policy name")
	}
	if k.Manager == kmstypes.KeyManagerTypeAws {
		return nil, awstest.Error(http.StatusBadRequest, "AccessDeniedException", "The policy of an AWS managed key cannot be changed.")
	}
	if len(*in.Policy) > maxPolicyBytes {
		return nil, awstest.Status(http.StatusBadRequest, &kmstypes.LimitExceededException{Message: aws.String("The policy is larger than 32 kilobytes")})
	}
	d, err := policy.Parse(*in.Policy, false)
	if err != nil {
		return nil, malformed("The policy has invalid syntax: " + err.Error())
	}
	if err := s.checkPrincipals(d); err != nil {
		return nil, err
	}
	if !in.BypassPolicyLockoutSafetyCheck && !d.Allows("kms:PutKeyPolicy", principalsOf(awstest.CallerOf(ctx))...) {
		return nil, malformed("The new key policy will not allow you to update the key policy in the future.")
	}
	k.Policy = *in.Policy
	s.writes++
	return &kmssdk.PutKeyPolicyOutput{}, nil
}

// checkPrincipals refuses principals that do not exist (PutKeyPolicy in the API
// reference: "The principals in the key policy must exist and be visible to KMS").
func (s *Service) checkPrincipals(d policy.Document) error {
	for _, statement := range d.Statement {
		for _, p := range slices.Concat(statement.Principal["AWS"], statement.NotPrincipal["AWS"]) {
			if s.missing[p] {
				return malformed("Policy contains a statement with one or more invalid principals.")
			}
		}
	}
	return nil
}

// principalsOf returns the names that a policy may call the caller by.
func principalsOf(c awstest.Caller) []string {
	iam := "arn:" + c.Partition() + ":iam::" + c.Account + ":"
	return []string{c.Account, iam + "root", iam + "user/awstest"}
}

func malformed(message string) error {
	return awstest.Status(http.StatusBadRequest, &kmstypes.MalformedPolicyDocumentException{Message: &message})
}
