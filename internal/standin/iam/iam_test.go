package iam_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	iamsdk "github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/iam"
)

const (
	account = "123456789012"
	trust   = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "textract.amazonaws.com"}, "Action": "sts:AssumeRole"}]}`
	publish = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}}`
)

func newClient(t *testing.T) (*iam.Service, *iamsdk.Client) {
	cloud := awstest.New(t)
	return iam.New(cloud), iamsdk.NewFromConfig(cloud.Config("eu-central-1", account))
}

func want(t *testing.T, what string, err error, text string) {
	t.Helper()
	if (err == nil) != (text == "") || err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("%s: got %v, want %q", what, err, text)
	}
}

func TestRole(t *testing.T) {
	service, c := newClient(t)
	create := func(name, trust string, tags ...iamtypes.Tag) error {
		_, err := c.CreateRole(t.Context(), &iamsdk.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust, Tags: tags})
		return err
	}
	tag := iamtypes.Tag{Key: aws.String("a"), Value: aws.String("1")}
	want(t, "create", create("Textract", trust, tag), "")
	want(t, "again, in another case", create("textract", trust), "EntityAlreadyExists")
	want(t, "a policy of an identity", create("b", publish), "MalformedPolicyDocument")
	want(t, "a long policy", create("b", strings.Replace(trust, "sts:AssumeRole", strings.Repeat("x", 2048), 1)), "LimitExceeded")
	want(t, "a name with a space", create("a b", trust), "ValidationError")
	want(t, "a tag twice", create("b", trust, tag, iamtypes.Tag{Key: aws.String("A"), Value: aws.String("2")}), "Duplicate tag keys")

	out, err := c.GetRole(t.Context(), &iamsdk.GetRoleInput{RoleName: aws.String("Textract")})
	if err != nil {
		t.Fatal(err)
	}
	document, err := url.QueryUnescape(*out.Role.AssumeRolePolicyDocument)
	if err != nil || document != trust || *out.Role.AssumeRolePolicyDocument == trust || *out.Role.Arn != "arn:aws:iam::123456789012:role/Textract" || *out.Role.Tags[0].Value != "1" {
		t.Errorf("got %+v, %v", out.Role, err)
	}
	_, err = c.GetRole(t.Context(), &iamsdk.GetRoleInput{RoleName: aws.String("other")})
	want(t, "no such role", err, "NoSuchEntity")
	_, err = c.UpdateAssumeRolePolicy(t.Context(), &iamsdk.UpdateAssumeRolePolicyInput{RoleName: aws.String("Textract"), PolicyDocument: aws.String(trust + " ")})
	want(t, "update", err, "")
	_, err = c.TagRole(t.Context(), &iamsdk.TagRoleInput{RoleName: aws.String("Textract"), Tags: []iamtypes.Tag{{Key: aws.String("b"), Value: aws.String("2")}}})
	want(t, "tag", err, "")
	tags, err := c.ListRoleTags(t.Context(), &iamsdk.ListRoleTagsInput{RoleName: aws.String("Textract")})
	if err != nil || len(tags.Tags) != 2 {
		t.Errorf("got %+v and %v, want both tags", tags, err)
	}
	if r, ok := service.Role(account, "textract"); !ok || r.Trust != trust+" " || r.Tags["b"] != "2" || service.Writes() != 3 {
		t.Errorf("got %+v after %d writes", r, service.Writes())
	}
}

func TestRolePolicy(t *testing.T) {
	service, c := newClient(t)
	service.CreateRole(account, iam.Role{Name: "r", Trust: trust})
	put := func(role, name, document string) error {
		_, err := c.PutRolePolicy(t.Context(), &iamsdk.PutRolePolicyInput{RoleName: &role, PolicyName: &name, PolicyDocument: &document})
		return err
	}
	_, err := c.GetRolePolicy(t.Context(), &iamsdk.GetRolePolicyInput{RoleName: aws.String("r"), PolicyName: aws.String("p")})
	want(t, "no policy", err, "NoSuchEntity")
	want(t, "put", put("r", "p", publish), "")
	want(t, "no role", put("s", "p", publish), "NoSuchEntity")
	want(t, "with a principal", put("r", "p", trust), "MalformedPolicyDocument")
	want(t, "too large", put("r", "q", strings.Replace(publish, "*", strings.Repeat("x", 10240), 1)), "LimitExceeded")
	got, err := c.GetRolePolicy(t.Context(), &iamsdk.GetRolePolicyInput{RoleName: aws.String("r"), PolicyName: aws.String("p")})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := url.QueryUnescape(*got.PolicyDocument); err != nil || text != publish {
		t.Errorf("got %q and %v", text, err)
	}
	list, err := c.ListRolePolicies(t.Context(), &iamsdk.ListRolePoliciesInput{RoleName: aws.String("r")})
	if err != nil || len(list.PolicyNames) != 1 || !strings.Contains(service.Dump(), publish) {
		t.Errorf("got %+v and %v", list, err)
	}
}
