package awspatterns_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/golden"
)

func TestDocument(t *testing.T) {
	condition := map[string]map[string][]string{"StringEquals": {"s3:prefix": {"a/"}}}
	policy := awspatterns.Policy{
		{Action: "s3:PutObject", Resources: []string{"arn:${Partition}:s3:::b/*"}},
		{Action: "s3:ListBucket", Resources: []string{"arn:${Partition}:s3:::b"}, Conditions: condition},
		{Action: "s3:GetObject", Resources: []string{"arn:${Partition}:s3:::b/*"}},
		{Action: "s3:GetObject", Resources: []string{"arn:${Partition}:s3:::b/*"}},
		{Action: "s3:ListBucketVersions", Resources: []string{"arn:${Partition}:s3:::b"}},
		{Action: "wafv2:GetWebACL", Resources: []string{"arn:${Partition}:wafv2:${Region}:${Account}:regional/webacl/*/*"}},
		{Action: "sts:GetCallerIdentity", Resources: []string{"*"}},
	}
	golden.Equal(t, "testdata/golden/policy.json", string(policy.Document(awspatterns.Target{})))
	golden.Equal(t, "testdata/golden/policy_cn.json", string(policy.Document(awspatterns.Target{Partition: "aws-cn", Account: "123456789012", Region: "cn-north-1"})))

	shuffled := slices.Clone(policy)
	slices.Reverse(shuffled)
	if string(shuffled.Document(awspatterns.Target{})) != string(policy.Document(awspatterns.Target{})) {
		t.Error("the order of permissions changes the document")
	}
	var empty struct{ Statement []any }
	if err := json.Unmarshal(awspatterns.Policy(nil).Document(awspatterns.Target{}), &empty); err != nil || empty.Statement == nil {
		t.Errorf("the document of no permissions: %v, %v", empty, err)
	}
	want := []string{"s3:GetObject", "s3:ListBucket", "s3:ListBucketVersions", "s3:PutObject", "sts:GetCallerIdentity", "wafv2:GetWebACL"}
	if got := policy.Actions(); !slices.Equal(got, want) {
		t.Errorf("got actions %q, want %q", got, want)
	}
}

func TestPolicyLiteral(t *testing.T) {
	if got, want := awspatterns.PolicyLiteral("a*b?c$d${Account}"), "a${*}b${?}c${$}d${$}{Account}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
