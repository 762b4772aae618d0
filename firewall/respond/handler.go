package respond

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// OnFindingOptions say which findings are acted on, and how.
type OnFindingOptions struct {
	// Block is what is done. Its Finding is that of the event.
	Block BlockOptions

	// Types are the finding types that are acted on, * standing for any text:
	// "UnauthorizedAccess:EC2/*". None is all.
	Types []string

	// MinSeverity is the lowest severity that is acted on: 4 is medium, 7 high, 9 critical.
	MinSeverity float64

	// Samples acts on sample findings, too: to try a response. What they name does not
	// exist, or is in networks for documentation.
	Samples bool
}

// OnFindingResult is what became of an event.
type OnFindingResult struct {
	Finding Finding
	Skipped string // why nothing was done
	Plan    BlockPlan
	Result  BlockResult
}

// OnFinding plans and applies a block for a finding as EventBridge sends it: what a
// function of AWS Lambda calls whose rule matches findings of GuardDuty. Events may
// come twice, late and in any order: an older update of a finding shortens no block.
//
// An event that is no finding ends in [ErrNotFinding].
//
// IAM actions: those of [BlockPermissions] for planning and for applying.
func OnFinding(ctx context.Context, c Clients, event []byte, opts OnFindingOptions) (OnFindingResult, error) {
	var result OnFindingResult
	if err := opts.validate(); err != nil {
		return result, fmt.Errorf("respond: on finding: %w", err)
	}
	finding, err := ParseFinding(event)
	if err != nil {
		return result, err
	}
	result.Finding = finding
	if result.Skipped = opts.skips(finding); result.Skipped != "" {
		return result, nil
	}
	block := opts.Block
	block.Finding = finding
	if result.Plan, err = PlanBlock(ctx, c, block); err != nil {
		return result, err
	}
	result.Result, err = ApplyBlock(ctx, c, result.Plan)
	return result, err
}

func (o *OnFindingOptions) validate() error {
	if o.Block.Finding.ID != "" {
		return errors.New("Block.Finding is set; it is that of the event")
	}
	if o.MinSeverity < 0 || o.MinSeverity > 10 {
		return fmt.Errorf("MinSeverity is %g: severities are from 1 to 10", o.MinSeverity)
	}
	return nil
}

// skips says why nothing is done about a finding.
func (o *OnFindingOptions) skips(f Finding) string {
	switch {
	case f.Sample && !o.Samples:
		return "it is a sample"
	case f.Severity < o.MinSeverity:
		return fmt.Sprintf("its severity is %g, below %g", f.Severity, o.MinSeverity)
	case len(o.Types) > 0 && !matchesAny(o.Types, f.Type):
		return "its type is not among those that are acted on"
	}
	return ""
}

// matchesAny reports whether one of the patterns matches all of a text. A * stands for
// any text, and nothing else has a meaning.
func matchesAny(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return wildcard(p, text) })
}

func wildcard(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(text, parts[0])
	if len(parts) == 1 {
		return ok && rest == ""
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return ok && strings.HasSuffix(rest, parts[last])
}
