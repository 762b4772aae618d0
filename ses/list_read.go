package ses

import (
	"context"
	"errors"
	"fmt"
	"iter"

	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/ses/region"
)

// A listed is an entry of a long list.
type listed[V any] struct {
	address string
	value   V
}

// listPages are the pages of a long list in one Region. The error, if any, comes last.
type listPages[V any] = iter.Seq2[[]listed[V], error]

// pageThrough yields pages until there is no token for another. What is not there has no
// entries: a tenant or a contact list that is yet to be made. A token that comes twice would
// go round for ever.
func pageThrough[V any](next func(token *string) ([]listed[V], *string, error)) listPages[V] {
	return func(yield func([]listed[V], error) bool) {
		var token *string
		for {
			page, following, err := next(token)
			if _, absent := errors.AsType[*sestypes.NotFoundException](err); absent && token == nil {
				return
			}
			if err == nil && token != nil && following != nil && *following == *token {
				err = errors.New("two pages of a list have one token for the next")
			}
			if !yield(page, err) || err != nil || following == nil || *following == "" {
				return
			}
			token = following
		}
	}
}

// readList reads a list into memory. progress may be nil.
func readList[V comparable](pages listPages[V], rules listRules[V], progress func(done int)) (*listStore[V], error) {
	store, done := &listStore[V]{}, 0
	for page, err := range pages {
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			store.add(listKeyOf(e.address), e.value)
		}
		done += len(page)
		if progress != nil {
			progress(done)
		}
	}
	store.freeze(rules.stricter)
	return store, nil
}

// ends returns the Region that a step reads from and the one that it writes to.
func (p *pair) ends(step region.Step) (from, to *site) {
	return p.at(!step.Primary), p.at(step.Primary)
}

// differenceOf returns the difference that a step removes.
func differenceOf(step region.Step) (region.ListDifference, error) {
	if step.Value == nil || step.Value.List == nil {
		return region.ListDifference{}, fmt.Errorf("a step of %s without its list: %w", step.Kind, awspatterns.ErrAltered)
	}
	return *step.Value.List, nil
}

// whyUnread tells why a list could not be read, without what differs between requests.
func whyUnread(ctx context.Context, err error) string {
	if cause := context.Cause(ctx); cause != nil {
		return cause.Error()
	}
	return reason.Of(err)
}

// toldOf returns progress for one Region. progress may be nil.
func (s *site) toldOf(progress func(region string, done int)) func(done int) {
	return func(done int) {
		if progress != nil {
			progress(s.Region, done)
		}
	}
}
