package parquet

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func content(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// rowsOf returns the rows of a file, as JSON, and the error that ended them.
func rowsOf(b []byte, from int64, columns ...string) ([]string, error) {
	f, err := OpenColumns(bytes.NewReader(b), int64(len(b)), columns...)
	if err != nil {
		return nil, err
	}
	return read(f, from)
}

func read(f *File, from int64) (all []string, err error) {
	for row, err := range f.Rows(from) {
		if err != nil {
			return all, err
		}
		b, err := json.Marshal(row)
		if err != nil {
			b = fmt.Append(nil, row) // NaN
		}
		all = append(all, string(b))
	}
	return all, nil
}

// TestTypes checks files of pyarrow and of DuckDB: see testdata/generate.py.
func TestTypes(t *testing.T) {
	for _, test := range []struct {
		file    string
		columns string
		want    []string
	}{
		{"types.parquet", "i8 i64 u32 u64 f16 f32 f64 b s bin fix d9 d38 date ms us ns time nothing list struct map nested", []string{
			`[-128,-9223372036854775808,0,0,1.5,0.1,0.1,true,"","","YWJj",-0.05,-1234567890123456789012345678.0123456789,"0001-01-01T00:00:00Z","1969-12-31T23:59:59.999Z","0001-01-01T00:00:00Z","1969-12-31T23:59:59.999999999Z","00:00:00",null,[],{"a":1,"b":{"c":null}},{},[null,{"k":{"x":[1,null],"y":null},"v":true}]]`,
			`[null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null]`,
			`[127,9223372036854775807,4294967295,18446744073709551615,-5.9604645e-8,-1e+30,1e+300,false,"ä\"€","AP8=","AP8B",1234567.89,0.0000000000,"2024-02-29T00:00:00Z","2024-02-29T01:02:03Z","2024-02-29T01:02:03.456789Z","2024-02-29T01:02:03.000000001Z","23:59:59.999999",null,[["a",null],null,[]],{"a":null,"b":null},{"-2":null,"1":"x"},[{"k":null,"v":null},{"k":{},"v":false}]]`,
		}},
		{"int96.parquet", "ns", []string{`["1969-12-31T23:59:59.999999999Z"]`, `[null]`, `["2024-02-29T01:02:03.000000001Z"]`}},
		{"duckdb.parquet", "i u iv e j m d tz", []string{
			`[0,"00112233-4455-6677-8899-aabbccddeeff","P0M1DT3.5S","a","{\"x\": [1]}",{"k":[0]},0.00000,"2019-12-31T23:02:03Z"]`,
			`[1,"00112233-4455-6677-8899-aabbccddeeff","P1M1DT3.5S","a","{\"x\": [1]}",{"k":[1]},0.14286,"2019-12-31T23:02:03Z"]`,
			`[2,"00112233-4455-6677-8899-aabbccddeeff","P2M1DT3.5S","a","{\"x\": [1]}",{"k":[2]},0.28571,"2019-12-31T23:02:03Z"]`,
		}},
	} {
		b := content(t, test.file)
		f, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(f.Columns(), " "); got != test.columns {
			t.Errorf("%s: got columns %s, want %s", test.file, got, test.columns)
		}
		got, err := read(f, 0)
		if err != nil || f.NumRows() != int64(len(test.want)) || len(got) != len(test.want) {
			t.Fatalf("%s: got %d rows of %d, %v", test.file, len(got), f.NumRows(), err)
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%s, row %d: got\n%s\nwant\n%s", test.file, i, got[i], test.want[i])
			}
		}
	}
}

// TestPages reads files with many pages and row groups, some with an index of pages,
// from every row on.
func TestPages(t *testing.T) {
	var want []string
	for i := range 200 {
		list := append([]int{}, []int{0, 1, 2}[:i%4]...)
		b, err := json.Marshal([]any{i, i%50 < 30, fmt.Sprintf("word %d", i%7), list})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, string(b))
	}
	for _, name := range []string{"pages_1.parquet", "pages_1_index.parquet", "pages_2.parquet", "pages_2_index.parquet"} {
		b := content(t, name)
		for from := 0; from < 202; from += 3 {
			got, err := rowsOf(b, int64(from))
			if rest := want[min(from, 200):]; err != nil || !slices.Equal(got, rest) {
				t.Fatalf("%s from %d: got %d rows, %v: %.200q", name, from, len(got), err, got)
			}
		}
	}
}

func TestColumns(t *testing.T) {
	b := content(t, "types.parquet")
	for _, test := range []struct {
		columns []string
		want    string
		err     string
	}{
		{[]string{"s", "i8"}, `["",-128]`, ""},
		{[]string{"map"}, `[{}]`, ""},
		{[]string{"x"}, "", `parquet: there is no column "x"`},
		{[]string{"s", "s"}, "", `parquet: column "s" is given twice`},
	} {
		got, err := rowsOf(b, 0, test.columns...)
		if test.err != "" {
			if err == nil || err.Error() != test.err {
				t.Errorf("%q: got %v, want %s", test.columns, err, test.err)
			}
		} else if err != nil || got[0] != test.want {
			t.Errorf("%q: got %s, %v, want %s", test.columns, got, err, test.want)
		}
	}
}

