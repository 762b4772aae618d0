package awspatterns_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/golden"
)

// twoRegions is a plan like that of a pattern that is still to be written: it has
// all kinds of changes, in two Regions, and names chosen by an enemy.
type twoRegions struct {
	awspatterns.Plan
	Identities []string `json:"identities"`
	Sender     func()   `json:"-"`
}

func example() twoRegions {
	return twoRegions{
		Plan: awspatterns.Plan{
			Pattern: "ses.RegionSync",
			Target:  awspatterns.Target{Partition: "aws", Account: "123456789012", Region: "eu-west-1"},
			Changes: []awspatterns.Change{
				{
					Action:   awspatterns.Create,
					Resource: awspatterns.Resource{Type: "SES configuration set", ID: "marketing", Region: "eu-central-1"},
					Fields: []awspatterns.Field{
						{Name: "sending", New: "enabled"},
						{Name: "custom redirect domain", New: `""`},
					},
				},
				{
					Action:   awspatterns.Update,
					Resource: awspatterns.Resource{Type: "SES identity", ID: "example.org", Account: "999999999999"},
					Fields: []awspatterns.Field{
						{Name: "MAIL FROM", Old: "bounce.example.org"},
						{Name: "TLS", Old: "optional", New: "required"},
						awspatterns.Secret("DKIM key", true, true),
					},
					Adopts: true,
				},
				{
					Action:     awspatterns.Replace,
					Resource:   awspatterns.Resource{Type: "Network Firewall rule group", ID: "geo"},
					Reason:     "the capacity cannot be changed",
					Steps:      []string{"create geo-2", "attach geo-2 to the policy", "delete geo"},
					Interrupts: "nothing: both groups are attached for a moment",
				},
				{
					Action:       awspatterns.Delete,
					Resource:     awspatterns.Resource{Type: "SES template", ID: "old\n+   create SES template fake\u202e```"},
					Irreversible: "the text of the template",
				},
				{
					Action:   awspatterns.Manual,
					Resource: awspatterns.Resource{Type: "SES event destination", ID: "firehose"},
					Reason:   "there is no ARN for it in the secondary Region",
					Steps:    []string{"create a delivery stream", "name it in DestinationARNs"},
				},
				{
					Action:   awspatterns.Blocked,
					Resource: awspatterns.Resource{Type: "SES configuration set", ID: "bulk"},
					Reason:   "its pool has no addresses",
				},
				{
					Action:   awspatterns.Unknown,
					Resource: awspatterns.Resource{Type: "SES suppression list", ID: "account"},
					Reason:   "SESv2 ListSuppressedDestinations: AccessDenied",
				},
			},
			Costs: []awspatterns.Cost{
				{Item: "dedicated IP addresses", Quantity: 2, Unit: "address and month", Price: 24.95, Ceiling: 4},
				{Item: "messages", Quantity: 1234567.5, Unit: "message"},
			},
		},
		Identities: []string{"example.org"},
	}
}

func TestPlanTexts(t *testing.T) {
	p := example()
	p.Format, p.Incomplete, p.Digest = awspatterns.PlanFormat, true, "sha256:…"
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/golden/plan.txt", p.String())
	golden.Equal(t, "testdata/golden/plan.md", markdown(t, p.Plan))
	golden.Equal(t, "testdata/golden/plan.json", string(text)+"\n")
	if lines := strings.Count(p.String(), "\n+"); lines != 1 {
		t.Errorf("%d lines begin with a plus sign, want 1: a name passes for a change", lines)
	}
}

func TestEmptyPlan(t *testing.T) {
	p := awspatterns.Plan{Pattern: "lineage.Publish"}
	if !p.Empty() || p.Applies() || p.Incomplete {
		t.Errorf("got %+v", p)
	}
	if want := "Plan of lineage.Publish: no account\n\nNo changes.\n"; p.String() != want {
		t.Errorf("got %q, want %q", p, want)
	}
	p.Changes = example().Changes[4:6]
	if p.Empty() || p.Applies() {
		t.Errorf("a plan with only a manual and a blocked change: Empty %t, Applies %t", p.Empty(), p.Applies())
	}
}

