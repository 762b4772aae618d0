package dynamodb_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/dynamodb"
	"github.com/awspatterns/awspatterns/internal/standin/dynamodb/conformance"
)

const (
	account = "123456789012"
	other   = "210987654321"
	region  = "eu-central-1"
	arn     = "arn:aws:dynamodb:" + region + ":" + account + ":table/films"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, func(t *testing.T) *sdk.Client {
		cloud := awstest.New(t)
		dynamodb.New(cloud)
		return sdk.NewFromConfig(cloud.Config(region, account))
	}, nil)
}

// A world is a cloud with a client.
type world struct {
	*sdk.Client
	t       *testing.T
	cloud   *awstest.Cloud
	service *dynamodb.Service
}

func newWorld(t *testing.T) *world {
	cloud := awstest.New(t)
	service := dynamodb.New(cloud)
	return &world{sdk.NewFromConfig(cloud.Config(region, account)), t, cloud, service}
}

func tableInput(name string) *sdk.CreateTableInput {
	return &sdk.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: new("Name"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: new("Name"), KeyType: types.KeyTypeHash}},
	}
}

func (w *world) createTable() {
	w.t.Helper()
	if _, err := w.CreateTable(w.t.Context(), tableInput("films")); err != nil {
		w.t.Fatal(err)
	}
}

func film(name, text string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"Name": &types.AttributeValueMemberS{Value: name}, "Text": &types.AttributeValueMemberS{Value: text}}
}

func (w *world) put(ctx context.Context, i map[string]types.AttributeValue) error {
	_, err := w.PutItem(ctx, &sdk.PutItemInput{TableName: new("films"), Item: i})
	return err
}

