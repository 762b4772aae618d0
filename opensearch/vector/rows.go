package vector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/awspatterns/awspatterns/rows"
)

// FromRows reads the vectors of records, once, into a temporary file of float32: records
// cannot be read in any order. A line of JSON ([rows.JSONLines]) is an array of numbers,
// or an object with one in a field. Of formats with columns, such as Parquet
// (rows.Of(parquet.Open), or, since that reads all columns, with a function that calls
// parquet.OpenColumns), one column is a list of numbers; of CSV, text such as "[0.5, 1]".
//
// The error names the first record that has no such vector, another dimension than the
// first, or a value that is NaN, infinite or beyond float32, and counts all such records.
func FromRows(ctx context.Context, format rows.Format, in rows.Input, opts OpenOptions) (*File, error) {
	f, err := fromRows(ctx, format, in, opts)
	if err != nil {
		return nil, fmt.Errorf("vector: read records: %w", err)
	}
	return f, nil
}

func fromRows(ctx context.Context, format rows.Format, in rows.Input, opts OpenOptions) (*File, error) {
	s, err := newSpool(opts.TempDir)
	if err != nil {
		return nil, err
	}
	r := rowReader{spool: s, field: opts.Field, column: -1}
	if err = r.readAll(ctx, format, in, opts.Progress); err == nil {
		err = s.flush()
	}
	if err != nil {
		_ = s.close() // the error says what is wrong
		return nil, err
	}
	layout := fileLayout{item: float32Little, dimension: r.dimension, count: int(r.count)}
	return &File{name: in.Name, r: s.file, close: s.close, layout: layout}, nil
}

// A rowReader takes vectors out of records.
type rowReader struct {
	spool     *spool
	field     string
	column    int // -1 until it is known
	dimension int // of the first vector
	count     int64
	values    []float32 // of the record at hand
	bad       badRecords
}

const rowsPerProgress = 1 << 13

