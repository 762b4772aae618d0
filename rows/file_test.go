package rows_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/rows"
)

func zipped(t *testing.T, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, m := range members {
		z := gzip.NewWriter(&b)
		if _, err := io.WriteString(z, m); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestFileInput(t *testing.T) {
	whole := zipped(t, "{\"a\":1}\n{\"a\"", ":2}\n")
	for _, test := range []struct {
		name    string
		content []byte
		want    string
		err     error
	}{
		{"plain", []byte("{\"a\":1}\n"), "0@1 {\"a\":1}\n", nil},
		{"empty", nil, "", nil},
		{"one byte", []byte("x"), "0@1 x\n", nil},
		{"several members", whole, "0@1 {\"a\":1}\n1@2 {\"a\":2}\n", nil},
		{"truncated", whole[:len(whole)-16], "0@1 {\"a\":1}\n", io.ErrUnexpectedEOF},
		{"truncated header", whole[:5], "", io.ErrUnexpectedEOF},
		{"garbage behind", append(zipped(t, "{}\n"), "xyz"...), "0@1 {}\n", io.ErrUnexpectedEOF},
		{"flipped bit", flipped(zipped(t, "{}\n")), "0@1 {}\n", gzip.ErrChecksum},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x")
			if err := os.WriteFile(path, test.content, 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := read(t, rows.JSONLines(rows.JSONLinesOptions{}), rows.FileInput(path), 0)
			if got != test.want || !errors.Is(err, test.err) || err != nil && !strings.HasPrefix(err.Error(), "rows: "+path+": ") {
				t.Errorf("got %q, %v, want %q, %v", got, err, test.want, test.err)
			}
		})
	}
	in := rows.FileInput(filepath.Join(t.TempDir(), "none"))
	if _, err := read(t, rows.JSONLines(rows.JSONLinesOptions{}), in, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that the file is not there", err)
	}
	if _, _, err := in.OpenAt(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that the file is not there", err)
	}
}

// flipped changes the checksum.
func flipped(b []byte) []byte {
	b[len(b)-8] ^= 1
	return b
}

func TestFileInputOpenAt(t *testing.T) {
	for _, test := range []struct {
		content []byte
		err     string
	}{{[]byte("PAR1"), ""}, {nil, ""}, {zipped(t, "PAR1"), "is gzip"}} {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		f, size, err := rows.FileInput(path).OpenAt(t.Context())
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("got %v, want %q", err, test.err)
			}
			continue
		}
		if err != nil || size != int64(len(test.content)) {
			t.Fatalf("got size %d, %v", size, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

type closer struct {
	io.Reader
	closed int
}

func (c *closer) Close() error { c.closed++; return nil }

func TestUnpackCloses(t *testing.T) {
	for _, content := range [][]byte{nil, []byte("x"), zipped(t, "x"), {0x1f, 0x8b, 8, 0}} {
		c := &closer{Reader: bytes.NewReader(content)}
		if r, err := rows.Unpack(c); err == nil {
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
		if c.closed != 1 {
			t.Errorf("%q: closed %d times", content, c.closed)
		}
	}
}

// TestReadersClose checks that what was opened is closed, whoever ends reading.
func TestReadersClose(t *testing.T) {
	for _, stop := range []bool{true, false} {
		c := &closer{Reader: strings.NewReader("{}\n{}\n")}
		in := rows.Input{Open: func(context.Context) (io.ReadCloser, error) { return c, nil }}
		for range rows.JSONLines(rows.JSONLinesOptions{}).Records(t.Context(), in, 0) {
			if stop {
				break
			}
		}
		if c.closed != 1 {
			t.Errorf("closed %d times", c.closed)
		}
	}
}