// texts returns what a read and a query find, "" for nothing.
func (w *world) texts(consistent *bool) (got, found string) {
	w.t.Helper()
	text := func(i map[string]types.AttributeValue) string {
		if s, ok := i["Text"].(*types.AttributeValueMemberS); ok {
			return s.Value
		}
		return ""
	}
	one, err := w.GetItem(w.t.Context(), &sdk.GetItemInput{
		TableName: new("films"), ConsistentRead: consistent, Key: map[string]types.AttributeValue{"Name": &types.AttributeValueMemberS{Value: "M"}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	all, err := w.Query(w.t.Context(), &sdk.QueryInput{
		TableName: new("films"), ConsistentRead: consistent, KeyConditionExpression: new("#n = :n"),
		ExpressionAttributeNames:  map[string]string{"#n": "Name"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":n": &types.AttributeValueMemberS{Value: "M"}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if len(all.Items) > 0 {
		found = text(all.Items[0])
	}
	return text(one.Item), found
}

// TestLag reads what was there before a write, until the lag is over.
func TestLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.createTable()
		want := func(what string, consistent *bool, text string) {
			t.Helper()
			if got, found := w.texts(consistent); got != text || found != text {
				t.Errorf("%s: got %q and %q, want %q", what, got, found, text)
			}
		}
		for _, step := range []struct{ text, before string }{{"1931", ""}, {"1951", "1931"}, {"", "1951"}, {"again", ""}} {
			if step.text != "" {
				if err := w.put(t.Context(), film("M", step.text)); err != nil {
					t.Fatal(err)
				}
			} else if _, err := w.DeleteItem(t.Context(), &sdk.DeleteItemInput{
				TableName: new("films"), Key: map[string]types.AttributeValue{"Name": &types.AttributeValueMemberS{Value: "M"}},
			}); err != nil {
				t.Fatal(err)
			}
			want("consistent", new(true), step.text)
			want("at once", nil, step.before)
			want("not consistent", new(false), step.before)
			time.Sleep(w.service.Lag)
			want("later", nil, step.text)
		}
		if got := w.service.Writes(); got != 4 {
			t.Errorf("counted %d writes", got)
		}
	})
}

// TestMaking waits for tables that take their time.
func TestMaking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.service.Making = 30 * time.Second
		w.createTable()
		in := &sdk.DescribeTableInput{TableName: new("films")}
		status := func() types.TableStatus {
			out, err := w.DescribeTable(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			return out.Table.TableStatus
		}
		if got := status(); got != types.TableStatusCreating {
			t.Errorf("a new table is %s", got)
		}
		if _, missing := errors.AsType[*types.ResourceNotFoundException](w.put(t.Context(), film("M", ""))); !missing {
			t.Error("a table that is being made takes items")
		}
		if _, err := w.DeleteTable(t.Context(), &sdk.DeleteTableInput{TableName: new("films")}); !isInUse(err) {
			t.Errorf("delete a table that is being made: got %v", err)
		}
		if err := sdk.NewTableExistsWaiter(w.Client).Wait(t.Context(), in, time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := w.put(t.Context(), film("M", "")); err != nil {
			t.Error(err)
		}
		if _, err := w.DeleteTable(t.Context(), &sdk.DeleteTableInput{TableName: new("films")}); err != nil {
			t.Fatal(err)
		}
		if got := status(); got != types.TableStatusDeleting {
			t.Errorf("a table that was deleted is %s", got)
		}
		if _, err := w.CreateTable(t.Context(), tableInput("films")); !isInUse(err) {
			t.Errorf("create a table that is being deleted: got %v", err)
		}
		if err := sdk.NewTableNotExistsWaiter(w.Client).Wait(t.Context(), in, time.Minute); err != nil {
			t.Fatal(err)
		}
		w.createTable()
	})
}

func isInUse(err error) bool {
	_, ok := errors.AsType[*types.ResourceInUseException](err)
	return ok
}

// TestWhoAndWhere looks at a table from other accounts and Regions.
func TestWhoAndWhere(t *testing.T) {
	w := newWorld(t)
	w.createTable()
	for _, test := range []struct {
		account, region, table, code string
	}{
		{account, region, "films", ""},
		{account, region, arn, ""},
		{account, "us-east-1", "films", "ResourceNotFoundException"},
		{other, region, "films", "ResourceNotFoundException"},
		{other, region, arn, "AccessDeniedException"},
	} {
		client := sdk.NewFromConfig(w.cloud.Config(test.region, test.account))
		_, err := client.PutItem(t.Context(), &sdk.PutItemInput{TableName: &test.table, Item: film("M", "")})
		code := ""
		if api, ok := errors.AsType[smithy.APIError](err); ok {
			code = api.ErrorCode()
		}
		if code != test.code || (err == nil) != (code == "") {
			t.Errorf("%+v: got %v", test, err)
		}
	}
}

// TestUnknown checks that what the stand-in does not know is refused as such.
func TestUnknown(t *testing.T) {
	w := newWorld(t)
	w.createTable()
	put := func(edit func(*sdk.PutItemInput)) error {
		in := &sdk.PutItemInput{TableName: new("films"), Item: film("M", "")}
		edit(in)
		_, err := w.PutItem(t.Context(), in)
		return err
	}
	when := func(condition string) error {
		return put(func(in *sdk.PutItemInput) {
			in.ConditionExpression, in.ExpressionAttributeNames = &condition, map[string]string{"#n": "Name"}
			in.ExpressionAttributeValues = map[string]types.AttributeValue{":v": &types.AttributeValueMemberS{Value: "v"}}
		})
	}
	query := func(edit func(*sdk.QueryInput)) error {
		in := &sdk.QueryInput{
			TableName: new("films"), KeyConditionExpression: new("#n = :v"), ExpressionAttributeNames: map[string]string{"#n": "Name"},
			ExpressionAttributeValues: map[string]types.AttributeValue{":v": &types.AttributeValueMemberS{Value: "v"}},
		}
		edit(in)
		_, err := w.Query(t.Context(), in)
		return err
	}
	create := func(edit func(*sdk.CreateTableInput)) error {
		in := tableInput("other")
		edit(in)
		_, err := w.CreateTable(t.Context(), in)
		return err
	}
	for what, err := range map[string]error{
		"ReturnValues":          put(func(in *sdk.PutItemInput) { in.ReturnValues = types.ReturnValueAllOld }),
		"MemberN":               put(func(in *sdk.PutItemInput) { in.Item["N"] = &types.AttributeValueMemberN{Value: "1"} }),
		"#n = :v OR #n = :v":    when("#n = :v OR #n = :v"),
		"NOT #n = :v":           when("NOT #n = :v"),
		"Name = :v":             when("Name = :v"),
		"begins_with(#n, :v)":   when("begins_with(#n, :v)"),
		"(#n = :v)":             when("(#n = :v)"),
		"#n < :v":               when("#n < :v"),
		"ScanIndexForward":      query(func(in *sdk.QueryInput) { in.ScanIndexForward = new(false) }),
		"FilterExpression":      query(func(in *sdk.QueryInput) { in.FilterExpression = new("#n = :v") }),
		"#n >= :v":              query(func(in *sdk.QueryInput) { in.KeyConditionExpression = new("#n >= :v") }),
		"provisioned capacity":  create(func(in *sdk.CreateTableInput) { in.BillingMode = "" }),
		"keys that are numbers": create(func(in *sdk.CreateTableInput) { in.AttributeDefinitions[0].AttributeType = "N" }),
		"GlobalSecondaryIndexes": create(func(in *sdk.CreateTableInput) {
			in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{{IndexName: new("index"), KeySchema: in.KeySchema, Projection: &types.Projection{}}}
		}),
	} {
		if err == nil || !strings.Contains(err.Error(), "the stand-in for DynamoDB does not know") || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	if got := w.service.Writes(); got != 0 {
		t.Errorf("%d writes", got)
	}
}

// TestValuesAreCopied changes what was handed in and out.
func TestValuesAreCopied(t *testing.T) {
	w := newWorld(t)
	w.createTable()
	value := &types.AttributeValueMemberB{Value: []byte("value")}
	i := film("M", "text")
	i["Bytes"] = value
	if err := w.put(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	value.Value[0] = 'X'
	delete(i, "Text")
	for range 2 {
		out, err := w.GetItem(t.Context(), &sdk.GetItemInput{TableName: new("films"), ConsistentRead: new(true), Key: map[string]types.AttributeValue{"Name": i["Name"]}})
		if err != nil {
			t.Fatal(err)
		}
		got := out.Item["Bytes"].(*types.AttributeValueMemberB).Value
		if string(got) != "value" || out.Item["Text"] == nil {
			t.Errorf("got %q and %v", got, out.Item["Text"])
		}
		got[0] = 'X'
		delete(out.Item, "Text")
	}
}

func TestActions(t *testing.T) {
	w := newWorld(t)
	w.createTable()
	for action, needs := range dynamodb.Actions {
		if len(needs) != 1 || !strings.HasPrefix(needs[0], "dynamodb:") {
			t.Errorf("%s needs %q", action, needs)
		}
	}
	for _, call := range w.cloud.Calls() {
		if dynamodb.Actions[call.Name()] == nil {
			t.Errorf("no action for %s", call)
		}
	}
}
