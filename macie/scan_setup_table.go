package macie

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/state"
)

// tableTime is how long a new table may take to be active, which is usually
// seconds.
const tableTime = 10 * time.Minute

// A setupTable is the table that keeps the state of scans.
type setupTable struct {
	dynamodb  DynamoDBAPI
	name, arn string
}

func tableGroup(c Clients, e ScanSetupEvents, arn string) setupGroup {
	t := setupTable{c.DynamoDB, e.Table, arn}
	return setupGroup{
		object: &setupThing{
			kind: "DynamoDB table", id: arn, read: t.whose, write: t.createOrTag, same: sameText,
			fields: tagField(
				awspatterns.Field{Name: "keys", New: tableKeys(state.DynamoDBTable(e.Table).KeySchema, state.DynamoDBTable(e.Table).AttributeDefinitions)},
				awspatterns.Field{Name: "billing", New: string(state.DynamoDBTable(e.Table).BillingMode)},
				awspatterns.Field{Name: "deletion protection", New: "on"}),
		},
		settings: []setupThing{{
			kind: "DynamoDB deletion protection", id: arn, read: t.protection, write: t.protect, born: true,
			want: always("on"), same: sameText, fields: oneField("deletion protection"),
		}},
		ready: t.active,
	}
}

func (t setupTable) describe(ctx context.Context) (*dynamodbtypes.TableDescription, error) {
	out, err := t.dynamodb.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &t.name})
	if err != nil {
		return nil, err
	}
	return out.Table, nil
}

// whose also tells whether the table is one that a store can work with.
func (t setupTable) whose(ctx context.Context) (string, error) {
	d, err := t.describe(ctx)
	if _, missing := errors.AsType[*dynamodbtypes.ResourceNotFoundException](err); missing {
		return absent, nil
	}
	if err != nil {
		return "", err
	}
	wanted := state.DynamoDBTable(t.name)
	want, is := tableKeys(wanted.KeySchema, wanted.AttributeDefinitions), tableKeys(d.KeySchema, d.AttributeDefinitions)
	switch {
	case d.TableStatus == dynamodbtypes.TableStatusDeleting:
		return "", &blockedError{"the table is being deleted", []string{"plan again when it is gone"}}
	case want != is:
		return "", &blockedError{"there is a table with the keys " + is + " instead of " + want + ", which cannot be changed", []string{"choose another name"}}
	}
	return t.mark(ctx)
}

// mark reads the tags, which come in pages.
func (t setupTable) mark(ctx context.Context) (string, error) {
	in := &dynamodb.ListTagsOfResourceInput{ResourceArn: &t.arn}
	for {
		out, err := t.dynamodb.ListTagsOfResource(ctx, in)
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(out.Tags, func(tag dynamodbtypes.Tag) bool { return *tag.Key == markKey && *tag.Value == markValue }) {
			return ours, nil
		}
		if aws.ToString(out.NextToken) == "" {
			return foreign, nil
		}
		in.NextToken = out.NextToken
	}
}

// tableKeys tells the keys of a table as "Set S, Key B".
func tableKeys(keys []dynamodbtypes.KeySchemaElement, attributes []dynamodbtypes.AttributeDefinition) string {
	var text bytes.Buffer
	for i, k := range keys {
		kind := dynamodbtypes.ScalarAttributeType("?")
		for _, a := range attributes {
			if aws.ToString(a.AttributeName) == aws.ToString(k.AttributeName) {
				kind = a.AttributeType
			}
		}
		if i > 0 {
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "%s %s", aws.ToString(k.AttributeName), kind)
	}
	return text.String()
}

func (t setupTable) createOrTag(ctx context.Context, found, _ string) error {
	tags := []dynamodbtypes.Tag{{Key: aws.String(markKey), Value: aws.String(markValue)}}
	if found == foreign {
		_, err := t.dynamodb.TagResource(ctx, &dynamodb.TagResourceInput{ResourceArn: &t.arn, Tags: tags})
		return err
	}
	in := state.DynamoDBTable(t.name)
	in.DeletionProtectionEnabled, in.Tags = aws.Bool(true), tags
	_, err := t.dynamodb.CreateTable(ctx, in)
	if _, exists := errors.AsType[*dynamodbtypes.ResourceInUseException](err); exists {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

func (t setupTable) active(ctx context.Context) error {
	waiter := dynamodb.NewTableExistsWaiter(t.dynamodb, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Second, 10*time.Second
	})
	return waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &t.name}, tableTime)
}

func (t setupTable) protection(ctx context.Context) (string, error) {
	d, err := t.describe(ctx)
	if err != nil {
		return "", err
	}
	if aws.ToBool(d.DeletionProtectionEnabled) {
		return "on", nil
	}
	return "off", nil
}

func (t setupTable) protect(ctx context.Context, _, _ string) error {
	_, err := t.dynamodb.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: &t.name, DeletionProtectionEnabled: aws.Bool(true)})
	return err
}
