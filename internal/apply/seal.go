package apply

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/awspatterns/awspatterns"
)

// Seal completes a plan, once all else in it is set: its format, whether it is
// incomplete, and its digest. whole points to the plan that embeds p.
func Seal(p *awspatterns.Plan, whole any) error {
	p.Format = awspatterns.PlanFormat
	if p.Changes == nil {
		p.Changes = []awspatterns.Change{} // [] in JSON, and not null
	}
	p.Incomplete = p.Incomplete || p.Count(awspatterns.Unknown) > 0
	sum, err := digest(p, whole)
	p.Digest = sum
	return err
}

// Verify checks, before anything is done, that the plan that embeds p, to which
// whole points, is a plan of the pattern, is as it was sealed, and keeps to its
// ceilings.
func Verify(p *awspatterns.Plan, whole any, pattern string) error {
	if p.Pattern != pattern {
		return fmt.Errorf("a plan of %q, not of %s: %w", p.Pattern, pattern, awspatterns.ErrAltered)
	}
	if p.Format != awspatterns.PlanFormat {
		return fmt.Errorf("the plan has format %d, and this version of the library applies %d: plan again: %w",
			p.Format, awspatterns.PlanFormat, awspatterns.ErrAltered)
	}
	sum, err := digest(p, whole)
	if err != nil {
		return err
	}
	if sum != p.Digest {
		return fmt.Errorf("the digest of the plan is %s, not %s: plan again: %w", sum, p.Digest, awspatterns.ErrAltered)
	}
	for _, c := range p.Costs {
		if c.Ceiling != 0 && c.Quantity > c.Ceiling {
			return fmt.Errorf("%s: %w", c, awspatterns.ErrCeiling)
		}
	}
	return nil
}

// digest is over the JSON of the plan, decoded and encoded once more: so a plan
// that was kept as JSON has the digest that it had in memory.
func digest(p *awspatterns.Plan, whole any) (string, error) {
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

// CheckTarget returns an error that wraps awspatterns.ErrWrongAccount unless the
// plan is for the target that the clients are for.
func CheckTarget(p awspatterns.Plan, clients awspatterns.Target) error {
	if clients == p.Target {
		return nil
	}
	return fmt.Errorf("the plan is for %s, the clients are for %s: %w", p.Target, clients, awspatterns.ErrWrongAccount)
}
