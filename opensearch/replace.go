package opensearch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// ReplaceOptions say what an alias is to show instead of what it shows now.
type ReplaceOptions struct {
	// Alias is what is searched. There need not be one yet. Its indices are named
	// after it, in small letters: books-000001, books-000002 and so on. Required.
	Alias string `json:"alias"`

	// Ingest says what to load and how. Its Index, Mode, Tune and MaxRejected are not
	// the caller's to set. Of documents with one id the last one stays. With Documents,
	// it needs a Version. With a Checkpoint, a load that was stopped goes on where it was;
	// otherwise it begins anew.
	Ingest IngestOptions `json:"ingest"`

	// Body is the JSON object to create the index with: its "settings", its "mappings",
	// and under "aliases" how Alias shows it; no other alias. Defaults to the settings
	// and the mapping of the index that Alias shows now. An alias goes on as it was, with its
	// filter and routing, unless Body has it.
	Body json.RawMessage `json:"body,omitempty"`

	// Keep is how many indices that Alias showed before are kept, to go back to.
	// Defaults to 1; -1 is none, and then searches that are under way when the alias has
	// moved may fail. Indices that this library did not make are never deleted.
	Keep int `json:"keep,omitempty"`

	// ReplaceIndex lets an index of the name Alias be deleted in the moment in which
	// Alias takes its place. There is no way back, and nothing of it is kept; if it bears
	// aliases, it is not replaced. For about a second, a search may then fail with 503, or
	// be answered from a part of the shards, as its _shards tell: its index goes under
	// it. From one index of an alias to the next, that does not happen.
	ReplaceIndex bool `json:"replaceIndex,omitempty"`

	// MaxRejected is how many documents the new index may refuse. Defaults to 0. If
	// more, Ingest.DeadLetters must take them.
	MaxRejected int64 `json:"maxRejected,omitempty"`

	// Sample is how many documents are compared with what was loaded, those with the
	// smallest hashes of their ids. Defaults to 100; -1 is none.
	Sample int `json:"sample,omitempty"`

	// ForceMerge is the number of segments that each shard is merged to before it is
	// searched. Defaults to no merging. Not for Serverless.
	ForceMerge int `json:"forceMerge,omitempty"`

	// WaitFor is how long the new index has time to get as many copies of its shards as
	// the old one has or, if it is to have fewer, as it is to have; on Serverless, to show
	// all documents. Defaults to 10 minutes.
	WaitFor time.Duration `json:"waitFor,omitempty"`

	// AllowEmpty lets Alias show an index without documents. Otherwise a source that
	// has none is an error.
	AllowEmpty bool `json:"allowEmpty,omitempty"`

	// AllowWrites moves the alias also if others have written to the old index since
	// the plan was made. What they wrote is not in the new one.
	AllowWrites bool `json:"allowWrites,omitempty"`
}

// A ReplacePlan says what replacing the content of an alias changes.
type ReplacePlan struct {
	awspatterns.Plan

	// Options are those of [PlanReplace]. Of what is not part of the JSON, set
	// Ingest.Documents, Format, DeadLetters, Checkpoint and Progress again when a stored
	// plan is applied.
	Options ReplaceOptions `json:"options"`

	// Index is what Alias will show, created with Definition and with the content that
	// Source stands for: what is loaded, and what is made of it.
	Index      string          `json:"index,omitempty"`
	Generation int             `json:"generation,omitempty"`
	Definition json.RawMessage `json:"definition,omitempty"`
	Source     string          `json:"source,omitempty"`

	// Shown are the indices that Alias shows now, or that has its name, Shows is how Alias will show
	// Index, and Writes is how many documents were ever written to or deleted from Shown.
	Shown  []ShownIndex    `json:"shown,omitempty"`
	Shows  json.RawMessage `json:"shows,omitempty"`
	Writes int64           `json:"writes,omitempty"`

	// Deleted are the UUIDs of the indices that are deleted, by name.
	Deleted map[string]string `json:"deleted,omitempty"`

	// Kept are the indices that stay beside Index, and why.
	Kept map[string]string `json:"kept,omitempty"`

	// Progress, if set, is told what became of each change, one at a time.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// A ShownIndex is an index that an alias shows.
type ShownIndex struct {
	Name string `json:"name"`
	UUID string `json:"uuid"`

	// How the alias shows it: a JSON object with filter, routing, is_write_index and
	// is_hidden as far as they are set. Empty for an index that has the name itself.
	How json.RawMessage `json:"how,omitempty"`
}

// ReplaceResult is what replacing the content of an alias did.
type ReplaceResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan
	Index    string                // that the alias shows, if there is no error

	// Ingest is what became of the documents, and Verified what was found in the index.
	// Both are zero if the index was loaded by an earlier call.
	Ingest   IngestResult
	Verified Verification
}

