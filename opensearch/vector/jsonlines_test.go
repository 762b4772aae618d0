package vector

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/awspatterns/awspatterns/rows"
)

// TestParseNumberRounds compares with strconv: numbers as they are written, and numbers
// at and beside the middle of two float32, where rounding twice would go wrong.
func TestParseNumberRounds(t *testing.T) {
	check := func(text string) {
		t.Helper()
		want, _ := strconv.ParseFloat(text, 32)
		got, n := parseNumber([]byte(text + ","))
		if n != len(text) || math.Float32bits(got) != math.Float32bits(float32(want)) {
			t.Fatalf("%s: got %v of %d bytes, want %v", text, got, n, want)
		}
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		x := math.Float32frombits(r.Uint32())
		if x-x != 0 {
			continue
		}
		middle := (float64(x) + float64(math.Nextafter32(x, 1))) / 2
		for _, y := range []float64{float64(x), middle, math.Nextafter(middle, 1), math.Nextafter(middle, 0), r.NormFloat64() / 20} {
			check(strconv.FormatFloat(y, 'g', -1, 64))
			check(strconv.FormatFloat(y, 'f', r.IntN(30), 64))
		}
	}
	for _, text := range []string{"0", "-0", "-0.0", "9999999999999999999", "0.9999999999999999999", "18446744073709551617", "340282356779733661637539395458142568447", "340282356779733661637539395458142568448",
		"0.00000000000000000000000000000000000000000000070064923216240853546186479164495806564013097093825788587853", "1.17549435e-38", "0.0000000000000000000001"} {
		check(text)
	}
}

// naiveLines reads JSON lines with encoding/json: what FromRows must find, or false.
func naiveLines(text []byte, field string) (values []float32, dimension int, ok bool) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	for _, line := range bytes.Split(text, []byte("\n")) {
		if line = bytes.Trim(line, " \t\r\n"); len(line) == 0 {
			continue
		}
		array := line
		if line[0] == '{' {
			if array, ok = naiveMember(line, field); !ok {
				return nil, 0, false
			}
		}
		var numbers []json.Number
		if err := json.Unmarshal(array, &numbers); err != nil || !json.Valid(line) || bytes.ContainsAny(array, `"n`) {
			return nil, 0, false
		}
		for _, number := range numbers {
			x, err := strconv.ParseFloat(string(number), 32)
			if err != nil {
				return nil, 0, false
			}
			values = append(values, float32(x))
		}
		if dimension == 0 {
			dimension = len(numbers)
		}
		if len(numbers) != dimension || dimension == 0 || dimension > MaxDimension {
			return nil, 0, false
		}
	}
	return values, dimension, dimension > 0
}

// naiveMember returns the member of an object that has a name, if there is one.
func naiveMember(line []byte, field string) (json.RawMessage, bool) {
	d := json.NewDecoder(bytes.NewReader(line))
	var found json.RawMessage
	if _, err := d.Token(); err != nil {
		return nil, false
	}
	for d.More() {
		key, err := d.Token()
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			return nil, false
		}
		if key == json.Token(field) {
			if found != nil {
				return nil, false
			}
			found = value
		}
	}
	return found, found != nil
}

func FuzzJSONLines(f *testing.F) {
	for _, seed := range []string{"[1, 2.5]\n[-3e1,0]\r\n", `{"v": [1], "w": {"x": ["}", 2]}, "y": "\\""}`, "[1]\n\n{\"v\":[2]}", "[NaN]", "[01]", "[[1]]", `{"\u0076":[1]}`, "\ufeff[1]", `{"v":[1],"v":[2]}`, `["1"]`, "[null]", `{"v":[1]}x`, `{}`, `{"a":[1}],"v":[1]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		in := rows.Input{Name: "in", Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }}
		if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
			return
		}
		want, dimension, ok := naiveLines(text, "v")
		got, err := FromRows(t.Context(), rows.JSONLines(rows.JSONLinesOptions{}), in, OpenOptions{Field: "v", TempDir: t.TempDir()})
		if ok != (err == nil) {
			t.Fatalf("%q: got %v, naively %v", text, err, ok)
		}
		if !ok {
			return
		}
		defer got.Close()
		if got.Dimension() != dimension || !slices.Equal(allVectors(t, got), want) {
			t.Errorf("%q: got %v, want %v", text, allVectors(t, got), want)
		}
		if _, err := FromRows(t.Context(), rows.JSONLines(rows.JSONLinesOptions{}), in, OpenOptions{TempDir: t.TempDir()}); err != nil && fmt.Sprint(err) == "" {
			t.Error("an error says nothing")
		}
	})
}
