package parquet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
)

// A written is a row as parquet-go writes it.
type written struct {
	Delta   int32              `parquet:"delta,delta"`
	Delta64 int64              `parquet:"delta64,delta"`
	Split   float64            `parquet:"split,split"`
	Words   string             `parquet:"words,delta"`
	Dict    *string            `parquet:"dict,dict,optional"`
	Truth   bool               `parquet:"truth"`
	UUID    [16]byte           `parquet:"uuid,uuid"`
	Price   int64              `parquet:"price,decimal(3:18)"`
	When    time.Time          `parquet:"when,timestamp(microsecond)"`
	Lists   []string           `parquet:"lists,list"`
	Bare    []int64            `parquet:"bare"`
	Groups  []writtenGroup     `parquet:"groups"`
	Maps    map[string]float32 `parquet:"maps"`
}

type writtenGroup struct {
	A *int64   `parquet:"a,optional"`
	B []string `parquet:"b"`
}

func row(i int) written {
	r := written{
		Delta: int32(i * i), Delta64: int64(i) << 40, Split: float64(i) / 3, Words: fmt.Sprint("word ", i/3),
		Truth: i%3 > 0, Price: int64(i) - 5, When: time.UnixMicro(int64(i) * 1_234_567).UTC(), Maps: map[string]float32{},
	}
	for j := range i % 4 {
		r.Lists = append(r.Lists, fmt.Sprint(i, j))
		r.Bare = append(r.Bare, int64(j))
		n := int64(i)
		r.Groups = append(r.Groups, writtenGroup{A: &n}, writtenGroup{B: r.Lists})
		r.Maps[fmt.Sprint(j)] = float32(i) / 10
	}
	if i%5 > 0 {
		word := fmt.Sprint(i % 7)
		r.Dict = &word
	}
	r.UUID[15] = byte(i)
	return r
}

// wanted is what is to be read of row i.
func wanted(t testing.TB, i int) string {
	t.Helper()
	r := row(i)
	groups := []any{}
	for _, g := range r.Groups {
		groups = append(groups, map[string]any{"a": g.A, "b": append([]string{}, g.B...)})
	}
	b, err := json.Marshal([]any{
		r.Delta, r.Delta64, r.Split, r.Words, r.Dict, r.Truth, fmt.Sprintf("00000000-0000-0000-0000-0000000000%02x", byte(i)),
		json.Number(strings.Replace(fmt.Sprintf("%.3f", float64(r.Price)/1000), "-0.000", "0.000", 1)), r.When,
		append([]string{}, r.Lists...), append([]int64{}, r.Bare...), groups, r.Maps,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t testing.TB, n int, options ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[written](&b, append(options, parquet.MaxRowsPerRowGroup(400), parquet.PageBufferSize(500))...)
	for i := range n {
		if _, err := w.Write([]written{row(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWritten reads what parquet-go wrote, in all compressions and both kinds of pages.
func TestWritten(t *testing.T) {
	const n = 1000
	for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Gzip, &parquet.Brotli, &parquet.Zstd, &parquet.Lz4Raw} {
		for _, version := range []int{1, 2} {
			b := write(t, n, parquet.Compression(codec), parquet.DataPageVersion(version))
			for _, from := range []int64{0, 399, 400, 777, 1000} {
				got, err := rowsOf(b, from)
				if err != nil || len(got) != n-int(from) {
					t.Fatalf("%v, version %d, from %d: got %d rows, %v", codec, version, from, len(got), err)
				}
				for i, row := range got {
					if want := wanted(t, i+int(from)); row != want {
						t.Fatalf("%v, version %d, row %d from %d: got\n%s\nwant\n%s", codec, version, i, from, row, want)
					}
				}
			}
		}
	}
}

// A countedReader counts the bytes that are read.
type countedReader struct {
	io.ReaderAt
	bytes int
}

func (r *countedReader) ReadAt(b []byte, off int64) (int, error) {
	n, err := r.ReaderAt.ReadAt(b, off)
	r.bytes += n
	return n, err
}

// TestReads checks that columns that are not wanted are not read, nor pages before the
// row that reading begins at.
func TestReads(t *testing.T) {
	type wide struct{ A, B int64 }
	var b bytes.Buffer
	w := parquet.NewGenericWriter[wide](&b, parquet.PageBufferSize(10_000))
	for i := range 200_000 {
		if _, err := w.Write([]wide{{int64(i), int64(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		columns []string
		from    int64
		most    int
	}{{nil, 0, 4_000_000}, {[]string{"B"}, 0, 2_000_000}, {nil, 199_990, 400_000}} {
		r := &countedReader{ReaderAt: bytes.NewReader(b.Bytes())}
		f, err := OpenColumns(r, int64(b.Len()), test.columns...)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err := range f.Rows(test.from) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 200_000-int(test.from) || r.bytes > test.most {
			t.Errorf("%q from %d: got %d rows, read %d bytes of %d, want %d", test.columns, test.from, n, r.bytes, b.Len(), test.most)
		}
	}
}

func TestFloat16(t *testing.T) {
	for bits, want := range map[uint16]float64{
		0: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 1: math.Ldexp(1, -24), 0x03ff: math.Ldexp(1023, -24), 0x0400: math.Ldexp(1, -14),
		0x7c00: math.Inf(1), 0xfc00: math.Inf(-1), 0x3555: 0.333251953125,
	} {
		if got := float16([]byte{byte(bits), byte(bits >> 8)}); float64(got) != want {
			t.Errorf("%#x: got %v, want %v", bits, got, want)
		}
	}
	if got := float16([]byte{1, 0x7c}); !math.IsNaN(float64(got)) {
		t.Errorf("got %v, want NaN", got)
	}
}

func TestDecimalText(t *testing.T) {
	for _, test := range []struct {
		bytes string
		scale int
		want  json.Number
	}{
		{"\x00", 0, "0"},
		{"\x00", 2, "0.00"},
		{"\xff", 0, "-1"},
		{"\xff", 3, "-0.001"},
		{"\x80", 1, "-12.8"},
		{"\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 4, "236118324143482260.6847"},
		{"\x80\x00\x00\x00\x00\x00\x00\x00\x00", 0, "-2361183241434822606848"},
		{"", 1, "0.0"},
	} {
		if got := scaled(bigEndian([]byte(test.bytes)).String(), test.scale); got != test.want {
			t.Errorf("%q, %d: got %s, want %s", test.bytes, test.scale, got, test.want)
		}
	}
}

func TestTimeOfDay(t *testing.T) {
	for n, want := range map[int64]string{0: "00:00:00", 1: "00:00:00.001", 86_399_999: "23:59:59.999"} {
		if got, err := timeOfDay(n, time.Millisecond); err != nil || got != want {
			t.Errorf("%d: got %v, %v, want %s", n, got, err, want)
		}
	}
	for _, n := range []int64{-1, 86_400_000, math.MaxInt64} {
		if got, err := timeOfDay(n, time.Millisecond); err == nil {
			t.Errorf("%d: got %v", n, got)
		}
	}
}

func BenchmarkRows(b *testing.B) {
	content := write(b, 2000, parquet.Compression(&parquet.Snappy))
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		n, err := count(content)
		if err != nil || n != 2000 {
			b.Fatalf("got %d rows, %v", n, err)
		}
	}
}
