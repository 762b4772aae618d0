package redshift_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/redshift"
)

type named string

type inner struct {
	Small int16 `redshift:"small"`
}

type everything struct {
	inner
	Name    named            `redshift:"name"`
	Digits  string           `redshift:"digits"`
	Number  string           `redshift:"number"`
	Yes     bool             `redshift:"yes"`
	Big     uint64           `redshift:"big"`
	Real    float32          `redshift:"real"`
	Exact   float64          `redshift:"exact"`
	Amount  *big.Rat         `redshift:"amount"`
	Whole   int              `redshift:"whole"`
	When    time.Time        `redshift:"when"`
	Raw     []byte           `redshift:"raw"`
	Text    []byte           `redshift:"text"`
	Any     any              `redshift:"any"`
	Null    sql.Null[string] `redshift:"nil"`
	At      sql.NullTime     `redshift:"at"`
	Maybe   *string          `redshift:"maybe"`
	Never   *time.Time       `redshift:"never"`
	Ignored int
	Skipped int `redshift:"-"`
}

var everythingColumns = columns("small int2", "name bpchar", "digits numeric", "number int8", "yes bool", "big numeric", "real float4", "exact int8",
	"amount numeric", "whole numeric", "when timestamptz", "raw varbyte", "text varchar", "any date", "nil varchar", "at timestamp", "maybe varchar", "never timestamp")

func TestCollect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, reply{columns: everythingColumns, rows: [][]datatypes.Field{
			row(number(-3), text("a b  "), text("1.50"), number(42), truth(true), text("18446744073709551615"), real(0.5), number(1<<53),
				text("-0.10"), text("7.00"), text("2024-01-01 01:00:00+01"), text("00ff"), text("x"), text("2024-01-01"), text(""), text("2024-01-01 00:00:00"), text(""), text("2024-01-01 00:00:00")),
			row(number(0), text(""), text("0"), number(0), truth(false), text("0"), real(0), number(0),
				nothing(), text("0"), text("2024-01-01 00:00:00+00"), nothing(), nothing(), nothing(), nothing(), nothing(), nothing(), nothing()),
		}})
		got, err := redshift.Collect[everything](t.Context(), r)
		if err != nil || len(got) != 2 {
			t.Fatalf("got %+v, %v", got, err)
		}
		day, empty := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), ""
		if want := big.NewRat(-1, 10); got[0].Amount.Cmp(want) != 0 {
			t.Errorf("got %v", got[0].Amount)
		}
		got[0].Amount = nil
		want := []everything{{
			inner: inner{-3}, Name: "a b", Digits: "1.50", Number: "42", Yes: true, Big: math.MaxUint64, Real: 0.5, Exact: 1 << 53,
			Whole: 7, When: day, Raw: []byte{0, 255}, Text: []byte("x"), Any: day, Null: sql.Null[string]{V: "", Valid: true},
			At: sql.NullTime{Time: day, Valid: true}, Maybe: &empty, Never: &day,
		}, {Digits: "0", Number: "0", When: day}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}

func TestCollectOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, reply{columns: columns("a varchar"), rows: [][]datatypes.Field{row(text("x")), row(text("y"))}})
		if got, err := redshift.Collect[string](t.Context(), r); err != nil || !reflect.DeepEqual(got, []string{"x", "y"}) {
			t.Errorf("got %q, %v", got, err)
		}
		if got, err := redshift.Collect[any](t.Context(), r); err != nil || !reflect.DeepEqual(got, []any{"x", "y"}) {
			t.Errorf("got %q, %v", got, err)
		}
		r = run(t, reply{columns: columns("a date"), rows: [][]datatypes.Field{row(text("2024-01-01")), row(nothing())}})
		if got, err := redshift.Collect[sql.NullTime](t.Context(), r); err != nil || len(got) != 2 || !got[0].Valid || got[1].Valid {
			t.Errorf("got %v, %v", got, err)
		}
		if got, err := redshift.Collect[*time.Time](t.Context(), r); err != nil || len(got) != 2 || got[0].Year() != 2024 || got[1] != nil {
			t.Errorf("got %v, %v", got, err)
		}
		if _, err := redshift.Collect[string](t.Context(), run(t, count(1))); err == nil || !strings.Contains(err.Error(), "there are 2 columns") {
			t.Errorf("got %v", err)
		}
		if _, err := redshift.Collect[string](t.Context(), run(t, reply{})); err == nil || !strings.Contains(err.Error(), "no result set") {
			t.Errorf("got %v", err)
		}
	})
}

