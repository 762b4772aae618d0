package awstest

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns"
)

// TestPermissionFindings compares policies with calls.
func TestPermissionFindings(t *testing.T) {
	call := func(name string, input any) Call {
		service, operation, _ := strings.Cut(name, ".")
		return Call{Service: service, Operation: operation, Input: input}
	}
	table := Actions{
		"S3.GetObject(!VersionId)": {"s3:GetObject"},
		"S3.GetObject(VersionId)":  {"s3:GetObjectVersion"},
		"S3.HeadObject":            {"s3:GetObject"},
		"S3.PutObject":             {"s3:PutObject"},
		"S3.PutObject(Tagging)":    {"s3:PutObjectTagging"},
		"S3.GetBucketVersioning":   {},
		"es.GET":                   {"es:ESHttpGet"},
	}
	all := []string{"*"}
	allow := func(actions ...string) (p awspatterns.Policy) {
		for _, a := range actions {
			p = append(p, awspatterns.Permission{Action: a, Resources: all})
		}
		return p
	}
	implied := func(action, by string) awspatterns.Permission {
		return awspatterns.Permission{Action: action, Resources: all, ImpliedBy: by, Source: "https://…"}
	}
	latest, old := call("S3.GetObject", &s3.GetObjectInput{}), call("S3.GetObject", &s3.GetObjectInput{VersionId: aws.String("1")})
	head, put := call("S3.HeadObject", &s3.HeadObjectInput{}), call("S3.PutObject", &s3.PutObjectInput{})
	tagged := call("S3.PutObject", &s3.PutObjectInput{Tagging: aws.String("a=b")})
	refused := put
	refused.Err = Denied()
	tests := []struct {
		name   string
		policy awspatterns.Policy
		calls  []Call
		want   []string
	}{
		{"equal", allow("s3:GetObject", "s3:GetObjectVersion", "es:ESHttpGet"), []Call{latest, old, head, head, call("es.GET", nil), call("local.Write", nil)}, nil},
		{"needs nothing", nil, []Call{call("S3.GetBucketVersioning", &s3.GetBucketVersioningInput{})}, nil},
		{"an undeclared action", allow("s3:GetObject"), []Call{latest, put, put}, []string{"needs s3:PutObject, which the policy does not allow"}},
		{"an undeclared action of a field", allow("s3:PutObject"), []Call{tagged}, []string{"needs s3:PutObjectTagging"}},
		{"an undeclared version", allow("s3:GetObject"), []Call{latest, old}, []string{"needs s3:GetObjectVersion"}},
		{"a call that no table has", allow("s3:GetObject"), []Call{latest, call("S3.DeleteObject", nil), call("S3.DeleteObject", nil)}, []string{"no table tells what S3.DeleteObject needs"}},
		{"never needed", allow("s3:GetObject", "s3:PutObjectAcl"), []Call{latest}, []string{"s3:PutObjectAcl: no call needs it"}},
		{"only denied", allow("s3:PutObject"), []Call{refused}, []string{"s3:PutObject: no call needs it"}},
		{"a wildcard", allow("s3:*"), []Call{put}, []string{"needs s3:PutObject", "s3:*: no call needs it"}},
		{"no resources", awspatterns.Policy{{Action: "s3:PutObject"}}, []Call{put}, []string{"names no resources"}},
		{"implied", append(allow("s3:GetObject"), implied("kms:Decrypt", "s3:GetObject"), implied("kms:CreateGrant", "kms:Decrypt")), []Call{latest}, nil},
		{"called, and allowed as implied only", append(allow("s3:GetObject"), implied("s3:PutObject", "s3:GetObject")), []Call{latest, put}, []string{"needs s3:PutObject"}},
		{"implied by what the policy lacks", append(allow("s3:GetObject"), implied("kms:GenerateDataKey", "s3:PutObject")), []Call{latest}, []string{"implied by s3:PutObject, which the policy lacks"}},
		{"implied by what is not called", append(allow("s3:PutObject"), implied("kms:GenerateDataKey", "s3:PutObject")), nil, []string{"s3:PutObject: no call needs it", "kms:GenerateDataKey: no call needs it"}},
		{"implied by itself", awspatterns.Policy{implied("kms:Decrypt", "kms:Decrypt")}, nil, []string{"in a circle"}},
		{"implied in a circle", awspatterns.Policy{implied("kms:Decrypt", "kms:Encrypt"), implied("kms:Encrypt", "kms:Decrypt")}, nil, []string{"in a circle", "in a circle"}},
		{
			"implied without a source", append(allow("s3:GetObject"), awspatterns.Permission{Action: "kms:Decrypt", Resources: all, ImpliedBy: "s3:GetObject"}),
			[]Call{latest},
			[]string{"names no source"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			findings := permissionFindings(test.policy, test.calls, table, Actions{})
			if len(findings) != len(test.want) {
				t.Fatalf("got %v, want %q", findings, test.want)
			}
			for i, want := range test.want {
				if !strings.Contains(findings[i].Error(), want) {
					t.Errorf("got %v, want %q", findings[i], want)
				}
			}
		})
	}
	defer func() {
		if recover() == nil {
			t.Error("a field that the input does not have goes unnoticed")
		}
	}()
	permissionFindings(nil, []Call{latest}, Actions{"S3.GetObject(Version)": {"s3:GetObjectVersion"}})
}
