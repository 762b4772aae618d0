package redshift_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/redshift"
)

// run runs a statement that is answered with r.
func run(t *testing.T, r reply, opts ...func(*awstest.Cloud, *dataWorld)) *redshift.Result {
	t.Helper()
	cloud := awstest.New(t)
	w := newDataWorld(cloud, func(string) reply { return r })
	for _, opt := range opts {
		opt(cloud, w)
	}
	result, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: "SELECT * FROM t"})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func rat(s string) *big.Rat {
	r, _ := new(big.Rat).SetString(s)
	return r
}

func TestRowValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, reply{
			columns: columns("a varchar", "b bpchar", "c numeric", "d timestamp", "e timestamptz", "f date", "g bool", "h int8", "i float8", "j varbyte", "k super", "l blob", "m varchar", "n varchar"),
			rows: [][]datatypes.Field{row(text(" a "), text(" b  "), text("12345678901234567890.123456789012345678"), text("2024-02-29 13:14:15.123456"),
				text("2024-02-29 13:14:15+05:30"), text("2024-02-29"), truth(true), number(1<<62), real(0.5), text("00FF"), text(`{"a":1}`), blob("x"), text(""), nothing())},
		})
		want := []any{
			" a ", " b", rat("12345678901234567890123456789012345678/1000000000000000000"), time.Date(2024, 2, 29, 13, 14, 15, 123456000, time.UTC),
			time.Date(2024, 2, 29, 7, 44, 15, 0, time.UTC), time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), true, int64(1 << 62), 0.5, []byte{0, 255}, `{"a":1}`, []byte("x"), "", nil,
		}
		for row, err := range r.Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range r.Columns {
				got, err := row.Value(i)
				if n, ok := want[i].(*big.Rat); ok && n.Cmp(got.(*big.Rat)) == 0 {
					continue
				}
				if err != nil || !reflect.DeepEqual(got, want[i]) {
					t.Errorf("%s: got %#v, %v, want %#v", c.Name, got, err, want[i])
				}
				if again, err := row.Named(c.Name); err != nil || !reflect.DeepEqual(again, got) {
					t.Errorf("%s by name: got %#v, %v", c.Name, again, err)
				}
			}
			if _, err := row.Named("z"); err == nil || !strings.Contains(err.Error(), `"z"`) {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestRowValueErrors(t *testing.T) {
	for _, test := range []struct {
		kind  string
		field datatypes.Field
		want  string
	}{
		{"timestamp", text("infinity"), "no point in time"},
		{"timestamptz", text("-infinity"), "no point in time"},
		{"date", text("0044-03-15 BC"), "before the year 1"},
		{"timestamp", text("2023-02-29 00:00:00"), "no date or time"},
		{"numeric", text("1/3"), "no decimal number"},
		{"numeric", text("1e999"), "no decimal number"},
		{"numeric", text("NaN"), "no decimal number"},
		{"varbyte", text("xy"), "hexadecimal"},
		{"varchar", &datatypes.UnknownUnionMember{Tag: "arrayValue"}, "not known"},
		{"varchar", &datatypes.FieldMemberIsNull{}, "not known"},
		{"varchar", nil, "not known"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := run(t, reply{columns: columns("a " + test.kind), rows: [][]datatypes.Field{row(test.field)}})
			for row, err := range r.Rows(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if v, err := row.Value(0); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), `column "a"`) {
					t.Errorf("%s: got %v, %v", test.kind, v, err)
				}
			}
		})
	}
}

// TestPages reads three pages, and reads them again.
func TestPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cloud *awstest.Cloud
		r := run(t, count(25), func(c *awstest.Cloud, w *dataWorld) { cloud, w.pageSize = c, 10 })
		if n := calls(cloud, resultCall); n != 1 {
			t.Errorf("read %d pages before anybody asked", n)
		}
		for range 2 {
			n := int64(0)
			for row, err := range r.Rows(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if v, err := row.Value(0); err != nil || v != n {
					t.Fatalf("row %d: got %v, %v", n, v, err)
				}
				if v, err := row.Value(1); err != nil || v != fmt.Sprint("row ", n) {
					t.Fatalf("row %d: got %q, %v", n, v, err)
				}
				n++
			}
			if n != 25 {
				t.Errorf("got %d rows", n)
			}
		}
		if n := calls(cloud, resultCall); n != 5 {
			t.Errorf("read %d pages, want the first once and two others twice", n)
		}
		for range r.Rows(t.Context()) {
			break // reads nothing more
		}
		if n := calls(cloud, resultCall); n != 5 {
			t.Errorf("read %d pages after the loop was left", n)
		}
	})
}

// TestPagesFail has the second page fail: for a time, or for good.
func TestPagesFail(t *testing.T) {
	outage := awstest.Error(503, "ServiceUnavailable", "")
	for _, test := range []struct {
		name  string
		fault awstest.Fault
		is    error
		want  string
	}{
		{"for a time", awstest.Fault{Err: outage, Times: 20}, nil, ""},
		{"throttled", awstest.Fault{Err: throttled(), Times: 50}, nil, ""},
		{"lost", awstest.Fault{Err: errors.New("reset"), Applied: true, Times: 5}, nil, ""},
		{"for good", awstest.Fault{Err: outage}, outage, "after row 10"},
		{"denied", awstest.Fault{Err: awstest.Denied()}, redshift.ErrPermission, "after row 10"},
		{"24 hours", awstest.Fault{Err: awstest.Status(400, &datatypes.ResourceNotFoundException{})}, redshift.ErrGone, "kept for 24 hours"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := run(t, count(25), func(cloud *awstest.Cloud, w *dataWorld) {
					w.pageSize = 10
					test.fault.Operation, test.fault.Skip = resultCall, 1
					cloud.Inject(test.fault)
				})
				n, failed := 0, error(nil)
				for _, err := range r.Rows(t.Context()) {
					if failed = err; err == nil {
						n++
					}
				}
				if test.want == "" && (failed != nil || n != 25) {
					t.Errorf("got %d rows, %v", n, failed)
				}
				if test.want != "" && (n != 10 || !errors.Is(failed, test.is) || !strings.Contains(failed.Error(), test.want) || !strings.HasPrefix(failed.Error(), "redshift: rows of statement 0000")) {
					t.Errorf("got %d rows, %v", n, failed)
				}
			})
		})
	}
}

