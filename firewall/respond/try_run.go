package respond

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"

	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/internal/reason"
)

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
