package opensearch

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"

	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/rows"
)

// An input is a file or object as it was found at first.
type input interface {
	name() string
	bytes() int64
	identity() string // tells its content from any other

	// open and openAt fail if it is not what was found.
	open(ctx context.Context) (io.ReadCloser, error)
	openAt(ctx context.Context) (rows.File, int64, error)

	// unchanged fails if it became another while it was read.
	unchanged() error
}

// An inputSource reads files or objects one after the other.
type inputSource struct {
	inputs   []input
	format   rows.Format // nil for what the name of each tells
	opts     IngestOptions
	versions string
	total    int64
	progress progress
}

func newInputSource(opts IngestOptions, inputs []input) (source, error) {
	s := &inputSource{inputs: inputs, format: opts.Format, opts: opts}
	h := sha256.New()
	for _, in := range inputs {
		if _, err := s.formatOf(in); err != nil {
			return nil, err
		}
		identity := in.identity()
		fmt.Fprintf(h, "%d:%s", len(identity), identity)
		s.total += in.bytes()
	}
	options, err := optionsVersion(opts)
	if err != nil {
		return nil, err
	}
	s.versions = base64.RawURLEncoding.EncodeToString(h.Sum(nil)) + "." + options
	_, err = newMaker(opts)
	return s, err
}

func (s *inputSource) version() string { return s.versions }
func (s *inputSource) size() int64     { return s.total }
func (s *inputSource) done() int64     { return s.progress.done() }

func (s *inputSource) formatOf(in input) (rows.Format, error) {
	if s.format != nil {
		return s.format, nil
	}
	return rows.ByName(in.name())
}

func (s *inputSource) items(ctx context.Context, from Position) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		m, err := newMaker(s.opts)
		if err != nil {
			yield(item{}, err)
			return
		}
		s.progress.begin()
		for i, in := range s.inputs {
			s.progress.next(in.bytes())
			if i < from.Input {
				continue
			}
			first := int64(0)
			if i == from.Input {
				first = from.Record
			}
			if !s.read(ctx, m, Position{i, first}, yield) {
				return
			}
		}
		s.progress.next(0)
	}
}

// read yields the items of one input, and reports whether to go on with the next.
func (s *inputSource) read(ctx context.Context, m *maker, from Position, yield func(item, error) bool) bool {
	in := s.inputs[from.Input]
	name := in.name()
	fail := func(err error) bool {
		if !strings.Contains(err.Error(), name) { // formats name it
			err = fmt.Errorf("%s: %w", name, err)
		}
		yield(item{}, reason.Cause(ctx, err))
		return false
	}
	format, err := s.formatOf(in)
	if err != nil {
		return fail(err)
	}
	for r, err := range format.Records(ctx, s.rowsInput(in), from.Record) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return fail(err)
		}
		it, err := m.item(Position{from.Input, r.Number}, name, r, Document{})
		if err != nil {
			return fail(err)
		}
		if !yield(it, nil) {
			return false
		}
	}
	if err := in.unchanged(); err != nil {
		return fail(err)
	}
	return true
}

// rowsInput returns an input as formats read it.
func (s *inputSource) rowsInput(in input) rows.Input {
	return rows.Input{
		Name: in.name(),
		Open: func(ctx context.Context) (io.ReadCloser, error) {
			r, err := in.open(ctx)
			if err != nil {
				return nil, err
			}
			return rows.Unpack(&countedReader{r, &s.progress})
		},
		OpenAt: func(ctx context.Context) (rows.File, int64, error) {
			f, size, err := in.openAt(ctx)
			if err != nil {
				return nil, 0, err
			}
			if isGzip(f) {
				f.Close()
				return nil, 0, errors.New("it is gzip, and its format is read in any order, which gzip cannot be: unpack it first")
			}
			return &countedFile{f, &s.progress}, size, nil
		},
	}
}

// isGzip reports whether content begins as gzip does (RFC 1952).
func isGzip(r io.ReaderAt) bool {
	var start [3]byte
	_, err := r.ReadAt(start[:], 0)
	return err == nil && start == [3]byte{0x1f, 0x8b, 8}
}

// progress counts the bytes that were read. Of an input that is read more than once
// it counts no more than there are, and of one that was not needed as a whole all.
type progress struct {
	mu               sync.Mutex
	before, now, max int64 // of the inputs before the present one; of this; its size
}

func (p *progress) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.before, p.now, p.max = 0, 0, 0
}

// next is told that an input of so many bytes comes.
func (p *progress) next(size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.before, p.now, p.max = p.before+p.max, 0, size
}

func (p *progress) read(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = min(p.now+int64(n), p.max)
}

func (p *progress) done() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.before + p.now
}

type countedReader struct {
	io.ReadCloser
	progress *progress
}

func (r *countedReader) Read(b []byte) (int, error) {
	n, err := r.ReadCloser.Read(b)
	r.progress.read(n)
	return n, err
}

type countedFile struct {
	rows.File
	progress *progress
}

func (f *countedFile) ReadAt(b []byte, offset int64) (int, error) {
	n, err := f.File.ReadAt(b, offset)
	f.progress.read(n)
	return n, err
}
