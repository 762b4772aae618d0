package dynamodb

import (
	"bytes"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type attributes map[string]types.AttributeValue

// An item has what is there now and what was there before the last write; nil is
// no item.
type item struct {
	hash, sort  string // the values of its key
	now, before attributes
	written     time.Time
}

// seen returns what a read sees.
func (i *item) seen(consistent bool, lag time.Duration) attributes {
	switch {
	case i == nil:
		return nil
	case consistent || time.Since(i.written) >= lag:
		return i.now
	}
	return i.before
}

// Limits of "Service, account, and table quotas" in the developer guide, in bytes.
const (
	maxHash = 2048
	maxSort = 1024
	maxItem = 400 * 1024
)

// key reads the key of an item or request.
func (t *table) key(a attributes) (hash, sort string, err error) {
	if hash, err = t.hash.of(a); err != nil {
		return "", "", err
	}
	if len(hash) > maxHash {
		return "", "", validation(fmt.Sprintf("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of%d bytes", maxHash))
	}
	if t.sort.name == "" {
		return hash, "", nil
	}
	if sort, err = t.sort.of(a); err != nil {
		return "", "", err
	}
	if len(sort) > maxSort {
		return "", "", validation(fmt.Sprintf("One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of %d bytes", maxSort))
	}
	return hash, sort, nil
}

// onlyKey is key for a request that holds nothing else.
func (t *table) onlyKey(a attributes) (hash, sort string, err error) {
	wanted := 1
	if t.sort.name != "" {
		wanted = 2
	}
	if len(a) != wanted {
		return "", "", validation("The provided key element does not match the schema")
	}
	return t.key(a)
}

func (k keyAttribute) of(a attributes) (string, error) {
	v, found := a[k.name]
	if !found {
		return "", validation("One or more parameter values were invalid: Missing the key " + k.name + " in the item")
	}
	value, err := k.value(v)
	if err == nil && value == "" {
		err = validation("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty " + k.typeName() + " value. Key: " + k.name)
	}
	return value, err
}

// value returns the bytes of a value that has the type of the key.
func (k keyAttribute) value(v types.AttributeValue) (string, error) {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		if !k.binary {
			return v.Value, nil
		}
	case *types.AttributeValueMemberB:
		if k.binary {
			return string(v.Value), nil
		}
	}
	return "", validation(fmt.Sprintf("One or more parameter values were invalid: Type mismatch for key %s expected: %s", k.name, map[bool]string{true: "B", false: "S"}[k.binary]))
}

func (k keyAttribute) typeName() string {
	if k.binary {
		return "binary"
	}
	return "string"
}

// slot names an item in the map of a table.
func slot(hash, sort string) string { return fmt.Sprintf("%d %s%s", len(hash), hash, sort) }

// size returns the bytes of an item as DynamoDB counts them ("DynamoDB item sizes
// and formats" in the developer guide), and refuses values that it does not know.
func (a attributes) size() (int, error) {
	total := 0
	for name, v := range a {
		total += len(name)
		switch v := v.(type) {
		case *types.AttributeValueMemberS:
			total += len(v.Value)
		case *types.AttributeValueMemberB:
			total += len(v.Value)
		case *types.AttributeValueMemberBOOL, *types.AttributeValueMemberNULL:
			total++
		default:
			return 0, notImplemented(fmt.Sprintf("values such as that of %s, a %T", name, v))
		}
	}
	return total, nil
}

// clone returns a copy that shares nothing with a.
func (a attributes) clone() attributes {
	if a == nil {
		return nil
	}
	copied := attributes{}
	for name, v := range a {
		switch v := v.(type) {
		case *types.AttributeValueMemberS:
			copied[name] = &types.AttributeValueMemberS{Value: v.Value}
		case *types.AttributeValueMemberB:
			copied[name] = &types.AttributeValueMemberB{Value: append([]byte{}, v.Value...)}
		case *types.AttributeValueMemberBOOL:
			copied[name] = &types.AttributeValueMemberBOOL{Value: v.Value}
		case *types.AttributeValueMemberNULL:
			copied[name] = &types.AttributeValueMemberNULL{Value: v.Value}
		}
	}
	return copied
}

func equal(a, b types.AttributeValue) bool {
	switch a := a.(type) {
	case *types.AttributeValueMemberS:
		b, ok := b.(*types.AttributeValueMemberS)
		return ok && a.Value == b.Value
	case *types.AttributeValueMemberB:
		b, ok := b.(*types.AttributeValueMemberB)
		return ok && bytes.Equal(a.Value, b.Value)
	case *types.AttributeValueMemberBOOL:
		b, ok := b.(*types.AttributeValueMemberBOOL)
		return ok && a.Value == b.Value
	case *types.AttributeValueMemberNULL:
		_, ok := b.(*types.AttributeValueMemberNULL)
		return ok
	}
	return false
}
