package statetest

import (
	"fmt"
	"strings"

	"github.com/awspatterns/awspatterns/state"
)

// hostileKeys are keys that have to be kept apart and in order. Some begin with
// more bytes alike than the key of an object in S3 has room for.
func hostileKeys() []string {
	long, longer := strings.Repeat("p", 560), strings.Repeat("/", 1000)
	keys := []string{
		"a", "a\x00", "a\x00\x00", "aa", "a ", "a/", "a//", "a/b", "a-", "a-b", "aé", "A", "Z", "z", "\x00", "\x01", " ", "  ",
		".", "..", "../..", "./a", "/", "//", "#", "#a", "%", "%00", "%2F", "%2f", "+", "?", "&", "=", "*", "$", "${*}", "~", "\\", "\"", "'", "<a>",
		"\n", "\r\n", "\t", "\x7f", "null", "0", "00", "-", "_", "é", "e\u0301", "ß", "日本語.png", "😀", "\uffff", "\ufffd", "\U0010ffff", "\u2028",
		"IMG 0001.JPG", "scans/2024/passport #1 (50%).png",
		long, long + "-", long + "0", longer, longer + "z",
		strings.Repeat("k", state.MaxKey), strings.Repeat("k", state.MaxKey-1), strings.Repeat("k", state.MaxKey-1) + "l",
		strings.Repeat("\x00", state.MaxKey), strings.Repeat("é", state.MaxKey/2), strings.Repeat("😀", state.MaxKey/4),
	}
	for i := range 24 { // beyond a prefix of 1,000 bytes, among keys that end within it
		keys = append(keys, longer+fmt.Sprintf("%02d", (i*7)%24), longer[:576+i*17])
	}
	return keys
}

// hostileSets are sets that have to be kept apart.
func hostileSets() []string {
	return []string{
		"a", "a/b", "a/", "/a", "A", "aa", "a\x00", "\x00", " ", ".", "..", "../a", "#", "%", "%2F", "é", "😀", "-", "~", "\n", "a b", "a+b",
		strings.Repeat("s", state.MaxSet), strings.Repeat("s", state.MaxSet-1), strings.Repeat("\x00", state.MaxSet), strings.Repeat("/", state.MaxSet),
	}
}

var keyCases = []testCase[*tester]{
	{"hostile keys", func(t *tester) {
		var batch []state.Record
		for i, key := range hostileKeys() {
			batch = append(batch, record(key, fmt.Sprint(i)))
		}
		if err := t.Put(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		all := byKey(batch)
		t.wantList("set", "", all)
		for _, r := range batch {
			t.want(r)
		}
		for i, r := range all {
			all[i] = t.put(with(r, r.Key))
			t.refuse(r)
		}
		t.wantList("set", "", all)
		for i := 0; i < len(all); i += 9 {
			t.wantList("set", all[i].Key, all[i+1:])
		}
	}},
	{"hostile keys in a long set", func(t *tester) {
		set := strings.Repeat("s", state.MaxSet)
		var batch []state.Record
		for _, key := range hostileKeys() {
			batch = append(batch, state.Record{Set: set, Key: key, Value: []byte(key)})
		}
		if err := t.Put(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		t.wantList(set, "", byKey(batch))
	}},
	{"hostile sets", func(t *tester) {
		of := map[string][]state.Record{}
		for i, set := range hostileSets() {
			for _, key := range []string{"a", "b", "b/c", set}[:3+i%2] {
				if key == set && i%2 == 1 && (key == "a" || key == "b") {
					continue
				}
				of[set] = append(of[set], t.put(state.Record{Set: set, Key: key, Value: []byte(set + "\n" + key)}))
			}
		}
		for set, records := range of {
			t.wantList(set, "", byKey(records))
		}
		t.wantList("b", "", nil)
	}},
}