// TestPagesWrong has answers that would lose rows, or never end.
func TestPagesWrong(t *testing.T) {
	for _, test := range []struct {
		name string
		out  datasdk.GetStatementResultOutput // of all pages
		want string
	}{
		{"fewer rows than there are", datasdk.GetStatementResultOutput{TotalNumRows: 3}, "sent 2 rows of 3"},
		{"one page for ever", datasdk.GetStatementResultOutput{NextToken: aws.String("again")}, "again and again"},
		{"pages in a circle", datasdk.GetStatementResultOutput{TotalNumRows: 1}, "more rows than the 1"},
		{"a value too few", datasdk.GetStatementResultOutput{ColumnMetadata: columns("n int8", "m int8")}, "row 1 has 1 values for 2 columns"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := run(t, count(2), func(cloud *awstest.Cloud, w *dataWorld) {
					awstest.Handle(cloud, func(context.Context, *datasdk.GetStatementResultInput) (*datasdk.GetStatementResultOutput, error) {
						out := test.out
						if out.ColumnMetadata == nil {
							out.ColumnMetadata = columns("n int8")
						}
						out.Records = [][]datatypes.Field{row(number(1)), row(number(2))}
						return &out, nil
					})
				})
				var failed error
				for _, err := range r.Rows(t.Context()) {
					failed = err
				}
				if failed == nil || !strings.Contains(failed.Error(), test.want) {
					t.Errorf("got %v, want %q", failed, test.want)
				}
			})
		})
	}
}

// TestRowsCancelled ends the context between two pages, and while one is read.
func TestRowsCancelled(t *testing.T) {
	for _, at := range []int{5, 10} {
		synctest.Test(t, func(t *testing.T) {
			r := run(t, count(25), func(cloud *awstest.Cloud, w *dataWorld) {
				w.pageSize = 10
				cloud.Inject(awstest.Fault{Operation: resultCall, Skip: 1, Latency: time.Minute})
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			n, failed := 0, error(nil)
			for _, err := range r.Rows(ctx) {
				if failed = err; err != nil {
					break
				}
				if n++; n == at {
					if at == 10 { // while the second page is read
						time.AfterFunc(time.Second, func() { cancel(errShutdown) })
						continue
					}
					cancel(errShutdown)
				}
			}
			if n != 10 || !errors.Is(failed, errShutdown) {
				t.Errorf("got %d rows, %v", n, failed)
			}
		})
	}
}

// TestNoRows has statements with an empty result set, and without one.
func TestNoRows(t *testing.T) {
	for _, r := range []reply{{columns: columns("a int8")}, {affected: 3}} {
		synctest.Test(t, func(t *testing.T) {
			result := run(t, r)
			for _, err := range result.Rows(t.Context()) {
				t.Errorf("got a row, %v", err)
			}
			if len(result.Columns) != len(r.columns) || result.Affected != r.affected {
				t.Errorf("got %+v", result)
			}
		})
	}
}

// TestMillionRows streams a million rows in the memory of a few pages.
func TestMillionRows(t *testing.T) {
	const n, size = 1_000_000, 1000
	synctest.Test(t, func(t *testing.T) {
		var most, base uint64
		r := run(t, count(0), func(cloud *awstest.Cloud, w *dataWorld) {
			cloud.LogLimit = -1
			endless(cloud, n, size)
			base = heap()
		})
		seen := 0
		for row, err := range r.Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if v, err := row.Value(0); err != nil || v != int64(seen) {
				t.Fatalf("row %d: got %v, %v", seen, v, err)
			}
			if seen++; seen%100_000 == 0 {
				most = max(most, heap())
			}
		}
		if seen != n {
			t.Errorf("got %d rows", seen)
		}
		// A page of it has about 150 KB.
		used := (int64(most) - int64(base)) >> 10
		t.Logf("%d KB", used)
		if used > 3<<10 {
			t.Errorf("%d KB are in use", used)
		}
	})
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// endless answers with n rows, which are made as they are read.
func endless(cloud *awstest.Cloud, n, size int) {
	head := columns("n int8", "name bpchar")
	awstest.Handle(cloud, func(_ context.Context, in *datasdk.GetStatementResultInput) (*datasdk.GetStatementResultOutput, error) {
		from := 0
		fmt.Sscan(aws.ToString(in.NextToken), &from)
		to := min(from+size, n)
		out := &datasdk.GetStatementResultOutput{ColumnMetadata: head, TotalNumRows: int64(n)}
		for i := from; i < to; i++ {
			out.Records = append(out.Records, row(number(int64(i)), text("name      ")))
		}
		if to < n {
			out.NextToken = aws.String(fmt.Sprint(to))
		}
		return out, nil
	})
}
