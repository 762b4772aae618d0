package retrofit_test

import (
	"reflect"
	"testing"

	. "github.com/awspatterns/awspatterns/firewall/retrofit"
)

func TestMerge(t *testing.T) {
	read := func(id, region string, units []string, names ...string) State {
		s := State{Format: StateFormat, Accounts: []Account{{ID: id, OrgUnits: units, Regions: []string{region}}}}
		for _, name := range names {
			s.Resources = append(s.Resources, Resource{ARN: name, Name: name, Account: id, Region: region})
			s.WebACLs = append(s.WebACLs, WebACL{ARN: "acl-" + name, Account: id, Region: region})
		}
		return s
	}
	denied := func(id, region, what string) State {
		return State{Accounts: []Account{{ID: id, Regions: []string{"r1", "r2"}}}, Unread: []Unread{{id, region, what, "denied"}}}
	}
	tests := []struct {
		name      string
		states    []State
		resources []string
		units     []string // of account 1
		unread    []string // regions
	}{
		{"none", nil, nil, nil, nil},
		{"two accounts", []State{read("2", "r1", nil, "b"), read("1", "r1", nil, "a")}, []string{"a", "b"}, nil, nil},
		{"two Regions", []State{read("1", "r2", nil, "b"), read("1", "r1", nil, "a")}, []string{"a", "b"}, nil, nil},
		{"read again, one is gone", []State{read("1", "r1", nil, "a", "b"), read("1", "r1", nil, "a")}, []string{"a"}, nil, nil},
		{"read again, nothing is there", []State{read("1", "r1", nil, "a"), read("1", "r1", nil)}, nil, nil, nil},
		{"denied, then read", []State{denied("1", "r1", "web ACLs"), read("1", "r1", nil, "a")}, []string{"a"}, nil, nil},
		{"read, then denied", []State{read("1", "r1", nil, "a"), denied("1", "r1", "account")}, nil, nil, []string{"r1"}},
		{"denied altogether, one Region read", []State{denied("1", "", "account"), read("1", "r1", nil, "a")}, []string{"a"}, nil, []string{""}},
		{"denied altogether, both Regions read", []State{denied("1", "", "account"), read("1", "r1", nil, "a"), read("1", "r2", nil)}, []string{"a"}, nil, nil},
		{"units are kept", []State{read("1", "r1", []string{"ou"}, "a"), read("1", "r2", nil)}, []string{"a"}, []string{"ou"}, nil},
		{"units are read again", []State{read("1", "r1", []string{"ou"}), read("1", "r1", []string{})}, nil, []string{}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := Merge(test.states...)
			var resources, unread []string
			for i, r := range m.Resources {
				resources = append(resources, r.Name)
				if m.WebACLs[i].ARN != "acl-"+r.Name {
					t.Errorf("got web ACL %s beside %s", m.WebACLs[i].ARN, r.Name)
				}
			}
			for _, u := range m.Unread {
				unread = append(unread, u.Region)
			}
			if !reflect.DeepEqual(resources, test.resources) || !reflect.DeepEqual(unread, test.unread) || len(m.WebACLs) != len(resources) {
				t.Errorf("got %v, unread %q, want %v, %q", resources, unread, test.resources, test.unread)
			}
			if len(m.Accounts) > 0 && !reflect.DeepEqual(m.Accounts[0].OrgUnits, test.units) {
				t.Errorf("got units %#v, want %#v", m.Accounts[0].OrgUnits, test.units)
			}
			if m.Format != StateFormat {
				t.Errorf("format %d", m.Format)
			}
		})
	}
}

// TestMergeTwice joins what was joined: nothing changes.
func TestMergeTwice(t *testing.T) {
	s := fleet(3, 2, 2)
	once := Merge(s)
	if again := Merge(once, once); !reflect.DeepEqual(once, again) {
		t.Errorf("got %+v, want %+v", again, once)
	}
	if got, want := evaluate(t, once, orgPolicy()).String(), evaluate(t, s, orgPolicy()).String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// What a state came across elsewhere is no reading of that place: an app of AWS Amplify
// that is read in us-east-1, and a rule group that no place has.
func TestMergeKeepsPlacesThatWereNotRead(t *testing.T) {
	europe := State{
		Format: StateFormat, Accounts: []Account{{ID: "1", Regions: []string{"eu-west-1"}}},
		WebACLs: []WebACL{{ARN: "acl", Account: "1", Region: "eu-west-1"}},
		Unread:  []Unread{{Account: "1", Region: "eu-west-1", What: "resources AWS::ApiGateway::Stage"}},
	}
	america := State{
		Format: StateFormat, Accounts: []Account{{ID: "1", Regions: []string{"us-east-1"}}},
		Resources: []Resource{{ARN: "app", Account: "1", Region: "eu-west-1", Type: AmplifyApp}},
		Unread:    []Unread{{Account: "1", Region: "eu-west-1", What: "rule group x"}},
	}
	for _, merged := range []State{Merge(europe, america), Merge(america, europe)} {
		if len(merged.WebACLs) != 1 || len(merged.Accounts) != 1 {
			t.Errorf("the web ACL of the other state is lost: %+v", merged)
		}
	}
	merged := Merge(europe, america)
	if len(merged.Resources) != 1 || len(merged.Unread) != 2 {
		t.Errorf("got %+v", merged)
	}
}
