package bulk_test

import (
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/internal/bulk"
)

// parse is ParseAnswer into a slice.
func parse(body string, a bulk.Action, n int) (items []bulk.Item, err error) {
	err = bulk.ParseAnswer([]byte(body), a, n, func(i int, it bulk.Item) {
		if i != len(items) {
			panic("items out of order")
		}
		items = append(items, it)
	})
	return items, err
}

// TestParseAnswer reads answers of OpenSearch 2.19 and 3.8.
func TestParseAnswer(t *testing.T) {
	tests := []struct {
		name   string
		action bulk.Action
		body   string
		want   []bulk.Item
	}{
		{"created and a mapping failure", bulk.Index,
			`{"took":3,"errors":true,"items":[{"index":{"_index":"a","_id":"3","status":400,"error":{"type":"mapper_parsing_exception","reason":"failed to parse field [n] of type [integer] in document with id '3'. Preview of field's value: 'abc'","caused_by":{"type":"number_format_exception","reason":"For input string: \"abc\""}}}},{"index":{"_index":"a","_id":"4","_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":1,"_primary_term":1,"status":201}}]}`,
			[]bulk.Item{
				{Status: 400, Type: "mapper_parsing_exception", Reason: "failed to parse field [n] of type [integer] in document with id '3'. Preview of field's value: 'abc': For input string: \"abc\""},
				{Status: 201, Result: "created"},
			}},
	}
	for _, test := range tests {
		got, err := parse(test.body, test.action, len(test.want))
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: got %+v, %v", test.name, got, err)
		}
	}
}
