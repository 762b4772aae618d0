package ocr

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/awspatterns/awspatterns/internal/golden"
)

func TestWrite(t *testing.T) {
	d := document(`Größe <a&b> "c\d" 10`+"\n\n\x00tab\there\xff", "", "last")
	d.Pages[0].Lines = append(d.Pages[0].Lines, drawn("Card 4111 1111", 0.4).rotate(15))
	d.Pages[2].Number = 7
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/document.json", b.String())

	marshalled, err := json.Marshal(d)
	if err != nil || string(marshalled)+"\n" != b.String() {
		t.Errorf("marshalled it is %s, %v", marshalled, err)
	}
	again, err := Read(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if again.Text() != d.Text() {
		t.Errorf("the text read is %q", again.Text())
	}
	var c bytes.Buffer
	if err := again.Write(&c); err != nil || c.String() != b.String() {
		t.Errorf("written again it is\n%s, %v", c.String(), err)
	}
}

func TestWriteGeometry(t *testing.T) {
	tests := []struct {
		name string
		box  Box
		want string
	}{
		{"five decimals", Box{0.123456789, 0.5, 0.1, 0.1}, `{"left":0.12345,"top":0.5,"width":0.10001,"height":0.1}`},
		{"not smaller", Box{0.100009, 0.100001, 0.000002, 0.2}, `{"left":0.1,"top":0.1,"width":0.00002,"height":0.20001}`},
		{"has an area", Box{0.5, 0.5, 1e-9, 1e-30}, `{"left":0.5,"top":0.5,"width":0.00001,"height":0.00001}`},
		{"at the edge", Box{0.9999999, 0.9999999, 1e-9, 1e-9}, `{"left":0.99999,"top":0.99999,"width":0.00001,"height":0.00001}`},
		{"the page", page, `{"left":0,"top":0,"width":1,"height":1}`},
		{"no 0 below 0", Box{-1e-9, 0, 1, 1}, `{"left":0,"top":0,"width":1,"height":1}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := json.Marshal(test.box)
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
	if got, err := json.Marshal(Region{Page: 2, Box: page, Polygon: []Point{{-0.000001, 0.123456}, {1, 0.333333}}}); err != nil ||
		string(got) != `{"page":2,"box":{"left":0,"top":0,"width":1,"height":1},"polygon":[{"x":0,"y":0.12346},{"x":1,"y":0.33333}]}` {
		t.Errorf("got %s, %v", got, err)
	}
	for _, broken := range []any{Box{Left: nan}, Box{Width: inf}, Point{Y: nan}, Region{Box: Box{Top: -inf}}} {
		if got, err := json.Marshal(broken); err == nil {
			t.Errorf("got %s of %v", got, broken)
		}
	}
}

// TestWriteRandomGeometry rounds once: what is read covers what was written, and
// is written as it is read.
func TestWriteRandomGeometry(t *testing.T) {
	random := newRandom(4)
	for range 20_000 {
		box := Box{random.Float32(), random.Float32(), random.Float32() * random.Float32(), random.Float32() * random.Float32()}
		box, ok := box.onPage()
		if !ok {
			continue
		}
		first := box.append(nil)
		var read Box
		if err := json.Unmarshal(first, &read); err != nil {
			t.Fatal(err)
		}
		if !box.in(read) || read.check() != nil {
			t.Fatalf("%v was written as %s: %v", box, first, read.check())
		}
		if second := read.append(nil); string(second) != string(first) {
			t.Fatalf("%s was written as %s", first, second)
		}
	}
}

func TestWriteErrors(t *testing.T) {
	unordered := document("a", "b")
	unordered.Pages[1].Number = 1
	var b bytes.Buffer
	if err := unordered.Write(&b); err == nil || b.Len() > 0 || !strings.Contains(err.Error(), "page 1 follows page 1") {
		t.Errorf("got %v and %q", err, b.String())
	}
	if _, err := json.Marshal(unordered); err == nil {
		t.Error("marshalled it has no error")
	}
	full := errors.New("disk full")
	for _, after := range []int{0, 1, 2} {
		if err := document("a", "b").Write(&limited{after, full}); !errors.Is(err, full) {
			t.Errorf("after %d writes: got %v", after, err)
		}
	}
}

type limited struct {
	left int
	err  error
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left == 0 {
		return 0, l.err
	}
	l.left--
	return len(p), nil
}

func TestRead(t *testing.T) {
	const box = `"box":{"left":0.1,"top":0.1,"width":0.5,"height":0.1}`
	line := func(fields string) string { return `{"pages":[{"number":1,"lines":[{` + fields + `}]}]}` }
	tests := []struct{ name, json, want string }{ // want: in the error, empty for none
		{"empty", `{"pages":[]}`, ""},
		{"spaces", " {\n\t\"pages\" : [ ] }\n ", ""},
		{"unknown fields", `{"version":[{"a":1}],"pages":[{"number":2,"rotation":1,"lines":[]}],"more":null}`, ""},
		{"a line", line(`"text":"a b",` + box + `,"words":[{"start":3,"end":4,` + box + `}]`), ""},
		{"nothing", ``, "unexpected EOF"},
		{"no document", `{"findings":[]}`, `no field "pages"`},
		{"not an object", `[]`, "want {, not ["},
		{"null", `null`, "want {, not <nil>"},
		{"pages null", `{"pages":null}`, "want [, not <nil>"},
		{"pages twice", `{"pages":[],"pages":[]}`, `two fields "pages"`},
		{"page null", `{"pages":[null]}`, "page 0 follows page 0"},
		{"cut off", `{"pages":[{"number":1,"lines":[]}`, "unexpected EOF"},
		{"cut off in a page", `{"pages":[{"number":1,"lines":[]},{"num`, "page after page 1: unexpected EOF"},
		{"something behind", `{"pages":[]}{}`, "something follows the document"},
		{"garbage behind", `{"pages":[]}x`, "invalid character 'x'"},
		{"pages unordered", `{"pages":[{"number":2},{"number":1}]}`, "page 1 follows page 2"},
		{"no box", line(`"text":"a"`), "page 1, line 1: box (left 0, top 0, width 0, height 0) is no area"},
		{"negative box", line(`"text":"a","box":{"left":0.1,"top":-0.1,"width":0.5,"height":0.1}`), "page 1, line 1: box"},
		{"NaN", line(`"text":"a","box":{"left":NaN}`), "page after page 0: invalid character 'N'"},
		{"too large a number", line(`"text":"a","box":{"left":1e99}`), "page after page 0: json: cannot unmarshal"},
		{"columns", line(`"text":"a",` + box + `,"words":[{"start":1,"end":3,` + box + `}]`), "page 1, line 1: word 1: columns 1 to before 3"},
		{"text is no text", line(`"text":1`), "page after page 0: json: cannot unmarshal"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, err := Read(iotest.OneByteReader(strings.NewReader(test.json)))
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "ocr: read document: byte ")) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err != nil && !reflect.DeepEqual(d, Document{}) {
				t.Errorf("got %v with an error", d)
			}
		})
	}
	broken := errors.New("connection reset")
	reader := io.MultiReader(strings.NewReader(`{"pages":[{"number":1,"lines":[`), iotest.ErrReader(broken))
	if _, err := Read(reader); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	d, err := Read(strings.NewReader(line(`"text":"a\nb",` + box)))
	if err != nil || d.Pages[0].Lines[0].Text != "a b" {
		t.Errorf("got %v, %v", d, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"pages":[{"number":1,"lines":[{"text":"a b","box":{"left":0.1,"top":0.1,"width":0.5,"height":0.1},"words":[{"start":3,"end":4,"box":{"left":0.1,"top":0.1,"width":0.5,"height":0.1}}]}]}]}`))
	f.Add([]byte(`{"x":{},"pages":[{"number":1},{"number":3,"lines":[{"text":"\ud800","box":{"left":0,"top":0,"width":1,"height":1},"polygon":[{"x":0,"y":0},{"x":1,"y":1},{"x":1,"y":0},{"x":0,"y":1}]}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if err := d.Check(); err != nil {
			t.Fatalf("read, but: %v", err)
		}
		var b bytes.Buffer
		if err := d.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&b)
		if err != nil || again.Text() != d.Text() || again.Lines() != d.Lines() {
			t.Fatalf("written and read again: %v\n%q\n%q", err, again.Text(), d.Text())
		}
		for n := 1; n <= d.Lines(); n++ {
			if !d.Regions(Span{Line: n})[0].Box.in(again.Regions(Span{Line: n})[0].Box) {
				t.Errorf("line %d: the box became smaller", n)
			}
		}
	})
}

// FuzzClean makes lines of anything: cleaned they can be written and read, and
// their text is the same.
func FuzzClean(f *testing.F) {
	f.Add("a b", float32(0.1), float32(0.1), float32(0.5), float32(0.2), 1, 2)
	f.Add("\xff", nan, inf, float32(-1), float32(2), -1, 9)
	f.Fuzz(func(t *testing.T, text string, left, top, width, height float32, start, end int) {
		box := Box{left, top, width, height}
		odd := []Point{{left, top}, {width, height}, {height, left}, {top, width}}
		d := Document{Pages: []Page{{Number: 1, Lines: []Line{{
			Text: text, Box: box, Polygon: box.corners(),
			Words: []Word{{start, end, box, odd}, {end, start, box, nil}, {end + 1, end + 2, page, page.corners()}},
		}}}}}
		d.Regions(Span{Line: 1, Column: 1}) // must not panic
		clean := d.Clean()
		if err := clean.Check(); err != nil || clean.Text() != d.Text() {
			t.Fatalf("%v, %q", err, clean.Text())
		}
		if again := clean.Clean(); !reflect.DeepEqual(again, clean) {
			t.Errorf("cleaned again it is %v, not %v", again, clean)
		}
		var b bytes.Buffer
		if err := d.Write(&b); err != nil {
			t.Fatal(err)
		}
		if read, err := Read(&b); err != nil || read.Text() != d.Text() {
			t.Errorf("read it is %v, %v", read, err)
		}
	})
}
