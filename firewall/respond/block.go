package respond

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/state"
)

// BlockOptions say what is done about a finding.
type BlockOptions struct {
	Finding Finding // Required: see [ParseFinding].

	// Targets are where what the finding names is blocked: each takes all that it can
	// take. None at all blocks nothing; the instance can be tagged all the same.
	Targets []Target

	// For is how long a block lasts, from the time that the finding was updated: the
	// same finding, seen twice, asks for the same. Required with Targets, at least a minute.
	For time.Duration

	// Store knows what is blocked until when, and that it was this library that
	// blocked it. Required with Targets. [PlanExpiry] lifts by it.
	Store state.Store

	// Allow are networks of which nothing is ever blocked. Addresses that are not
	// global unicast ones (private, loopback, link-local, multicast and unspecified
	// ones, and shared address space) never are. AllowDomains are domains, those below them included;
	// what is above one is not blocked either, since that would block it, too.
	Allow        []netip.Prefix
	AllowDomains []string

	// InstanceTags are put on the EC2 instance that the finding names, such as infected =
	// cryptomining. They stay when a block ends.
	InstanceTags map[string]string

	// Adopt changes tags of these keys that have other values. They are otherwise
	// blocked, since somebody else may have set them.
	Adopt bool
}

// A BlockPlan says what is blocked where, and which tags are set.
type BlockPlan struct {
	awspatterns.Plan

	Finding Finding `json:"finding"`

	// Until is when the blocks end.
	Until time.Time `json:"until,omitzero"`

	// Blocks belong to the changes with the same index.
	Blocks []PlannedBlock `json:"blocks"`

	// LeftOut is what the finding names and is not blocked, with the reason.
	LeftOut []LeftOut `json:"leftOut,omitempty"`

	// Store that the blocks are recorded in, as in BlockOptions. Whoever applies a plan
	// that was kept as JSON sets it again.
	Store state.Store `json:"-"`

	// Progress, if set, is told what became of each change, one at a time.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// A PlannedBlock is what a change is about: entries of a target, or tags.
type PlannedBlock struct {
	Target *Target `json:"target,omitempty"`

	Add    []string `json:"add,omitempty"`    // entries: networks and domains
	Extend []string `json:"extend,omitempty"` // entries that are there, and end later now

	Instance string            `json:"instance,omitempty"`
	Tags     map[string]string `json:"tags,omitempty"`
	Replaced map[string]string `json:"replaced,omitempty"` // tags that are there with other values
}

// LeftOut is something that is not blocked.
type LeftOut struct {
	Entry  string `json:"entry"`
	Reason string `json:"reason"`
}

// BlockResult is what applying a plan did.
type BlockResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan
}

const blockPattern = "respond.Block"

// PlanBlock says what is to be done about a finding: which addresses and domains that
// it names are blocked where, until when, and which tags its instance gets. It only
// reads.
//
// An entry that is in a target already, and not by this library, is left alone, and is
// never lifted. Planning for a finding that was applied is empty; a later update of the
// finding makes the block last longer.
//
// A finding that comes later than For after its update is blocked until the next
// expiry lifts it: planning looks at no clock.
//
// A target that cannot be read is an unknown change, and the plan is incomplete; the
// other targets are blocked. One that has no room, or a form that takes no entries, is
// a blocked change with the way out.
//
// IAM actions: [BlockPermissions].
func PlanBlock(ctx context.Context, c Clients, opts BlockOptions) (BlockPlan, error) {
	plan, err := planBlock(ctx, c, opts)
	if err != nil {
		return BlockPlan{}, fmt.Errorf("respond: plan block for finding %s: %w", opts.Finding.ID, reason.Cause(ctx, err))
	}
	return plan, nil
}

// ApplyBlock makes the changes of a plan. Each entry is recorded in the Store before it
// is put into its target, so that after a kill nothing is blocked that would never
// be lifted. Targets are changed by adding to what they hold at that moment, under
// their tokens: blocks for several findings may be applied at once. One that fails keeps
// none of the others; the error has all.
//
// A plan without changes calls nothing. The result is valid even if there is an error.
//
// Errors wrap [awspatterns.ErrWrongAccount] and [awspatterns.ErrAltered] before anything
// is changed, and [awspatterns.ErrIncomplete] if blocked or unknown changes were left.
//
// IAM actions: [BlockPermissions].
func ApplyBlock(ctx context.Context, c Clients, plan BlockPlan) (BlockResult, error) {
	result := BlockResult{Outcomes: apply.Pending(plan.Plan)}
	err := applyBlock(ctx, c, plan, &result)
	if err != nil {
		err = fmt.Errorf("respond: apply block for finding %s: %w", plan.Finding.ID, reason.Cause(ctx, err))
	}
	return result, err
}

func applyBlock(ctx context.Context, c Clients, plan BlockPlan, result *BlockResult) error {
	if err := apply.Verify(&plan.Plan, &plan, blockPattern); err != nil {
		return err
	}
	if err := plan.check(); err != nil {
		return err
	}
	b := blocker{clients: c, plan: plan}
	var err error
	result.Outcomes, err = apply.Run(ctx, plan.Plan, apply.Maker{
		Prepare: func(ctx context.Context) error { return checkTarget(ctx, c, plan.Plan) },
		Look:    b.look, Do: b.do, Progress: plan.Progress, Independent: true,
	})
	return err
}

