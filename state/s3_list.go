package state

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/internal/parallel"
)

// List implements [Store]. It reads up to 16 records ahead of its loop.
func (s *S3) List(ctx context.Context, set, after string) iter.Seq2[Record, error] {
	return listing(ctx, set, after, func(after string) iter.Seq2[Record, error] {
		return func(yield func(Record, error) bool) {
			ctx, cancel := context.WithCancel(ctx)
			var reads sync.WaitGroup
			defer reads.Wait()
			defer cancel()
			s.readAhead(ctx, &reads, s.names(ctx, set, after), yield)
		}
	})
}

// A pending record is being read. Its fields are set when done is closed.
type pending struct {
	done   chan struct{}
	record Record
	exists bool
	err    error
}

// readAhead reads the records of names, several at a time, and hands them over in
// their order. reads are those under way, which may not be waited for here.
func (s *S3) readAhead(ctx context.Context, reads *sync.WaitGroup, names iter.Seq2[string, error], yield func(Record, error) bool) {
	var queue []*pending
	next := func() bool {
		p := queue[0]
		queue = queue[1:]
		<-p.done
		if p.err == nil && !p.exists { // deleted since it was listed
			return true
		}
		return yield(p.record, p.err) && p.err == nil
	}
	for name, err := range names {
		p := &pending{done: make(chan struct{}), err: err}
		queue = append(queue, p)
		if err != nil {
			close(p.done)
			break
		}
		reads.Go(func() {
			defer close(p.done)
			var stored envelope
			stored, p.exists, p.err = s.read(ctx, name)
			p.record = stored.Record
		})
		if len(queue) == atOnce && !next() {
			return
		}
	}
	for len(queue) > 0 && next() {
	}
}

// names returns the names of the objects of a set whose keys are after a mark, in
// the order of their keys.
//
// S3 lists them in that order except for those that were cut: of the names that
// begin alike they come together and first, in the order of their hashes. So they
// are sorted by the keys that the objects hold, and put between the others.
func (s *S3) names(ctx context.Context, set, after string) iter.Seq2[string, error] {
	folder := s.folder(set)
	listed := s.objects(ctx, &s3.ListObjectsV2Input{Prefix: &folder, StartAfter: aws.String(before(folder, after))})
	return func(yield func(string, error) bool) {
		m := merger{after: after, keysOf: func(names []string) ([]namedKey, error) { return s.keysOf(ctx, names) }, yield: yield}
		for name, err := range listed {
			var key string
			var cut bool
			if err == nil {
				if key, cut, err = keyOf(folder, name); err != nil {
					err = s.wrap(name, err)
				}
			}
			if err != nil {
				yield("", err)
				return
			}
			if cut && !m.addCut(key, name) || !cut && !m.add(namedKey{key, name}) {
				return
			}
		}
		_ = m.sortCut() && m.flush()
	}
}

// A namedKey is the key of a record and the name of its object.
type namedKey struct{ key, name string }

// A merger puts names in the order of their keys, as names tells. Its methods
// report whether to go on.
type merger struct {
	after  string // keys up to this one are left out
	keysOf func(names []string) ([]namedKey, error)
	yield  func(string, error) bool

	alike  string   // what the names in group begin with
	group  []string // names that were cut, not yet sorted
	sorted []namedKey
}

// addCut adds a name that was cut. All that were added before and begin otherwise
// are before it.
func (m *merger) addCut(alike, name string) bool {
	if len(m.group) > 0 && alike != m.alike && !m.sortCut() {
		return false
	}
	m.alike, m.group = alike, append(m.group, name)
	return true
}

// add hands over a name that spells its key, after those that were cut and are
// before it.
func (m *merger) add(n namedKey) bool {
	if !m.sortCut() {
		return false
	}
	for len(m.sorted) > 0 && m.sorted[0].key < n.key {
		if !m.hand(m.sorted[0]) {
			return false
		}
		m.sorted = m.sorted[1:]
	}
	return m.hand(n)
}

// sortCut sorts the names of the group by their keys. Those sorted before are all
// before them.
func (m *merger) sortCut() bool {
	if len(m.group) == 0 {
		return true
	}
	if !m.flush() {
		return false
	}
	var err error
	m.sorted, err = m.keysOf(m.group)
	m.group = nil
	if err != nil {
		m.yield("", err)
		return false
	}
	return true
}

func (m *merger) flush() bool {
	for _, n := range m.sorted {
		if !m.hand(n) {
			return false
		}
	}
	m.sorted = nil
	return true
}

func (m *merger) hand(n namedKey) bool { return n.key <= m.after || m.yield(n.name, nil) }

// keysOf reads the keys of objects and sorts by them. Objects that are gone are
// left out.
func (s *S3) keysOf(ctx context.Context, names []string) ([]namedKey, error) {
	found, errs := make([]namedKey, len(names)), make([]error, len(names))
	parallel.ForEach(len(names), atOnce, func(i int) {
		stored, exists, err := s.read(ctx, names[i])
		if exists {
			found[i] = namedKey{stored.Key, names[i]}
		}
		errs[i] = err
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	found = slices.DeleteFunc(found, func(n namedKey) bool { return n.name == "" })
	slices.SortFunc(found, func(a, b namedKey) int { return cmp.Compare(a.key, b.key) })
	return found, nil
}

// objects lists the keys of objects.
func (s *S3) objects(ctx context.Context, in *s3.ListObjectsV2Input) iter.Seq2[string, error] {
	in.Bucket, in.ExpectedBucketOwner = &s.bucket, optional(s.opts.Owner)
	in.EncodingType = s3types.EncodingTypeUrl // XML cannot hold every prefix
	return func(yield func(string, error) bool) {
		pages := s3.NewListObjectsV2Paginator(s.client, in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield("", s.wrap(aws.ToString(in.Prefix), err))
				return
			}
			for _, object := range page.Contents {
				name, err := url.QueryUnescape(aws.ToString(object.Key))
				if err != nil {
					err = fmt.Errorf("the key %q: %w", aws.ToString(object.Key), err)
				}
				if !yield(name, err) {
					return
				}
			}
		}
	}
}
