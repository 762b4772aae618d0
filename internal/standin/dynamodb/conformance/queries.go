package conformance

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// query asks for items of the partition "a"; :s is "s2" where the condition uses
// it.
func (w *world) query(condition string, edit func(*dynamodb.QueryInput)) (*dynamodb.QueryOutput, error) {
	in := &dynamodb.QueryInput{
		TableName: &w.table, ConsistentRead: new(true), KeyConditionExpression: &condition,
		ExpressionAttributeNames:  map[string]string{"#p": "Part"},
		ExpressionAttributeValues: attributes{":p": text("a")},
	}
	if strings.Contains(condition, "#s") {
		in.ExpressionAttributeNames["#s"] = "Sort"
		in.ExpressionAttributeValues[":s"] = binary("s2")
	}
	if edit != nil {
		edit(in)
	}
	return w.Query(w.ctx, in)
}

// wantQuery checks the sort keys that a query finds, over all its pages.
func (w *world) wantQuery(condition string, edit func(*dynamodb.QueryInput), want ...string) {
	var got []string
	var next attributes
	for {
		out, err := w.query(condition, func(in *dynamodb.QueryInput) {
			in.ExclusiveStartKey = next
			if edit != nil {
				edit(in)
			}
		})
		w.must(err)
		if int(out.Count) != len(out.Items) {
			w.errorf("a page counts %d of %d items", out.Count, len(out.Items))
		}
		for _, i := range out.Items {
			got = append(got, string(i["Sort"].(*types.AttributeValueMemberB).Value))
		}
		if next = out.LastEvaluatedKey; next == nil {
			break
		}
		if len(next) != 2 {
			w.errorf("a page ends at %d attributes", len(next))
		}
	}
	if !slices.Equal(got, want) {
		w.errorf("%s: got %.60q, want %.60q", condition, got, want)
	}
}

// fill puts items with the sort keys s0 to s4 into the partition, and others into
// others.
func (w *world) fill() {
	for _, i := range []int{3, 0, 4, 1, 2} {
		for _, part := range []string{"a", "aa", "b"} {
			w.put(item(part, fmt.Sprint("s", i), fmt.Sprint(i)))
		}
	}
}

var queryCases = []testCase{
	{"query a partition", func(w *world) {
		w.wantQuery("#p = :p", nil)
		w.fill()
		w.wantQuery("#p = :p", nil, "s0", "s1", "s2", "s3", "s4")
	}},
	{"query after", func(w *world) {
		w.fill()
		w.wantQuery("#p = :p AND #s > :s", nil, "s3", "s4")
		w.wantQuery("#p = :p AND #s = :s", nil, "s2")
		w.wantQuery("#p = :p AND #s > :s", func(in *dynamodb.QueryInput) { in.ExpressionAttributeValues[":s"] = binary("s2\xff") }, "s3", "s4")
		w.wantQuery("#p = :p AND #s > :s", func(in *dynamodb.QueryInput) { in.ExpressionAttributeValues[":s"] = binary("s4") })
	}},
	{"query in the order of bytes", func(w *world) {
		keys := []string{"\x00", "\x00\x00", "\x7f", "\x80", "a", "a\x00", "aa", "b", "é", "\xff"}
		for _, sort := range keys {
			w.put(item("a", sort, ""))
		}
		slices.Sort(keys)
		w.wantQuery("#p = :p", nil, keys...)
	}},
	{"query pages by number", func(w *world) {
		w.fill()
		for limit := range int32(7) {
			w.wantQuery("#p = :p", func(in *dynamodb.QueryInput) { in.Limit = new(limit + 1) }, "s0", "s1", "s2", "s3", "s4")
			w.wantQuery("#p = :p AND #s > :s", func(in *dynamodb.QueryInput) { in.Limit = new(limit + 1) }, "s3", "s4")
		}
		_, err := w.query("#p = :p", func(in *dynamodb.QueryInput) { in.Limit = new(int32(0)) })
		w.fails("no items", err, "ValidationException")
	}},
	{"query tells where a full page ends", func(w *world) {
		w.fill()
		out, err := w.query("#p = :p", func(in *dynamodb.QueryInput) { in.Limit = new(int32(2)) })
		w.must(err)
		w.same("last", out.LastEvaluatedKey, key("a", "s1"))
	}},
	{"query pages by size", func(w *world) {
		var want []string
		for i := range 8 {
			w.put(item("a", fmt.Sprint(i), strings.Repeat("v", 150_000))) // twice in it
			want = append(want, fmt.Sprint(i))
		}
		out, err := w.query("#p = :p", nil)
		w.must(err)
		if len(out.Items) < 3 || len(out.Items) > 4 || out.LastEvaluatedKey == nil {
			w.errorf("a page of 1 MB has %d items of 300,000 bytes", len(out.Items))
		}
		w.wantQuery("#p = :p", nil, want...)
	}},
	{"query with a wrong start", func(w *world) {
		w.fill()
		for name, start := range map[string]attributes{"of another partition": key("b", "s1"), "before the range": key("a", "s1"), "without a sort key": {"Part": text("a")}} {
			_, err := w.query("#p = :p AND #s > :s", func(in *dynamodb.QueryInput) { in.ExclusiveStartKey = start })
			w.fails(name, err, "ValidationException")
		}
	}},
	{"query with wrong keys", func(w *world) {
		for name, edit := range map[string]func(*dynamodb.QueryInput){
			"empty":     func(in *dynamodb.QueryInput) { in.ExpressionAttributeValues[":s"] = binary("") },
			"text":      func(in *dynamodb.QueryInput) { in.ExpressionAttributeValues[":s"] = text("s") },
			"too long":  func(in *dynamodb.QueryInput) { in.ExpressionAttributeValues[":s"] = binary(strings.Repeat("s", 1025)) },
			"undefined": func(in *dynamodb.QueryInput) { delete(in.ExpressionAttributeValues, ":s") },
		} {
			_, err := w.query("#p = :p AND #s > :s", edit)
			w.fails(name, err, "ValidationException")
		}
		_, err := w.query("#s > :s", func(in *dynamodb.QueryInput) {
			in.ExpressionAttributeNames, in.ExpressionAttributeValues = map[string]string{"#s": "Sort"}, attributes{":s": binary("s")}
		})
		w.fails("no partition", err, "ValidationException")
	}},
}

