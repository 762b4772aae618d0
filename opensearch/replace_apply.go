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
)

// A replacer applies a plan.
type replacer struct {
	plan    ReplacePlan
	clients Clients
	result  *ReplaceResult

	definition definition // of the plan, decoded
	digest     string
}

// prepare checks that it is the cluster of the plan and, if something is to be loaded,
// the content.
func (r *replacer) prepare(ctx context.Context) error {
	target, err := replaceTarget(ctx, r.clients.Conn)
	if err != nil {
		return err
	}
	if err := apply.CheckTarget(r.plan.Plan, target); err != nil {
		return err
	}
	if err := json.Unmarshal(r.plan.Definition, &r.definition); err != nil {
		return fmt.Errorf("the Definition of the plan: %w", err)
	}
	if r.digest, err = digestJSON(r.plan.Definition); err != nil || !r.builds() {
		return err
	}
	in := r.plan.Options.load(r.plan.Index)
	if len(in.Files)+len(in.Objects) == 0 && in.Documents == nil {
		return errors.New("the plan has no Documents: set Options.Ingest.Documents again after reading a plan from JSON")
	}
	source, err := openSource(ctx, r.clients, in)
	if err != nil {
		return err
	}
	if source.version() != r.plan.Source {
		return fmt.Errorf("what there is to load is not what was planned, or is made into other documents: plan again: %w", awspatterns.ErrAltered)
	}
	return nil
}

// builds reports whether the plan loads an index.
func (r *replacer) builds() bool {
	return slices.ContainsFunc(r.plan.Changes, func(c awspatterns.Change) bool {
		return c.Action.Applies() && c.Resource.Type == kindIndex && c.Resource.ID == r.plan.Index
	})
}

func (r *replacer) look(ctx context.Context, i int) (apply.Now, error) {
	switch c := r.plan.Changes[i]; {
	case c.Resource.Type == kindAlias:
		return r.lookAlias(ctx)
	case c.Action == awspatterns.Delete:
		return r.lookDeleted(ctx, c.Resource.ID)
	}
	return r.lookIndex(ctx)
}

func (r *replacer) do(ctx context.Context, i int) error {
	switch c := r.plan.Changes[i]; {
	case c.Resource.Type == kindAlias:
		return r.moveAlias(ctx)
	case c.Action == awspatterns.Delete:
		return deleteIndex(ctx, r.clients.Conn, c.Resource.ID)
	}
	return r.build(ctx)
}

// lookIndex tells how the new index is. One that is being loaded is as good as none.
func (r *replacer) lookIndex(ctx context.Context) (apply.Now, error) {
	g, ok, err := readGeneration(ctx, r.clients.Conn, r.plan.Index)
	switch {
	case err != nil:
		return apply.Other, err
	case !ok:
		return apply.AsFound, nil
	case !g.ours(r.plan.Options.Alias):
		return apply.Other, nil
	case g.mark.replace.State == loading:
		return apply.AsFound, nil
	case r.wanted(g):
		return apply.AsPlanned, nil
	}
	return apply.Other, nil
}

// wanted reports whether an index was made of what the plan says.
func (r *replacer) wanted(g generation) bool {
	m := g.mark.replace
	return m != nil && m.Alias == r.plan.Options.Alias && m.Source == r.plan.Source && m.Definition == r.digest
}

func (r *replacer) lookAlias(ctx context.Context) (apply.Now, error) {
	shown, err := readGenerations(ctx, r.clients.Conn, r.plan.Options.Alias)
	if err != nil {
		return apply.Other, err
	}
	if shownAsPlanned(r.plan, shown) {
		return apply.AsPlanned, nil
	}
	same := slices.EqualFunc(shown, r.plan.Shown, func(g generation, s ShownIndex) bool {
		how := g.aliases[r.plan.Options.Alias]
		return g.name == s.Name && g.uuid() == s.UUID && (how == nil && s.How == nil || equalJSON(how, s.How))
	})
	if !same {
		return apply.Other, nil
	}
	return apply.AsFound, nil
}

// lookDeleted tells how an index is that is to be deleted. One that bears an alias by
// now is not.
func (r *replacer) lookDeleted(ctx context.Context, name string) (apply.Now, error) {
	g, ok, err := readGeneration(ctx, r.clients.Conn, name)
	switch {
	case err != nil:
		return apply.Other, err
	case !ok:
		return apply.AsPlanned, nil
	case g.uuid() == r.plan.Deleted[name] && g.ours(r.plan.Options.Alias) && len(g.aliases) == 0:
		return apply.AsFound, nil
	}
	return apply.Other, nil
}

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
	now, err := writes(ctx, r.clients.Conn, r.shown())
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
		if err := wait(ctx, min(pause, left)); err != nil {
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

// readGeneration returns an index with its mark.
func readGeneration(ctx context.Context, c *Conn, name string) (generation, bool, error) {
	i, ok, err := readIndex(ctx, c, name)
	if err != nil || !ok {
		return generation{}, false, err
	}
	m, err := readMark(i)
	return generation{i, m}, err == nil, err
}

// deleteIndex deletes an index. That there is none is no error.
func deleteIndex(ctx context.Context, c *Conn, name string) error {
	err := tell(ctx, c, http.MethodDelete, pathOf(name), nil)
	if isMissing(err) {
		return nil
	}
	return err
}
