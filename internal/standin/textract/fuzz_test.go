package textract

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/textract/types"
)

// Any bytes are refused or read, and never break the stand-in.
func FuzzFile(f *testing.F) {
	for _, m := range magics {
		f.Add([]byte(m.begins))
	}
	f.Add([]byte(pngFile + "\x00\x00\x00\rIHDR\x00\x00\x27\x11\x00\x00\x00\x01\b\x00\x00\x00\x00"))
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x01\x00\x00\x01\x04\x00\xff\xff\xff\xff\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		kind, err := checkFile(content, detectLimit)
		if (err == nil) != (kind != unknownFormat && len(content) <= maxBytes) {
			t.Errorf("format %d of %d bytes: %v", kind, len(content), err)
		}
		if kind.oversized(content) && (kind == unknownFormat || kind == pdfFormat) {
			t.Errorf("format %d has sides", kind)
		}
	})
}

// Of all tokens only those are accepted that were given out for the job.
func FuzzPageToken(f *testing.F) {
	j := job{id: strings.Repeat("0123456789abcdef", 4), blocks: make([]types.Block, 30)}
	f.Add(pageToken(j.id, 1))
	f.Add(pageToken(j.id, 29))
	f.Add(pageToken(j.id, 30))
	f.Add(pageToken(strings.Repeat("f", 64), 1))
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		from, err := offset(j, &token)
		if err == nil && (from < 1 || from >= 30 || token != pageToken(j.id, from)) {
			t.Errorf("%q is accepted, from %d", token, from)
		}
	})
}

// The pattern of tokens and job IDs, said in another way.
func FuzzToken(f *testing.F) {
	for _, seed := range []string{"", "a", "a-b_C9", "a b", "ä", "a\n", strings.Repeat("a", 64), strings.Repeat("a", 65)} {
		f.Add(seed)
	}
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	f.Fuzz(func(t *testing.T, token string) {
		want := token != "" && len(token) <= 64 && strings.Trim(token, allowed) == ""
		for _, r := range token {
			want = want && strings.ContainsRune(allowed, r)
		}
		if got := idConstraint.meets(&token, required); got != want {
			t.Errorf("%q: got %t, want %t", token, got, want)
		}
	})
}