func TestStop(t *testing.T) {
	b := content(t, "pages_2.parquet")
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range f.Rows(0) {
		if n++; n == 3 {
			break
		}
	}
	for _, err := range f.Rows(-1) {
		if err == nil {
			t.Error("row -1 was read")
		}
	}
}

// TestPanicOfCaller checks that a panic of the loop's body stays one.
func TestPanicOfCaller(t *testing.T) {
	b := content(t, "lz4.parquet")
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if p := recover(); p != "mine" {
			t.Errorf("got %v", p)
		}
	}()
	for range f.Rows(0) {
		panic("mine")
	}
}

// TestDamaged cuts off files, and changes bytes of them: there may be other values
// then, but no panic, and fewer rows than the footer says only with an error.
func TestDamaged(t *testing.T) {
	for name, step := range map[string]int{"lz4.parquet": 5, "int96.parquet": 1, "duckdb.parquet": 1, "types.parquet": 3, "pages_1.parquet": 97, "pages_2_index.parquet": 53} {
		b := content(t, name)
		for n := 0; n < len(b); n += step {
			if _, err := count(b[:n]); err == nil {
				t.Fatalf("%s of %d bytes was read", name, n)
			}
		}
		for n := 0; n < len(b); n += step {
			damaged := slices.Clone(b)
			damaged[n] ^= 0x81
			if got, err := count(damaged); err == nil && got != numRows(damaged) {
				t.Fatalf("%s, byte %d: %d rows of %d without an error", name, n, got, numRows(damaged))
			}
		}
	}
}

// count reads all rows.
func count(b []byte) (n int64, err error) {
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return 0, err
	}
	for _, err := range f.Rows(0) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func numRows(b []byte) int64 {
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return 0
	}
	return f.NumRows()
}

func TestRefused(t *testing.T) {
	footer := func(b string) string {
		return "PAR1" + b + string(binary.LittleEndian.AppendUint32(nil, uint32(len(b)))) + "PAR1"
	}
	for want, file := range map[string]string{
		"8 bytes are no Parquet file":         "PAR1PAR1",
		`the file ends in "e,f\n" and not in`: "a,b\nc,d\ne,f\n",
		"the file is encrypted":               "PAR1aaaaaaaa\x00\x00\x00\x00PARE",
		"a footer of 4294967295 bytes":        "PAR1aaaaaaaa\xff\xff\xff\xffPAR1",
		"the footer is damaged":               footer("\xff\xff\xff"),
		"the footer: missing required field":  footer("\x00"),
	} {
		if _, err := rowsOf([]byte(file), 0); err == nil || !strings.HasPrefix(err.Error(), "parquet: "+want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestThriftSize checks that what says that it is larger than it is, is refused before
// memory is asked for.
func TestThriftSize(t *testing.T) {
	for _, test := range []struct {
		b    string
		want int
	}{
		{"", 0},
		{"\x00", 1},
		{"\x00more", 1},
		{"\x15\x02\x00", 3},                    // 1: i32
		{"\x05\x02\x02\x00", 4},                // the same, with its number apart
		{"\x11\x12\x00", 3},                    // true, false
		{"\x18\x03abc\x00", 6},                 // 1: binary
		{"\x18\x04abc\x00", 0},                 // takes the end for its last byte
		{"\x18\xff\xff\xff\xff\x07abc\x00", 0}, // 2 GiB
		{"\x19\x25\x02\x04\x00", 5},            // 1: list of two i32
		{"\x19\xf5\xff\xff\xff\xff\x07\x02\x04\x00", 0}, // of two billion
		{"\x1b\x01\x55\x02\x04\x00", 6},                 // 1: map
		{"\x1b\x00\x00", 3},
		{"\x1c\x15\x02\x00\x00", 5}, // 1: struct
		{"\x1e\x00", 0},
		{strings.Repeat("\x1c", 100), 0},
		{strings.Repeat("\x19\x19", 100), 0},
	} {
		if got := thriftSize([]byte(test.b)); got != test.want {
			t.Errorf("%q: got %d, want %d", test.b, got, test.want)
		}
	}
}

// TestCorpus reads the files that parquet-go is tested with, most of them of other
// programs, and finds the same rows from the middle on.
func TestCorpus(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/parquet-go/parquet-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "testdata", "*.parquet"))
	if err != nil || len(files) < 40 {
		t.Fatalf("got %d files, %v", len(files), err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 100_000 {
			continue // for the time that it takes
		}
		all, err := rowsOf(b, 0)
		if err != nil || int64(len(all)) != numRows(b) {
			t.Errorf("%s: got %d rows, %v", filepath.Base(name), len(all), err)
			continue
		}
		half := len(all) / 2
		rest, err := rowsOf(b, int64(half))
		if err != nil || !slices.Equal(rest, all[half:]) {
			t.Errorf("%s: got %d rows from the middle on, want %d, %v", filepath.Base(name), len(rest), len(all)-half, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	for _, name := range []string{"lz4.parquet", "types.parquet", "duckdb.parquet", "int96.parquet", "pages_2_index.parquet"} {
		f.Add(content(f, name), int64(1))
	}
	f.Fuzz(func(t *testing.T, b []byte, from int64) {
		file, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		n := 0
		for row, err := range file.Rows(from) {
			if n++; n > 1000 || err != nil {
				break
			}
			if len(row) != len(file.Columns()) {
				t.Fatalf("%d values for %d columns", len(row), len(file.Columns()))
			}
		}
	})
}
