package dynamodb

import (
	"context"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func (s *Service) putItem(ctx context.Context, in *sdk.PutItemInput) (*sdk.PutItemOutput, error) {
	if err := refuseOthers(in, "TableName", "Item", "ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues", "ReturnValuesOnConditionCheckFailure"); err != nil {
		return nil, err
	}
	size, err := attributes(in.Item).size()
	if err != nil {
		return nil, err
	}
	if size > maxItem {
		return nil, validation("Item size has exceeded the maximum allowed size")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.open(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	hash, sort, err := t.key(in.Item)
	if err != nil {
		return nil, err
	}
	e := expression{in.ExpressionAttributeNames, in.ExpressionAttributeValues}
	return nil, s.write(t, hash, sort, attributes(in.Item).clone(), in.ConditionExpression, e, in.ReturnValuesOnConditionCheckFailure)
}

func (s *Service) deleteItem(ctx context.Context, in *sdk.DeleteItemInput) (*sdk.DeleteItemOutput, error) {
	if err := refuseOthers(in, "TableName", "Key", "ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues", "ReturnValuesOnConditionCheckFailure"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.open(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	hash, sort, err := t.onlyKey(in.Key)
	if err != nil {
		return nil, err
	}
	e := expression{in.ExpressionAttributeNames, in.ExpressionAttributeValues}
	return nil, s.write(t, hash, sort, nil, in.ConditionExpression, e, in.ReturnValuesOnConditionCheckFailure)
}

// write makes an item what it is to be, nil for none, if the condition holds.
func (s *Service) write(t *table, hash, sort string, now attributes, condition *string, e expression, asked types.ReturnValuesOnConditionCheckFailure) error {
	found := t.items[slot(hash, sort)]
	if found == nil {
		found = &item{hash: hash, sort: sort}
	}
	holds, err := e.holds(condition, found.now)
	if err != nil {
		return err
	}
	if !holds {
		return conditionFailed(asked, found.now)
	}
	if now == nil && found.now == nil {
		return nil
	}
	found.now, found.before, found.written = now, found.now, time.Now()
	t.items[slot(hash, sort)] = found
	s.writes++
	return nil
}
