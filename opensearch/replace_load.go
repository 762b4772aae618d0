package opensearch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/state"
)

// build creates the index, loads and verifies it. What cannot be loaded, or is not
// what was loaded, is deleted; what is only interrupted stays for the next run.
func (r *replacer) build(ctx context.Context) error {
	g, err := r.create(ctx)
	if err != nil {
		return err
	}
	err = r.fill(ctx, g)
	if err == nil || interrupted(ctx, err) {
		return err
	}
	if undo := r.discard(ctx, g); undo != nil {
		return fmt.Errorf("%w; %s is left to the next run: %w", err, g.name, undo)
	}
	return fmt.Errorf("%w; %s is deleted again", err, g.name)
}

// interrupted reports whether an error leaves an index that the next run may find
// good.
func interrupted(ctx context.Context, err error) bool {
	return ctx.Err() != nil || isUnread(err) || errors.Is(err, ErrStalled) || errors.Is(err, state.ErrConflict) || errors.Is(err, awspatterns.ErrStale)
}

// create returns the index to load: a new one or, if there is a checkpoint to go on
// from, the one that an earlier run has begun to load.
func (r *replacer) create(ctx context.Context) (generation, error) {
	c := r.clients.Conn
	g, ok, err := readGeneration(ctx, c, r.plan.Index)
	if err == nil && ok {
		if err = r.checkIdle(ctx); err == nil {
			g, ok, err = readGeneration(ctx, c, r.plan.Index) // that took long
		}
	}
	switch {
	case err != nil:
		return g, err
	case ok && !g.begun(r.plan.Options.Alias): // another process has loaded it since it was looked at
		return g, apply.ErrMoved
	case ok && r.wanted(g) && r.plan.Options.Ingest.Checkpoint != nil:
		return g, nil
	case ok:
		if err := deleteIndex(ctx, c, g.name); err != nil {
			return g, err
		}
	}
	birth, err := r.definition.birth(c.Product(), replacement{
		Alias: r.plan.Options.Alias, Generation: r.plan.Generation, Source: r.plan.Source, Definition: r.digest,
		Plan: r.plan.Digest, State: loading, Replaces: r.shown(), ForceMerge: r.plan.Options.ForceMerge,
	})
	if err != nil {
		return g, err
	}
	err = tell(ctx, c, http.MethodPut, pathOf(r.plan.Index), birth)
	if needsCopies(err) {
		if delete(birth.Settings, replicas); r.definition.Settings[replicas] != nil {
			birth.Settings[replicas] = r.definition.Settings[replicas]
		}
		err = tell(ctx, c, http.MethodPut, pathOf(r.plan.Index), birth)
	}
	refused, _ := errors.AsType[*Error](err)
	if err != nil && (refused == nil || refused.Type != "resource_already_exists_exception") {
		return g, err
	}
	g, ok, readErr := readGeneration(ctx, c, r.plan.Index)
	switch {
	case readErr != nil:
		return g, readErr
	case !ok, !r.wanted(g), g.mark.replace.Plan != r.plan.Digest, g.mark.replace.State == loaded:
		return g, errors.Join(apply.ErrMoved, err)
	case len(g.aliases) > 0:
		return g, errors.Join(fmt.Errorf("an index template gives %s an alias from the beginning, so that it is shown while it is loaded: take the alias out of the template", g.name),
			deleteIndex(ctx, c, g.name))
	}
	return g, nil
}

// idleFor is how long an index that was left behind is watched. A run that is alive
// writes more often, unless the cluster lets it wait.
const idleFor = 10 * time.Second

// checkIdle returns an error if another process is loading the new index.
func (r *replacer) checkIdle(ctx context.Context) error {
	c := r.clients.Conn
	if c.Product() == Serverless {
		return nil
	}
	before, _, err := writes(ctx, c, []string{r.plan.Index})
	if err != nil {
		return err
	}
	if err := pace.Sleep(ctx, idleFor); err != nil {
		return err
	}
	after, _, err := writes(ctx, c, []string{r.plan.Index})
	if err == nil && after != before {
		err = fmt.Errorf("another process is loading %s: wait until it has ended, and plan again: %w", r.plan.Index, awspatterns.ErrStale)
	}
	return err
}

// discard deletes the index that was created, if it is still that. Another process that
// applies the same plan may have loaded it, and have moved the alias to it.
func (r *replacer) discard(ctx context.Context, g generation) error {
	now, ok, err := readGeneration(ctx, r.clients.Conn, g.name)
	if err != nil || !ok || now.uuid() != g.uuid() || !now.ours(r.plan.Options.Alias) {
		return err
	}
	if !now.begun(r.plan.Options.Alias) {
		return errors.New("another process has loaded it, or an alias shows it")
	}
	return deleteIndex(ctx, r.clients.Conn, g.name)
}

// fill loads and verifies an index, and marks it as loaded.
func (r *replacer) fill(ctx context.Context, g generation) error {
	t := newTally(r.sample(g))
	defer t.close()
	if err := r.load(ctx, g, t); err != nil {
		return err
	}
	if err := r.verify(ctx, t); err != nil {
		return err
	}
	now, ok, err := readGeneration(ctx, r.clients.Conn, g.name)
	if err != nil {
		return err
	}
	if !ok || now.uuid() != g.uuid() || now.mark.replace == nil {
		return fmt.Errorf("%s is not the index any more that was loaded: another process replaces %s, too: %w", g.name, r.plan.Options.Alias, awspatterns.ErrStale)
	}
	m := now.mark.replace
	m.State, m.Documents, m.Replaces = loaded, r.result.Verified.Documents, r.shown()
	return now.mark.write(ctx, r.clients.Conn, g.name)
}

// load writes all documents to an index.
func (r *replacer) load(ctx context.Context, g generation, t *tally) error {
	in := r.plan.Options.load(g.name)
	if in.Checkpoint != nil {
		in.Checkpoint = &indexCheckpoint{in.Checkpoint, g.uuid()}
	}
	var err error
	r.result.Ingest, err = load(ctx, r.clients, in, r.plan.Source, t.add)
	if err != nil {
		return cmp.Or(errors.Unwrap(err), err) // without the prefix of Ingest
	}
	got := r.result.Ingest
	// Those that an earlier run had refused are read again, and not written.
	if refused := got.Read - got.Dropped - t.calls; refused > r.plan.Options.MaxRejected {
		err := &RejectedError{Rejected: refused, reason: "more than MaxRejected"}
		if len(got.Rejections) > 0 {
			err.First = got.Rejections[0]
		} else {
			err.First.Reason = "an earlier run told of it: see the dead letters"
		}
		return err
	}
	return nil
}

// An indexCheckpoint is a checkpoint that is about one index: after it was deleted and
// created anew, there is nothing to go on from.
type indexCheckpoint struct {
	Checkpoint
	uuid string
}

type checkpointOfIndex struct {
	UUID  string          `json:"uuid"`
	Value json.RawMessage `json:"value"`
}

func (c *indexCheckpoint) Load(ctx context.Context) ([]byte, error) {
	text, err := c.Checkpoint.Load(ctx)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	var saved checkpointOfIndex
	if json.Unmarshal(text, &saved) != nil || saved.UUID != c.uuid {
		return nil, nil
	}
	return bytes.Clone(saved.Value), nil
}

func (c *indexCheckpoint) Save(ctx context.Context, value []byte) error {
	text, err := json.Marshal(checkpointOfIndex{c.uuid, slices.Clone(value)})
	if err != nil {
		return err
	}
	return c.Checkpoint.Save(ctx, text)
}
