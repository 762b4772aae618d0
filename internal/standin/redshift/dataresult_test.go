package redshift

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
)

// answering has every statement return a result.
func (w *dataWorld) answering(r Result) {
	w.Data.sql = func(_ *Warehouse, _ Session, sqls []string, _ map[string]string, _ bool) []Outcome {
		out := make([]Outcome, len(sqls))
		for i := range out {
			out[i] = Outcome{Result: r, Ran: true}
		}
		return out
	}
}

func (w *dataWorld) result(id string, token *string) (*datasdk.GetStatementResultOutput, error) {
	return w.client.GetStatementResult(w.t.Context(), &datasdk.GetStatementResultInput{Id: &id, NextToken: token})
}

func TestDataPages(t *testing.T) {
	for _, size := range []int{0, 1, 2, 5, 6} {
		w := newDataWorld(t)
		w.PageSize = size
		id := w.mustExecute("rows 5")
		pages := datasdk.NewGetStatementResultPaginator(w.client, &datasdk.GetStatementResultInput{Id: &id})
		var got []string
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			same(t, page.TotalNumRows, 5)
			same(t, *page.ColumnMetadata[0].TypeName, "int8")
			got = append(got, fmt.Sprint(len(page.Records)))
			for _, record := range page.Records {
				got = append(got, fmt.Sprint(record[0].(*datatypes.FieldMemberLongValue).Value))
			}
		}
		want := map[int]string{0: "5 0 1 2 3 4", 1: "1 0 1 1 1 2 1 3 1 4", 2: "2 0 1 2 2 3 1 4", 5: "5 0 1 2 3 4", 6: "5 0 1 2 3 4"}[size]
		if strings.Join(got, " ") != want {
			t.Errorf("%d: got %v, want %s", size, got, want)
		}
	}
}

func TestDataPageTokens(t *testing.T) {
	w := newDataWorld(t)
	w.PageSize = 2
	id, other := w.mustExecute("rows 5"), w.mustExecute("rows 5")
	page, err := w.result(id, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.result(other, page.NextToken)
	refused(t, err, "ValidationException", "NextToken is invalid")
	for _, token := range []string{"", "x", "page-" + id + "-0", "page-" + id + "-5", "page-" + id + "--1"} {
		_, err = w.result(id, &token)
		refused(t, err, "ValidationException", "NextToken is invalid")
	}
}

func TestDataFields(t *testing.T) {
	w := newDataWorld(t)
	w.answering(Result{
		Columns: []Column{{"a", "varchar"}, {"b", "bool"}, {"c", "int8"}, {"d", "float8"}, {"e", "numeric"}, {"f", "varbyte"}, {"g", "timestamptz"}},
		Rows:    [][]any{{"x  ", true, int64(1) << 60, 0.5, "12345678901234567890.10", []byte{0, 255}, nil}},
	})
	out, err := w.result(w.mustExecute("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, out.Records, [][]datatypes.Field{{
		&datatypes.FieldMemberStringValue{Value: "x  "}, &datatypes.FieldMemberBooleanValue{Value: true}, &datatypes.FieldMemberLongValue{Value: 1 << 60},
		&datatypes.FieldMemberDoubleValue{Value: 0.5}, &datatypes.FieldMemberStringValue{Value: "12345678901234567890.10"},
		&datatypes.FieldMemberBlobValue{Value: []byte{0, 255}}, &datatypes.FieldMemberIsNull{Value: true},
	}})
	var columns []string
	for _, c := range out.ColumnMetadata {
		columns = append(columns, fmt.Sprintf("%s %s(%d,%d) %t%t", *c.Name, *c.TypeName, c.Precision, c.Scale, c.IsSigned, c.IsCaseSensitive))
		same(t, *c.Label, *c.Name)
	}
	same(t, columns, []string{
		"a varchar(256,0) falsetrue", "b bool(1,0) falsefalse", "c int8(19,0) truefalse", "d float8(17,0) truefalse",
		"e numeric(38,2) truefalse", "f varbyte(0,0) falsefalse", "g timestamptz(35,6) falsefalse",
	})
}

func TestDataNoResult(t *testing.T) {
	w := newDataWorld(t)
	batch := w.batch("", "rows 1", "do it")
	w.Block = func(sql string) bool { return sql == "rows 9" }
	for _, id := range []string{w.mustExecute("do it"), w.mustExecute("bad"), w.mustExecute("rows 9"), batch, batch + ":2"} {
		_, err := w.result(id, nil)
		refused(t, err, "ResourceNotFoundException", "Query does not have result.")
	}
	_, err := w.result(batch+":3", nil)
	refused(t, err, "ResourceNotFoundException", "Query does not exist.")
	csv := w.mustExecute("rows 1", func(in *datasdk.ExecuteStatementInput) { in.ResultFormat = datatypes.ResultFormatStringCsv })
	_, err = w.result(csv, nil)
	refused(t, err, "ValidationException", "CSV")
	empty, err := w.result(w.mustExecute("rows 0"), nil)
	if err != nil || len(empty.Records) != 0 || len(empty.ColumnMetadata) != 1 {
		t.Errorf("got %+v, %v", empty, err)
	}
	if out, err := w.result(batch+":1", nil); err != nil || out.TotalNumRows != 1 {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestDataLargeResults(t *testing.T) {
	w := newDataWorld(t)
	row := func(n int) []any { return []any{strings.Repeat("x", n)} }
	run := func(rows ...[]any) string {
		w.answering(Result{Columns: []Column{{"a", "varchar"}}, Rows: rows})
		return aws.ToString(w.describe(w.mustExecute("x")).Error)
	}
	same(t, run(row(64<<10)), "")
	same(t, run(row(64<<10+1)), "ERROR: Packet for query is too large (65537 > 65536)")
	w.MaxResult = 100
	same(t, run(row(50), row(50)), "")
	same(t, run(row(50), row(51)), "ERROR: Database response exceeded size limit")
	w.MaxRow = 49
	same(t, run(row(50)), "ERROR: Packet for query is too large (50 > 49)")
}
