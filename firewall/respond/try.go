package respond

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/pace"
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
		return errors.New("Wait and Every: want no negative time")
	}
	seen := map[string]bool{}
	for i, t := range o.Types {
		if seen[t] || !findingForm.MatchString(t) || strings.Contains(t, "*") {
			return fmt.Errorf("Types[%d]: %q is no finding type, or is there twice", i, t)
		}
		seen[t] = true
	}
	return nil
}

// A responseTest is a test that goes on.
type responseTest struct {
	clients Clients
	opts    TestResponseOptions
	result  *TestResponseResult
	since   time.Time            // findings before are not looked at
	before  map[string]time.Time // when samples were updated, by ID
	blocks  map[string]time.Time // until when things were blocked
	begun   map[string]time.Time // when samples were asked for, by type
}

func testResponse(ctx context.Context, c Clients, opts TestResponseOptions) (result TestResponseResult, err error) {
	for _, t := range opts.Types {
		result.Types = append(result.Types, TypeTest{Type: t, Problem: "nothing was begun"})
	}
	if err := opts.validate(c); err != nil {
		return result, err
	}
	if result.Detector, err = onlyDetector(ctx, c); err != nil {
		return result, err
	}
	test := responseTest{clients: c, opts: opts, result: &result, begun: map[string]time.Time{}, since: time.Now().Add(-time.Hour)}
	if err := test.prepare(ctx); err != nil {
		return result, err
	}
	for i := range result.Types {
		if err := test.create(ctx, &result.Types[i]); err != nil {
			return result, err
		}
	}
	return result, test.wait(ctx)
}

// onlyDetector returns the detector of the Region.
func onlyDetector(ctx context.Context, c Clients) (string, error) {
	var ids []string
	pages := guardduty.NewListDetectorsPaginator(c.GuardDuty, &guardduty.ListDetectorsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		ids = append(ids, page.DetectorIds...)
	}
	switch len(ids) {
	case 1:
		return ids[0], nil
	case 0:
		return "", fmt.Errorf("there is no detector in Region %s: enable GuardDuty there", c.Region)
	}
	return "", fmt.Errorf("there are %d detectors in Region %s: want one", len(ids), c.Region)
}

// prepare notes what is there before.
func (t *responseTest) prepare(ctx context.Context) (err error) {
	t.before = map[string]time.Time{}
	findings, err := t.samples(ctx)
	if err != nil {
		return err
	}
	for _, f := range findings {
		parsed, err := FindingOf(f)
		if err == nil {
			t.before[parsed.ID] = parsed.Updated
		}
	}
	t.blocks, err = t.blocked(ctx)
	return err
}

func (t *responseTest) blocked(ctx context.Context) (map[string]time.Time, error) {
	until := map[string]time.Time{}
	if t.opts.Store == nil {
		return until, nil
	}
	for b, err := range Blocks(ctx, t.opts.Store) {
		if err != nil {
			return nil, err
		}
		if b.State == Blocked {
			until[blockKey(b.Target, b.Entry)] = b.Until
		}
	}
	return until, nil
}

// create asks for the sample of a type. One that is refused does not end the others.
func (t *responseTest) create(ctx context.Context, test *TypeTest) error {
	t.begun[test.Type] = time.Now()
	_, err := t.clients.GuardDuty.CreateSampleFindings(ctx, &guardduty.CreateSampleFindingsInput{
		DetectorId: &t.result.Detector, FindingTypes: []string{test.Type},
	})
	switch {
	case ctx.Err() != nil:
		return err
	case err != nil:
		test.Problem = "GuardDuty made no sample: " + reason.Of(err)
		delete(t.begun, test.Type)
	default:
		test.Problem = "the sample was not seen"
	}
	return nil
}

// samples returns the samples of the types that were updated lately.
func (t *responseTest) samples(ctx context.Context) ([]types.Finding, error) {
	pages := guardduty.NewListFindingsPaginator(t.clients.GuardDuty, &guardduty.ListFindingsInput{
		DetectorId: &t.result.Detector, MaxResults: aws.Int32(50),
		FindingCriteria: &types.FindingCriteria{Criterion: map[string]types.Condition{
			"type":      {Equals: t.opts.Types},
			"updatedAt": {GreaterThanOrEqual: aws.Int64(t.since.UnixMilli())},
		}},
	})
	var ids []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		ids = append(ids, page.FindingIds...)
	}
	var samples []types.Finding
	for some := range slices.Chunk(ids, 50) { // as many as GetFindings takes
		out, err := t.clients.GuardDuty.GetFindings(ctx, &guardduty.GetFindingsInput{DetectorId: &t.result.Detector, FindingIds: some})
		if err != nil {
			return nil, err
		}
		for _, f := range out.Findings {
			if parsed, err := FindingOf(f); err != nil || parsed.Sample {
				samples = append(samples, f)
			}
		}
	}
	return samples, nil
}

