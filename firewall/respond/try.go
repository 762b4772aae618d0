package respond

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/state"
)

// TestPatternOptions are a pattern and an event.
type TestPatternOptions struct {
	Pattern []byte
	Event   []byte // with id, account, source, time, region, resources and detail-type
}

// TestPatternResult is EventBridge's verdict.
type TestPatternResult struct {
	Matched bool
}

// TestPattern asks EventBridge whether a pattern matches an event. It changes nothing.
//
// IAM actions: events:TestEventPattern.
func TestPattern(ctx context.Context, c Clients, opts TestPatternOptions) (TestPatternResult, error) {
	if c.EventBridge == nil {
		return TestPatternResult{}, errors.New("respond: test pattern: the Clients have no EventBridge client")
	}
	out, err := c.EventBridge.TestEventPattern(ctx, &eventbridge.TestEventPatternInput{
		Event: aws.String(string(opts.Event)), EventPattern: aws.String(string(opts.Pattern)),
	})
	if err != nil {
		return TestPatternResult{}, fmt.Errorf("respond: test pattern: %w", reason.Cause(ctx, err))
	}
	return TestPatternResult{out.Result}, nil
}

// TestResponseOptions say what a response is tried with.
type TestResponseOptions struct {
	// Types of findings that samples are made of, each once. Required.
	Types []string

	// Pattern, if set, is that of the rule, which EventBridge is asked about.
	Pattern []byte

	// Store is the one of the response: a finding is handled when a block of what it names
	// is made, or made longer. Effect, if set, is asked instead whether a finding was
	// handled. Without both, nothing is waited for but the findings.
	Store  state.Store
	Effect func(context.Context, Finding) (bool, error)

	// Wait is how long the effect is waited for; 10 minutes if it is 0. Every is how often
	// it is looked for; 10 seconds if it is 0.
	Wait, Every time.Duration
}

// TestResponseResult tells what became of each sample.
type TestResponseResult struct {
	Detector string
	Types    []TypeTest // as in the options
}

// A TypeTest is what became of the sample of a type.
type TypeTest struct {
	Type    string
	Finding Finding // zero until it was seen

	Seen    time.Duration // from the call that made it; 0 if it was not
	Matched bool          // by the pattern, if there is one
	Handled time.Duration // 0 if it was not, or nothing was waited for

	// Problem tells what is not as it should be; empty if all is well.
	Problem string
}

// Passed reports whether all is well with every type.
func (r TestResponseResult) Passed() bool {
	return !slices.ContainsFunc(r.Types, func(t TypeTest) bool { return t.Problem != "" })
}

// TestResponse makes GuardDuty create sample findings, and waits for what becomes of them. It
// changes the account, and has no plan: the samples stay in GuardDuty, titled
// [SAMPLE], until they are archived, and whatever listens to findings gets them, alerts included. A
// response blocks what they name, which is nobody's (198.51.100.0), if it takes samples: see
// OnFindingOptions. EventBridge gets a sample within five minutes, an update of one
// as often as the detector says.
//
// All samples with an address name the same one: by the Store alone, a block that was made
// for the sample of one type counts for the others, too. Test such types one at a time, or
// give an Effect that tells them apart.
//
// Findings are known by their samples before: what is new, or was updated since. Each type
// has its own report, and a problem of one does not end the others. If ctx ends, the result
// has what was seen so far.
//
// IAM actions: [TestResponsePermissions].
func TestResponse(ctx context.Context, c Clients, opts TestResponseOptions) (TestResponseResult, error) {
	result, err := testResponse(ctx, c, opts)
	if err != nil {
		err = fmt.Errorf("respond: test response: %w", reason.Cause(ctx, err))
	}
	return result, err
}

// TestResponsePermissions returns what [TestResponse] needs. What the Store needs is
// apart.
func TestResponsePermissions(opts TestResponseOptions) awspatterns.Permissions {
	const source = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonguardduty.html"
	detector := []string{"arn:${Partition}:guardduty:${Region}:${Account}:detector/*"}
	p := awspatterns.Policy{
		{Action: "guardduty:ListDetectors", Resources: []string{"*"}, Source: source},
		{Action: "guardduty:CreateSampleFindings", Resources: detector, Source: source},
		{Action: "guardduty:ListFindings", Resources: detector, Source: source},
		{Action: "guardduty:GetFindings", Resources: detector, Source: source},
	}
	if len(opts.Pattern) > 0 {
		p = append(p, awspatterns.Permission{Action: "events:TestEventPattern", Resources: []string{"*"}, Source: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html"})
	}
	return awspatterns.Permissions{Apply: p}
}

func (o *TestResponseOptions) validate(c Clients) error {
	switch {
	case c.GuardDuty == nil:
		return errors.New("the Clients have no GuardDuty client")
	case len(o.Pattern) > 0 && c.EventBridge == nil:
		return errors.New("the Clients have no EventBridge client")
	case len(o.Types) == 0 || len(o.Types) > 50:
		return fmt.Errorf("%d Types: want 1 to 50", len(o.Types))
	case o.Wait < 0 || o.Every < 0:
		return errors.New("the options Wait and Every take no negative time")
	}
	seen := map[string]bool{}
	for i, t := range o.Types {
		if seen[t] || !findingForm.MatchString(t) || strings.Contains(t, "*") {
			return fmt.Errorf("option Types[%d]: %q is no finding type, or is there twice", i, t)
		}
		seen[t] = true
	}
	return nil
}

// WriteTable writes a line for each type.
func (r TestResponseResult) WriteTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FINDING TYPE\tSEEN AFTER\tMATCHED\tHANDLED AFTER\tPROBLEM")
	for _, t := range r.Types {
		fmt.Fprintf(table, "%s\t%s\t%t\t%s\t%s\n", t.Type, after(t.Seen), t.Matched, after(t.Handled), orDash(t.Problem))
	}
	return table.Flush()
}

func after(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return d.Round(time.Second).String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
