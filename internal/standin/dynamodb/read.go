package dynamodb

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func (s *Service) getItem(ctx context.Context, in *sdk.GetItemInput) (*sdk.GetItemOutput, error) {
	if err := refuseOthers(in, "TableName", "Key", "ConsistentRead"); err != nil {
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
	seen := t.items[slot(hash, sort)].seen(aws.ToBool(in.ConsistentRead), s.Lag)
	return &sdk.GetItemOutput{Item: seen.clone()}, nil
}

// maxPage is how much one page of a query holds: it ends with the item that
// reaches it ("Paginating table query results" in the developer guide).
const maxPage = 1 << 20

func (s *Service) query(ctx context.Context, in *sdk.QueryInput) (*sdk.QueryOutput, error) {
	if err := refuseOthers(in, "TableName", "ConsistentRead", "ExclusiveStartKey", "ExpressionAttributeNames", "ExpressionAttributeValues", "KeyConditionExpression", "Limit"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.open(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	r, err := expression{in.ExpressionAttributeNames, in.ExpressionAttributeValues}.keyRange(t, in.KeyConditionExpression)
	if err != nil {
		return nil, err
	}
	start, err := t.startOf(in.ExclusiveStartKey, r)
	if err != nil {
		return nil, err
	}
	limit, err := s.limit(in.Limit)
	if err != nil {
		return nil, err
	}
	return t.page(r, start, limit, func(i *item) attributes { return i.seen(aws.ToBool(in.ConsistentRead), s.Lag) }), nil
}

// startOf returns the sort key that a page begins after.
func (t *table) startOf(key attributes, r keyRange) (string, error) {
	if key == nil {
		return "", nil
	}
	hash, sort, err := t.onlyKey(key)
	if err != nil {
		return "", err
	}
	if hash != r.hash || sort <= r.above && r.above != "" {
		return "", validation("The provided starting key is outside query boundaries based on provided conditions")
	}
	return sort, nil
}

// limit returns how many items a page may have, 0 for any number.
func (s *Service) limit(asked *int32) (int, error) {
	switch {
	case asked == nil:
		return s.PageSize, nil
	case *asked < 1:
		return 0, validation("Limit must be greater than or equal to 1")
	case s.PageSize == 0:
		return int(*asked), nil
	}
	return min(int(*asked), s.PageSize), nil
}

// page answers a query. A page that is full says where it ended, also if nothing
// comes after it.
func (t *table) page(r keyRange, start string, limit int, seen func(*item) attributes) *sdk.QueryOutput {
	var found []*item
	for _, i := range t.items {
		if r.holds(i) && (start == "" || i.sort > start) && seen(i) != nil {
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(a, b *item) int { return cmp.Compare(a.sort, b.sort) })
	out := &sdk.QueryOutput{Items: []map[string]types.AttributeValue{}}
	bytes := 0
	for _, i := range found {
		size, _ := seen(i).size() // it was stored
		bytes += size
		out.Items = append(out.Items, seen(i).clone())
		if len(out.Items) == limit || bytes >= maxPage {
			out.LastEvaluatedKey = t.keyOf(i)
			break
		}
	}
	out.Count, out.ScannedCount = int32(len(out.Items)), int32(len(out.Items))
	return out
}

func (t *table) keyOf(i *item) map[string]types.AttributeValue {
	key := map[string]types.AttributeValue{t.hash.name: t.hash.attribute(i.hash)}
	if t.sort.name != "" {
		key[t.sort.name] = t.sort.attribute(i.sort)
	}
	return key
}

func (k keyAttribute) attribute(value string) types.AttributeValue {
	if k.binary {
		return &types.AttributeValueMemberB{Value: []byte(value)}
	}
	return &types.AttributeValueMemberS{Value: value}
}