const replacePattern = "opensearch.Replace"

// PlanReplace compares what an alias shows with what there is to load. It only reads.
//
// The plan is to create an index, to load and verify it, to have the alias show it
// instead of all that it shows now, in one step, and to delete indices that it showed
// before. It is empty if the alias shows this content already, made with these options:
// Files and Objects are told from others by their size and time or ETag, Documents by
// their Version.
//
// What the cluster does not let read, or cannot tell just now, is an unknown change, and
// then nothing is changed. Neither is it if a change is blocked: the alias has the name
// of a data stream, or of an index without ReplaceIndex; the new index has the name of
// one that this library did not make; or the alias shows several indices, and it is not
// clear how, or with the definition of which of them, the new one is to be made.
//
// IAM actions: [ReplacePermissions].
func PlanReplace(ctx context.Context, c Clients, opts ReplaceOptions) (ReplacePlan, error) {
	plan, err := planReplace(ctx, c, opts)
	if err != nil {
		return ReplacePlan{}, fmt.Errorf("opensearch: plan to replace %s: %w", printable.Escape(opts.Alias), reason.Cause(ctx, err))
	}
	return plan, nil
}

func planReplace(ctx context.Context, c Clients, opts ReplaceOptions) (ReplacePlan, error) {
	if c.Conn == nil {
		return ReplacePlan{}, errors.New("the Clients have no Conn")
	}
	if err := opts.validate(c.Conn.Product()); err != nil {
		return ReplacePlan{}, err
	}
	if err := opts.checkIngest(c); err != nil {
		return ReplacePlan{}, err
	}
	found, err := findReplace(ctx, c, opts)
	if err != nil {
		return ReplacePlan{}, err
	}
	return decideReplace(opts, found)
}

// ApplyReplace makes the changes of a plan. While the new index is loaded, it has no
// replicas and is not refreshed, and the alias shows what it did. It is then searched:
// it must have as many documents as were loaded, by their distinct ids, and a sample of
// them must be as it was sent. If not, the error is a [*VerifyError]; then, and if more
// documents are refused than may be, the new index is deleted again. Then its settings are those of the plan, it gets
// healthy, and the alias is moved in one request: whoever searches sees the old index or the
// new one, and never both or neither.
//
// A call that was stopped, or that lost the cluster, leaves what it began to the next one: plan again, or apply
// the same plan again. One process at a time may replace the content of an alias: another
// takes an index that is being loaded for one that was left behind.
//
// What others write to the old index after PlanReplace is not in the new one. A domain
// tells of it before the alias is moved: the error then wraps [awspatterns.ErrStale],
// unless AllowWrites is set. Serverless does not tell.
//
// A plan without changes calls nothing. The result is valid even if there is an
// error: it has an outcome for each change.
//
// Errors wrap [awspatterns.ErrWrongAccount] if it is another cluster, and
// [awspatterns.ErrAltered] if there is something else to load than planned, before anything
// is changed; [awspatterns.ErrStale] when an index or alias is not as planned; and
// [awspatterns.ErrIncomplete] if blocked or unknown changes were left.
//
// IAM actions: [ReplacePermissions].
func ApplyReplace(ctx context.Context, c Clients, plan ReplacePlan) (ReplaceResult, error) {
	result := ReplaceResult{Index: plan.Index}
	err := applyReplace(ctx, c, plan, &result)
	if err != nil {
		err = fmt.Errorf("opensearch: replace %s: %w", printable.Escape(plan.Options.Alias), reason.Cause(ctx, err))
	}
	return result, err
}

