package policy_test

import (
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/standin/policy"
)

const root = `"Principal": {"AWS": "arn:aws:iam::123456789012:root"}`

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", ` + root + `, "Action": "kms:*", "Resource": "*"}]}`: "",
		`{"Statement": {"Sid": "a b", "Effect": "Deny", "Principal": "*", "NotAction": ["kms:Get*"]}}`:                    "",
		`{"Id": "k", "Statement": []}`:                                                                                                               "no statement",
		`{"Statement": [{"Effect": "Maybe", ` + root + `, "Action": "kms:*"}]}`:                                                                      `the effect "Maybe"`,
		`{"Statement": [{"Effect": "Allow", "Action": "kms:*"}]}`:                                                                                    "not one of Principal",
		`{"Statement": [{"Effect": "Allow", ` + root + `, "Action": "a", "NotAction": "b"}]}`:                                                        "not one of Action",
		`{"Statement": [{"Effect": "Allow", ` + root + `, "Action": "a", "Extra": "b"}]}`:                                                            "unknown field",
		`{"Statement": [{"Effect": "Allow", "Effect": "Deny", ` + root + `, "Action": "a"}]}`:                                                        `"Effect" twice`,
		`{"Version": "2020-01-01", "Statement": [{"Effect": "Allow", ` + root + `, "Action": "a"}]}`:                                                 "the version",
		`{"Statement": [{"Effect": "Allow", "Principal": "me", "Action": "a"}]}`:                                                                     `the principal "me"`,
		`{"Statement": [{"Sid": "中", "Effect": "Allow", ` + root + `, "Action": "a"}]}`:                                                              "outside Latin-1",
		`{"Statement": [{"Sid": "s", "Effect": "Allow", ` + root + `, "Action": "a"},{"Sid": "s", "Effect": "Allow", ` + root + `, "Action": "a"}]}`: "two statements",
		`no JSON`: "invalid character",
	} {
		_, err := policy.Parse(text, false)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	if _, err := policy.Parse(`{"Statement": [{"Effect": "Allow", `+root+`, "Action": "a", "Resource": "*"}]}`, true); err == nil {
		t.Error("a policy of an identity may have no principal")
	}
}

func TestAllows(t *testing.T) {
	const me = "arn:aws:iam::123456789012:root"
	for statements, want := range map[string]bool{
		`{"Effect": "Allow", ` + root + `, "Action": "kms:Put*"}`:                                                                    true,
		`{"Effect": "Allow", ` + root + `, "Action": "kms:Get*"}`:                                                                    false,
		`{"Effect": "Allow", ` + root + `, "NotAction": "kms:Get*"}`:                                                                 true,
		`{"Effect": "Allow", "Principal": "*", "Action": "*"}`:                                                                       true,
		`{"Effect": "Allow", "Principal": {"Service": "x"}, "Action": "*"}`:                                                          false,
		`{"Effect": "Allow", ` + root + `, "Action": "*", "Condition": {"Bool": {"a": "true"}}}`:                                     false,
		`{"Effect": "Allow", ` + root + `, "Action": "*"}, {"Effect": "Deny", "Principal": "*", "Action": "kms:*"}`:                  false,
		`{"Effect": "Allow", ` + root + `, "Action": "*"}, {"Effect": "Deny", "NotPrincipal": {"AWS": "` + me + `"}, "Action": "*"}`: true,
	} {
		d, err := policy.Parse(`{"Statement": [`+statements+`]}`, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Allows("kms:PutKeyPolicy", me); got != want {
			t.Errorf("%s: got %t, want %t", statements, got, want)
		}
	}
}
