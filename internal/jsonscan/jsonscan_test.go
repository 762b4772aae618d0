package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/awspatterns/awspatterns/internal/jsonscan"
)

var documents = []string{
	`{}`, `[]`, `null`, ` true `, `false`, `"x"`, `0`, `-0.5e+10`, `{"a":[1,2,{"b":null}],"c":"d"}`,
	"{\"a\" : [ ] ,\n\t\"b\":\r{ } }", `"\u0041\ud83d\ude00\ud83d\n\"\\\/"`, "\"\xff\xfe\"", `"\ud800A"`, `{"":""}`,
	``, ` `, `{`, `}`, `[1,]`, `[,1]`, `{"a":1,}`, `{"a"}`, `{"a":}`, `{a:1}`, `{'a':1}`, `01`, `1.`, `.5`, `1e`, `-`, `+1`, `1x`,
	`tru`, `nul`, `falsey`, `"\x"`, `"\u12g4"`, "\"a\nb\"", `"abc`, `"abc\`, `"\u12`, `[1 2]`, `{"a" 1}`, `{"a":1 "b":2}`, `[]]`, `{} {}`, "[1]\x00", "\x00",
	"<<<<<<< HEAD\n", "{\"a\":1,\n<<<<<<< HEAD\n\"b\":2\n=======\n\"b\":3\n>>>>>>> x\n}", "\ufeff{}",
	strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
	strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
	strings.Repeat(`{"a":`, 10_001) + "1" + strings.Repeat("}", 10_001),
}

func TestSkipAcceptsWhatEncodingJSONAccepts(t *testing.T) {
	for _, doc := range documents {
		checkSkip(t, []byte(doc))
	}
}

func FuzzSkip(f *testing.F) {
	for _, doc := range documents {
		if len(doc) < 1000 {
			f.Add([]byte(doc))
		}
	}
	f.Fuzz(checkSkip)
}

func checkSkip(t *testing.T, doc []byte) {
	want := json.Valid(doc)
	for name, r := range readers(doc) {
		s := jsonscan.New(r)
		err := s.Skip()
		if err == nil {
			err = s.End()
		}
		if (err == nil) != want {
			t.Errorf("Skip of %.80q by %s: %v; encoding/json finds it valid: %t", doc, name, err, want)
		}
		if at, ok := errors.AsType[*jsonscan.Error](err); err != nil && (!ok || at.Offset < 0 || at.Offset > int64(len(doc))) {
			t.Errorf("Skip of %.80q by %s: error %#v has no offset within the document", doc, name, err)
		}
	}
}

// readers deliver a document in one piece and byte by byte, so that every token
// also stands across the edge of the buffer.
func readers(doc []byte) map[string]io.Reader {
	return map[string]io.Reader{
		"whole": bytes.NewReader(doc),
		"bytes": iotest.OneByteReader(bytes.NewReader(doc)),
		"eof":   iotest.DataErrReader(bytes.NewReader(doc)),
	}
}

func FuzzBuild(f *testing.F) {
	for _, doc := range documents {
		if len(doc) < 1000 {
			f.Add([]byte(doc))
		}
	}
	f.Fuzz(checkBuild)
}

func TestBuildEqualsEncodingJSON(t *testing.T) {
	for _, doc := range documents {
		checkBuild(t, []byte(doc))
	}
	long := strings.Repeat("ä long text, ", 100_000)
	checkBuild(t, fmt.Appendf(nil, `{"k%s":["%s\n","%s"]}`, long, long, long))
}

// checkBuild reads a document by Object, Array, String and Scalar and compares
// it with what encoding/json reads.
func checkBuild(t *testing.T, doc []byte) {
	decoder := json.NewDecoder(bytes.NewReader(doc))
	decoder.UseNumber()
	var want any
	wantErr := decoder.Decode(&want)
	if wantErr == nil && !json.Valid(doc) {
		wantErr = errors.New("something follows")
	}
	for name, r := range readers(doc) {
		s := jsonscan.New(r)
		got, err := build(s)
		if err == nil {
			err = s.End()
		}
		if (err == nil) != (wantErr == nil) {
			t.Errorf("%.80q by %s: error %v, encoding/json: %v", doc, name, err, wantErr)
		}
		if err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%.80q by %s: got %#v, encoding/json %#v", doc, name, got, want)
		}
	}
}

func build(s *jsonscan.Scanner) (any, error) {
	switch s.Kind() {
	case '{':
		object := map[string]any{}
		return object, s.Object(func(key []byte) (err error) {
			k := string(key)
			object[k], err = build(s)
			return err
		})
	case '[':
		array := []any{}
		return array, s.Array(func() error {
			v, err := build(s)
			array = append(array, v)
			return err
		})
	case '"':
		b, err := s.String()
		return string(b), err
	}
	b, err := s.Scalar()
	switch {
	case b == nil:
		return nil, err
	case string(b) == "true" || string(b) == "false":
		return string(b) == "true", err
	}
	return json.Number(b), err
}

func TestErrors(t *testing.T) {
	tests := []struct {
		doc    string
		offset int64
		want   string
	}{
		{`{"a":1`, 6, "stops in the middle"},
		{`{"a":x}`, 5, `found 'x' where a value should stand`},
		{"{\"a\":1,\n<<<<<<< HEAD\n", 8, "git conflict marker"},
		{"{\"a\":\"line\nline\"}", 10, "control character"},
		{`{} {}`, 3, "the end of the file"},
	}
	for _, tt := range tests {
		for name, r := range readers([]byte(tt.doc)) {
			s := jsonscan.New(r)
			err := s.Skip()
			if err == nil {
				err = s.End()
			}
			at, ok := errors.AsType[*jsonscan.Error](err)
			if !ok || at.Offset != tt.offset || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q by %s: got %v, want %q at byte %d", tt.doc, name, err, tt.want, tt.offset)
			}
		}
	}
}

func TestTypes(t *testing.T) {
	number := func() *jsonscan.Scanner { return jsonscan.New(strings.NewReader(`1`)) }
	for name, err := range map[string]error{
		"Object": number().Object(func([]byte) error { return nil }),
		"Array":  number().Array(func() error { return nil }),
		"String": func() error { _, err := number().String(); return err }(),
	} {
		if err == nil || !strings.Contains(err.Error(), `found '1'`) {
			t.Errorf("%s of a number: error %v", name, err)
		}
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken pipe")
	s := jsonscan.New(io.MultiReader(strings.NewReader(`{"a":`), iotest.ErrReader(broken)))
	if err := s.Skip(); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v wrapped", err, broken)
	}
}
