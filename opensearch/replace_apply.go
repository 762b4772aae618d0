package opensearch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

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
