package redshift

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
)

// A Result is what a statement returned. The Data API keeps it for 24 hours, and ends a
// statement whose result has more than 500 MB or a row of more than 64 KB (ErrTooLarge).
type Result struct {
	ID       string        // of the statement in the Data API; <id>:<n> in a batch
	QueryID  int64         // in the system views, such as SYS_QUERY_HISTORY; 0 if there is none
	Affected int64         // rows that were affected, or that there are in the result set
	Duration time.Duration // of the statement in the database
	Columns  []Column      // none without a result set

	// CreatedAt is when the statement was submitted, by the clock of the service, in UTC.
	CreatedAt time.Time

	// Deduplicated says that nothing was run now, since an earlier call had the same
	// token: the statement was submitted before this call began, by more than the two
	// seconds by which clocks of the service may differ. The service does not tell, so
	// an earlier call within the last three seconds is not told apart. Without a Token
	// it is false.
	Deduplicated bool

	conn    *Conn
	hasRows bool
	page    resultPage // the first
}

// A Column is one of a result.
type Column struct {
	Name     string
	Type     string // of the database, such as "varchar", "bpchar", "numeric" or "timestamptz"
	Nullable bool
}

// A resultPage is a part of a result.
type resultPage struct {
	records [][]datatypes.Field
	next    string // token of the page after it; empty after the last
	total   int64  // rows in all
}

// open reads the first page.
func (r *Result) open(ctx context.Context) error {
	if !r.hasRows {
		return nil
	}
	out, err := r.conn.read(ctx, r.ID, "")
	if err != nil {
		return err
	}
	r.page = resultPageOf(out)
	r.Columns = make([]Column, len(out.ColumnMetadata))
	for i, c := range out.ColumnMetadata {
		r.Columns[i] = Column{Name: aws.ToString(c.Label), Type: aws.ToString(c.TypeName), Nullable: c.Nullable != 0}
		if r.Columns[i].Name == "" {
			r.Columns[i].Name = aws.ToString(c.Name)
		}
	}
	return nil
}

func resultPageOf(out *datasdk.GetStatementResultOutput) resultPage {
	return resultPage{records: out.Records, next: aws.ToString(out.NextToken), total: out.TotalNumRows}
}

// read reads a page. What fails for a time is asked again.
func (c *Conn) read(ctx context.Context, id, token string) (*datasdk.GetStatementResultOutput, error) {
	p := patience{limit: c.opts.Patience}
	for {
		out, err := c.data.GetStatementResult(ctx, &datasdk.GetStatementResultInput{Id: &id, NextToken: optionalString(token)}, paced(c.rates.result))
		if err == nil {
			return out, nil
		}
		if dataNotFound(err) {
			return nil, fmt.Errorf("%w: %w", ErrGone, err)
		}
		if err = p.again(ctx, err, passes(err)); err != nil {
			return nil, refusedRequest(c.opts.Warehouse, err)
		}
	}
}

// Rows iterates over all rows, in their order, and may do so several times. It holds one
// page, and reads the next one when it comes there. An error is the last element: rows
// that are missing are never taken for the end: a result that is older than 24 hours ends
// with ErrGone.
//
// IAM actions: redshift-data:GetStatementResult, on statements of the caller.
func (r *Result) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := r.each(ctx, func(row Row) bool { return yield(row, nil) }); err != nil {
			yield(Row{}, fmt.Errorf("redshift: rows of statement %s: %w", r.ID, err))
		}
	}
}

// each calls yield with the rows until that returns false.
func (r *Result) each(ctx context.Context, yield func(Row) bool) error {
	seen := int64(0)
	for p := r.page; ; {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		for _, record := range p.records {
			if seen++; len(record) != len(r.Columns) {
				return fmt.Errorf("row %d has %d values for %d columns", seen, len(record), len(r.Columns))
			}
			if seen > r.page.total && r.page.total > 0 { // pages that go in a circle
				return fmt.Errorf("the service sent more rows than the %d that it said there are", r.page.total)
			}
			if !yield(Row{r.Columns, record}) {
				return nil
			}
		}
		if p.next == "" {
			return r.complete(seen)
		}
		out, err := r.conn.read(ctx, r.ID, p.next)
		if err != nil {
			return fmt.Errorf("after row %d: %w", seen, err)
		}
		last := p.next
		if p = resultPageOf(out); p.next == last {
			return fmt.Errorf("after row %d: the service answers with the same page again and again", seen)
		}
	}
}

func (r *Result) complete(seen int64) error {
	if seen < r.page.total {
		return fmt.Errorf("the service sent %d rows of %d", seen, r.page.total)
	}
	return nil
}

// A Row is one of a result. Its values may be kept.
type Row struct {
	columns []Column
	fields  []datatypes.Field
}

// Value returns the value of a column by its place, from 0: nil for NULL, bool, int64 or
// float64; *[big.Rat] for numeric; [time.Time] in UTC for timestamp, timestamptz and date;
// []byte for varbyte; string for all others, that of a character(n) column without the
// spaces that fill it up. A timestamp without a time zone is taken to be in UTC.
func (r Row) Value(i int) (any, error) {
	v, err := fieldValue(r.columns[i], r.fields[i])
	if err != nil {
		return nil, fmt.Errorf("column %q: %w", r.columns[i].Name, err)
	}
	return v, nil
}

// Named is like Value, for a column by its name. If several have the name, it is the first.
func (r Row) Named(name string) (any, error) {
	i := slices.IndexFunc(r.columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("column %q: there is none", name)
	}
	return r.Value(i)
}

var errUnknownField = errors.New("the service sent a kind of value that is not known")