func (r *rowReader) readAll(ctx context.Context, format rows.Format, in rows.Input, progress func(int64)) error {
	n := int64(0)
	for record, err := range format.Records(ctx, in, 0) {
		if err != nil {
			return errors.Join(err, r.bad.err()) // names the input itself
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := r.add(record); err != nil {
			return err
		}
		if r.bad.count == maxBadRecords {
			break
		}
		if n++; progress != nil && n%rowsPerProgress == 0 {
			progress(n)
		}
	}
	if err := r.finish(); err != nil {
		return fmt.Errorf("%s: %w", in.Name, err)
	}
	return nil
}

func (r *rowReader) finish() error {
	switch {
	case r.bad.count > 0:
		return r.bad.err()
	case r.count == 0:
		return errEmpty
	case r.count != int64(int(r.count)):
		return fmt.Errorf("%d vectors are too many for this machine", r.count)
	}
	return nil
}

// add writes the vector of a record, or notes what is wrong with it.
func (r *rowReader) add(record rows.Record) error {
	r.values = r.values[:0]
	err := record.Err
	if err == nil {
		err = r.parse(record)
	}
	if err == nil {
		err = r.checkValues(record.Number)
	}
	if err != nil {
		r.bad.add(record, err)
		return nil
	}
	if r.bad.count > 0 {
		return nil // nothing will come of it
	}
	r.count++
	return r.spool.writeVector(r.values)
}

func (r *rowReader) parse(record rows.Record) (err error) {
	if record.JSON != nil {
		return r.parseJSON(record.JSON)
	}
	if r.column < 0 {
		if r.column, err = columnOf(record, r.field); err != nil {
			return err
		}
	}
	if record.Values == nil {
		return r.parseText(record.Text[r.column])
	}
	r.values, err = appendValues(r.values, record.Values[r.column])
	if err != nil {
		return fmt.Errorf("column %q: %w", record.Columns[r.column], err)
	}
	return nil
}

func (r *rowReader) parseJSON(line []byte) (err error) {
	if r.field == "" && len(line) > 0 && line[0] == '{' {
		if r.field, err = vectorField(line); err != nil {
			return err
		}
	}
	r.values, err = appendLine(r.values, line, r.field)
	return err
}

func (r *rowReader) parseText(text []byte) (err error) {
	r.values, err = appendLine(r.values, bytes.TrimSpace(text), "")
	return err
}

// checkValues compares with the first vector, and looks for what is no number.
func (r *rowReader) checkValues(number int64) error {
	if i := finite(r.values); i >= 0 {
		return &ValueError{Vector: int(number), Index: i, Value: r.values[i]}
	}
	if r.dimension == 0 {
		r.dimension = len(r.values)
	}
	if len(r.values) != r.dimension {
		return fmt.Errorf("has %d dimensions, the first vector %d", len(r.values), r.dimension)
	}
	return nil
}

// columnOf returns the number of the column that holds the vector: that of a name, or
// the only one that holds numbers.
func columnOf(record rows.Record, field string) (int, error) {
	var names []string
	column := -1
	for i, name := range record.Columns {
		if name == field || field == "" && isVector(record, i) {
			names, column = append(names, name), i
		}
	}
	if field != "" && column < 0 {
		return -1, fmt.Errorf("there is no column %q: the columns are %q", field, record.Columns)
	}
	if field == "" {
		if _, err := onlyField(names); err != nil {
			return -1, err
		}
	}
	return column, nil
}

func isVector(record rows.Record, i int) bool {
	if record.Values == nil {
		_, err := appendLine(nil, bytes.TrimSpace(record.Text[i]), "")
		return err == nil
	}
	_, err := appendValues(nil, record.Values[i])
	return err == nil
}

// appendValues appends the numbers of a list.
func appendValues(dst []float32, value any) ([]float32, error) {
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return dst, fmt.Errorf("is %s, and not a list of numbers", goName(value))
	}
	if len(list) > MaxDimension {
		return dst, errTooLong
	}
	for i, v := range list {
		x, err := toFloat32(v)
		if err != nil {
			return dst, fmt.Errorf("dimension %d, counted from 0: %w", i, err)
		}
		dst = append(dst, x)
	}
	return dst, nil
}

func toFloat32(v any) (float32, error) {
	switch v := v.(type) {
	case float32:
		return v, nil
	case float64:
		return float32(v), nil
	case int64:
		return float32(v), nil
	case uint64:
		return float32(v), nil
	case json.Number:
		if x, n := parseNumber([]byte(v)); n == len(v) {
			return x, nil
		}
	}
	return float32(math.NaN()), fmt.Errorf("is %s, and not a number", goName(v))
}

// goName says in words what a value is.
func goName(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case []any:
		if len(v) == 0 {
			return "an empty list"
		}
		return "a list"
	}
	return fmt.Sprintf("of type %T", v)
}

// badRecords counts records without a vector that can be used, and keeps the first.
type badRecords struct {
	first error
	count int64
}

// maxBadRecords are enough to see that a file is not what it was taken for.
const maxBadRecords = 10_000

func (b *badRecords) add(record rows.Record, err error) {
	b.count++
	switch {
	case b.count > 1:
	case strings.HasPrefix(err.Error(), fmt.Sprintf("line %d: ", record.Line)): // as formats of lines say it
		b.first = err
	case record.Line > 0:
		b.first = fmt.Errorf("line %d: %w", record.Line, err)
	default:
		b.first = fmt.Errorf("record %d: %w", record.Number, err)
	}
}

func (b *badRecords) err() error {
	switch {
	case b.count < 2:
		return b.first
	case b.count == maxBadRecords:
		return fmt.Errorf("%w (%d records have no vector that can be used; no more were looked at)", b.first, b.count)
	}
	return fmt.Errorf("%w (%d records have no vector that can be used)", b.first, b.count)
}
