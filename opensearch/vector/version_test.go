package vector

import (
	"strings"
	"testing"
)

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]release{
		"2.17": {2, 17}, "2.18": {2, 18}, "2.19": {2, 19}, "2.19.1": {2, 19}, "OpenSearch_2.19": {2, 19},
		"3.0": {3, 0}, "3.6.0": {3, 6}, "3.8": {3, 8}, Serverless: {},
	} {
		got, err := parseVersion(text)
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "2.16", "2.20", "3.9", "3", "3.06.0.1", "v3.6", " 3.6", "3.6\n", "Serverless", "9999.1", "-3.6", "2.17-SNAPSHOT"} {
		_, err := parseVersion(text)
		if err == nil {
			t.Errorf("%q: no error", text)
		} else if !strings.Contains(err.Error(), "2.17, 2.18, 2.19, 3.0, 3.1, 3.2, 3.3, 3.4, 3.5, 3.6, 3.7, 3.8, serverless") {
			t.Errorf("%q: %v does not say what is known", text, err)
		}
	}
}

func TestReleaseFrom(t *testing.T) {
	if r := (release{2, 19}); !r.from(2, 19) || !r.from(2, 18) || r.from(3, 0) || !r.known() {
		t.Error("2.19 is misplaced")
	}
	if r := (release{3, 0}); !r.from(2, 19) || r.from(3, 1) || r.String() != "3.0" {
		t.Error("3.0 is misplaced")
	}
	if r := (release{}); r.known() || r.from(0, 1) || r.String() != Serverless {
		t.Error("what is not known is placed")
	}
}

func FuzzParseVersion(f *testing.F) {
	for _, text := range []string{"2.19.1", "3.8", "serverless", "OpenSearch_3.5", "3.5.", "٣.٥"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseVersion(text)
		if err != nil {
			return
		}
		if again, err := parseVersion(r.String()); err != nil || again != r {
			t.Errorf("%q is %v, which is %v, %v", text, r, again, err)
		}
	})
}