var tableCases = []testCase{
	{"describe a table", func(w *world) {
		out, err := w.DescribeTable(w.ctx, &dynamodb.DescribeTableInput{TableName: &w.table})
		w.must(err)
		t := out.Table
		if t.TableStatus != types.TableStatusActive || *t.TableName != w.table || !strings.HasSuffix(*t.TableArn, ":table/"+w.table) ||
			len(t.KeySchema) != 2 || *t.KeySchema[1].AttributeName != "Sort" || len(t.AttributeDefinitions) != 2 || t.CreationDateTime == nil {
			w.errorf("got %+v", t)
		}
	}},
	{"create a table twice", func(w *world) {
		_, err := w.CreateTable(w.ctx, w.tableInput(w.table))
		w.fails("create", err, "ResourceInUseException")
	}},
	{"delete a table", func(w *world) {
		_, err := w.DeleteTable(w.ctx, &dynamodb.DeleteTableInput{TableName: &w.table})
		w.must(err)
		quickly := func(o *dynamodb.TableNotExistsWaiterOptions) { o.MinDelay = 100 * time.Millisecond }
		w.must(dynamodb.NewTableNotExistsWaiter(w.Client, quickly).Wait(w.ctx, &dynamodb.DescribeTableInput{TableName: &w.table}, time.Minute))
		_, err = w.DescribeTable(w.ctx, &dynamodb.DescribeTableInput{TableName: &w.table})
		w.fails("describe", err, "ResourceNotFoundException")
		_, err = w.DeleteTable(w.ctx, &dynamodb.DeleteTableInput{TableName: &w.table})
		w.fails("delete", err, "ResourceNotFoundException")
	}},
	{"delete a table that is protected", func(w *world) {
		name := w.newTable(func(in *dynamodb.CreateTableInput) { in.DeletionProtectionEnabled = new(true) })
		_, err := w.DeleteTable(w.ctx, &dynamodb.DeleteTableInput{TableName: &name})
		w.fails("delete", err, "ValidationException")
	}},
	{"tables of wrong form", func(w *world) {
		for name, edit := range map[string]func(*dynamodb.CreateTableInput){
			"short name":           func(in *dynamodb.CreateTableInput) { in.TableName = new("ab") },
			"name with a slash":    func(in *dynamodb.CreateTableInput) { in.TableName = new("a/b/c") },
			"key not defined":      func(in *dynamodb.CreateTableInput) { in.AttributeDefinitions[1].AttributeName = new("Other") },
			"one key only":         func(in *dynamodb.CreateTableInput) { in.KeySchema = in.KeySchema[:1] },
			"sort key comes first": func(in *dynamodb.CreateTableInput) { slices.Reverse(in.KeySchema) },
		} {
			in := w.tableInput("conformance-wrong")
			edit(in)
			_, err := w.CreateTable(w.ctx, in)
			w.fails(name, err, "ValidationException")
		}
	}},
	{"table with a partition key only", func(w *world) {
		w.table = w.newTable(func(in *dynamodb.CreateTableInput) {
			in.KeySchema, in.AttributeDefinitions = in.KeySchema[:1], in.AttributeDefinitions[:1]
		})
		i := attributes{"Part": text("a"), "Sort": text("of no meaning")}
		w.put(i)
		out, err := w.query("#p = :p", nil)
		w.must(err)
		if len(out.Items) != 1 {
			w.errorf("got %d items", len(out.Items))
		} else {
			w.same("item", out.Items[0], i)
		}
	}},
}
