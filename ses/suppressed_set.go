package ses

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// SuppressedSetOptions say which addresses a SuppressedSet holds.
type SuppressedSetOptions struct {
	// Reasons are those for which an address gets no mail, all if empty. SES itself sends to
	// an address on its list if the account, or the configuration set, does not name the
	// reason.
	Reasons []sestypes.SuppressionListReason

	// TenantName is the tenant whose list is read, instead of the account's.
	TenantName string

	// RefreshEvery is after what time a Sender reads what was added to the lists, ten minutes
	// if zero.
	RefreshEvery time.Duration
}

// A SuppressedSet holds the addresses that are suppressed in either Region, 16 bytes for
// each: a part of their SHA-256. Its methods may be called from several goroutines. A nil
// SuppressedSet is empty.
//
// SES keeps addresses as they were given to it, but treats them alike in upper and in lower
// case when it sends, and so does the set.
type SuppressedSet struct {
	sites []*site
	opts  SuppressedSetOptions

	refreshing chan struct{} // full while the lists are read

	mu        sync.RWMutex
	sorted    []addressHash
	added     map[addressHash]struct{} // since sorted was made
	reloading bool                     // added holds only what was added since the reload began
	read      time.Time                // when the lists were last read
	asked     time.Time                // or tried to be
	err       error                    // of the last refresh
}

type addressHash [16]byte

func hashOfAddress(address string) addressHash {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(address)))) // lines of files end in anything
	return addressHash(sum[:16])
}

