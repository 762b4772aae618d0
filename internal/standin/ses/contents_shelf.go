package ses

import (
	"encoding/base64"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A shelf keeps things by name, and lists them in an order of its own.
type shelf[T any] struct {
	of    map[string]*T
	order func(a, b string) int
	names []string // in their order; nil to be put into it
}

func newShelf[T any](order func(a, b string) int) *shelf[T] {
	return &shelf[T]{of: map[string]*T{}, order: order}
}

// byName is the order of names. byChance is another, always the same: SES says of no list
// in which order it is, so that nobody may rely on one.
func byName(a, b string) int { return strings.Compare(a, b) }

func byChance(a, b string) int {
	x, y := fnv.New32a(), fnv.New32a()
	x.Write([]byte(a))
	y.Write([]byte(b))
	if x, y := x.Sum32(), y.Sum32(); x != y {
		if x < y {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}

func (s *shelf[T]) put(name string, v *T) {
	if s.of[name] == nil {
		s.names = nil
	}
	s.of[name] = v
}

func (s *shelf[T]) remove(name string) {
	if s.of[name] != nil {
		s.names = nil
		delete(s.of, name)
	}
}

// sorted returns the names in their order.
func (s *shelf[T]) sorted() []string {
	if s.names == nil {
		s.names = make([]string, 0, len(s.of))
		for name := range s.of {
			s.names = append(s.names, name)
		}
		slices.SortFunc(s.names, s.order)
	}
	return s.names
}

// behind returns the names behind one, which need not be there any more; all behind none.
func (s *shelf[T]) behind(name string) []string {
	names := s.sorted()
	if name == "" {
		return names
	}
	i, found := slices.BinarySearchFunc(names, name, s.order)
	if found {
		i++
	}
	return names[i:]
}

// A contentPages says how long pages of a list are: by itself, and at most.
type contentPages struct{ usual, most int }

// size returns how long a page is.
func (p contentPages) size(r *Region, asked *int32) (int, error) {
	size := p.usual
	if asked != nil {
		if size = int(*asked); size < 1 || size > p.most {
			return 0, refuseBad("PageSize must be between 1 and %d.", p.most)
		}
	}
	if r.world.PageSize > 0 {
		size = min(size, r.world.PageSize)
	}
	return size, nil
}

// contentPage returns the names on a page of a shelf, and the token of the next. A token
// holds the last name of the page, so that what changes between two pages neither hides
// nor repeats what stays.
func contentPage[T any](r *Region, s *shelf[T], p contentPages, asked *int32, token *string) ([]string, *string, error) {
	size, err := p.size(r, asked)
	if err != nil {
		return nil, nil, err
	}
	last := ""
	if token != nil {
		ours := false
		if last, ours = readContentToken(*token); !ours {
			return nil, nil, refuseBad("The NextToken is not valid")
		}
	}
	names := s.behind(last)
	if len(names) <= size {
		return names, nil, nil
	}
	return names[:size], newContentToken(names[size-1]), nil
}

const contentTokenMark = "after "

func newContentToken(last string) *string {
	return aws.String(base64.URLEncoding.EncodeToString([]byte(contentTokenMark + last)))
}

func readContentToken(token string) (last string, ours bool) {
	text, err := base64.URLEncoding.DecodeString(token)
	last, ours = strings.CutPrefix(string(text), contentTokenMark)
	return last, ours && err == nil
}
