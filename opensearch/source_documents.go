package opensearch

import (
	"context"
	"fmt"
	"iter"

	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/rows"
)

// A documentSource yields what the caller gives.
type documentSource struct {
	opts     IngestOptions
	versions string
}

func newDocumentSource(opts IngestOptions) (source, error) {
	content, err := hashOf([]string{"documents", opts.Version})
	if err != nil {
		return nil, err
	}
	options, err := optionsVersion(opts)
	if err != nil {
		return nil, err
	}
	_, err = newMaker(opts)
	return &documentSource{opts, content + "." + options}, err
}

func (s *documentSource) version() string { return s.versions }
func (s *documentSource) size() int64     { return 0 }
func (s *documentSource) done() int64     { return 0 }

// items reads the documents before from as well: the caller's loop knows no places.
func (s *documentSource) items(ctx context.Context, from Position) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		m, err := newMaker(s.opts)
		if err != nil {
			yield(item{}, err)
			return
		}
		if from.Input > 0 {
			return
		}
		number := int64(-1)
		for doc, err := range s.opts.Documents {
			number++
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(item{}, fmt.Errorf("document %d: %w", number, reason.Cause(ctx, err)))
				return
			}
			if number < from.Record {
				continue
			}
			record := rows.Record{Number: number, JSON: doc.Source}
			it, err := m.item(Position{Record: number}, "", record, doc)
			if !yield(it, err) || err != nil {
				return
			}
		}
	}
}
