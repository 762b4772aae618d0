package ses

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/ses/region"
)

// readers is how many objects of a kind are read at a time. It is the limiter that keeps to
// the rate; several are on their way so that latency does not lower it.
const readers = 8

// read returns what a Region holds of the kinds. What cannot be read is in Unread; the only
// error is that of ctx. The suppression list and contacts are not in a State: see
// suppressionDifference and contactDifference. progress may be nil.
func (s *site) read(ctx context.Context, kinds []region.Kind, progress func(RegionSyncProgress)) (region.State, error) {
	r := &stateReading{site: s, progress: progress}
	r.state.Partition, r.state.Account, r.state.Region = s.target.Partition, s.target.Account, s.Region
	wanted := func(k region.Kind) bool { return slices.Contains(kinds, k) }
	var jobs []func(context.Context)
	for _, job := range []struct {
		kind region.Kind
		read func(context.Context)
	}{
		{region.Account, r.settings},
		{region.Pools, r.pools},
		{region.Sets, func(ctx context.Context) { r.sets(ctx, wanted(region.Destinations)) }},
		{region.Identities, r.identities},
		{region.Templates, r.templates},
		{region.Verification, r.verificationTemplates},
		{region.Lists, r.contactLists},
		{region.Tenants, func(ctx context.Context) { r.tenants(ctx, wanted(region.Associations)) }},
		{region.Endpoints, r.endpoints},
	} {
		if wanted(job.kind) {
			jobs = append(jobs, job.read)
		}
	}
	parallel.ForEach(len(jobs), max(1, len(jobs)), func(i int) { jobs[i](ctx) })
	if ctx.Err() != nil {
		return region.State{}, context.Cause(ctx)
	}
	slices.SortFunc(r.state.Unread, func(a, b region.Unread) int {
		return strings.Compare(unreadKey(a), unreadKey(b))
	})
	return r.state, nil
}

func unreadKey(u region.Unread) string {
	return string(u.Kind) + "\x00" + u.Name + "\x00" + string(u.Aspect)
}

// A stateReading reads a State, several kinds at a time.
type stateReading struct {
	*site
	progress func(RegionSyncProgress)

	mu    sync.Mutex // over progress and Unread
	state region.State
}

// unread notes that something could not be read. Of a context that ended nothing is noted,
// since reading ends then.
func (r *stateReading) unread(ctx context.Context, kind region.Kind, name string, aspect region.Aspect, err error) {
	if ctx.Err() != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.Unread = append(r.state.Unread, region.Unread{Kind: kind, Name: name, Aspect: aspect, Reason: reason.Of(err)})
}

// tell tells that done objects of a kind were read.
func (r *stateReading) tell(kind region.Kind, done, total int) {
	if r.progress == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress(RegionSyncProgress{Region: r.Region, Kind: kind, Done: done, Total: total})
}

// errListedGone is for an object that is listed and then not found. It may be deleted just
// now, or one of two answers was of another time: so it is not known, and not absent.
var errListedGone = errors.New("it is listed, and then not found: plan again")

// readEach reads the objects of the names with get, which returns nil for one that is not
// found.
func readEach[T any](ctx context.Context, r *stateReading, kind region.Kind, names []string, get func(context.Context, string) (*T, error)) []T {
	found := make([]*T, len(names))
	done := 0
	var mu sync.Mutex
	parallel.ForEach(len(names), readers, func(i int) {
		if ctx.Err() != nil {
			return
		}
		v, err := get(ctx, names[i])
		if v == nil && err == nil {
			err = errListedGone
		}
		if err != nil {
			r.unread(ctx, kind, names[i], region.Object, err)
		}
		found[i] = v
		mu.Lock()
		done++
		now := done
		mu.Unlock()
		r.tell(kind, now, len(names))
	})
	var objects []T
	for _, v := range found {
		if v != nil {
			objects = append(objects, *v)
		}
	}
	return objects
}

// A pager is a paginator of the SDK.
type pager[O any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*sesv2.Options)) (O, error)
}

// readPages returns the items of all pages.
func readPages[O, T any](ctx context.Context, p pager[O], turn func(*sesv2.Options), items func(O) []T) ([]T, error) {
	var all []T
	for p.HasMorePages() {
		page, err := p.NextPage(ctx, turn)
		if err != nil {
			return nil, err
		}
		all = append(all, items(page)...)
	}
	return all, nil
}

// readAbsent returns nil for what is not there.
func readAbsent[T any](v *T, err error) (*T, error) {
	if _, absent := errors.AsType[*sestypes.NotFoundException](err); absent {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// readTags returns tags as a map, nil if there are none.
func readTags(tags []sestypes.Tag) map[string]string {
	if len(tags) == 0 {
		return nil
	}
	m := map[string]string{}
	for _, t := range tags {
		m[deref(t.Key)] = deref(t.Value)
	}
	return m
}

// deref returns what p points to, or the zero value.
func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// texts returns strings of a type as strings. Nil stays nil.
func texts[S ~string](all []S) []string {
	if all == nil {
		return nil
	}
	plain := make([]string, len(all))
	for i, s := range all {
		plain[i] = string(s)
	}
	return plain
}

// sortedTexts is texts, sorted.
func sortedTexts[S ~string](all []S) []string {
	plain := texts(all)
	slices.Sort(plain)
	return plain
}

// errNoAnswer is for an answer without what it is to hold, so that a fake or a change of the
// service is no panic.
func errNoAnswer(what string) error { return fmt.Errorf("an answer without %s", what) }
