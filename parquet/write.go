package parquet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
)

// Usage writes and reads tables of Redshift usage as Parquet: it is a Format of package
// github.com/awspatterns/awspatterns/redshift/chargeback, of which it needs no import.
//
// Columns are optional: text is STRING, int64 INT64, bool BOOLEAN and timestamp
// TIMESTAMP(MICROS) in UTC, in the order that they are given, with Zstandard. The same rows
// make the same bytes. Text that is no UTF-8 is refused, since other readers refuse it.
type Usage struct{}

// usageGroup is how many rows make a row group: they are held in memory.
const usageGroup = 1 << 17

// Extension is what names of files end with.
func (Usage) Extension() string { return ".parquet" }

// Encode writes rows of string, int64, bool, time.Time or nil. kinds are "string", "int64",
// "bool" or "timestamp".
func (Usage) Encode(w io.Writer, columns, kinds []string, rows iter.Seq2[[]any, error]) (err error) {
	defer catchWrite(&err)
	schema, err := usageSchema(columns, kinds)
	if err != nil {
		return fmt.Errorf("parquet: %w", err)
	}
	p := parquet.NewWriter(w, schema, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(usageGroup), parquet.CreatedBy("awspatterns", "1", "0"))
	row, n := make(parquet.Row, len(columns)), 0
	for values, err := range rows {
		if err != nil {
			return err
		}
		n++
		if err := usageRow(row, kinds, values); err != nil {
			return fmt.Errorf("parquet: row %d: %w", n, err)
		}
		if _, err := p.WriteRows([]parquet.Row{row}); err != nil {
			return fmt.Errorf("parquet: row %d: %w", n, err)
		}
	}
	if err := p.Close(); err != nil {
		return fmt.Errorf("parquet: %w", err)
	}
	return nil
}

// catchWrite makes an error of a panic of parquet-go.
func catchWrite(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("parquet: writing: %v", p)
	}
}

// Decode reads what Encode wrote, and other files with columns of these kinds. A row may be
// used until the next one.
func (Usage) Decode(r io.ReaderAt, size int64) (columns []string, rows iter.Seq2[[]any, error], err error) {
	f, err := Open(r, size)
	if err != nil {
		return nil, nil, err
	}
	return f.Columns(), f.Rows(0), nil
}

var usageKinds = map[string]parquet.Node{
	"string":    parquet.String(),
	"int64":     parquet.Int(64),
	"bool":      parquet.Leaf(parquet.BooleanType),
	"timestamp": parquet.Timestamp(parquet.Microsecond),
}

// An ordered group has its fields in an order: those of a Group are sorted by name.
type ordered struct {
	parquet.Group
	fields []parquet.Field
}

func (o ordered) Fields() []parquet.Field { return o.fields }

func usageSchema(columns, kinds []string) (*parquet.Schema, error) {
	if len(columns) == 0 || len(columns) != len(kinds) {
		return nil, fmt.Errorf("%d columns of %d kinds", len(columns), len(kinds))
	}
	group := parquet.Group{}
	for i, name := range columns {
		kind, ok := usageKinds[kinds[i]]
		switch {
		case !ok:
			return nil, fmt.Errorf("column %q: there is no kind %q", name, kinds[i])
		case name == "" || !utf8.ValidString(name) || slices.Contains(columns[:i], name):
			return nil, fmt.Errorf("the name %q of column %d is empty, no UTF-8 or there twice", name, i+1)
		}
		group[name] = parquet.Optional(kind)
	}
	fields := group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int {
		return slices.Index(columns, a.Name()) - slices.Index(columns, b.Name())
	})
	return parquet.NewSchema("usage", ordered{group, fields}), nil
}

// usageRow fills in a row.
func usageRow(row parquet.Row, kinds []string, values []any) error {
	if len(values) != len(kinds) {
		return fmt.Errorf("%d values for %d columns", len(values), len(kinds))
	}
	for i, value := range values {
		v, err := usageValue(kinds[i], value)
		if err != nil {
			return fmt.Errorf("value %d: %w", i+1, err)
		}
		defined := 1
		if value == nil {
			defined = 0
		}
		row[i] = v.Level(0, defined, i)
	}
	return nil
}

var (
	errNotUTF8 = errors.New("text that is no UTF-8")
	errTooFar  = errors.New("a time that microseconds cannot count")
)

func usageValue(kind string, value any) (v parquet.Value, err error) {
	fits := false
	switch value := value.(type) {
	case nil:
		return parquet.NullValue(), nil
	case string:
		if !utf8.ValidString(value) {
			return v, errNotUTF8
		}
		v, fits = parquet.ByteArrayValue([]byte(value)), kind == "string"
	case int64:
		v, fits = parquet.Int64Value(value), kind == "int64"
	case bool:
		v, fits = parquet.BooleanValue(value), kind == "bool"
	case time.Time:
		micros := value.UnixMicro()
		if time.UnixMicro(micros).Unix() != value.Unix() {
			return v, errTooFar
		}
		v, fits = parquet.Int64Value(micros), kind == "timestamp"
	}
	if !fits {
		return v, fmt.Errorf("%T is no value of the kind %q", value, kind)
	}
	return v, nil
}