// collect returns the error of collecting one row.
func collect[T any](t *testing.T, cols []datatypes.ColumnMetadata, fields ...datatypes.Field) (err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := run(t, reply{columns: cols, rows: [][]datatypes.Field{row(fields...)}})
		_, err = redshift.Collect[T](t.Context(), r)
	})
	return err
}

func TestCollectErrors(t *testing.T) {
	type one struct {
		A string `redshift:"a"`
	}
	type ofInt struct {
		A int8 `redshift:"a"`
	}
	type ofUint struct {
		A uint8 `redshift:"a"`
	}
	type ofFloat struct {
		A float64 `redshift:"a"`
	}
	type ofFloat32 struct {
		A float32 `redshift:"a"`
	}
	type ofTime struct {
		A time.Time `redshift:"a"`
	}
	type ofBool struct {
		A *bool `redshift:"a"`
	}
	type ofRat struct {
		A *big.Rat `redshift:"a"`
	}
	type ofMap struct {
		A map[string]string `redshift:"a"`
	}
	type twice struct {
		A string `redshift:"a"`
		B string `redshift:"a"`
	}
	type hidden struct {
		a string `redshift:"a"`
	}
	_ = hidden{a: ""}
	for i, test := range []struct {
		err  error
		want string
	}{
		{collect[one](t, columns("b varchar"), text("")), `column "b": redshift_test.one has no field for it`},
		{collect[one](t, columns("b varchar"), text("")), `column "a": the result has no such column; it has b`},
		{collect[one](t, columns("a varchar", "a varchar"), text(""), text("")), `column "a": the result has two`},
		{collect[twice](t, columns("a varchar"), text("")), `column "a": redshift_test.twice has two fields`},
		{collect[hidden](t, columns("a varchar"), text("")), "not exported"},
		{collect[one](t, columns("a varchar"), nothing()), `row 1: column "a": it is NULL: make the field a pointer`},
		{collect[one](t, columns("a bool"), truth(true)), "true does not go into a string"},
		{collect[one](t, columns("a varchar"), &datatypes.UnknownUnionMember{}), "not known"},
		{collect[ofInt](t, columns("a int8"), number(128)), "128 does not go into a int8"},
		{collect[ofInt](t, columns("a numeric"), text("1.5")), "3/2 does not go into a int8"},
		{collect[ofInt](t, columns("a numeric"), text("99999999999999999999")), "does not go into a int8"},
		{collect[ofInt](t, columns("a varchar"), text("1")), `"1" does not go into a int8`},
		{collect[ofUint](t, columns("a int8"), number(-1)), "-1 does not go into a uint8"},
		{collect[ofUint](t, columns("a int8"), number(256)), "256 does not go into a uint8"},
		{collect[ofFloat](t, columns("a numeric"), text("0.1")), "a numeric has more digits than a float64: take *big.Rat or string"},
		{collect[ofFloat](t, columns("a int8"), number(1<<53+1)), "does not go into a float64"},
		{collect[ofFloat](t, columns("a int8"), number(math.MaxInt64)), "does not go into a float64"},
		{collect[ofFloat32](t, columns("a int8"), number(1<<24+1)), "does not go into a float32"},
		{collect[ofFloat32](t, columns("a float8"), real(1e300)), "does not go into a float32"},
		{collect[ofTime](t, columns("a varchar"), text("2024-01-01")), "a varchar does not go into a time.Time"},
		{collect[ofTime](t, columns("a timestamp"), text("infinity")), "no point in time"},
		{collect[ofTime](t, columns("a timestamp"), number(1)), "1 does not go into a time.Time"},
		{collect[ofBool](t, columns("a varchar"), text("t")), `"t" does not go into a bool`},
		{collect[ofRat](t, columns("a float8"), real(0.1)), "0.1 does not go into a big.Rat"},
		{collect[ofRat](t, columns("a numeric"), text("1e1000000000")), "no decimal number"},
		{collect[ofMap](t, columns("a super"), text("{}")), "a super does not go into a map[string]string"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) || !strings.HasPrefix(test.err.Error(), "redshift: collect: ") {
			t.Errorf("%d: got %v, want %q", i, test.err, test.want)
		}
	}
}

