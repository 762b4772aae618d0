package state

import (
	"cmp"
	"slices"
	"strings"
	"testing"
)

// FuzzNames checks for two keys in one set that the names of their objects are
// apart and in their order, unless a name was cut, and that no name is too long.
func FuzzNames(f *testing.F) {
	long := strings.Repeat("l", 600)
	f.Add("scan/", "set", "a", "a\x00")
	f.Add("", "a/b", "\xff", "\xfe\xff")
	f.Add("p/", strings.Repeat("s", MaxSet), long, long+"x")
	f.Add("p/", "set", long+"x", long+"y")
	f.Add("p/", strings.Repeat("s", 107), long[:496], long[:497])
	f.Fuzz(func(t *testing.T, prefix, set, a, b string) {
		if a == "" || b == "" || len(a) > MaxKey || len(b) > MaxKey || len(set) > MaxSet || len(prefix) > maxPrefix {
			t.Skip()
		}
		s := &S3{prefix: prefix}
		folder, nameA, nameB := s.folder(set), s.name(set, a), s.name(set, b)
		keyA, cutA, err := keyOf(folder, nameA)
		if err != nil || !cutA && keyA != a {
			t.Fatalf("%q is named %q, which spells %q, %v", a, nameA, keyA, err)
		}
		keyB, cutB, err := keyOf(folder, nameB)
		if err != nil {
			t.Fatal(err)
		}
		if len(nameA) > maxObjectKey {
			t.Fatalf("%q has %d bytes", nameA, len(nameA))
		}
		if cutA && len(a) < 190 {
			t.Errorf("a key of %d bytes was cut", len(a))
		}
		if order := cmp.Compare(a, b); cmp.Compare(nameA, nameB) != order && !(cutA && cutB && keyA == keyB && order != 0) {
			// A name that was cut comes before the longer ones that begin alike.
			if !(cutA && !cutB && strings.HasPrefix(nameB[len(folder):], keyA)) && !(cutB && !cutA && strings.HasPrefix(nameA[len(folder):], keyB)) {
				t.Errorf("%q and %q are named %q and %q", a, b, nameA, nameB)
			}
		}
		if mark := before(folder, b); a > b && nameA <= mark || mark < folder {
			t.Errorf("%q is after %q, and its name %q is not after %q", a, b, nameA, mark)
		}
	})
}

// FuzzMerge checks that any keys come in their order, however their names do.
func FuzzMerge(f *testing.F) {
	f.Add("a\nb\nc", "b", "set")
	// In the set "s", up to 638 bytes of a key are spelled, and of a longer one 605.
	var mixed []string
	for i, alike := range []string{strings.Repeat("p", 605), strings.Repeat("p", 604) + "o", strings.Repeat("q", 605)} {
		for _, end := range []string{"", "a", strings.Repeat("a", 33), strings.Repeat("a", 34), "b" + strings.Repeat("a", 40), "b", "b\x00", "c" + strings.Repeat("\x00", 400), "d", "e" + strings.Repeat("a", 40)} {
			mixed = append(mixed, alike+end, alike[:600]+end[:min(i, len(end))])
		}
	}
	for _, alone := range []string{"r", "s", "t"} { // groups with nothing between them
		mixed = append(mixed, strings.Repeat(alone, 700), strings.Repeat(alone, 701))
	}
	f.Add(strings.Join(mixed, "\n"), "", "s")
	f.Add(strings.Join(mixed, "\n"), mixed[6], "s")
	f.Add(strings.Join(mixed, "\n"), mixed[0][:604]+"o\xff", "s")
	f.Fuzz(func(t *testing.T, text, after, set string) {
		if len(set) > MaxSet || len(after) > MaxKey {
			t.Skip()
		}
		keys := slices.DeleteFunc(strings.Split(text, "\n"), func(key string) bool { return key == "" || len(key) > MaxKey })
		slices.Sort(keys)
		keys = slices.Compact(keys)
		s := &S3{}
		folder, byName := s.folder(set), map[string]string{}
		var names []string
		for _, key := range keys {
			name := s.name(set, key)
			names, byName[name] = append(names, name), key
		}
		slices.Sort(names)
		var got []string
		m := merger{
			after: after,
			keysOf: func(names []string) ([]namedKey, error) {
				var found []namedKey
				for _, name := range names {
					found = append(found, namedKey{byName[name], name})
				}
				slices.SortFunc(found, func(a, b namedKey) int { return cmp.Compare(a.key, b.key) })
				return found, nil
			},
			yield: func(name string, err error) bool { got = append(got, byName[name]); return true },
		}
		for _, name := range names {
			if name <= before(folder, after) {
				continue
			}
			key, cut, err := keyOf(folder, name)
			if err != nil {
				t.Fatal(err)
			}
			if cut {
				m.addCut(key, name)
			} else {
				m.add(namedKey{key, name})
			}
		}
		_ = m.sortCut() && m.flush()
		want := slices.DeleteFunc(keys, func(key string) bool { return key <= after })
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// FuzzEnvelope decodes anything, and again what was decoded and encoded.
func FuzzEnvelope(f *testing.F) {
	for _, e := range []envelope{
		{Record{Set: "set", Key: "key", Value: []byte("value\n")}, "mark"},
		{Record{Set: "\x00\u2028<", Key: `"\`}, ""},
	} {
		f.Add(e.encode())
	}
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"awspatternsState":1,"set":"s","key":"k","mark":"m"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := decodeEnvelope(text)
		if err != nil {
			return
		}
		again, err := decodeEnvelope(e.encode())
		if err != nil || again.Set != e.Set || again.Key != e.Key || again.mark != e.mark || string(again.Value) != string(e.Value) {
			t.Errorf("%+v became %+v, %v", e, again, err)
		}
	})
}

// TestEnvelope checks that what is stored does not change: a version of this
// library must read what those before it have written.
func TestEnvelope(t *testing.T) {
	const stored = `{"awspatternsState":1,"set":"images","key":"a/b c.png","mark":"M"}` + "\n" + `{"state":"clean"}`
	e := envelope{Record{Set: "images", Key: "a/b c.png", Value: []byte(`{"state":"clean"}`)}, "M"}
	if got := string(e.encode()); got != stored {
		t.Errorf("got %s", got)
	}
	if name := (&S3{prefix: "scan/"}).name("images", "a/b c.png"); name != "scan/d5mm2pr5ec/c4nm48335po6spo" {
		t.Errorf("its name is %s", name)
	}
	longest := envelope{Record{Set: strings.Repeat("\x01", MaxSet), Key: strings.Repeat("\x01", MaxKey), Value: make([]byte, MaxValue)}, strings.Repeat("M", 26)}
	if got := len(longest.encode()); got > maxEnvelope {
		t.Errorf("the longest has %d bytes", got)
	}
}
