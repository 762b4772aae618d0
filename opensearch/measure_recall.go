package opensearch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// MeasureIndexRecall measures how much of the truth a real index finds: recall@k, which
// is the part of the k exact nearest neighbours that are among the k results of a k-NN
// search, on average over queries. It only reads.
//
// A result counts as found if its exact distance is no greater than that of the k-th
// exact neighbour, but for a relative 1e-6 and, of the cosine and by script, what 32 bits
// leave of a score, so that documents at equal distance stand for each other. Of an index with fewer than k other
// vectors, all of them are to be found.
//
// Queries are given, or drawn from the index. A query that is drawn is near one document above all,
// itself: one result more is asked for, and that document is left out on both sides. So k is
// one more than K for the index, too, and with it what it takes to score again; a filter
// would change how it searches.
//
// Exact neighbours by script cost the cluster a look at each vector for each query: with
// 1,000,000 documents and 100 queries 100,000,000 of them. Searches with scripts may take longer than
// the 60 seconds of ConnOptions.Timeout. By reading, all vectors come through the wire
// once, as JSON of some 10 to 20 bytes a number, in requests of some megabytes, in the
// order of their sequence numbers; what is written meanwhile is left out. Reading takes
// _source; where that is disabled or has no vectors, scripts and given queries are what
// is left.
//
// An index that is written to is in another state with each request, since k-NN searches
// of several requests cannot be made of one: see Changed of the result. An answer without all
// shards, or that timed out, is asked for again, and never taken for whole.
//
// Options are checked before anything is asked. What the result can do without, such as
// segments, is in Unknown if it could not be read.
//
// IAM actions: [MeasureIndexRecallPermissions].
func MeasureIndexRecall(ctx context.Context, c Clients, opts MeasureIndexRecallOptions) (MeasureIndexRecallResult, error) {
	result, err := measureIndexRecall(ctx, c, opts)
	if err != nil {
		return MeasureIndexRecallResult{}, fmt.Errorf("opensearch: measure index recall: %w", err)
	}
	return result, nil
}

// A recallMeasurer is a measurement that is under way.
type recallMeasurer struct {
	conn     *Conn
	opts     MeasureIndexRecallOptions
	field    recallField
	requests atomic.Int64

	mu       sync.Mutex // for what is below
	progress MeasureIndexRecallProgress
	result   MeasureIndexRecallResult
}

// Recall is measured with queries, each with the document that it is, if it was drawn.
type recallQueries struct {
	vector.Vectors
	own []string // keys of documents; nil if the queries were given
}

func measureIndexRecall(ctx context.Context, c Clients, opts MeasureIndexRecallOptions) (result MeasureIndexRecallResult, err error) {
	if opts, err = opts.withDefaults(c); err != nil {
		return result, err
	}
	m := &recallMeasurer{conn: c.Conn, opts: opts}
	if err := m.prepare(ctx); err != nil {
		return result, err
	}
	queries, truth, spool, err := m.groundTruth(ctx)
	if spool != nil {
		defer spool.close()
	}
	if err != nil {
		return result, err
	}
	if err := m.measure(ctx, queries, truth); err != nil {
		return result, err
	}
	if err := m.lookAgain(ctx); err != nil {
		return result, err
	}
	if opts.Predict {
		if err := m.predict(ctx, queries, spool); err != nil {
			return result, err
		}
	}
	m.result.Requests = int(m.requests.Load())
	return m.result, nil
}

// prepare reads what the index is, and refuses what is too much.
func (m *recallMeasurer) prepare(ctx context.Context) error {
	if err := m.findField(ctx); err != nil {
		return err
	}
	if err := m.checkQueries(ctx); err != nil {
		return err
	}
	with, all, err := m.countVectors(ctx)
	if err != nil {
		return err
	}
	if err := m.checkSize(with); err != nil {
		return err
	}
	if m.field.sequence, err = m.lastSequence(ctx); err != nil {
		return err
	}
	if m.conn.Product() != Serverless { // which is not asked
		m.requests.Add(int64(len(m.conn.nodes.list)))
	}
	info, err := m.conn.Info(ctx)
	if err != nil {
		return err
	}
	if info.Unknown != "" {
		m.unknown("version of the cluster: %s", info.Unknown)
	}
	r := &m.result
	r.Index, r.Field, r.Dimension, r.Space = m.field.index, m.field.path, m.field.dimension, m.field.space
	r.K, r.GroundTruth, r.Documents, r.Without = m.opts.K, m.opts.GroundTruth, with, all-with
	r.Version, r.Created, r.Drawn = info.Version, m.field.created, m.opts.Queries == nil
	r.Technique = m.field.technique(info.Version)
	r.Shards = m.readShards(ctx)
	m.tell(func(p *MeasureIndexRecallProgress) {
		p.Documents, p.Queries = with, int(min(int64(m.opts.NumQueries), with))
		if !r.Drawn {
			p.Queries = m.opts.NumQueries
		}
	})
	return context.Cause(ctx)
}

