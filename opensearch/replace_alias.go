package opensearch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/pace"
)

// moveAlias has the alias show the new index, once that is as it is to stay, and
// instead of all that it shows.
func (r *replacer) moveAlias(ctx context.Context) error {
	if err := r.release(ctx); err != nil {
		return err
	}
	if err := r.checkWrites(ctx); err != nil {
		return err
	}
	if now, err := r.lookAlias(ctx); err != nil || now != apply.AsFound { // that may have taken long
		return errors.Join(err, apply.ErrMoved)
	}
	alias := r.plan.Options.Alias
	type action map[string]map[string]any
	var actions []action
	for _, s := range r.plan.Shown {
		switch s.Name {
		case r.plan.Index:
		case alias:
			actions = append(actions, action{"remove_index": {"index": s.Name}})
		default:
			actions = append(actions, action{"remove": {"index": s.Name, "alias": alias, "must_exist": true}})
		}
	}
	add := map[string]any{}
	if err := json.Unmarshal(r.plan.Shows, &add); err != nil {
		return fmt.Errorf("the Shows of the plan: %w", err)
	}
	add["index"], add["alias"] = r.plan.Index, alias
	err := tell(ctx, r.clients.Conn, http.MethodPost, "/_aliases", map[string]any{"actions": append(actions, action{"add": add})})
	if status := statusOf(err); status == http.StatusBadRequest || status == http.StatusNotFound {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

// release makes the index that was loaded one to be searched: with its settings, as
// healthy as the old ones, and with the documents that it was loaded with.
func (r *replacer) release(ctx context.Context) error {
	g, ok, err := readGeneration(ctx, r.clients.Conn, r.plan.Index)
	if err != nil {
		return err
	}
	if !ok || !g.loaded(r.plan.Options.Alias) {
		return fmt.Errorf("%s is not there any more, or not loaded: plan again: %w", r.plan.Index, awspatterns.ErrStale)
	}
	if err := r.finish(ctx, g); err != nil {
		return err
	}
	if r.shows(g.name) {
		return nil
	}
	if err := r.awaitHealth(ctx); err != nil {
		return err
	}
	n, err := count(ctx, r.clients.Conn, g.name)
	if err == nil && n != g.mark.replace.Documents {
		err = fmt.Errorf("%s has %d documents, and was loaded with %d: somebody else writes to it; delete it and plan again: %w",
			g.name, n, g.mark.replace.Documents, awspatterns.ErrStale)
	}
	return err
}

// finish does what the mark says is to be done, and takes it out of the mark. Segments
// are merged while there are no replicas of them.
func (r *replacer) finish(ctx context.Context, g generation) error {
	m := g.mark.replace
	if m.ForceMerge == 0 && len(m.Settings) == 0 {
		return nil
	}
	if m.ForceMerge > 0 {
		if err := r.merge(ctx, m.ForceMerge); err != nil {
			return err
		}
	}
	if _, err := g.setBack(ctx, r.clients.Conn, m.Settings); err != nil {
		return err
	}
	m.ForceMerge, m.Settings = 0, nil
	return g.mark.write(ctx, r.clients.Conn, g.name)
}

// merge merges the segments of the new index. That may take longer than an answer may;
// the cluster then goes on.
func (r *replacer) merge(ctx context.Context, segments int) error {
	err := forceMerge(ctx, r.clients.Conn, r.plan.Index, segments)
	if !errors.Is(err, os.ErrDeadlineExceeded) && statusOf(err) != http.StatusGatewayTimeout {
		return err
	}
	return r.poll(ctx, forever, func() (bool, error) {
		n, err := merges(ctx, r.clients.Conn, r.plan.Index)
		return n == 0, err
	}, nil)
}

const forever = math.MaxInt64

// shows reports whether the alias showed an index when the plan was made.
func (r *replacer) shows(name string) bool {
	return slices.ContainsFunc(r.plan.Shown, func(s ShownIndex) bool { return s.Name == name })
}

func (r *replacer) shown() (names []string) {
	for _, s := range r.plan.Shown {
		names = append(names, s.Name)
	}
	return names
}

// checkWrites returns an error if others have written to the old indices.
func (r *replacer) checkWrites(ctx context.Context) error {
	if r.clients.Conn.Product() == Serverless || r.plan.Options.AllowWrites || len(r.plan.Shown) == 0 {
		return nil
	}
	now, _, err := writes(ctx, r.clients.Conn, r.shown())
	if err != nil || now == r.plan.Writes {
		return err
	}
	return fmt.Errorf("others have written to what %s shows since the plan was made (%d operations then, %d now), and that is not in %s: "+
		"plan again, or set AllowWrites: %w", r.plan.Options.Alias, r.plan.Writes, now, r.plan.Index, awspatterns.ErrStale)
}

// awaitHealth waits until the new index has as many copies of each shard as the old
// ones, as far as it is to have so many, and at least one.
func (r *replacer) awaitHealth(ctx context.Context) error {
	c, want, now := r.clients.Conn, 1, indexHealth{}
	if c.Product() == Serverless {
		return nil
	}
	if len(r.plan.Shown) > 0 {
		old, err := health(ctx, c, r.shown()...)
		if err != nil {
			return err
		}
		for _, h := range old {
			want = max(want, h.Active/max(h.Shards, 1))
		}
	}
	return r.poll(ctx, r.plan.Options.waitFor(), func() (bool, error) {
		all, err := health(ctx, c, r.plan.Index)
		now = all[r.plan.Index]
		return now.Status != "red" && now.Active >= now.Shards*min(want, 1+now.Replicas), err
	}, func() error {
		return fmt.Errorf("%s is %s after %v: it has %d copies of its %d shards, and each is to have %d, as in what the alias shows: "+
			"look at _cluster/allocation/explain, then apply again", r.plan.Index, now.Status, r.plan.Options.waitFor(), now.Active, now.Shards, min(want, 1+now.Replicas))
	})
}

// poll calls done until it reports true, longer apart each time, and late if that took
// too long.
func (r *replacer) poll(ctx context.Context, most time.Duration, done func() (bool, error), late func() error) error {
	begun := time.Now()
	for pause := time.Second / 4; ; pause = min(2*pause, 10*time.Second) {
		ok, err := done()
		if err != nil || ok {
			return err
		}
		left := most - time.Since(begun)
		if left <= 0 {
			return late()
		}
		if err := pace.Sleep(ctx, min(pause, left)); err != nil {
			return err
		}
	}
}

func (o ReplaceOptions) waitFor() time.Duration {
	if o.WaitFor == 0 {
		return 10 * time.Minute
	}
	return o.WaitFor
}