// TestCollectFails has a page that cannot be read: there is no half list.
func TestCollectFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, count(25), func(cloud *awstest.Cloud, w *dataWorld) {
			w.pageSize = 10
			cloud.Inject(awstest.Fault{Operation: resultCall, Skip: 1, Err: awstest.Denied()})
		})
		type pair struct {
			N    int    `redshift:"n"`
			Name string `redshift:"name"`
		}
		if got, err := redshift.Collect[pair](t.Context(), r); got != nil || !errors.Is(err, redshift.ErrPermission) {
			t.Errorf("got %d rows, %v", len(got), err)
		}
	})
}

func benchmarkRows(b *testing.B, read func(context.Context, *redshift.Result) (int, error)) {
	const n = 10_000
	cloud := awstest.New(b)
	cloud.LogLimit, cloud.MaxCalls, cloud.Latency = -1, math.MaxInt/2, 0
	r := count(0)
	r.columns = columns("n int8", "name bpchar", "amount numeric", "at timestamp")
	for i := range n {
		r.rows = append(r.rows, row(number(int64(i)), text("a name        "), text("1234567.8901"), text("2024-02-29 13:14:15.123456")))
	}
	w := newDataWorld(cloud, func(string) reply { return r })
	w.pageSize = n // one page: the quota of reading pages is not what is measured
	result, err := newConn(b, cloud).Run(b.Context(), redshift.Statement{SQL: "SELECT * FROM t"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if got, err := read(b.Context(), result); err != nil || got != n {
			b.Fatal(got, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
}

func BenchmarkRows(b *testing.B) {
	b.Run("Rows", func(b *testing.B) {
		benchmarkRows(b, func(ctx context.Context, r *redshift.Result) (n int, err error) {
			for row, err := range r.Rows(ctx) {
				if err != nil {
					return n, err
				}
				for i := range r.Columns {
					if _, err := row.Value(i); err != nil {
						return n, err
					}
				}
				n++
			}
			return n, nil
		})
	})
	b.Run("Collect", func(b *testing.B) {
		type line struct {
			N      int64     `redshift:"n"`
			Name   string    `redshift:"name"`
			Amount *big.Rat  `redshift:"amount"`
			At     time.Time `redshift:"at"`
		}
		benchmarkRows(b, func(ctx context.Context, r *redshift.Result) (int, error) {
			lines, err := redshift.Collect[line](ctx, r)
			return len(lines), err
		})
	})
	b.Run("Collect text", func(b *testing.B) {
		type line struct {
			N      string `redshift:"n"`
			Name   string `redshift:"name"`
			Amount string `redshift:"amount"`
			At     string `redshift:"at"`
		}
		benchmarkRows(b, func(ctx context.Context, r *redshift.Result) (int, error) {
			lines, err := redshift.Collect[line](ctx, r)
			return len(lines), err
		})
	})
}

func ExampleCollect() {
	cloud := awstest.New(nil)
	newDataWorld(cloud, func(string) reply {
		return reply{columns: columns("share_name bpchar", "rows numeric"), rows: [][]datatypes.Field{row(text("sales_ds   "), text("12.50"))}}
	})
	conn, err := redshift.NewConn(redshift.NewClients(cloud.Config("eu-central-1", "123456789012")), redshift.ConnOptions{Warehouse: workgroup})
	if err != nil {
		panic(err)
	}
	result, err := conn.Run(context.Background(), redshift.Statement{SQL: "SELECT share_name, rows FROM t"})
	if err != nil {
		panic(err)
	}
	type share struct {
		Name string   `redshift:"share_name"`
		Rows *big.Rat `redshift:"rows"`
	}
	shares, err := redshift.Collect[share](context.Background(), result)
	fmt.Println(shares[0].Name, shares[0].Rows, err)
	// Output: sales_ds 25/2 <nil>
}
