package kms_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/kms"
)

const (
	account = "123456789012"
	key     = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd"
	mine    = `{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "kms:*", "Resource": "*"}]}`
)

func TestPutKeyPolicy(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/none"
	for _, test := range []struct {
		name, policy, key string
		bypass            bool
		want              string
	}{
		{name: "good", policy: mine},
		{name: "by id", policy: mine, key: "1234abcd"},
		{name: "no JSON", policy: "x", want: "MalformedPolicyDocumentException"},
		{name: "locks out", policy: strings.Replace(mine, account, "111122223333", 1), want: "will not allow you"},
		{name: "locks out on purpose", policy: strings.Replace(mine, account, "111122223333", 1), bypass: true},
		{name: "no such principal", policy: strings.Replace(mine, `"123456789012"`, `["123456789012", "`+role+`"]`, 1), want: "invalid principals"},
		{name: "too large", policy: mine + strings.Repeat(" ", 32<<10), want: "LimitExceededException"},
		{name: "no such key", policy: mine, key: "5678", want: "NotFoundException"},
		{name: "other Region", policy: mine, key: strings.Replace(key, "central", "west", 1), want: "NotFoundException"},
		{name: "other account", policy: mine, key: strings.Replace(key, account, "111122223333", 1), want: "AccessDeniedException"},
		{name: "alias", policy: mine, key: "arn:aws:kms:eu-central-1:123456789012:alias/a", want: "InvalidArnException"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud := awstest.New(t)
			service := kms.New(cloud)
			service.CreateKey(key, kms.Key{})
			service.MissPrincipal(role)
			client := kmssdk.NewFromConfig(cloud.Config("eu-central-1", account))
			if test.key == "" {
				test.key = key
			}
			_, err := client.PutKeyPolicy(t.Context(), &kmssdk.PutKeyPolicyInput{KeyId: &test.key, Policy: &test.policy, BypassPolicyLockoutSafetyCheck: test.bypass})
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if changed := service.Policy(key) == test.policy; changed != (err == nil) || (service.Writes() == 1) != changed {
				t.Errorf("the policy is %s after %d writes", service.Policy(key), service.Writes())
			}
		})
	}
}

func TestDescribeKey(t *testing.T) {
	cloud := awstest.New(t)
	service := kms.New(cloud)
	service.CreateKey(key, kms.Key{State: kmstypes.KeyStatePendingDeletion})
	client := kmssdk.NewFromConfig(cloud.Config("eu-central-1", account))
	out, err := client.DescribeKey(t.Context(), &kmssdk.DescribeKeyInput{KeyId: aws.String(key)})
	if err != nil || out.KeyMetadata.KeyState != kmstypes.KeyStatePendingDeletion || out.KeyMetadata.Enabled || *out.KeyMetadata.Arn != key {
		t.Errorf("got %+v and %v", out, err)
	}
	got, err := client.GetKeyPolicy(t.Context(), &kmssdk.GetKeyPolicyInput{KeyId: aws.String(key)})
	if err != nil || *got.Policy != service.Policy(key) || !strings.Contains(service.Dump(), *got.Policy) {
		t.Errorf("got %+v and %v", got, err)
	}
}
