package ses

import (
	"fmt"
	"hash/fnv"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// A suppressionList is that of the account or of a tenant. Addresses are told apart by their
// case, too ("Using the Amazon SES account-level suppression list" in the developer guide).
//
// Beside the addresses that it keeps it may have invented ones, so that a test of long lists
// measures its own memory and not that of the stand-in.
type suppressionList struct {
	kept *shelf[suppressed]

	invented int
	at       func(i int) (address string, reason types.SuppressionListReason) // addresses ascend
	gone     map[string]bool                                                  // invented ones that were deleted, or are kept
	start    int                                                              // where lists of them begin
}

type suppressed struct {
	reason  types.SuppressionListReason
	updated time.Time
}

func newSuppressionList() *suppressionList {
	return &suppressionList{kept: newShelf[suppressed](byChance), gone: map[string]bool{}}
}

// inventedOn is when the invented addresses were suppressed.
var inventedOn = time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)

// FillSuppressed puts n addresses onto the suppression list of the account that are not kept
// but computed by at whenever they are looked at. They must ascend with i. What is put or
// deleted later holds over them.
func (r *Region) FillSuppressed(n int, at func(i int) (address string, reason types.SuppressionListReason)) {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	l := r.suppression
	l.invented, l.at, l.gone = n, at, map[string]bool{}
	h := fnv.New32a()
	h.Write([]byte(r.Name))
	l.start = int(h.Sum32()>>1) % max(n, 1)
}

// invention returns the reason of an invented address, if it is one.
func (l *suppressionList) invention(address string) (types.SuppressionListReason, bool) {
	i := sort.Search(l.invented, func(i int) bool {
		a, _ := l.at(i)
		return a >= address
	})
	if i == l.invented || l.gone[address] {
		return "", false
	}
	a, reason := l.at(i)
	return reason, a == address
}

// find returns what is known of an address.
func (l *suppressionList) find(address string) (suppressed, bool) {
	if s := l.kept.of[address]; s != nil {
		return *s, true
	}
	reason, is := l.invention(address)
	return suppressed{reason, inventedOn}, is
}

func (l *suppressionList) put(address string, reason types.SuppressionListReason) {
	if _, is := l.invention(address); is {
		l.gone[address] = true
	}
	l.kept.put(address, &suppressed{reason, contentNow()})
}

// remove reports whether the address was there.
func (l *suppressionList) remove(address string) bool {
	_, there := l.find(address)
	if _, is := l.invention(address); is {
		l.gone[address] = true
	}
	l.kept.remove(address)
	return there
}

// A suppressionCursor is a place in a list: behind so many invented addresses and then,
// when there are no more, behind a kept one.
type suppressionCursor struct {
	passed int
	last   string
}

func (c suppressionCursor) token() *string {
	return newContentToken(fmt.Sprintf("%d %s", c.passed, c.last))
}

func readSuppressionCursor(token *string) (c suppressionCursor, err error) {
	if token == nil {
		return c, nil
	}
	text, ours := readContentToken(*token)
	passed, last, two := strings.Cut(text, " ")
	c.last = last
	if c.passed, err = strconv.Atoi(passed); err != nil || !ours || !two || c.passed < 0 {
		return c, refuseToken()
	}
	return c, nil
}

// page appends to out up to n addresses behind the cursor that are wanted, and returns where
// it stopped and whether there are more. The order is none that means anything, and another
// one in each Region.
func (l *suppressionList) page(c suppressionCursor, n int, wanted func(suppressed) bool, out func(address string, s suppressed)) (suppressionCursor, bool) {
	for ; c.passed < l.invented; c.passed++ {
		address, reason := l.at(l.scattered(c.passed))
		s := suppressed{reason, inventedOn}
		if l.gone[address] || !wanted(s) {
			continue
		}
		if n--; n < 0 {
			return c, true
		}
		out(address, s)
	}
	for _, address := range l.kept.behind(c.last) {
		s := *l.kept.of[address]
		if !wanted(s) {
			continue
		}
		if n--; n < 0 {
			return c, true
		}
		out(address, s)
		c.last = address
	}
	return c, false
}

// scattered returns which of the invented addresses is in a place of the list. The step has
// no factor in common with any number of them below it, since it is prime.
func (l *suppressionList) scattered(place int) int {
	const step = 2_147_483_647
	return int((uint64(l.start) + uint64(place)*step) % uint64(l.invented))
}

// dump writes the list as text, with invented addresses only as their number.
func (l *suppressionList) dump(out *strings.Builder, of string) {
	if l.invented > 0 {
		fmt.Fprintf(out, "%s: %d invented addresses without %d\n", of, l.invented, len(l.gone))
	}
	for _, address := range l.kept.sorted() {
		fmt.Fprintf(out, "%s: %s %s\n", of, address, l.kept.of[address].reason)
	}
}
