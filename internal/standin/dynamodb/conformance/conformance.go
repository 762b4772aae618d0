// Package conformance says what an Amazon DynamoDB has to do, as cases that run
// through the real SDK client: over the stand-in, over an emulator, or over
// DynamoDB itself.
//
// What is right is decided by the AWS documentation alone. Where an emulator does
// otherwise, its test names the case with the reason; the case stays as it is.
package conformance

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// Run runs every case with a client of its own and a table of its own, whose items
// have a string as their partition key and a binary as their sort key.
//
// Deviations names the cases that are known to fail, with the reason. A case
// among them that passes fails the test, so that the list stays true.
func Run(t *testing.T, client func(t *testing.T) *dynamodb.Client, deviations map[string]string) {
	var names []string
	for _, c := range slices.Concat(itemCases, conditionCases, queryCases, tableCases) {
		names = append(names, c.name)
		t.Run(c.name, func(t *testing.T) {
			w := &world{Client: client(t), ctx: t.Context()}
			w.try(c.run)
			switch deviation := deviations[c.name]; {
			case deviation == "" && w.problems != "":
				t.Error(w.problems)
			case deviation != "" && w.problems == "":
				t.Errorf("no longer deviates: %s", deviation)
			case deviation != "":
				t.Logf("deviates: %s\n%s", deviation, w.problems)
			}
		})
	}
	for name := range deviations {
		if !slices.Contains(names, name) {
			t.Errorf("there is no case %q to deviate from", name)
		}
	}
}

type testCase struct {
	name string
	run  func(*world)
}

// A world is a table and what a case found wrong with it. Its methods that return
// no error end the case if a call fails.
type world struct {
	*dynamodb.Client
	ctx      context.Context
	table    string
	problems string
}

// stopped is what a case panics with that cannot go on.
type stopped struct{}

func (w *world) try(run func(*world)) {
	defer func() {
		if v := recover(); v != nil && v != (stopped{}) {
			panic(v)
		}
	}()
	w.table = w.newTable(nil)
	run(w)
}

func (w *world) errorf(format string, args ...any) { w.problems += fmt.Sprintf(format, args...) + "\n" }

func (w *world) must(err error) {
	if err != nil {
		w.errorf("%v", err)
		panic(stopped{})
	}
}

// fails checks that a call was answered with status 400 and an error code.
func (w *world) fails(what string, err error, code string) {
	response, _ := errors.AsType[*awshttp.ResponseError](err)
	api, _ := errors.AsType[smithy.APIError](err)
	switch {
	case response == nil || api == nil:
		w.errorf("%s: got %v, want %s", what, err, code)
	case response.HTTPStatusCode() != 400 || api.ErrorCode() != code:
		w.errorf("%s: got %d %s (%s), want %s", what, response.HTTPStatusCode(), api.ErrorCode(), api.ErrorMessage(), code)
	}
}

func (w *world) tableInput(name string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: new("Part"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: new("Sort"), AttributeType: types.ScalarAttributeTypeB},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: new("Part"), KeyType: types.KeyTypeHash},
			{AttributeName: new("Sort"), KeyType: types.KeyTypeRange},
		},
	}
}

func (w *world) newTable(edit func(*dynamodb.CreateTableInput)) string {
	in := w.tableInput("conformance-" + rand.Text())
	if edit != nil {
		edit(in)
	}
	_, err := w.CreateTable(w.ctx, in)
	w.must(err)
	quickly := func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay = 100 * time.Millisecond }
	w.must(dynamodb.NewTableExistsWaiter(w.Client, quickly).Wait(w.ctx, &dynamodb.DescribeTableInput{TableName: in.TableName}, time.Minute))
	return *in.TableName
}

type attributes = map[string]types.AttributeValue

func text(s string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: s} }
func binary(s string) types.AttributeValue { return &types.AttributeValueMemberB{Value: []byte(s)} }

func key(part, sort string) attributes { return attributes{"Part": text(part), "Sort": binary(sort)} }

// item returns an item with an attribute of each type that the stand-in knows.
func item(part, sort, value string) attributes {
	i := key(part, sort)
	i["Value"], i["Text"], i["Yes"], i["Nothing"] = binary(value), text(value), &types.AttributeValueMemberBOOL{Value: true}, &types.AttributeValueMemberNULL{Value: true}
	return i
}

func (w *world) tryPut(i attributes, edits ...func(*dynamodb.PutItemInput)) error {
	in := &dynamodb.PutItemInput{TableName: &w.table, Item: i}
	for _, edit := range edits {
		edit(in)
	}
	_, err := w.PutItem(w.ctx, in)
	return err
}

func (w *world) put(i attributes, edits ...func(*dynamodb.PutItemInput)) {
	w.must(w.tryPut(i, edits...))
}

func (w *world) get(part, sort string) attributes {
	out, err := w.GetItem(w.ctx, &dynamodb.GetItemInput{TableName: &w.table, Key: key(part, sort), ConsistentRead: new(true)})
	w.must(err)
	return out.Item
}

// same checks an item, nil for none.
func (w *world) same(what string, got, want attributes) {
	if len(got) != len(want) {
		w.errorf("%s: got %d attributes, want %d", what, len(got), len(want))
	}
	for name, v := range want {
		if show(got[name]) != show(v) {
			w.errorf("%s: %s is %.50s, want %.50s", what, name, show(got[name]), show(v))
		}
	}
}

func show(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return fmt.Sprintf("S %q", v.Value)
	case *types.AttributeValueMemberB:
		return fmt.Sprintf("B %q", bytes.Clone(v.Value))
	case *types.AttributeValueMemberBOOL:
		return fmt.Sprintf("BOOL %t", v.Value)
	case *types.AttributeValueMemberNULL:
		return fmt.Sprintf("NULL %t", v.Value)
	}
	return fmt.Sprintf("%T", v)
}