// NewSuppressedSet reads the suppression lists of both Regions. The secondary Clients may be
// empty. SES allows one call in a second, each of 1,000 addresses at most.
//
// IAM actions: SuppressedSetPermissions.
func NewSuppressedSet(ctx context.Context, primary, secondary Clients, opts SuppressedSetOptions) (*SuppressedSet, error) {
	if opts.RefreshEvery == 0 {
		opts.RefreshEvery = 10 * time.Minute
	}
	s := &SuppressedSet{opts: opts, added: map[addressHash]struct{}{}, refreshing: make(chan struct{}, 1)}
	for _, c := range []Clients{primary, secondary} {
		if c.Send != nil {
			s.sites = append(s.sites, newSite(c, nil))
		}
	}
	if len(s.sites) == 0 {
		return nil, errors.New("ses: suppressed addresses: no Clients.Send")
	}
	if err := s.Reload(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// SuppressedSetOf returns a set of the addresses that are given. It is never refreshed.
func SuppressedSetOf(addresses iter.Seq2[string, error]) (*SuppressedSet, error) {
	s := &SuppressedSet{added: map[addressHash]struct{}{}}
	for address, err := range addresses {
		if err != nil {
			return nil, fmt.Errorf("ses: suppressed addresses: %w", err)
		}
		s.sorted = append(s.sorted, hashOfAddress(address))
	}
	s.sorted = sortedHashes(s.sorted)
	return s, nil
}

// Contains tells whether an address, without a name before it, is in the set.
func (s *SuppressedSet) Contains(address string) bool {
	if s == nil {
		return false
	}
	h := hashOfAddress(address)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, ok := s.added[h]; ok {
		return true
	}
	_, ok := slices.BinarySearchFunc(s.sorted, h, compareHashes)
	return ok
}

// Add adds an address, such as one that an event says has bounced.
func (s *SuppressedSet) Add(address string) {
	h := hashOfAddress(address)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.added[h] = struct{}{}
	if !s.reloading && len(s.added) > 1000 && len(s.added) > len(s.sorted)/8 {
		s.merge()
	}
}

// Len returns how many addresses there are.
func (s *SuppressedSet) Len() int {
	if s == nil {
		return 0
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := len(s.sorted)
	for h := range s.added {
		if _, ok := slices.BinarySearchFunc(s.sorted, h, compareHashes); !ok {
			n++
		}
	}
	return n
}

// Refreshed returns when the lists were last read, and why they could not be read since.
func (s *SuppressedSet) Refreshed() (time.Time, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.read, s.err
}

// merge puts what was added in order.
func (s *SuppressedSet) merge() {
	if len(s.added) == 0 {
		return
	}
	all := slices.Grow(s.sorted, len(s.added))
	for h := range s.added {
		all = append(all, h)
	}
	s.sorted = sortedHashes(all)
	clear(s.added)
}

func sortedHashes(all []addressHash) []addressHash {
	slices.SortFunc(all, compareHashes)
	return slices.Compact(all)
}

func compareHashes(a, b addressHash) int { return bytes.Compare(a[:], b[:]) }

// refreshIfDue refreshes the set if it is time, and if it is not being read anyway: that may
// take long.
func (s *SuppressedSet) refreshIfDue(ctx context.Context) {
	s.mu.RLock()
	due := len(s.sites) > 0 && time.Since(s.asked) >= s.opts.RefreshEvery
	s.mu.RUnlock()
	if !due {
		return
	}
	select {
	case s.refreshing <- struct{}{}:
		defer func() { <-s.refreshing }()
		s.readLists(ctx, false) // the error is in Refreshed
	default:
	}
}

// overlap is how far before the last reading a refresh begins: clocks differ, and what SES
// adds may be listed late.
const overlap = 15 * time.Minute

// Refresh reads what was added to the lists since the last time. If it fails, what it found
// until then is in the set all the same. A Sender does so now and then.
func (s *SuppressedSet) Refresh(ctx context.Context) error {
	return s.refresh(ctx, false)
}

// Reload reads the lists as a whole: only that finds out what was taken off them. With
// 1,000,000 addresses it takes a quarter of an hour, in which the set stays as it was.
func (s *SuppressedSet) Reload(ctx context.Context) error {
	return s.refresh(ctx, true)
}

func (s *SuppressedSet) refresh(ctx context.Context, whole bool) error {
	if len(s.sites) == 0 {
		return nil // a set of addresses that were given
	}
	select {
	case s.refreshing <- struct{}{}:
		defer func() { <-s.refreshing }()
		return s.readLists(ctx, whole)
	case <-ctx.Done():
		return fmt.Errorf("ses: suppressed addresses: %w", context.Cause(ctx))
	}
}

func (s *SuppressedSet) readLists(ctx context.Context, whole bool) error {
	began := time.Now()
	found, err := s.list(ctx, s.begin(whole))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reloading = false
	if !whole {
		for _, h := range found {
			s.added[h] = struct{}{}
		}
		s.merge()
	}
	if err != nil {
		err = fmt.Errorf("ses: suppressed addresses: %w", reason.Cause(ctx, err))
		if !givenUp(ctx) {
			s.err, s.asked = err, began
		}
		return err
	}
	s.err, s.read, s.asked = nil, began, began
	if whole {
		s.sorted = sortedHashes(found) // added has what came since it began
	}
	return nil
}

// begin returns since when the lists are to be read, zero for all.
func (s *SuppressedSet) begin(whole bool) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !whole {
		return s.read.Add(-overlap)
	}
	s.merge()
	s.reloading = true
	return time.Time{}
}

// list returns what was added to the lists since a time, all if that is zero. The Regions are
// read at the same time: one may be gone.
func (s *SuppressedSet) list(ctx context.Context, since time.Time) ([]addressHash, error) {
	found, errs := make([][]addressHash, len(s.sites)), make([]error, len(s.sites))
	parallel.ForEach(len(s.sites), len(s.sites), func(i int) {
		found[i], errs[i] = s.listIn(ctx, s.sites[i], since)
	})
	return slices.Concat(found...), errors.Join(errs...)
}

func (s *SuppressedSet) listIn(ctx context.Context, at *site, since time.Time) (found []addressHash, err error) {
	in := &sesv2.ListSuppressedDestinationsInput{Reasons: s.opts.Reasons, PageSize: aws.Int32(1000)}
	if s.opts.TenantName != "" {
		in.TenantName = &s.opts.TenantName
	}
	if !since.IsZero() {
		in.StartDate = &since
	}
	pages := sesv2.NewListSuppressedDestinationsPaginator(at.Send, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, at.turn("ListSuppressedDestinations"))
		if err != nil {
			return found, fmt.Errorf("%s: %w", at.Region, err)
		}
		for _, d := range page.SuppressedDestinationSummaries {
			found = append(found, hashOfAddress(aws.ToString(d.EmailAddress)))
		}
	}
	return found, nil
}
