package opensearch

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns/internal/distinct"
)

// A Verification is what was found in an index that was loaded.
type Verification struct {
	Documents int64 // in the index
	Compared  int   // of them, with what was sent

	// NotCompared is why none was compared; empty if some were.
	NotCompared string
}

// A VerifyError says that an index does not hold what was loaded into it.
type VerifyError struct {
	Index string

	// Documents is how many there are. There should be from Least to Most: these are
	// the same unless ids have several routings, or the service makes the ids and an
	// answer of it was lost.
	Documents, Least, Most int64

	// Of the documents that were Compared, those that are not there, and those that are
	// not as they were sent.
	Compared       int
	Missing, Other []string // ids

	// Unseen is how many documents the alias would not find, since they are not where
	// its search routing looks.
	Unseen int64
}

func (e *VerifyError) Error() string {
	wanted := fmt.Sprint(e.Least)
	if e.Most != e.Least {
		wanted = fmt.Sprintf("%d to %d", e.Least, e.Most)
	}
	text := fmt.Sprintf("%s has %d documents, and %s were loaded", e.Index, e.Documents, wanted)
	if e.Unseen > 0 {
		text += fmt.Sprintf("; the alias would not find %d of them with its search routing: set RoutingField, or the Routing of Documents", e.Unseen)
	}
	if len(e.Missing)+len(e.Other) == 0 {
		return text
	}
	return fmt.Sprintf("%s; of %d compared, %d are missing and %d are not as they were sent: %s", text, e.Compared, len(e.Missing), len(e.Other), someIDs(e.Missing, e.Other))
}

// someIDs names the first few.
func someIDs(lists ...[]string) string {
	const few = 5
	var all []string
	for _, list := range lists {
		for _, id := range list {
			all = append(all, fmt.Sprintf("%q", id))
		}
	}
	if len(all) > few {
		all = append(all[:few], "…")
	}
	return strings.Join(all, ", ")
}

// sample returns how many documents of an index to compare, and notes why there are
// none. Index templates may have added to what it was created with.
func (r *replacer) sample(g generation) int {
	n := r.plan.Options.sample()
	not := definition{Settings: g.settings, Mappings: g.mapping}.incomparable(r.plan.Options.Ingest)
	if n == 0 {
		not = "Sample is -1"
	}
	if r.result.Verified.NotCompared = not; not != "" {
		return 0
	}
	return n
}

// A tally counts the documents that an index should have.
type tally struct {
	set   *distinct.Set
	calls int64 // documents, those of one id too
	noID  int64 // of them, without an id
}

func newTally(sample int) *tally {
	return &tally{set: distinct.New(distinct.Options{Sample: sample, Canonical: canonicalDocument})}
}

// canonicalDocument returns what two documents share that are the same JSON value.
func canonicalDocument(source []byte) []byte {
	digest, err := digestJSON(source)
	if err != nil {
		return source
	}
	return []byte(digest)
}

func (t *tally) add(d Document) {
	t.calls++
	if d.ID == "" {
		t.noID++
		return
	}
	t.set.Add(d.ID, d.Routing, d.Source)
}

func (t *tally) close() { t.set.Close() }

// verify makes the documents be found, counts them and compares some.
func (r *replacer) verify(ctx context.Context, t *tally) error {
	ids, pairs, err := t.set.Count()
	if err != nil {
		return err
	}
	e := &VerifyError{Index: r.plan.Index, Least: ids + t.noID, Most: pairs + t.noID + r.result.Ingest.MayBeDoubled}
	if e.Documents, err = r.settledCount(ctx, e.Least); err != nil {
		return err
	}
	if e.Unseen, err = r.unseen(ctx, e.Documents); err != nil {
		return err
	}
	if err := r.compare(ctx, t.set.Sample(), e); err != nil {
		return err
	}
	v := &r.result.Verified
	v.Documents, v.Compared = e.Documents, e.Compared
	if e.Compared == 0 && v.NotCompared == "" {
		v.NotCompared = "there are no documents with an id"
	}
	if e.Documents < e.Least || e.Documents > e.Most || len(e.Missing)+len(e.Other) > 0 || e.Unseen > 0 {
		return e
	}
	if e.Documents == 0 && !r.plan.Options.AllowEmpty {
		return fmt.Errorf("there is not one document to load into %s, and who searches %s would find nothing: set AllowEmpty if that is meant",
			r.plan.Index, r.plan.Options.Alias)
	}
	return nil
}

