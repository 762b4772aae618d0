package parquet

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"
)

// TestReviewUsageTimes has times at the ends of what an archive takes, before 1970, and with
// microseconds.
func TestReviewUsageTimes(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{
		time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		time.Date(1900, 2, 28, 1, 2, 3, 4000, time.UTC), time.Unix(0, 0).UTC(), time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
	} {
		var b bytes.Buffer
		if err := (Usage{}).Encode(&b, []string{"t"}, []string{"timestamp"}, rowsIn([]any{at})); err != nil {
			t.Fatal(err)
		}
		_, rows, err := Usage{}.Decode(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range rows {
			if err != nil || row[0] != at {
				t.Errorf("%s comes back as %v, %v", at, row, err)
			}
		}
	}
}

// TestReviewUsageTimeTooFar has times that microseconds cannot count: they are no others then.
func TestReviewUsageTimeTooFar(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{time.Unix(math.MaxInt64/1_000_000+1, 0), time.Unix(math.MinInt64/1_000_000-1, 0), time.Unix(1<<60, 0)} {
		var b bytes.Buffer
		if err := (Usage{}).Encode(&b, []string{"t"}, []string{"timestamp"}, rowsIn([]any{at})); err == nil {
			_, rows, _ := Usage{}.Decode(bytes.NewReader(b.Bytes()), int64(b.Len()))
			for row, err := range rows {
				t.Errorf("the second %d comes back as %v, %v", at.Unix(), row, err)
			}
		}
	}
}

// TestReviewUsageDamaged cuts a file, and changes each of its bytes in turn: no row is left out
// without an error.
func TestReviewUsageDamaged(t *testing.T) {
	t.Parallel()
	want := [][]any{{"ann", int64(480), true, time.UnixMicro(-1).UTC()}, {"", int64(-1), nil, nil}, {"ann", int64(7), false, time.UnixMicro(5).UTC()}}
	var b bytes.Buffer
	if err := (Usage{}).Encode(&b, usageColumns, usageColumnKinds, rowsIn(want...)); err != nil {
		t.Fatal(err)
	}
	read := func(content []byte) (columns []string, got [][]any, err error) {
		columns, rows, err := Usage{}.Decode(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return nil, nil, err
		}
		for row, err := range rows {
			if err != nil {
				return nil, nil, err
			}
			got = append(got, slices.Clone(row))
		}
		return columns, got, nil
	}
	for n := range b.Len() {
		if _, got, err := read(b.Bytes()[:n]); err == nil {
			t.Errorf("%d bytes of %d: got %v", n, b.Len(), got)
		}
	}
	for i := range b.Len() {
		for _, change := range []byte{0x01, 0x80, 0xff} {
			content := bytes.Clone(b.Bytes())
			content[i] ^= change
			if columns, got, err := read(content); err == nil && slices.Equal(columns, usageColumns) && len(got) != len(want) {
				t.Errorf("byte %d of %d ^ %#x: got %v", i, b.Len(), change, got)
			}
		}
	}
}
