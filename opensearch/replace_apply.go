package opensearch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
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
		return fmt.Errorf("Definition: %w", err)
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
		return errOtherSource
	}
	return nil
}

var errOtherSource = fmt.Errorf("what there is to load is not what was planned, or is made into other documents: plan again: %w", awspatterns.ErrAltered)

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
	case g.begun(r.plan.Options.Alias):
		return apply.AsFound, nil
	case g.loaded(r.plan.Options.Alias) && r.wanted(g):
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
		if how == nil && len(g.aliases) > 0 { // which would go with it
			return false
		}
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
		return fmt.Errorf("Shows: %w", err)
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
	if len(g.mark.replace.Settings) > 0 {
		if _, err := g.setBack(ctx, r.clients.Conn, g.mark.replace.Settings); err != nil {
			return err
		}
		g.mark.replace.Settings = nil
		if err := g.mark.write(ctx, r.clients.Conn, g.name); err != nil {
			return err
		}
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

// healthRank is how good a health is.
var healthRank = map[string]int{"green": 2, "yellow": 1}

// awaitHealth waits until the new index is as healthy as the old ones. Yellow is
// healthy enough to replace a red one, where there is none, and to replace one of fewer
// replicas: the cluster may have no nodes for more.
func (r *replacer) awaitHealth(ctx context.Context) error {
	c := r.clients.Conn
	if c.Product() == Serverless {
		return nil
	}
	want := "yellow"
	if len(r.plan.Shown) > 0 {
		old, err := health(ctx, c, r.shown()...)
		if err != nil {
			return err
		}
		replicated, err := r.asReplicated(ctx)
		if err != nil {
			return err
		}
		if old == "green" && replicated {
			want = old
		}
	}
	now := ""
	return r.poll(ctx, r.plan.Options.waitFor(), func() (bool, error) {
		var err error
		now, err = health(ctx, c, r.plan.Index)
		return healthRank[now] >= healthRank[want], err
	}, func() error {
		return fmt.Errorf("%s is %s after %v, and the alias is moved only when it is %s, as what it shows is: look at _cluster/allocation/explain, then apply again",
			r.plan.Index, now, r.plan.Options.waitFor(), want)
	})
}

// asReplicated reports whether what the alias shows has at least as many replicas as
// the new index.
func (r *replacer) asReplicated(ctx context.Context) (bool, error) {
	fewest, wanted := math.MaxInt, 0
	for _, name := range append(r.shown(), r.plan.Index) {
		i, ok, err := readIndex(ctx, r.clients.Conn, name)
		if err != nil {
			return false, err
		}
		n, _ := strconv.Atoi(i.setting("index.number_of_replicas")) // 0 where there is none
		if name == r.plan.Index {
			wanted = n
		} else if ok {
			fewest = min(fewest, n)
		}
	}
	return fewest >= wanted, nil
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