func applyReplace(ctx context.Context, c Clients, plan ReplacePlan, result *ReplaceResult) error {
	result.Outcomes = apply.Pending(plan.Plan)
	if err := apply.Verify(&plan.Plan, &plan, replacePattern); err != nil {
		return err
	}
	if err := plan.check(); err != nil {
		return err
	}
	if c.Conn == nil {
		return errors.New("the Clients have no Conn")
	}
	if err := plan.Options.validate(c.Conn.Product()); err != nil {
		return err
	}
	r := replacer{plan: plan, clients: c, result: result}
	var err error
	result.Outcomes, err = apply.Run(ctx, plan.Plan, apply.Maker{Prepare: r.prepare, Look: r.look, Do: r.do, Progress: plan.Progress})
	return err
}

func (o ReplaceOptions) validate(p Product) error {
	in := o.Ingest
	switch {
	case in.Index != "" || in.Mode != "" || in.Tune || in.MaxRejected != 0:
		return errors.New("options Index, Mode, Tune and MaxRejected of Ingest are set; the plan decides on them")
	case in.Documents != nil && in.Version == "":
		return errors.New("Ingest.Documents without a Version, which tells them from other documents")
	case o.Keep < -1:
		return fmt.Errorf("option Keep is %d; want -1 for none, or more", o.Keep)
	case o.Sample < -1:
		return fmt.Errorf("option Sample is %d; want -1 for none, or more", o.Sample)
	case o.ForceMerge < 0 || o.MaxRejected < 0 || o.WaitFor < 0:
		return errors.New("ForceMerge, MaxRejected or WaitFor is negative")
	case o.ForceMerge > 0 && p == Serverless:
		return errors.New("ForceMerge is set, and Serverless merges when it wants")
	case o.MaxRejected > 0 && in.DeadLetters == nil:
		return errors.New("MaxRejected without Ingest.DeadLetters, which take the documents that are refused")
	}
	if len(o.Body) > 0 {
		if _, _, err := parseBody(o.Body, o.Alias); err != nil {
			return err
		}
	}
	return checkAlias(o.Alias)
}

// checkIngest checks what to load, of which nothing is looked up.
func (o ReplaceOptions) checkIngest(c Clients) error {
	in, err := o.load(generationName(o.Alias, 1)).withDefaults(c)
	if err != nil {
		return fmt.Errorf("Ingest: %w", err)
	}
	if err := checkSource(c, in); err != nil {
		return fmt.Errorf("Ingest: %w", err)
	}
	return nil
}

// maxName is the length of the name of an index, in bytes.
const maxName = 255

// checkAlias refuses what is no name for the indices that the alias will show, and what
// a request would take for a pattern or for several names.
func checkAlias(alias string) error {
	const forbidden = `\/*?"<>| ,#:`
	switch {
	case alias == "":
		return errors.New("no Alias")
	case !utf8.ValidString(alias), printable.Escape(alias) != alias, strings.ContainsAny(alias, forbidden):
		return fmt.Errorf("the Alias %q has a character that is none of a name, such as one of %s", alias, forbidden)
	case strings.ContainsAny(alias[:1], "_-+"), alias == ".", alias == "..":
		return fmt.Errorf("the Alias %q begins with _, - or +, or is . or .. alone", alias)
	case strings.IndexFunc(alias, func(r rune) bool { return r > unicode.MaxASCII && unicode.ToLower(r) != r }) >= 0:
		return fmt.Errorf("the Alias %q has a capital letter outside of ASCII", alias)
	case len(generationName(alias, 1)) > maxName:
		return fmt.Errorf("the Alias has %d bytes, and the names of its indices at most %d", len(alias), maxName)
	}
	return nil
}
