package state

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/awspatterns/awspatterns/internal/reason"
)

// DynamoDBAPI is what [DynamoDB] needs of *dynamodb.Client.
type DynamoDBAPI interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
}

// DynamoDB is a [Store] in a table, an item for each record, for any number of
// processes in one Region: conditions do not hold between the Regions of a global
// table, unless it is strongly consistent. Reads are consistent, writes are
// conditional on a random version.
//
// All records of a set have one partition key. A partition takes 1,000 writes of
// 1 KB a second, and DynamoDB divides it only after a time of heavy traffic, so
// that writes beyond that are throttled at first; the client's retryer decides how
// long they are repeated.
type DynamoDB struct {
	client DynamoDBAPI
	table  string
}

// NewDynamoDB returns a Store in a table that was made as [DynamoDBTable] says,
// named by its name or ARN.
//
// IAM actions: [DynamoDBPermissions].
func NewDynamoDB(client DynamoDBAPI, table string) *DynamoDB {
	return &DynamoDB{client: client, table: table}
}

// The attributes of an item. The sort key is binary: all stores order keys by
// their bytes, and a mark to list after may be no UTF-8.
const (
	setAttribute     = "Set"     // string, the partition key
	keyAttribute     = "Key"     // binary, the sort key
	valueAttribute   = "Value"   // binary
	versionAttribute = "Version" // string
)

// DynamoDBTable returns the request that makes a table for [NewDynamoDB]: its keys,
// and payment by request. Encryption, tags, backups and protection from deletion
// are the caller's to add.
func DynamoDBTable(name string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName:   &name,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String(setAttribute), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(keyAttribute), AttributeType: types.ScalarAttributeTypeB},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String(setAttribute), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String(keyAttribute), KeyType: types.KeyTypeRange},
		},
	}
}

// Get implements [Store].
func (d *DynamoDB) Get(ctx context.Context, set, key string) (Record, error) {
	if err := checkName(set, key); err != nil {
		return Record{}, err
	}
	r, err := d.get(ctx, set, key)
	if err != nil {
		return Record{}, recordError(set, key, reason.Cause(ctx, err))
	}
	return r, nil
}

func (d *DynamoDB) get(ctx context.Context, set, key string) (Record, error) {
	out, err := d.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &d.table, Key: itemKey(set, key), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return Record{}, d.wrap(err)
	}
	if len(out.Item) == 0 {
		return Record{Set: set, Key: key}, nil
	}
	return d.record(out.Item)
}

func itemKey(set, key string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		setAttribute: &types.AttributeValueMemberS{Value: set},
		keyAttribute: &types.AttributeValueMemberB{Value: []byte(key)},
	}
}

// Put implements [Store]. It writes up to 16 records at a time.
//
// A write whose answer was lost is recognized when the SDK's repetition of it is
// refused, unless another process has replaced the record since: that is a
// conflict. After any other error the record may or may not be written.
func (d *DynamoDB) Put(ctx context.Context, records []Record) error {
	return putEach(ctx, records, d.put)
}

func (d *DynamoDB) put(ctx context.Context, r Record) (version string, err error) {
	version = rand.Text()
	item := itemKey(r.Set, r.Key)
	item[valueAttribute] = &types.AttributeValueMemberB{Value: append([]byte{}, r.Value...)} // nil would be null
	item[versionAttribute] = &types.AttributeValueMemberS{Value: version}
	in := &dynamodb.PutItemInput{
		TableName:                &d.table,
		Item:                     item,
		ConditionExpression:      aws.String("attribute_not_exists(#version)"),
		ExpressionAttributeNames: map[string]string{"#version": versionAttribute},

		// What was there when the condition was checked tells whether an earlier
		// attempt of this write was, whose answer was lost.
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if r.Version != "" {
		in.ConditionExpression = aws.String("#version = :version")
		in.ExpressionAttributeValues = map[string]types.AttributeValue{":version": &types.AttributeValueMemberS{Value: r.Version}}
	}
	_, err = d.client.PutItem(ctx, in)
	if refused, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		if text(refused.Item[versionAttribute]) != version {
			return "", ErrConflict
		}
		return version, nil
	}
	if err != nil {
		return "", d.wrap(err)
	}
	return version, nil
}

// List implements [Store]. It reads a page of up to 1 MB at a time.
func (d *DynamoDB) List(ctx context.Context, set, after string) iter.Seq2[Record, error] {
	return listing(ctx, set, after, func(after string) iter.Seq2[Record, error] {
		return func(yield func(Record, error) bool) {
			pages := dynamodb.NewQueryPaginator(d.client, d.query(set, after))
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					yield(Record{}, d.wrap(err))
					return
				}
				for _, item := range page.Items {
					if r, err := d.record(item); !yield(r, err) {
						return
					}
				}
			}
		}
	})
}

func (d *DynamoDB) query(set, after string) *dynamodb.QueryInput {
	in := &dynamodb.QueryInput{
		TableName:                 &d.table,
		ConsistentRead:            aws.Bool(true),
		KeyConditionExpression:    aws.String("#set = :set"),
		ExpressionAttributeNames:  map[string]string{"#set": setAttribute},
		ExpressionAttributeValues: map[string]types.AttributeValue{":set": &types.AttributeValueMemberS{Value: set}},
	}
	if after != "" { // a key that is compared with must not be empty
		in.KeyConditionExpression = aws.String("#set = :set AND #key > :after")
		in.ExpressionAttributeNames["#key"] = keyAttribute
		in.ExpressionAttributeValues[":after"] = &types.AttributeValueMemberB{Value: []byte(after)}
	}
	return in
}

// record reads an item.
func (d *DynamoDB) record(item map[string]types.AttributeValue) (Record, error) {
	r := Record{Set: text(item[setAttribute]), Version: text(item[versionAttribute])}
	key, hasKey := item[keyAttribute].(*types.AttributeValueMemberB)
	value, hasValue := item[valueAttribute].(*types.AttributeValueMemberB)
	if r.Set == "" || r.Version == "" || !hasKey || !hasValue {
		return Record{}, fmt.Errorf("the table %s has an item that is no record", d.table)
	}
	r.Key, r.Value = string(key.Value), value.Value
	return r, nil
}

// text returns the value of a string attribute, "" of any other.
func text(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// wrap says which table an error is about, and what to do.
func (d *DynamoDB) wrap(err error) error {
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		err = fmt.Errorf("there is no such table in this Region, or it is still being made: %w", err)
	}
	return fmt.Errorf("table %s: %w", d.table, err)
}