// countsFor is how long replicas may take to show what was refreshed.
const countsFor = 10 * time.Second

// settledCount returns how many documents an index has, as soon as it has at least so
// many, or after a while. Serverless refreshes by itself, every 10 to 60 seconds.
func (r *replacer) settledCount(ctx context.Context, least int64) (n int64, err error) {
	c, most := r.clients.Conn, min(countsFor, r.plan.Options.waitFor())
	if c.Product() == Serverless {
		most = r.plan.Options.waitFor()
	} else if err := refresh(ctx, c, r.plan.Index); err != nil {
		return 0, err
	}
	err = r.poll(ctx, most, func() (bool, error) {
		n, err = count(ctx, c, r.plan.Index)
		return n >= least, err
	}, func() error { return nil })
	return n, err
}

// unseen returns how many of all documents are not where the alias will look for them.
func (r *replacer) unseen(ctx context.Context, all int64) (int64, error) {
	var how struct {
		Routing string `json:"search_routing"`
	}
	if err := json.Unmarshal(r.plan.Shows, &how); err != nil || how.Routing == "" {
		return 0, err
	}
	seen, err := countRouted(ctx, r.clients.Conn, r.plan.Index, how.Routing)
	return all - seen, err
}

// compare notes in e which documents of a sample are not as they were sent.
func (r *replacer) compare(ctx context.Context, sample []distinct.Sampled, e *VerifyError) error {
	if len(sample) == 0 {
		return nil
	}
	found, err := getDocuments(ctx, r.clients.Conn, r.plan.Index, sample)
	if errors.Is(err, errTooLarge) && len(sample) > 1 {
		half := len(sample) / 2
		return cmp.Or(r.compare(ctx, sample[:half], e), r.compare(ctx, sample[half:], e))
	}
	if err != nil {
		return err
	}
	for i, s := range sample {
		e.Compared++
		switch {
		case !found[i].Found:
			e.Missing = append(e.Missing, s.ID)
		case !s.Mixed && sha256.Sum256(canonicalDocument(found[i].Source)) != s.Content:
			e.Other = append(e.Other, s.ID)
		}
	}
	return nil
}

// A gotDocument is a document as an index has it.
type gotDocument struct {
	ID     string          `json:"_id"`
	Found  bool            `json:"found"`
	Source json.RawMessage `json:"_source"`
	Error  *explanation    `json:"error"`
}

// getDocuments returns documents in the order of a sample.
func getDocuments(ctx context.Context, c *Conn, name string, sample []distinct.Sampled) ([]gotDocument, error) {
	type wanted struct {
		ID      string `json:"_id"`
		Routing string `json:"routing,omitempty"`
	}
	var docs []wanted
	for _, s := range sample {
		docs = append(docs, wanted{s.ID, s.Routing})
	}
	body, err := json.Marshal(map[string]any{"docs": docs})
	if err != nil {
		return nil, err
	}
	answer, err := ask[struct{ Docs []gotDocument }](ctx, c, Request{
		Method: http.MethodPost, Path: pathOf(name, "_mget"), Body: body, Repeat: true,
	})
	if err != nil {
		return nil, err
	}
	if len(answer.Docs) != len(docs) {
		return nil, fmt.Errorf("of %d documents asked for, %d were answered", len(docs), len(answer.Docs))
	}
	for i, d := range answer.Docs {
		if d.ID != docs[i].ID {
			return nil, fmt.Errorf("asked for document %q, and got %q", docs[i].ID, d.ID)
		}
		if d.Error != nil {
			return nil, unreadError(fmt.Sprintf("document %q: %s: %s", d.ID, d.Error.Type, d.Error.Reason))
		}
	}
	return answer.Docs, nil
}
