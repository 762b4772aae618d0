package awspatterns

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// What can keep a plan from being applied, for use with errors.Is. The errors of
// this library say which object it is about and what to do.
var (
	// ErrWrongAccount: the credentials, or the Region of the clients, are not
	// those that the plan was made with.
	ErrWrongAccount = errors.New("not the account and Region of the plan")

	// ErrStale: an object is neither as the plan found it nor as the plan leaves
	// it. Plan again.
	ErrStale = errors.New("changed since the plan was made")

	// ErrIncomplete: a part of the plan was not applied, since it is blocked or
	// unknown, or is a deletion in a plan that could not read everything.
	ErrIncomplete = errors.New("not all of the plan was applied")

	// ErrAltered: the plan, or the content that goes with it, is not what was
	// planned.
	ErrAltered = errors.New("not what was planned")

	// ErrCeiling: a cost is over the ceiling that the caller set.
	ErrCeiling = errors.New("cost over the ceiling")
)

// PlanFormat is the version of the JSON form of plans that this version of the
// library writes and applies.
const PlanFormat = 1

// A Plan is what every plan has: what to change, and where. The plan of a pattern
// embeds it and adds what applying it needs. Plans are plain data: they print
// (as text with String, for a pull request with WriteMarkdown), are kept as
// JSON, and are approved before they are applied. They hold no secret.
type Plan struct {
	Format  int      `json:"format"`  // PlanFormat
	Pattern string   `json:"pattern"` // such as "lineage.Publish"
	Target  Target   `json:"target"`
	Changes []Change `json:"changes"` // in the order in which they are applied
	Costs   []Cost   `json:"costs,omitempty"`

	// Incomplete is whether something could not be read. What is unknown is not
	// taken for absent: deletions of an incomplete plan are not applied.
	Incomplete bool `json:"incomplete,omitempty"`

	// Digest is over all of the plan. It tells plans apart, for instance the
	// approved one, and finds one that was changed by accident; it is no
	// signature.
	Digest string `json:"digest"`
}

// A Target is where a plan applies.
type Target struct {
	Partition string `json:"partition,omitempty"`
	Account   string `json:"account,omitempty"`
	Region    string `json:"region,omitempty"`

	// Endpoint and Cluster, the URL and unique id of what is not reached through
	// an account, such as an OpenSearch domain.
	Endpoint string `json:"endpoint,omitempty"`
	Cluster  string `json:"cluster,omitempty"`
}

// Empty reports whether the plan has no changes: all is as wanted. A plan whose
// changes are all left to a person is not empty.
func (p Plan) Empty() bool { return len(p.Changes) == 0 }

// Count returns how many changes do a.
func (p Plan) Count(a Action) int {
	n := 0
	for _, c := range p.Changes {
		if c.Action == a {
			n++
		}
	}
	return n
}

// Seal completes the plan, once all else in it is set: whether it is incomplete,
// and its digest. whole points to the plan that embeds p. Patterns call it.
func (p *Plan) Seal(whole any) error {
	p.Format = PlanFormat
	p.Incomplete = p.Incomplete || p.Count(Unknown) > 0
	digest, err := p.digest(whole)
	p.Digest = digest
	return err
}

// Verify checks, before anything is done, that the plan that embeds p, to which
// whole points, is a plan of the pattern, is as it was sealed, and keeps to
// its ceilings. Patterns call it.
func (p *Plan) Verify(whole any, pattern string) error {
	if p.Pattern != pattern {
		return fmt.Errorf("a plan of %q, not of %s: %w", p.Pattern, pattern, ErrAltered)
	}
	if p.Format != PlanFormat {
		return fmt.Errorf("the plan has format %d, and this version of the library applies %d: plan again: %w", p.Format, PlanFormat, ErrAltered)
	}
	digest, err := p.digest(whole)
	if err != nil {
		return err
	}
	if digest != p.Digest {
		return fmt.Errorf("the digest of the plan is %s, not %s: plan again: %w", digest, p.Digest, ErrAltered)
	}
	for _, c := range p.Costs {
		if c.Ceiling != 0 && c.Quantity > c.Ceiling {
			return fmt.Errorf("%s: %w", c, ErrCeiling)
		}
	}
	return nil
}

// digest is over the JSON of the plan, decoded and encoded once more: so a plan
// that was kept as JSON has the digest that it had in memory.
func (p *Plan) digest(whole any) (string, error) {
	kept := p.Digest
	p.Digest = ""
	defer func() { p.Digest = kept }()
	text, err := json.Marshal(whole)
	if err != nil {
		return "", err
	}
	var plain any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&plain); err != nil {
		return "", err
	}
	if text, err = json.Marshal(plain); err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// CheckTarget returns an error that wraps [ErrWrongAccount] unless actual is the
// plan's target. Patterns call it before they change anything.
func (p Plan) CheckTarget(actual Target) error {
	if actual == p.Target {
		return nil
	}
	return fmt.Errorf("the plan is for %s, the clients are for %s: %w", p.Target, actual, ErrWrongAccount)
}

// Applies reports whether applying the plan would change anything.
func (p Plan) Applies() bool {
	return p.Count(Create)+p.Count(Update)+p.Count(Replace)+p.Count(Delete) > 0
}
