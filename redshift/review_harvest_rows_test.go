package redshift

import (
	"testing"
	"time"

	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// TestReviewHarvestNull has a NULL where the queries leave it one, since it says nothing: it
// is not read as no charge.
func TestReviewHarvestNull(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		query redshiftsql.Query
		null  string
		read  func(catalogRow)
	}{
		{redshiftsql.QueryMinutes, "charged_seconds", func(r catalogRow) { minuteOf(r) }},
		{redshiftsql.QueryScalings, "seconds", func(r catalogRow) { scalingOf(r) }},
		{redshiftsql.QueryQueries, "query_id", func(r catalogRow) { queryOf(r) }},
		{redshiftsql.QueryTransactions, "transaction_id", func(r catalogRow) { transactionOf(r) }},
	} {
		for _, null := range []bool{false, true} {
			var wrong error
			row := Row{}
			for _, c := range test.query.Columns {
				var f datatypes.Field
				switch {
				case null && c.Name == test.null:
					f = &datatypes.FieldMemberIsNull{Value: true}
				case c.Type == "int8":
					f = &datatypes.FieldMemberLongValue{Value: 1}
				case c.Type == "bool":
					f = &datatypes.FieldMemberBooleanValue{Value: true}
				default:
					f = &datatypes.FieldMemberStringValue{Value: "2026-11-01 00:00:00"}
				}
				row.columns, row.fields = append(row.columns, reviewColumn(c)), append(row.fields, f)
			}
			if test.read(catalogRow{row: row, err: &wrong}); (wrong != nil) != null {
				t.Errorf("%s: %s is NULL (%v): %v", test.query.Name, test.null, null, wrong)
			}
		}
	}
}

func reviewColumn(c redshiftsql.Column) Column { return Column{Name: c.Name, Type: c.Type} }

// TestReviewHarvestHalves has a time halved until it is a minute, whatever second it begins
// at: each half is shorter than the whole.
func TestReviewHarvestHalves(t *testing.T) {
	t.Parallel()
	for second := range 60 {
		in := chargeback.Interval{From: time.Date(2026, 11, 1, 0, 0, second, 1000, time.UTC)}
		in.To = in.From.Add(61 * time.Second)
		if middle := middleOf(in); !middle.After(in.From) || !middle.Before(in.To) {
			t.Errorf("%v is halved at %s", in, middle)
		}
	}
}