// checkSize refuses an index that has too few vectors or more than it may.
func (m *recallMeasurer) checkSize(with int64) error {
	more := int64(m.asked())
	switch {
	case with == 0:
		return fmt.Errorf("%s has no document with a vector in %q", m.field.index, m.field.path)
	case with == 1 && m.opts.Queries == nil:
		return fmt.Errorf("%s has one document with a vector in %q: it has no neighbours; give Queries", m.field.index, m.field.path)
	case more > int64(m.field.window):
		return fmt.Errorf("with K %d, %d results are asked for, and %s gives %d at most (index.max_result_window)", m.opts.K, more, m.field.index, m.field.window)
	case m.opts.Queries == nil && min(with, int64(m.opts.NumQueries))*int64(m.field.dimension) > maxRecallNumbers:
		return fmt.Errorf("%d queries of %d dimensions are too much to keep in memory: set NumQueries to at most %d", m.opts.NumQueries, m.field.dimension, maxRecallNumbers/m.field.dimension)
	case with > m.opts.MaxDocuments:
		cost := fmt.Sprintf("its nodes compare %d vectors %d times", with, m.opts.NumQueries)
		if m.opts.GroundTruth == ByReading || m.opts.Predict {
			cost = fmt.Sprintf("%d MB of vectors are read, which are some 3 to 5 times as much as JSON", with*int64(m.field.dimension)*4/1e6)
		}
		return fmt.Errorf("%s has %d documents with a vector, more than MaxDocuments, which is %d: to find their exact neighbours, %s; if that is wanted, set MaxDocuments to at least %d",
			m.field.index, with, m.opts.MaxDocuments, cost, with)
	}
	return nil
}

// asked is how many results are asked for: one more than K, if a query may find itself.
func (m *recallMeasurer) asked() int {
	if m.opts.Queries == nil {
		return m.opts.K + 1
	}
	return m.opts.K
}

// groundTruth returns the queries, and what knows their exact neighbours. spool has
// all vectors if they were read; it is to be closed also if there is an error.
func (m *recallMeasurer) groundTruth(ctx context.Context) (queries recallQueries, truth recallTruth, spool *recallSpool, err error) {
	if m.opts.GroundTruth == ByReading || m.opts.Predict {
		if spool, err = m.readAll(ctx); err != nil {
			return queries, nil, spool, err
		}
	}
	switch {
	case m.opts.Queries != nil:
		queries = recallQueries{Vectors: m.opts.Queries}
	case spool != nil:
		queries, err = m.drawRead(spool)
	default:
		queries, err = m.draw(ctx)
	}
	if err != nil || m.opts.GroundTruth == ByScript {
		return queries, &scriptTruth{m, queries}, spool, err
	}
	truth, err = m.readTruth(ctx, spool, queries)
	return queries, truth, spool, err
}

// lookAgain finds out whether the index was written to meanwhile.
func (m *recallMeasurer) lookAgain(ctx context.Context) error {
	r := &m.result
	m.requests.Add(1)
	indices, err := readIndices(ctx, m.conn, m.field.index)
	switch {
	case err != nil:
		return err
	case len(indices) == 0:
		return fmt.Errorf("%s was deleted while it was measured", m.field.index)
	case len(indices) > 1 || indices[0].uuid() != m.field.uuid:
		r.Changed = true
		m.note("%s was replaced by another index of this name while it was measured", m.field.index)
	}
	with, all, err := m.countVectors(ctx)
	if err != nil {
		return err
	}
	r.DocumentsAfter = with
	if read := m.progress.Read; read != 0 && read != r.Documents {
		r.Changed = true
		m.note("%d documents with a vector were read, where %d were counted: exact neighbours are among those that were read", read, r.Documents)
	}
	if with != r.Documents || all-with != r.Without {
		r.Changed = true
		m.note("the index changed while it was measured: it had %d documents with a vector and %d without before, %d and %d after", r.Documents, r.Without, with, all-with)
	}
	last, err := m.lastSequence(ctx)
	if err != nil {
		return err
	}
	if last != m.field.sequence {
		r.Changed = true
		m.note("the index was written to while it was measured: the last sequence number was %d before, and %d after", m.field.sequence, last)
	}
	return nil
}

// tell tells how far the measurement is.
func (m *recallMeasurer) tell(change func(*MeasureIndexRecallProgress)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.progress)
	if m.opts.Progress != nil {
		m.opts.Progress(m.progress)
	}
}

func (m *recallMeasurer) note(format string, args ...any) {
	m.result.Notes = append(m.result.Notes, fmt.Sprintf(format, args...))
}

func (m *recallMeasurer) unknown(format string, args ...any) {
	m.result.Unknown = append(m.result.Unknown, fmt.Sprintf(format, args...))
}

// checkQueries refuses queries that the field cannot be searched with.
func (m *recallMeasurer) checkQueries(ctx context.Context) error {
	queries := m.opts.Queries
	if queries == nil {
		return nil
	}
	if queries.Dimension() != m.field.dimension {
		return fmt.Errorf("the vectors of Queries have %d dimensions: %q has %d", queries.Dimension(), m.field.path, m.field.dimension)
	}
	var problems []error
	query := make([]float32, m.field.dimension)
	for i := range queries.Len() {
		if err := errors.Join(context.Cause(ctx), queries.ReadVectors(query, i)); err != nil {
			return err
		}
		if err := m.field.check(query); err != nil && len(problems) < 10 {
			problems = append(problems, fmt.Errorf("vector %d of Queries: %w", i, err))
		}
	}
	return errors.Join(problems...)
}
