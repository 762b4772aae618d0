package ses

import (
	"context"
	"fmt"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/ses/region"
)

// FailoverDrillOptions say which Region is taken for lost, and how much is sent.
type FailoverDrillOptions struct {
	ReadinessOptions

	// Lost is the Region that is gone, region.BothLost for either in turn. The primary if
	// empty.
	Lost string

	// Volumes are recipients in 24 hours, in both Regions together, by identity. Without them
	// it cannot be told how much of the mail an identity stands for.
	Volumes map[string]float64
}

// A FailoverDrillResult is what would not go out if a Region were gone now.
type FailoverDrillResult struct {
	region.DrillResult

	// Inputs are what was read. [region.CheckReadiness] takes them, too.
	Inputs region.Inputs `json:"-"`
}

// FailoverDrill tells what would not go out of the other Region, and why, if one were gone
// now: identities, configuration sets, templates, tenants, and how many recipients. It says
// which of it AWS's documentation tells and what is supposed. It only reads, both Regions:
// nothing is switched off.
//
// What cannot be read is not known, and never taken for fine.
//
// IAM actions: [FailoverDrillPermissions].
func FailoverDrill(ctx context.Context, primary, secondary Clients, opts FailoverDrillOptions) (FailoverDrillResult, error) {
	result, err := failoverDrill(ctx, primary, secondary, opts)
	if err != nil {
		return FailoverDrillResult{}, fmt.Errorf("ses: failover drill of %s and %s: %w", primary.Region, secondary.Region, reason.Cause(ctx, err))
	}
	return result, nil
}

func failoverDrill(ctx context.Context, primary, secondary Clients, opts FailoverDrillOptions) (FailoverDrillResult, error) {
	switch opts.Lost {
	case "", region.BothLost, primary.Region, secondary.Region:
	default:
		return FailoverDrillResult{}, fmt.Errorf("the lost Region is %q: give %s, %s or %q", opts.Lost, primary.Region, secondary.Region, region.BothLost)
	}
	drill := region.DrillOptions{ReadinessOptions: opts.ReadinessOptions.ReadinessOptions, Volumes: opts.Volumes}
	if err := drill.Check(); err != nil {
		return FailoverDrillResult{}, err
	}
	in, err := readReadiness(ctx, primary, secondary, opts.ReadinessOptions)
	if err != nil {
		return FailoverDrillResult{}, err
	}
	result, err := region.Drill(in, opts.Lost, drill)
	return FailoverDrillResult{result, in}, err
}

// FailoverDrillPermissions returns what [FailoverDrill] needs in each Region, which is what
// [CheckReadiness] needs.
func FailoverDrillPermissions(opts FailoverDrillOptions) (primary, secondary awspatterns.Permissions) {
	return ReadinessPermissions(opts.ReadinessOptions)
}
