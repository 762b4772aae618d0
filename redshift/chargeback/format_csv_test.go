package chargeback

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

var formatColumns, csvKinds = []string{"s", "n", "b", "t"}, []string{"string", "int64", "bool", "timestamp"}

func zipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unzipped(t testing.TB, b []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// decoded returns the header and the rows of an object.
func decoded(f Format, b []byte) (all [][]any, err error) {
	columns, rows, err := f.Decode(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	header := make([]any, len(columns))
	for i, c := range columns {
		header[i] = c
	}
	all = append(all, header)
	for row, err := range rows {
		if err != nil {
			return all, err
		}
		all = append(all, slices.Clone(row))
	}
	return all, nil
}

func TestCSVFormat(t *testing.T) {
	at := time.Date(2026, 11, 1, 13, 0, 0, 1999, time.FixedZone("", 3600))
	rows := [][]any{{hostile, int64(-5), true, at}, {"", nil, nil, nil}, {nil, int64(0), false, time.Time{}}, {`\N`, nil, nil, nil}}
	var a, b bytes.Buffer
	for _, to := range []*bytes.Buffer{&a, &b} {
		if err := (CSV{}).Encode(to, formatColumns, csvKinds, seqOf(rows...)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same rows make other bytes")
	}
	const want = "s,n,b,t\n" +
		`" ""a"",b\\N\r\n\x00\x1f\x7f\\x41é` + "\u2028\ufffd" + `=1+1 ",-5,true,2026-11-01T12:00:00.000001Z` + "\n" +
		",,,\n" +
		`\N,0,false,0001-01-01T00:00:00.000000Z` + "\n" +
		`\\N,,,` + "\n"
	if got := unzipped(t, a.Bytes()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	got, err := decoded(CSV{}, a.Bytes())
	if err != nil || fmt.Sprintf("%q", got[1:]) != fmt.Sprintf("%q", [][]any{
		{hostile, "-5", "true", "2026-11-01T12:00:00.000001Z"}, {"", "", "", ""}, {nil, "0", "false", "0001-01-01T00:00:00.000000Z"}, {`\N`, "", "", ""},
	}) {
		t.Errorf("got %q and %v", got, err)
	}
}

func TestCSVEncodeRefuses(t *testing.T) {
	for _, test := range []struct {
		columns []string
		row     []any
		want    string
	}{
		{[]string{"s", "n", "b"}, nil, "3 columns of 4 kinds"},
		{[]string{"s", "n", "b", "s"}, nil, `"s" of column 4`},
		{[]string{"s", "", "b", "t"}, nil, `"" of column 2`},
		{formatColumns, []any{"a", int64(1), true}, "row 1 has 3 values for 4 columns"},
		{formatColumns, []any{"a", 1, true, noon}, "row 1: value 2: int is no value"},
		{formatColumns, []any{int64(1), int64(1), true, noon}, "value 1: int64 is no value"},
		{formatColumns, []any{"a", int64(1), true, noon.AddDate(9000, 0, 0)}, "year 11026"},
		{formatColumns, []any{strings.Repeat("a", maxLine), int64(1), true, noon}, "may take"},
	} {
		err := CSV{}.Encode(io.Discard, test.columns, csvKinds, seqOf(test.row))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.20q: got %v, want %q", test.row, err, test.want)
		}
	}
	enough := errors.New("enough")
	if err := (CSV{}).Encode(io.Discard, formatColumns, csvKinds, func(yield func([]any, error) bool) { yield(nil, enough) }); !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
}

func TestCSVDecodeRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "empty, without a header",
		"a,b":                            "the header: unexpected EOF",
		"a,a\n":                          `"a" of column 2`,
		"a,\n":                           `"" of column 2`,
		"a,\\N\n":                        `"" of column 2`,
		"a,b\n1\n":                       "1 values for 2",
		"a,b\n\n":                        "1 values for 2",
		"a,b\n1,2,3\n":                   "3 values for 2",
		"a,b\n1,2":                       "unexpected EOF",
		"a,b\n\"1,2\n":                   "without its end",
		"a,b\n\"1\"x,2\n":                "behind a quote",
		"a,b\n1\"x,2\n":                  "a quote in",
		"a,b\n1,\\q\n":                   "no escape",
		"a,b\n1,\\\n":                    "no escape",
		"a,b\n1,\\x4\n":                  "no escape",
		"a,b\n1,\\x+4\n":                 "no escape",
		strings.Repeat("a", maxLine):     "more than 65536 bytes",
		"a\n" + strings.Repeat("x", 1e4): "unexpected EOF",
	} {
		_, err := decoded(CSV{}, zipped(t, text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got %v, want %q", text, err, want)
		}
	}
	sound := zipped(t, "a,b\n1,2\n")
	for n := range sound {
		if _, err := decoded(CSV{}, sound[:n]); err == nil {
			t.Errorf("the first %d of %d bytes are read", n, len(sound))
		}
		damaged := bytes.Clone(sound)
		damaged[n] ^= 0x10
		if got, err := decoded(CSV{}, damaged); err == nil && n > 9 { // the header of gzip has no checksum
			t.Errorf("with byte %d damaged: got %q", n, got)
		}
	}
	if got, err := decoded(CSV{}, zipped(t, "a,b\r\n1,\" x\"\r\n")); err != nil || len(got) != 2 || got[1][1] != " x" {
		t.Errorf("lines that end as on Windows: got %q and %v", got, err)
	}
}

// TestCSVBomb unpacks more than is allowed: it fails without reading on.
func TestCSVBomb(t *testing.T) {
	bomb := zipped(t, "a\n"+strings.Repeat("x\n", 1<<17))
	for limit, want := range map[int64]error{100: errTooLarge, 2 + 2<<17 - 1: errTooLarge, 2 + 2<<17: nil, 0: nil} {
		if _, err := decoded(CSV{limit: limit}, bomb); !errors.Is(err, want) {
			t.Errorf("limit %d: got %v, want %v", limit, err, want)
		}
	}
}

func FuzzCSVFormat(f *testing.F) {
	f.Add(hostile, "", int64(5), true, int64(1e15), []byte("a,b\n1,2\n"))
	f.Add("\xff\xfe", `\N`, int64(-1), false, int64(-1), []byte("a\n\"\"\"\"\n\\x00\n"))
	f.Fuzz(func(t *testing.T, s, other string, n int64, b bool, micros int64, text []byte) {
		at := time.UnixMicro(micros).UTC()
		rows := [][]any{{s, n, b, at}, {other, nil, nil, nil}, {nil, n, !b, at}}
		var buf bytes.Buffer
		if err := (CSV{}).Encode(&buf, formatColumns, csvKinds, seqOf(rows...)); err != nil {
			if at.Year() < 0 || at.Year() > 9999 || len(s)+len(other) > maxLine/8 {
				t.Skip()
			}
			t.Fatal(err)
		}
		got, err := decoded(CSV{}, buf.Bytes())
		if err != nil || len(got) != 4 {
			t.Fatalf("got %q and %v", got, err)
		}
		var gotN int64
		var gotB bool
		var gotT time.Time
		if err := errors.Join(setAt(&gotN, got[1][1]), setAt(&gotB, got[1][2]), setAt(&gotT, got[1][3])); err != nil {
			t.Fatal(err)
		}
		if got[1][0] != s || gotN != n || gotB != b || gotT != at || got[2][0] != other || got[2][1] != "" || got[3][0] != nil {
			t.Fatalf("got %q of %q", got, rows)
		}
		// What it reads of any text, it writes and reads again.
		for _, hostile := range [][]byte{text, zipped(t, string(text))} {
			first, err := decoded(CSV{}, hostile)
			if err != nil {
				continue
			}
			columns, kinds := []string{}, []string{}
			for _, c := range first[0] {
				columns, kinds = append(columns, c.(string)), append(kinds, "string")
			}
			var buf bytes.Buffer
			if err := (CSV{}).Encode(&buf, columns, kinds, seqOf(first[1:]...)); err != nil {
				t.Fatal(err)
			}
			again, err := decoded(CSV{}, buf.Bytes())
			if err != nil || fmt.Sprintf("%q", again) != fmt.Sprintf("%q", first) {
				t.Fatalf("got %q and %v, want %q", again, err, first)
			}
		}
	})
}
