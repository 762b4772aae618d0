package state

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// Limits of a record, in bytes. They are those of DynamoDB, the narrowest store:
// a sort key has up to 1,024 bytes and an item, with its keys, up to 400 KB
// ("Service, account, and table quotas" in its developer guide).
const (
	MaxSet   = 255
	MaxKey   = 1024
	MaxValue = 350_000
)

// checkRecords refuses records that some store could not keep, before any is
// written.
func checkRecords(records []Record) error {
	type name struct{ set, key string }
	seen := make(map[name]bool, len(records))
	var errs []error
	for _, r := range records {
		err := checkName(r.Set, r.Key)
		switch at := (name{r.Set, r.Key}); {
		case err != nil:
			errs = append(errs, err)
		case len(r.Value) > MaxValue:
			errs = append(errs, recordError(r.Set, r.Key, fmt.Errorf("the value has %d bytes, more than %d", len(r.Value), MaxValue)))
		case seen[at]:
			errs = append(errs, recordError(r.Set, r.Key, errors.New("two of the records are for it")))
		default:
			seen[at] = true
		}
	}
	return errors.Join(errs...)
}

func checkName(set, key string) error {
	if err := checkSet(set); err != nil {
		return err
	}
	if err := checkText("key", key, MaxKey); err != nil {
		return recordError(set, key, err)
	}
	return nil
}

func checkSet(set string) error {
	if err := checkText("set", set, MaxSet); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}

func checkText(what, text string, most int) error {
	switch {
	case text == "":
		return fmt.Errorf("the %s is empty", what)
	case len(text) > most:
		return fmt.Errorf("the %s %q has %d bytes, more than %d", what, text[:32]+"…", len(text), most)
	case !utf8.ValidString(text):
		return fmt.Errorf("the %s %q is not UTF-8", what, text)
	}
	return nil
}

// recordError says which record err is about.
func recordError(set, key string, err error) error {
	if len(key) > MaxKey {
		key = key[:MaxKey] + "…"
	}
	return fmt.Errorf("state: %q: %q: %w", set, key, err)
}

// atOnce is how many requests for single records a Store has under way.
const atOnce = 16

// putEach writes records, several at a time, and joins what went wrong. A record
// whose turn comes after ctx has ended is not begun.
func putEach(ctx context.Context, records []Record, put func(context.Context, Record) (version string, err error)) error {
	if err := checkRecords(records); err != nil {
		return err
	}
	errs := make([]error, len(records), len(records)+1)
	var left atomic.Int64
	parallel.ForEach(len(records), atOnce, func(i int) {
		if ctx.Err() != nil {
			left.Add(1)
			return
		}
		r := &records[i]
		version, err := put(ctx, *r)
		if err != nil {
			errs[i] = putError(ctx, *r, err)
			return
		}
		r.Version = version
	})
	if n := left.Load(); n > 0 {
		errs = append(errs, fmt.Errorf("state: %d of %d records were not begun: %w", n, len(records), context.Cause(ctx)))
	}
	return errors.Join(errs...)
}

func putError(ctx context.Context, r Record, err error) error {
	if errors.Is(err, ErrConflict) {
		return &ConflictError{Set: r.Set, Key: r.Key}
	}
	return recordError(r.Set, r.Key, reason.Cause(ctx, err))
}

// listing is what all stores do alike when they list: it refuses a wrong set, ends
// with ctx and says of which set an error is. A longer mark than a key can be is
// cut, which changes nothing: no key is between the two.
func listing(ctx context.Context, set, after string, list func(after string) iter.Seq2[Record, error]) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		fail := func(err error) {
			yield(Record{}, fmt.Errorf("state: list %q: %w", set, reason.Cause(ctx, err)))
		}
		if err := checkSet(set); err != nil {
			yield(Record{}, err)
			return
		}
		if err := ctx.Err(); err != nil {
			fail(err)
			return
		}
		for r, err := range list(after[:min(len(after), MaxKey)]) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				fail(err)
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// batchError says that a Put has written none of its records.
func batchError(n int, err error) error {
	return fmt.Errorf("state: none of %d records was written: %w", n, err)
}
