package conformance

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

var itemCases = []testCase{
	{"item that is not there", func(w *world) { w.same("item", w.get("a", "b"), nil) }},
	{"put, replace and delete", func(w *world) {
		w.put(item("a", "b", "1"))
		w.same("put", w.get("a", "b"), item("a", "b", "1"))
		short := key("a", "b")
		w.put(short)
		w.same("replaced", w.get("a", "b"), short)
		for range 2 { // the second one deletes nothing
			w.must(w.tryDelete("a", "b"))
			w.same("deleted", w.get("a", "b"), nil)
		}
	}},
	{"empty values", func(w *world) {
		i := key("a", "b")
		i["S"], i["B"] = text(""), binary("")
		w.put(i)
		w.same("item", w.get("a", "b"), i)
	}},
	{"keys of any bytes", func(w *world) {
		for _, sort := range []string{"\x00", "\x00\x00", "\xff", "é", strings.Repeat("\xff", 1024)} {
			w.put(item("\x00 é", sort, "1"))
			w.same(fmt.Sprintf("%.9q", sort), w.get("\x00 é", sort), item("\x00 é", sort, "1"))
		}
	}},
	{"empty keys", func(w *world) {
		w.fails("part", w.tryPut(item("", "b", "")), "ValidationException")
		w.fails("sort", w.tryPut(item("a", "", "")), "ValidationException")
	}},
	{"keys that are too long", func(w *world) {
		w.put(item(strings.Repeat("a", 2048), strings.Repeat("b", 1024), ""))
		w.fails("part", w.tryPut(item(strings.Repeat("a", 2049), "b", "")), "ValidationException")
		w.fails("sort", w.tryPut(item("a", strings.Repeat("b", 1025), "")), "ValidationException")
	}},
	{"keys that are missing or of another type", func(w *world) {
		for name, wrong := range map[string]attributes{
			"no sort":     {"Part": text("a")},
			"no part":     {"Sort": binary("b")},
			"text sort":   {"Part": text("a"), "Sort": text("b")},
			"binary part": {"Part": binary("a"), "Sort": binary("b")},
		} {
			w.fails("put "+name, w.tryPut(wrong), "ValidationException")
			_, err := w.GetItem(w.ctx, &dynamodb.GetItemInput{TableName: &w.table, Key: wrong})
			w.fails("get "+name, err, "ValidationException")
		}
		_, err := w.GetItem(w.ctx, &dynamodb.GetItemInput{TableName: &w.table, Key: item("a", "b", "")})
		w.fails("get by more than a key", err, "ValidationException")
	}},
	{"item that is too large", func(w *world) {
		i := key("a", "b") // 4+1 and 4+1 bytes
		i["V"] = binary(strings.Repeat("v", 400*1024-11))
		w.put(i)
		i["V"] = binary(strings.Repeat("v", 400*1024-10))
		w.fails("put", w.tryPut(i), "ValidationException")
	}},
	{"table that is not there", func(w *world) {
		w.table = "no-such-table"
		w.fails("put", w.tryPut(item("a", "b", "")), "ResourceNotFoundException")
		w.fails("delete", w.tryDelete("a", "b"), "ResourceNotFoundException")
		_, err := w.GetItem(w.ctx, &dynamodb.GetItemInput{TableName: &w.table, Key: key("a", "b")})
		w.fails("get", err, "ResourceNotFoundException")
		_, err = w.query("#p = :p", nil)
		w.fails("query", err, "ResourceNotFoundException")
	}},
}

func (w *world) tryDelete(part, sort string) error {
	_, err := w.DeleteItem(w.ctx, &dynamodb.DeleteItemInput{TableName: &w.table, Key: key(part, sort)})
	return err
}

// when makes a put conditional. Values are strings; they and the names are all
// that the expression may use.
func when(expression string, names map[string]string, values map[string]string) func(*dynamodb.PutItemInput) {
	return func(in *dynamodb.PutItemInput) {
		in.ConditionExpression, in.ExpressionAttributeNames = &expression, names
		for name, value := range values {
			if in.ExpressionAttributeValues == nil {
				in.ExpressionAttributeValues = attributes{}
			}
			in.ExpressionAttributeValues[name] = text(value)
		}
	}
}

func allOld(in *dynamodb.PutItemInput) {
	in.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
}

var textName = map[string]string{"#t": "Text"}

