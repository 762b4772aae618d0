package retrofit_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	. "github.com/awspatterns/awspatterns/firewall/retrofit"
)

// TestUnknownIsNotAGuess takes away parts of random states. What is then still said
// for certain must be what is said of the whole state, and a reason that is given
// there must be among those that are given here.
func TestUnknownIsNotAGuess(t *testing.T) {
	certain, all := 0, 0
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 1))
		whole, p := randomState(r), randomPolicy(r)
		part := blurred(r, whole)
		full, some := evaluate(t, whole, p), evaluate(t, part, p)
		for _, v := range some.WebACLs {
			want := full.WebACLs[slices.IndexFunc(full.WebACLs, func(w ACLVerdict) bool { return w.ARN == v.ARN })]
			compareVerdicts(t, fmt.Sprintf("seed %d: web ACL %s", seed, v.Name), v.Verdict, want.Verdict)
			if all++; v.Outcome != Unknown {
				certain++
			}
		}
		for _, v := range some.Resources {
			want := full.Resources[slices.IndexFunc(full.Resources, func(w ResourceVerdict) bool { return w.ARN == v.ARN })]
			compareVerdicts(t, fmt.Sprintf("seed %d: resource %s", seed, v.ARN), v.Verdict, want.Verdict)
			if v.Scope != UnknownScope && v.Scope != want.Scope {
				t.Errorf("seed %d: resource %s is %s of scope, should be %s", seed, v.ARN, v.Scope, want.Scope)
			}
		}
		if t.Failed() {
			t.Logf("whole: %+v\npart: %+v\npolicy: %+v", whole, part, p)
			return
		}
	}
	if certain < all/4 || certain == all {
		t.Errorf("%d of %d verdicts are certain: nothing is tried", certain, all)
	}
}

func compareVerdicts(t *testing.T, what string, got, want Verdict) {
	t.Helper()
	if got.Outcome != Unknown && got.Outcome != want.Outcome || got.Compliance != UnknownCompliance && got.Compliance != want.Compliance {
		t.Errorf("%s: got %s (%s), want %s (%s)", what, short(got), got.Why, short(want), want.Why)
	}
	for _, reason := range want.Reasons {
		if !slices.Contains(got.Reasons, reason) && !(got.Outcome == Unknown && got.Compliance == UnknownCompliance) {
			t.Errorf("%s: got %v, which lacks %v", what, got.Reasons, reason)
		}
	}
}

func randomState(r *rand.Rand) State {
	w := newWorld()
	w.RuleGroups = append(w.RuleGroups, RuleGroup{"AWS/Old", 300})
	acls := []string{"A", "B", w.made("Org"), w.made("Other")}
	for i := range 1 + r.IntN(6) {
		acl := ""
		if r.IntN(5) > 0 {
			acl = acls[r.IntN(len(acls))]
		}
		kind := []ResourceType{LoadBalancer, LoadBalancer, LoadBalancer, APIStage, UserPool}[r.IntN(5)]
		arn := map[ResourceType]string{
			LoadBalancer: "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/lb%d/1",
			APIStage:     "arn:aws:apigateway:eu-central-1::/restapis/api%d/stages/prod",
			UserPool:     "arn:aws:cognito-idp:eu-central-1:111122223333:userpool/pool%d",
		}[kind]
		w.resource(Resource{ARN: fmt.Sprintf(arn, i), Type: kind, Tags: randomTags(r)}, acl)
	}
	for i := range w.WebACLs {
		w.randomACL(r, &w.WebACLs[i])
	}
	return w.State
}

func randomTags(r *rand.Rand) map[string]string {
	if r.IntN(4) == 0 {
		return nil
	}
	return map[string]string{"Tier": "Production"}
}

func (w *world) randomACL(r *rand.Rand, acl *WebACL) {
	if !acl.Managed && r.IntN(3) == 0 {
		w.retrofitted(acl.Name, []string{"Org", "Other"}[r.IntN(2)])
		if r.IntN(2) == 0 {
			acl.Pre[0].RuleGroup = "AWS/Old"
		}
	}
	if r.IntN(6) == 0 {
		acl.Capacity = 4400
	}
	if r.IntN(6) == 0 {
		acl.Rules = []string{"ShieldMitigationRuleGroup_x"}
	}
	if r.IntN(4) == 0 {
		acl.Logging = &Logging{Destination: "arn", Managed: r.IntN(2) == 0}
	}
}

func randomPolicy(r *rand.Rand) Policy {
	changes := []func(*Policy){withLogging, remediationOff, byDefault, override, cleanUp, keepUnused,
		func(p *Policy) { p.Tags = nil },
		func(p *Policy) { p.ExcludeTags = true },
		func(p *Policy) { p.ResourceTypes = append(p.ResourceTypes, APIStage) },
		func(p *Policy) { p.Include.OrgUnits = []string{"ou-ab12-11111111"} },
		func(p *Policy) { p.Exclude.OrgUnits = []string{"ou-ab12-11111111"} },
	}
	p := orgPolicy()
	for _, change := range changes {
		if r.IntN(5) == 0 {
			change(&p)
		}
	}
	return p
}

