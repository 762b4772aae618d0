package rows

import (
	"context"
	"fmt"
	"iter"
)

// JSONLinesOptions say how to read JSON lines.
type JSONLinesOptions struct {
	// MaxLine is how many bytes a line may have. A longer one is an error of its
	// record, and skipped. Defaults to 100 MiB; memory is used for lines that there are.
	MaxLine int
}

// JSONLines reads JSON lines (also called NDJSON, https://jsonlines.org): one
// object on each line. An object that goes over several lines is not read: each of
// its lines is a bad record. Lines that are empty are left out, and not
// counted. A line may end in CRLF, the last one in nothing, and the first may begin
// with a byte order mark.
//
// Lines are not checked: [Shape.JSON] does that.
func JSONLines(opts JSONLinesOptions) Format { return jsonLines{opts.MaxLine} }

type jsonLines struct{ max int }

// String tells formats with other options from each other.
func (f jsonLines) String() string { return fmt.Sprintf("JSON lines %d", f.max) }

func (f jsonLines) Records(ctx context.Context, in Input, from int64) iter.Seq2[Record, error] {
	return records(ctx, in, f.max, func(l *lines, yield func(Record, error) bool) {
		n := int64(0)
		for l.next() {
			line := trimSpace(l.text())
			if len(line) == 0 && !l.tooLong {
				continue
			}
			if n >= from && !yield(jsonLine(l, n, line), nil) {
				return
			}
			n++
		}
		if err := l.failed(in, n); err != nil {
			yield(Record{}, err)
		}
	})
}

func jsonLine(l *lines, n int64, line []byte) Record {
	if l.tooLong {
		return l.bad(n, fmt.Errorf("longer than %d bytes", l.max))
	}
	return Record{Number: n, Line: l.line, JSON: line}
}

// records opens in and reads its lines.
func records(ctx context.Context, in Input, limit int, read func(*lines, func(Record, error) bool)) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		if in.Open == nil {
			yield(Record{}, fmt.Errorf("rows: %s: cannot be read from first to last", in.Name))
			return
		}
		r, err := in.Open(ctx)
		if err != nil {
			yield(Record{}, fmt.Errorf("rows: %s: %w", in.Name, err))
			return
		}
		defer r.Close()
		read(newLines(ctx, r, limit), yield)
	}
}