var conditionCases = []testCase{
	{"put if there is none", func(w *world) {
		absent := when("attribute_not_exists(#t)", textName, nil)
		w.put(item("a", "b", "1"), absent)
		w.fails("put", w.tryPut(item("a", "b", "2"), absent), "ConditionalCheckFailedException")
		w.same("item", w.get("a", "b"), item("a", "b", "1"))
		w.put(item("a", "c", "1"), absent)
	}},
	{"put if there is one", func(w *world) {
		exists := when("attribute_exists(#t)", textName, nil)
		w.fails("put", w.tryPut(item("a", "b", "1"), exists), "ConditionalCheckFailedException")
		w.same("item", w.get("a", "b"), nil)
		w.put(item("a", "b", "1"))
		w.put(item("a", "b", "2"), exists)
	}},
	{"put if equal", func(w *world) {
		is1 := when("#t = :t", textName, map[string]string{":t": "1"})
		w.fails("put without an item", w.tryPut(item("a", "b", "2"), is1), "ConditionalCheckFailedException")
		w.put(item("a", "b", "1"))
		w.put(item("a", "b", "2"), is1)
		w.fails("put", w.tryPut(item("a", "b", "3"), is1), "ConditionalCheckFailedException")
		w.same("item", w.get("a", "b"), item("a", "b", "2"))
	}},
	{"equal is of one type", func(w *world) {
		w.put(item("a", "b", "1"))
		w.fails("put", w.tryPut(item("a", "b", "2"), when("#v = :t", map[string]string{"#v": "Value"}, map[string]string{":t": "1"})), "ConditionalCheckFailedException")
	}},
	{"put if not equal", func(w *world) {
		not1 := when("#t <> :t", textName, map[string]string{":t": "1"})
		w.put(item("a", "b", "1"), not1) // there is nothing that is equal
		w.fails("put", w.tryPut(item("a", "b", "2"), not1), "ConditionalCheckFailedException")
	}},
	{"put if both", func(w *world) {
		both := when("attribute_exists(#t) AND #t = :t", textName, map[string]string{":t": "1"})
		w.put(item("a", "b", "1"))
		w.put(item("a", "b", "2"), both)
		w.fails("put", w.tryPut(item("a", "b", "3"), both), "ConditionalCheckFailedException")
	}},
	{"what refused a put", func(w *world) {
		absent := when("attribute_not_exists(#t)", textName, nil)
		w.put(item("a", "b", "1"))
		for name, edits := range map[string][]func(*dynamodb.PutItemInput){"asked": {absent, allOld}, "not asked": {absent}} {
			refused, ok := errors.AsType[*types.ConditionalCheckFailedException](w.tryPut(item("a", "b", "2"), edits...))
			if !ok {
				w.errorf("it was not refused")
			} else if name == "asked" {
				w.same(name, refused.Item, item("a", "b", "1"))
			} else {
				w.same(name, refused.Item, nil)
			}
		}
	}},
	{"what refused a put without an item", func(w *world) {
		refused, ok := errors.AsType[*types.ConditionalCheckFailedException](w.tryPut(item("a", "b", "2"), when("attribute_exists(#t)", textName, nil), allOld))
		if !ok {
			w.errorf("it was not refused")
		} else {
			w.same("item", refused.Item, nil)
		}
	}},
	{"delete if equal", func(w *world) {
		w.put(item("a", "b", "1"))
		try := func(value string) error {
			_, err := w.DeleteItem(w.ctx, &dynamodb.DeleteItemInput{
				TableName: &w.table, Key: key("a", "b"), ConditionExpression: new("#t = :t"),
				ExpressionAttributeNames: textName, ExpressionAttributeValues: attributes{":t": text(value)},
			})
			return err
		}
		w.fails("delete", try("2"), "ConditionalCheckFailedException")
		w.must(try("1"))
		w.fails("delete again", try("1"), "ConditionalCheckFailedException")
	}},
	{"placeholders that are not used or not defined", func(w *world) {
		unused := map[string]string{"#t": "Text", "#u": "Unused"}
		w.fails("unused name", w.tryPut(item("a", "b", ""), when("attribute_not_exists(#t)", unused, nil)), "ValidationException")
		w.fails("unused value", w.tryPut(item("a", "b", ""), when("attribute_not_exists(#t)", textName, map[string]string{":u": ""})), "ValidationException")
		w.fails("undefined name", w.tryPut(item("a", "b", ""), when("attribute_not_exists(#x)", textName, nil)), "ValidationException")
		w.fails("undefined value", w.tryPut(item("a", "b", ""), when("#t = :x", textName, nil)), "ValidationException")
	}},
}
