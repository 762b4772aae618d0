package dynamodb

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// An expression is what the placeholders of one stand for. Attributes must be
// named by placeholders: which names are reserved words, this package does not
// know.
type expression struct {
	names  map[string]string
	values map[string]types.AttributeValue
}

var (
	function   = regexp.MustCompile(`^(attribute_exists|attribute_not_exists)\s*\(\s*(#\w+)\s*\)$`)
	comparison = regexp.MustCompile(`^(#\w+)\s*(=|<>|>=|<=|>|<)\s*(:\w+)$`)
	and        = regexp.MustCompile(`(?i)\s+and\s+`)
)

// A term is one condition of an expression.
type term struct {
	operator string // of a comparison, or the name of a function
	name     string // of the attribute
	value    types.AttributeValue
}

// terms reads an expression of terms that must all hold. Each placeholder must be
// defined, and each that is defined must be used.
func (e expression) terms(what string, text *string) ([]term, error) {
	var terms []term
	used := map[string]bool{}
	if text != nil {
		for _, part := range and.Split(strings.TrimSpace(*text), -1) {
			t := term{}
			var name, value string
			if m := function.FindStringSubmatch(part); m != nil {
				t.operator, name = m[1], m[2]
			} else if m := comparison.FindStringSubmatch(part); m != nil {
				name, t.operator, value = m[1], m[2], m[3]
			} else {
				return nil, notImplemented(fmt.Sprintf("the %s %q", what, *text))
			}
			var known bool
			if t.name, known = e.names[name]; !known {
				return nil, validation(fmt.Sprintf("Invalid %s: An expression attribute name used in the document path is not defined; attribute name: %s", what, name))
			}
			if t.value, known = e.values[value]; value != "" && !known {
				return nil, validation(fmt.Sprintf("Invalid %s: An expression attribute value used in expression is not defined; attribute value: %s", what, value))
			}
			used[name], used[value] = true, true
			terms = append(terms, t)
		}
	}
	return terms, e.checkUsed(used)
}

func (e expression) checkUsed(used map[string]bool) error {
	for name := range e.names {
		if !used[name] {
			return validation(fmt.Sprintf("Value provided in ExpressionAttributeNames unused in expressions: keys: {%s}", name))
		}
	}
	for value := range e.values {
		if !used[value] {
			return validation(fmt.Sprintf("Value provided in ExpressionAttributeValues unused in expressions: keys: {%s}", value))
		}
	}
	return nil
}

// holds decides the condition of a write for what is there, nil for no item.
func (e expression) holds(condition *string, found attributes) (bool, error) {
	terms, err := e.terms("ConditionExpression", condition)
	if err != nil {
		return false, err
	}
	holds := true
	for _, t := range terms {
		v, exists := found[t.name]
		switch t.operator {
		case "attribute_exists":
			holds = holds && exists
		case "attribute_not_exists":
			holds = holds && !exists
		case "=":
			holds = holds && exists && equal(v, t.value)
		case "<>":
			holds = holds && !(exists && equal(v, t.value))
		default:
			return false, notImplemented("the condition " + aws.ToString(condition))
		}
	}
	return holds, nil
}

// A keyRange is what a query asks for: the items of a partition whose sort key is
// as it says.
type keyRange struct {
	hash  string
	above string // the sort key is greater; "" for all
	equal string // the sort key; "" for all
}

// keyRange reads the key condition of a query.
func (e expression) keyRange(t *table, condition *string) (keyRange, error) {
	terms, err := e.terms("KeyConditionExpression", condition)
	if err != nil {
		return keyRange{}, err
	}
	var r keyRange
	for _, term := range terms {
		var to *string
		k := t.sort
		switch {
		case term.name == t.hash.name && term.operator == "=":
			k, to = t.hash, &r.hash
		case term.name == t.sort.name && term.operator == ">":
			to = &r.above
		case term.name == t.sort.name && term.operator == "=":
			to = &r.equal
		default:
			return keyRange{}, notImplemented(fmt.Sprintf("the KeyConditionExpression %q", *condition))
		}
		if *to != "" {
			return keyRange{}, validation("KeyConditionExpressions must only contain one condition per key")
		}
		if *to, err = k.of(attributes{k.name: term.value}); err != nil {
			return keyRange{}, err
		}
	}
	switch {
	case r.hash == "":
		return keyRange{}, validation("Query condition missed key schema element: " + t.hash.name)
	case r.above != "" && r.equal != "":
		return keyRange{}, validation("KeyConditionExpressions must only contain one condition per key")
	case len(r.hash) > maxHash || len(r.above) > maxSort || len(r.equal) > maxSort:
		return keyRange{}, validation("One or more parameter values were invalid: a key is too long")
	}
	return r, nil
}

func (r keyRange) holds(i *item) bool {
	return i.hash == r.hash && (r.above == "" || i.sort > r.above) && (r.equal == "" || i.sort == r.equal)
}