// TestLargeMarkdown keeps within a comment.
func TestLargeMarkdown(t *testing.T) {
	many := awspatterns.Plan{Pattern: "x"}
	for i := range 5000 {
		many.Changes = append(many.Changes, awspatterns.Change{Action: awspatterns.Create, Resource: awspatterns.Resource{Type: "thing", ID: fmt.Sprint(i)}})
		many.Costs = append(many.Costs, awspatterns.Cost{Item: fmt.Sprint(i)})
	}
	text := markdown(t, many)
	shown := strings.Count(text, "\n+ ")
	if !strings.Contains(text, fmt.Sprintf("… and %d more\n", 5000-shown)) || !strings.Contains(text, "5000 to create") {
		t.Errorf("%d changes shown, ending in %q", shown, text[len(text)-200:])
	}
	for _, name := range []string{strings.Repeat("`", 58_000), strings.Repeat("ä", 100_000), strings.Repeat("~~~~~\n", 20_000)} {
		large := awspatterns.Plan{Pattern: "x", Changes: []awspatterns.Change{{
			Action: awspatterns.Delete, Resource: awspatterns.Resource{Type: "thing", ID: name},
			Fields: []awspatterns.Field{{Name: "policy", New: name}},
		}}}
		text := markdown(t, large)
		if !strings.Contains(text, "-   delete thing ") || strings.Count(text, "\n~~~~~") != 2 || !utf8.ValidString(text) {
			t.Errorf("got %.100q … %q", text, text[len(text)-200:])
		}
	}
}

func markdown(t *testing.T, p awspatterns.Plan) string {
	t.Helper()
	var b strings.Builder
	if err := p.WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 65_536 {
		t.Errorf("%d bytes", b.Len())
	}
	return b.String()
}

// TestHiddenCharacters shows what is not seen, and what is no text at all.
func TestHiddenCharacters(t *testing.T) {
	for id, want := range map[string]string{
		"plain-ä-日本":            "plain-ä-日本",
		"a b":                   `"a b"`,
		"a (adopted)":           `"a (adopted)"`,
		`a"b`:                   `"a\"b"`,
		"line\nfeed":            `line\u000afeed`,
		"\x9b2J":                `\x9b2J`,
		"\x1b[31m":              `\u001b[31m`,
		"left\u202eright":       `left\u202eright`,
		"vs\ufe0f":              `vs\ufe0f`,
		"joiner\u034f":          `joiner\u034f`,
		"filler\u3164\uffa0":    `filler\u3164\uffa0`,
		"blank\u2800":           `blank\u2800`,
		"nbsp\u00a0":            `nbsp\u00a0`,
		"tag\U000e0041":         `tag\U000e0041`,
		"replacement \ufffd ok": `"replacement ` + "\ufffd" + ` ok"`,
	} {
		if got := (awspatterns.Resource{Type: "x", ID: id}).String(); got != "x "+want {
			t.Errorf("%q: got %s, want x %s", id, got, want)
		}
	}
}

func TestCostString(t *testing.T) {
	for _, test := range []struct {
		cost awspatterns.Cost
		want string
	}{
		{awspatterns.Cost{Item: "S3 PUT requests", Quantity: 3, Unit: "request"}, "S3 PUT requests: 3 (per request)"},
		{awspatterns.Cost{Item: "S3 PUT requests", Quantity: 3, Unit: "request", Price: 0.0000054}, "S3 PUT requests: 3 (at 0.0000054 per request): 0.0000162"},
		{awspatterns.Cost{Item: "pages", Quantity: 1e12, Unit: "page", Price: 0.0015, Ceiling: 10}, "pages: 1000000000000 (at 0.0015 per page): 1500000000, ceiling 10"},
		{awspatterns.Cost{Item: "one\ntwo", Quantity: 0.1 + 0.2, Unit: "GB"}, `one\u000atwo: 0.3 (per GB)`},
	} {
		if got := test.cost.String(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func ExamplePlan() {
	plan := awspatterns.Plan{
		Pattern: "lineage.Publish",
		Target:  awspatterns.Target{Partition: "aws", Account: "123456789012", Region: "eu-central-1"},
		Changes: []awspatterns.Change{{
			Action:       awspatterns.Update,
			Resource:     awspatterns.Resource{Type: "S3 object", ID: "s3://graphs/site/index.html"},
			Fields:       []awspatterns.Field{{Name: "cache control", Old: "no-store", New: "no-cache"}},
			Irreversible: "the present content: the bucket keeps no versions",
		}},
		Costs: []awspatterns.Cost{{Item: "S3 PUT requests", Quantity: 1, Unit: "request"}},
	}
	fmt.Print(plan)
	// Output:
	// Plan of lineage.Publish: account 123456789012, eu-central-1
	//
	// ~   update S3 object s3://graphs/site/index.html
	//       cache control  no-store → no-cache
	//       irreversible: the present content: the bucket keeps no versions
	//
	// 0 to create, 1 to update, 0 to replace, 0 to delete.
	// Cost: S3 PUT requests: 1 (per request)
}