// wait looks until all types are done, or the time is over.
func (t *responseTest) wait(ctx context.Context) error {
	wait, every := t.opts.Wait, t.opts.Every
	if wait == 0 {
		wait = 10 * time.Minute
	}
	if every == 0 {
		every = 10 * time.Second
	}
	deadline := time.Now().Add(wait)
	for {
		open, err := t.look(ctx)
		if err != nil || !open || !time.Now().Before(deadline) {
			return err
		}
		if err := pace.Sleep(ctx, min(every, time.Until(deadline))); err != nil {
			return err
		}
	}
}

// look reports whether something is still to be waited for.
func (t *responseTest) look(ctx context.Context) (open bool, err error) {
	findings, err := t.samples(ctx)
	if err != nil {
		return false, err
	}
	until, err := t.blocked(ctx)
	if err != nil {
		return false, err
	}
	for i := range t.result.Types {
		test := &t.result.Types[i]
		if test.Seen == 0 && !t.begun[test.Type].IsZero() {
			if err := t.find(ctx, test, findings); err != nil {
				return false, err
			}
		}
		if test.Seen > 0 && test.Handled == 0 && t.waits(test) {
			if err := t.effect(ctx, test, until); err != nil {
				return false, err
			}
		}
		open = open || !t.begun[test.Type].IsZero() && (test.Seen == 0 || test.Handled == 0 && t.waits(test))
	}
	return open, nil
}

// waits reports whether a finding that was seen has an effect to wait for.
func (t *responseTest) waits(test *TypeTest) bool {
	if len(t.opts.Pattern) > 0 && !test.Matched {
		return false
	}
	return t.opts.Effect != nil || t.opts.Store != nil && len(test.Finding.Remote)+len(test.Finding.Domains) > 0
}

// find looks for the sample of a type that is new, or was updated.
func (t *responseTest) find(ctx context.Context, test *TypeTest, findings []types.Finding) error {
	for _, f := range findings {
		parsed, err := FindingOf(f)
		if err != nil {
			if aws.ToString(f.Type) == test.Type {
				test.Problem = reason.Of(err)
			}
			continue
		}
		if parsed.Type != test.Type || !parsed.Updated.After(t.before[parsed.ID]) {
			continue
		}
		test.Finding, test.Seen, test.Problem = parsed, since(t.begun[test.Type]), ""
		return t.judge(ctx, test, f)
	}
	return nil
}

// since returns at least a nanosecond: 0 is never.
func since(begun time.Time) time.Duration { return max(time.Since(begun), 1) }

// judge asks EventBridge about a finding that was seen.
func (t *responseTest) judge(ctx context.Context, test *TypeTest, f types.Finding) error {
	if len(t.opts.Pattern) > 0 {
		event, err := eventOf(f)
		if err != nil {
			return err
		}
		verdict, err := TestPattern(ctx, t.clients, TestPatternOptions{t.opts.Pattern, event})
		switch {
		case ctx.Err() != nil:
			return err
		case err != nil:
			test.Problem = reason.Of(err)
			return nil
		case !verdict.Matched:
			test.Problem = "the pattern does not match"
			return nil
		}
		test.Matched = true
	}
	switch {
	case t.waits(test):
		test.Problem = "nothing was done about it"
	case t.opts.Store != nil:
		test.Problem = "it names no address and no domain, so that the Store cannot show an effect: give an Effect"
	}
	return nil
}

// effect looks whether a finding was handled.
func (t *responseTest) effect(ctx context.Context, test *TypeTest, until map[string]time.Time) error {
	done := false
	if t.opts.Effect != nil {
		var err error
		if done, err = t.opts.Effect(ctx, test.Finding); err != nil {
			if ctx.Err() == nil {
				test.Problem = "the Effect: " + reason.Of(err)
				return nil
			}
			return err
		}
	} else {
		done = slices.ContainsFunc(slices.Collect(maps.Keys(until)), func(key string) bool {
			entry, _, _ := strings.Cut(key, " ")
			return test.Finding.names(entry) && until[key].After(t.blocks[key]) && until[key].After(test.Finding.Updated)
		})
	}
	if done {
		test.Handled, test.Problem = since(t.begun[test.Type]), ""
	}
	return nil
}

// names reports whether an entry is what a finding names.
func (f Finding) names(entry string) bool {
	return slices.Contains(f.Domains, entry) ||
		slices.ContainsFunc(f.Remote, func(r Remote) bool { return canonical(r.Addr.String()) == entry })
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
