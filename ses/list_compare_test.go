package ses

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/ses/region"
)

const (
	bounce    = suppressedForBounce
	complaint = suppressedForComplaint
)

// compareReasons compares two lists as they stand, in a random order.
func compareReasons(source, target []listed[suppressionReason]) (d region.ListDifference) {
	store := &listStore[suppressionReason]{}
	for _, i := range rand.Perm(len(target)) {
		store.add(listKeyOf(target[i].address), target[i].value)
	}
	store.freeze(suppressionRules.stricter)
	c := newListComparison(suppressionRules, store)
	for _, i := range rand.Perm(len(source)) {
		c.add(source[i].address, source[i].value)
	}
	c.result(&d)
	return d
}

func TestListComparison(t *testing.T) {
	type list = []listed[suppressionReason]
	tests := []struct {
		name           string
		source, target list
		want           region.ListDifference // without digests
		digest, back   bool
	}{
		{name: "nothing"},
		{"alike", list{{"a@x.org", bounce}, {"b@x.org", complaint}}, list{{"b@x.org", complaint}, {"a@x.org", bounce}}, region.ListDifference{Primary: 2, Secondary: 2}, false, false},
		{"missing", list{{"anna@x.org", bounce}}, nil, region.ListDifference{Primary: 1, Missing: 1, Sample: []string{"a***@x.org"}}, true, false},
		{"extra", nil, list{{"anna@x.org", bounce}}, region.ListDifference{Secondary: 1, Extra: 1}, false, true},
		{"complains in the source", list{{"anna@x.org", complaint}}, list{{"anna@x.org", bounce}}, region.ListDifference{Primary: 1, Secondary: 1, Different: 1, Sample: []string{"a***@x.org"}}, true, false},
		{"complains in the target", list{{"anna@x.org", bounce}}, list{{"anna@x.org", complaint}}, region.ListDifference{Primary: 1, Secondary: 1, Stricter: 1}, false, true},
		{"case matters", list{{"Anna@x.org", bounce}}, list{{"anna@x.org", bounce}}, region.ListDifference{Primary: 1, Secondary: 1, Missing: 1, Extra: 1, Sample: []string{"A***@x.org"}}, true, true},
		{"missing, on two pages", list{{"a@x.org", bounce}, {"a@x.org", bounce}}, nil, region.ListDifference{Primary: 1, Missing: 1, Sample: []string{"a***@x.org"}}, true, false},
		{"in both, on two pages", list{{"a@x.org", complaint}, {"a@x.org", complaint}}, list{{"a@x.org", bounce}, {"a@x.org", bounce}}, region.ListDifference{Primary: 1, Secondary: 1, Different: 1, Sample: []string{"a***@x.org"}}, true, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := compareReasons(test.source, test.target)
			if (got.Digest != "") != test.digest || (got.Back != "") != test.back {
				t.Errorf("digests %q and %q", got.Digest, got.Back)
			}
			got.Digest, got.Back = "", ""
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

// TestListDigest tells which differences have one digest: those of the same entries, whatever
// their order.
func TestListDigest(t *testing.T) {
	var source []listed[suppressionReason]
	for i := range 500 {
		source = append(source, listed[suppressionReason]{strings.Repeat("a", i+1) + "@x.org", bounce})
	}
	target := source[:100]
	one, again := compareReasons(source, target), compareReasons(source, target)
	if !reflect.DeepEqual(one, again) || len(one.Sample) != listSampled || len(one.Digest) != 32 {
		t.Errorf("two of one: %+v, %+v", one, again)
	}
	seen := map[string]string{one.Digest: "all"}
	for name, d := range map[string]region.ListDifference{
		"one less":       compareReasons(source[:499], target),
		"another":        compareReasons(append(source[:499:499], listed[suppressionReason]{"b@x.org", bounce}), target),
		"another reason": compareReasons(append(source[:499:499], listed[suppressionReason]{source[499].address, complaint}), target),
		"nothing":        compareReasons(nil, target),
		"the other way":  compareReasons(target, source),
	} {
		if other, twice := seen[d.Digest]; twice && d.Digest != "" {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[d.Digest] = name
	}
	if back := compareReasons(target, source).Back; back != one.Digest {
		t.Errorf("the same entries have the digests %s and %s", back, one.Digest)
	}
}

func TestMaskAddress(t *testing.T) {
	for address, want := range map[string]string{
		"anna@example.com": "a***@example.com",
		"ärger@x.org":      "ä***@x.org",
		`"a@b"@x.org`:      `"***@x.org`,
		"@x.org":           "***@x.org",
		"no address":       "***",
		"":                 "***",
		"\xff\xfe@x.org":   "\xff***@x.org",
	} {
		if got := maskAddress(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}