// blurred returns a copy of a state as a reader leaves it who was refused some.
func blurred(r *rand.Rand, whole State) State {
	var s State
	text, err := json.Marshal(whole)
	if err != nil {
		panic(err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		panic(err)
	}
	if r.IntN(4) == 0 {
		s.Accounts[0].OrgUnits = nil
	}
	if r.IntN(4) == 0 {
		s.RuleGroups = s.RuleGroups[:1]
	}
	for i := range s.Resources {
		if r.IntN(4) == 0 {
			s.Resources[i].Tags, s.Resources[i].TagsUnread = nil, true
		}
	}
	for i := range s.WebACLs {
		blurACL(r, &s, &s.WebACLs[i])
	}
	return s
}

func blurACL(r *rand.Rand, s *State, acl *WebACL) {
	if r.IntN(6) == 0 { // GetWebACL was denied
		*acl = WebACL{ARN: acl.ARN, Name: acl.Name, Account: acl.Account, Region: acl.Region, Scope: acl.Scope,
			Logging: acl.Logging, Associations: acl.Associations, Unread: []string{"details"}}
	}
	if r.IntN(6) == 0 {
		acl.Logging, acl.Unread = nil, append(acl.Unread, "logging")
	}
	for _, kind := range []ResourceType{LoadBalancer, APIStage, UserPool} {
		if r.IntN(6) > 0 {
			continue
		}
		acl.Unread = append(acl.Unread, "associations "+string(kind))
		for i := range s.Resources {
			if res := &s.Resources[i]; res.Type == kind && res.WebACL == acl.ARN {
				acl.Associations = slices.DeleteFunc(slices.Clone(acl.Associations), func(arn string) bool { return arn == res.ARN })
				res.WebACL, res.WebACLUnread = "", true
			}
		}
	}
	// All resources that have no web ACL now may have one that was not listed.
	for i := range s.Resources {
		if res := &s.Resources[i]; res.WebACL == "" && slices.Contains(acl.Unread, "associations "+string(res.Type)) {
			res.WebACLUnread = true
		}
	}
}

// TestOrder evaluates a state in many orders, which must make no difference.
func TestOrder(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		s, p := blurred(r, randomState(r)), randomPolicy(r)
		want, err := json.Marshal(evaluate(t, s, p))
		if err != nil {
			t.Fatal(err)
		}
		r.Shuffle(len(s.Resources), func(i, j int) { s.Resources[i], s.Resources[j] = s.Resources[j], s.Resources[i] })
		r.Shuffle(len(s.WebACLs), func(i, j int) { s.WebACLs[i], s.WebACLs[j] = s.WebACLs[j], s.WebACLs[i] })
		for _, acl := range s.WebACLs {
			r.Shuffle(len(acl.Associations), func(i, j int) {
				acl.Associations[i], acl.Associations[j] = acl.Associations[j], acl.Associations[i]
			})
		}
		got, err := json.Marshal(evaluate(t, s, p))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Fatalf("seed %d: got\n%s\nwant\n%s", seed, got, want)
		}
	}
}

// TestStateIsNotChanged evaluates a state twice.
func TestStateIsNotChanged(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 3))
	s, p := randomState(r), randomPolicy(r)
	before := fmt.Sprintf("%+v %+v", s, p)
	first := evaluate(t, s, p).String()
	if second := evaluate(t, s, p).String(); first != second {
		t.Errorf("got\n%s\nthen\n%s", first, second)
	}
	if after := fmt.Sprintf("%+v %+v", s, p); before != after {
		t.Error("the state was changed")
	}
}

// BenchmarkEvaluate has 400 accounts with 50 web ACLs of 4 resources each.
func BenchmarkEvaluate(b *testing.B) {
	s, p := fleet(400, 50, 4), orgPolicy()
	b.ReportAllocs()
	for b.Loop() {
		e, err := Evaluate(s, p)
		if err != nil || len(e.Resources) != 80_000 {
			b.Fatalf("%d resources, %v", len(e.Resources), err)
		}
	}
}

func BenchmarkWriteTable(b *testing.B) {
	e := evaluate(b, fleet(400, 50, 4), orgPolicy())
	b.ReportAllocs()
	for b.Loop() {
		if text := e.String(); !strings.Contains(text, "retrofitted") {
			b.Fatal("no table")
		}
	}
}

func fleet(accounts, acls, resources int) (s State) {
	s.RuleGroups = []RuleGroup{{common, 700}}
	for a := range accounts {
		id := fmt.Sprintf("%012d", a+1)
		s.Accounts = append(s.Accounts, Account{ID: id, OrgUnits: []string{}, Regions: []string{region}})
		for i := range acls {
			acl := WebACL{
				ARN:  fmt.Sprintf("arn:aws:wafv2:%s:%s:regional/webacl/acl%d/1", region, id, i),
				Name: fmt.Sprintf("acl%d", i), Account: id, Region: region, Scope: "REGIONAL", Capacity: 100,
			}
			for j := range resources {
				r := Resource{
					ARN:  fmt.Sprintf("arn:aws:elasticloadbalancing:%s:%s:loadbalancer/app/lb%d-%d/1", region, id, i, j),
					Type: LoadBalancer, Account: id, Region: region, WebACL: acl.ARN, Tags: map[string]string{"Tier": "Production"},
				}
				if i%10 == 0 && j == 0 {
					r.Tags = nil
				}
				acl.Associations = append(acl.Associations, r.ARN)
				s.Resources = append(s.Resources, r)
			}
			s.WebACLs = append(s.WebACLs, acl)
		}
	}
	return s
}