func (o *BlockOptions) validate() error {
	if o.Finding.ID == "" || o.Finding.Updated.IsZero() {
		return errors.New("no Finding with ID and Updated: read one with ParseFinding")
	}
	if len(o.Targets) == 0 && len(o.InstanceTags) == 0 {
		return errors.New("neither Targets nor InstanceTags: there is nothing to do")
	}
	var errs []error
	if len(o.Targets) > 0 && o.For < time.Minute {
		errs = append(errs, fmt.Errorf("option For is %v: want at least a minute", o.For))
	}
	if len(o.Targets) > 0 && o.Store == nil {
		errs = append(errs, errors.New("no Store: nothing would know when to lift the blocks"))
	}
	for i, p := range o.Allow {
		if !p.IsValid() {
			errs = append(errs, fmt.Errorf("option Allow[%d] is no network", i))
		}
	}
	for i, d := range o.AllowDomains {
		if err := checkDomain(normalDomain(d)); err != nil {
			errs = append(errs, fmt.Errorf("AllowDomains[%d]: %w", i, err))
		}
	}
	return errors.Join(append(errs, checkTargets(o.Targets), checkTags(o.InstanceTags))...)
}

// checkTags checks the limits of tags of EC2 ("Tag restrictions").
func checkTags(tags map[string]string) error {
	if len(tags) > 50 {
		return fmt.Errorf("%d InstanceTags: an instance can have 50", len(tags))
	}
	for key, value := range tags {
		if n := len([]rune(key)); n == 0 || n > 128 || strings.HasPrefix(strings.ToLower(key), "aws:") {
			return fmt.Errorf("tag %q: want 1 to 128 characters that do not begin with %q", key, "aws:")
		}
		if n := len([]rune(value)); n > 256 {
			return fmt.Errorf("tag %q: its value has %d characters; want at most 256", key, n)
		}
	}
	return nil
}

// entries returns what is to be blocked, and what is not and why. Entries are networks
// of one address, and domains.
func (o *BlockOptions) entries() (entries []string, left []LeftOut) {
	for _, r := range o.Finding.Remote {
		addr := r.Addr.Unmap().WithZone("") // as ParseFinding has them, and no other is in a network
		if why := o.allowed(addr); why != "" {
			left = append(left, LeftOut{addr.String(), why})
			continue
		}
		if e := netip.PrefixFrom(addr, addr.BitLen()).String(); !slices.Contains(entries, e) {
			entries = append(entries, e)
		}
	}
	for _, d := range o.Finding.Domains {
		if why := o.allowedDomain(d); why != "" {
			left = append(left, LeftOut{d, why})
			continue
		}
		entries = append(entries, d)
	}
	return entries, left
}

// sharedSpace is what carriers use behind their routers (RFC 6598), and VPCs, too.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

func (o *BlockOptions) allowed(a netip.Addr) string {
	if !a.IsGlobalUnicast() || a.IsPrivate() || sharedSpace.Contains(a) {
		return "it is no address of the Internet"
	}
	for _, p := range o.Allow {
		if p = unmapped(p); p.Contains(a) {
			return "it is in " + p.String() + ", which is allowed"
		}
	}
	return ""
}

func (o *BlockOptions) allowedDomain(domain string) string {
	if err := checkDomain(domain); err != nil {
		return err.Error()
	}
	i := slices.IndexFunc(o.AllowDomains, func(d string) bool {
		d = normalDomain(d)
		return domain == d || strings.HasSuffix(domain, "."+d)
	})
	if i >= 0 {
		return "it is in " + normalDomain(o.AllowDomains[i]) + ", which is allowed"
	}
	for _, d := range o.AllowDomains { // the rules for a domain take those below it, too
		if d = normalDomain(d); strings.HasSuffix(d, "."+domain) {
			return d + " is below it, which is allowed"
		}
	}
	return ""
}

func normalDomain(d string) string {
	return strings.ToLower(strings.Trim(d, "."))
}

// checkDomain checks a name by RFC 1035, with underscores, since it becomes part of
// a rule. A single label is no domain that a block could be meant for, and an address
// is none: as a domain it would be looked up in no list of networks.
func checkDomain(d string) error {
	labels := strings.Split(d, ".")
	if len(d) > 253 || len(labels) < 2 {
		return fmt.Errorf("%q is no domain", d)
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return fmt.Errorf("%q is no domain", d)
		}
	}
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return fmt.Errorf("%q is no domain: no top-level domain is a number", d)
	}
	return nil
}

// check checks that changes and blocks, which both are in the plan, are about the same.
func (p *BlockPlan) check() error {
	if len(p.Blocks) != len(p.Changes) {
		return fmt.Errorf("%d changes and %d blocks: %w", len(p.Changes), len(p.Blocks), awspatterns.ErrAltered)
	}
	for i, c := range p.Changes {
		b := p.Blocks[i]
		if !c.Action.Applies() {
			continue
		}
		if b.Target == nil && b.Instance != c.Resource.ID || b.Target != nil && (checkTargets([]Target{*b.Target}) != nil || b.Target.String() != c.Resource.ID) {
			return fmt.Errorf("the change %s %s is not about its block: %w", c.Action, c.Resource, awspatterns.ErrAltered)
		}
		if b.Target != nil && p.Store == nil {
			return errors.New("the plan has no Store: set the one that it was planned with")
		}
		for _, e := range slices.Concat(b.Add, b.Extend) {
			if _, err := netip.ParsePrefix(e); err != nil && checkDomain(e) != nil {
				return fmt.Errorf("the entry %q: %w", e, awspatterns.ErrAltered)
			}
		}
	}
	return nil
}
