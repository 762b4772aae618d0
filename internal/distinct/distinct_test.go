package distinct_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/distinct"
)

// TestCount compares the counts with those of a map, in memory that holds from two
// to all ids.
func TestCount(t *testing.T) {
	for _, memory := range []int{1, 160, 10_000, 0} {
		for _, n := range []int{0, 1, 9, 10, 11, 1000, 3000} {
			dir := t.TempDir()
			s := distinct.New(distinct.Options{Dir: dir, Memory: memory})
			r := rand.New(rand.NewPCG(uint64(n), uint64(memory)))
			ids, pairs := map[string]bool{}, map[[2]string]bool{}
			for i := range n {
				id := strconv.Itoa(r.IntN(n/2 + 1))
				routing := [...]string{"", "a", "b"}[max(r.IntN(20)-17, 0)]
				s.Add(id, routing, nil)
				ids[id], pairs[[2]string{id, routing}] = true, true
				if i == n/2 {
					check(t, s, len(ids), len(pairs))
				}
			}
			check(t, s, len(ids), len(pairs))
			check(t, s, len(ids), len(pairs))
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("%d files are left", len(left))
			}
		}
	}
}

func check(t *testing.T, s *distinct.Set, wantIDs, wantPairs int) {
	t.Helper()
	ids, pairs, err := s.Count()
	if ids != int64(wantIDs) || pairs != int64(wantPairs) || err != nil || s.Err() != nil {
		t.Errorf("got %d ids, %d pairs, %v, %v, want %d and %d", ids, pairs, err, s.Err(), wantIDs, wantPairs)
	}
}

// TestFewFiles has a thousand times what memory holds.
func TestFewFiles(t *testing.T) {
	s := distinct.New(distinct.Options{Dir: t.TempDir(), Memory: 160})
	defer s.Close()
	most := 0
	for i := range 20_000 {
		s.Add(strconv.Itoa(i), "", nil)
		most = max(most, distinct.Files(s))
	}
	check(t, s, 20_000, 20_000)
	if most > 63+63 {
		t.Errorf("%d files at the same time", most)
	}
}

// TestRepeatedIDs has a few ids a million times: they need no file.
func TestRepeatedIDs(t *testing.T) {
	s := distinct.New(distinct.Options{Dir: filepath.Join(t.TempDir(), "none"), Memory: 16 * 1000})
	for i := range 200_000 {
		s.Add(strconv.Itoa(i%400), "", nil)
	}
	check(t, s, 400, 400)
}

func TestSort(t *testing.T) {
	for _, n := range []int{0, 1, 64, 65, 1000, 100_000} {
		for _, values := range []uint64{1, 2, 300, 1 << 63} {
			if !distinct.SortsAsSlices(n, values) {
				t.Errorf("%d keys of %d values are not sorted", n, values)
			}
		}
	}
}

// TestSample adds ids in many orders, and often: the sample is the same as one that
// is taken of all hashes.
func TestSample(t *testing.T) {
	const n, size = 3000, 50
	want := make([]distinct.Sampled, n)
	for i := range want {
		content := fmt.Sprintf("content %d", i)
		want[i] = distinct.Sampled{ID: strconv.Itoa(i), Routing: fmt.Sprint(i % 2), Content: sha256.Sum256([]byte(content))}
	}
	slices.SortFunc(want, func(a, b distinct.Sampled) int { return bytes.Compare(hash(a), hash(b)) })
	want = want[:size]
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		s := distinct.New(distinct.Options{Sample: size})
		for range 2 {
			for _, i := range r.Perm(n) {
				s.Add(strconv.Itoa(i), fmt.Sprint(i%2), fmt.Appendf(nil, "content %d", i))
			}
		}
		if got := s.Sample(); !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %v, want %v", seed, got, want)
		}
	}
}

func hash(s distinct.Sampled) []byte {
	h := sha256.Sum256([]byte(s.ID))
	return h[:]
}

func TestMixedSample(t *testing.T) {
	s := distinct.New(distinct.Options{Sample: 10})
	for _, add := range [][3]string{{"a", "", "1"}, {"b", "", "1"}, {"c", "", "1"}, {"a", "", "1"}, {"b", "", "2"}, {"c", "r", "1"}, {"b", "", "1"}, {"c", "", "1"}} {
		s.Add(add[0], add[1], []byte(add[2]))
	}
	sample := s.Sample()
	slices.SortFunc(sample, func(a, b distinct.Sampled) int { return cmp.Compare(a.ID, b.ID) })
	if len(sample) != 3 || sample[0].Mixed || !sample[1].Mixed || !sample[2].Mixed {
		t.Errorf("got %+v", sample)
	}
	if none := distinct.New(distinct.Options{}); len(none.Sample()) != 0 {
		t.Error("a sample that nobody asked for")
	}
}

func TestCanonicalSample(t *testing.T) {
	s := distinct.New(distinct.Options{Sample: 10, Canonical: bytes.ToLower})
	s.Add("a", "", []byte("X"))
	s.Add("a", "", []byte("x"))
	if got := s.Sample(); len(got) != 1 || got[0].Mixed || got[0].Content != sha256.Sum256([]byte("x")) {
		t.Errorf("got %+v", got)
	}
}

func TestNoDirectory(t *testing.T) {
	s := distinct.New(distinct.Options{Dir: filepath.Join(t.TempDir(), "none"), Memory: 160})
	for i := range 100_000 {
		s.Add(strconv.Itoa(i), "", nil)
	}
	if _, _, err := s.Count(); !errors.Is(err, fs.ErrNotExist) || !errors.Is(s.Err(), fs.ErrNotExist) {
		t.Errorf("got %v, %v", err, s.Err())
	}
	if n := distinct.Buffered(s); n > 10 {
		t.Errorf("%d ids are kept in memory", n)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestBrokenFile(t *testing.T) {
	s := distinct.New(distinct.Options{Dir: t.TempDir(), Memory: 160})
	defer s.Close()
	for i := range 100 {
		s.Add(strconv.Itoa(i), "", nil)
	}
	if err := distinct.Truncate(s); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Count(); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "awspatterns-ids-") {
		t.Errorf("got %v", err)
	}
}

// TestFullDisk has files that cannot be written to.
func TestFullDisk(t *testing.T) {
	s := distinct.New(distinct.Options{Dir: t.TempDir(), Memory: 160})
	for i := range 10*63 + 1 {
		s.Add(strconv.Itoa(i), "", nil)
	}
	distinct.CloseFiles(s)
	for i := range 1000 {
		s.Add(strconv.Itoa(i), "x", nil)
	}
	if _, _, err := s.Count(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if err := s.Close(); err == nil {
		t.Error("no error of closing files that are closed")
	}
}
