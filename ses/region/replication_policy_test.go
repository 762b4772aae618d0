package region_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/ses/region"
)

func parentPolicy(replicas ...string) string {
	return region.ReplicationPolicy("aws", "123456789012", "us-east-1", "example.com", replicas)
}

func parentRegions(document string) ([]string, error) {
	return region.ReplicationRegions(document, "aws", "123456789012", "us-east-1", "example.com")
}

func TestReplicationOrigin(t *testing.T) {
	for parent, want := range map[string]string{
		"us-east-1": "AWS_SES_US_EAST_1", "us-gov-west-1": "AWS_SES_US_GOV_WEST_1", "ap-southeast-7": "AWS_SES_AP_SOUTHEAST_7",
	} {
		if got := region.ReplicationOrigin(parent); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestReplicationRegions(t *testing.T) {
	two := parentPolicy("eu-west-1", "eu-central-1")
	edit := func(old, new string) string {
		t.Helper()
		if !strings.Contains(two, old) {
			t.Fatalf("%s has no %s", two, old)
		}
		return strings.Replace(two, old, new, 1)
	}
	const list = `["eu-central-1","eu-west-1"]`
	statement := two[strings.Index(two, `"Statement":[`)+len(`"Statement":[`) : strings.LastIndex(two, "]")]
	for _, test := range []struct {
		name, document string
		want           []string
	}{
		{"ours", two, []string{"eu-central-1", "eu-west-1"}},
		{"of one", parentPolicy("eu-west-1"), []string{"eu-west-1"}},
		{"a value for a list", edit(list, `"eu-west-1"`), []string{"eu-west-1"}},
		{"another order, one twice", edit(list, `["eu-west-1","eu-central-1","eu-west-1"]`), []string{"eu-central-1", "eu-west-1"}},
		{"a statement for a list", `{"Version":"2012-10-17","Statement":` + statement + `}`, []string{"eu-central-1", "eu-west-1"}},
		{"white space", strings.ReplaceAll(two, ",", ",\n\t "), []string{"eu-central-1", "eu-west-1"}},
		{"the account for its root", edit(`"arn:aws:iam::123456789012:root"`, `"123456789012"`), []string{"eu-central-1", "eu-west-1"}},
		{"lists of one", edit(`"ses:ReplicateEmailIdentityDKIMSigningKey"`, `["ses:ReplicateEmailIdentityDKIMSigningKey"]`), []string{"eu-central-1", "eu-west-1"}},
		{"a boolean", edit(`"false"`, `false`), []string{"eu-central-1", "eu-west-1"}},

		{"empty", "", nil},
		{"no JSON", "allow", nil},
		{"null", "null", nil},
		{"a list", "[" + two + "]", nil},
		{"something behind", two + "{}", nil},
		{"no Region", edit(list, `[]`), nil},
		{"every Region", edit(list, `"*"`), nil},
		{"an empty Region", edit(list, `["eu-west-1",""]`), nil},
		{"a number", edit(list, `["eu-west-1",1]`), nil},
		{"without Null", edit(`,"Null":{"ses:ReplicaRegion":"false"}`, ``), nil},
		{"Null the other way", edit(`"false"`, `"true"`), nil},
		{"StringLike", edit(`ForAllValues:StringEquals`, `ForAllValues:StringLike`), nil},
		{"a condition more", edit(`"Null":{`, `"Null":{"aws:SourceIp":"false",`), nil},
		{"Deny", edit(`"Allow"`, `"Deny"`), nil},
		{"everybody", edit(`{"AWS":"arn:aws:iam::123456789012:root"}`, `"*"`), nil},
		{"another principal more", edit(`"arn:aws:iam::123456789012:root"`, `["arn:aws:iam::123456789012:root","999999999999"]`), nil},
		{"another account", edit(`"arn:aws:iam::123456789012:root"`, `"arn:aws:iam::999999999999:root"`), nil},
		{"another action more", edit(`"ses:ReplicateEmailIdentityDKIMSigningKey"`, `["ses:ReplicateEmailIdentityDKIMSigningKey","ses:SendEmail"]`), nil},
		{"another domain", edit(`identity/example.com`, `identity/example.org`), nil},
		{"another parent Region", edit(`ses:us-east-1:`, `ses:us-west-2:`), nil},
		{"an Id", edit(`"Version"`, `"Id":"x","Version"`), nil},
		{"the old version", edit(`2012-10-17`, `2008-10-17`), nil},
		{"another Sid", edit(`ReplicateDKIMSigningKey"`, `Mine"`), nil},
		{"a statement more", edit(`"Statement":[`, `"Statement":[`+statement+`,`), nil},
		{"a name twice", edit(list, list+`,"ses:ReplicaRegion":`+list), nil},
		{"an operator twice", edit(`"Null":`, `"Null":{"ses:ReplicaRegion":"true"},"Null":`), nil},
		{"a name in another case", edit(`"Effect"`, `"effect"`), nil},
		{"too long", two + strings.Repeat(" ", region.MaxPolicySize), nil},
		{"deep", strings.Repeat("[", region.MaxPolicySize), nil},
	} {
		got, err := parentRegions(test.document)
		if !slices.Equal(got, test.want) || (err == nil) != (test.want != nil) {
			t.Errorf("%s: got %v, %v, want %v", test.name, got, err, test.want)
		}
	}
}

// TestReplicationPolicySize has the longest domain with more Regions than there are.
func TestReplicationPolicySize(t *testing.T) {
	var replicas []string
	for i := range 60 {
		replicas = append(replicas, fmt.Sprintf("ap-southeast-%02d", i))
	}
	document := region.ReplicationPolicy("aws-us-gov", "123456789012", "us-gov-west-1", strings.Repeat("a", 255), replicas)
	if len(document) > region.MaxPolicySize {
		t.Errorf("%d bytes", len(document))
	}
}

// FuzzReplicationRegions reads policies: one that is taken for ours allows what its Regions
// say, and nothing else, and reads the same when it is written again.
func FuzzReplicationRegions(f *testing.F) {
	f.Add(parentPolicy("eu-west-1", "eu-central-1"))
	f.Add(strings.Replace(parentPolicy("eu-west-1"), `["eu-west-1"]`, `"eu-west-1"`, 1))
	f.Add(`{"Version":"2012-10-17","Statement":{"Condition":{"ForAllValues:StringEquals":{"ses:ReplicaRegion":"eu-west-1"}}}}`)
	f.Fuzz(func(t *testing.T, document string) {
		regions, err := parentRegions(document)
		if err != nil {
			return
		}
		if again, err := parentRegions(parentPolicy(regions...)); err != nil || !slices.Equal(again, regions) {
			t.Errorf("%q: %v, then %v, %v", document, regions, again, err)
		}
		var policy struct{ Statement json.RawMessage }
		if err := json.Unmarshal([]byte(document), &policy); err != nil {
			t.Fatal(err)
		}
		type statement struct {
			Effect    string
			Condition map[string]map[string]any
		}
		var one statement
		if list := []statement{}; json.Unmarshal(policy.Statement, &list) == nil && len(list) == 1 {
			one = list[0]
		} else if err := json.Unmarshal(policy.Statement, &one); err != nil {
			t.Fatalf("%q: not one statement", document)
		}
		if one.Effect != "Allow" || len(one.Condition) != 2 || fmt.Sprint(one.Condition["Null"]["ses:ReplicaRegion"]) != "false" {
			t.Errorf("taken for ours: %s", document)
		}
	})
}
