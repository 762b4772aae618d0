package eventbridge

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	eventbridgesdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"net/http"

	"github.com/awspatterns/awspatterns/awstest"
)

// mandatory are the members that an event must have (TestEventPattern in the API
// reference).
var mandatory = []string{"id", "account", "source", "time", "region", "resources", "detail-type"}

// testEventPattern judges patterns of exact values, prefix, suffix, wildcard, numeric,
// exists and anything-but, over the values of the event by their paths. It does not look
// whether values of a list come from the same object.
func (s *Service) testEventPattern(_ context.Context, in *eventbridgesdk.TestEventPatternInput) (*eventbridgesdk.TestEventPatternOutput, error) {
	var event, pattern map[string]any
	if json.Unmarshal([]byte(*in.Event), &event) != nil {
		return nil, invalid("Parameter Event is not valid. Reason: Malformed event.")
	}
	for _, name := range mandatory {
		if event[name] == nil {
			return nil, invalid("Parameter Event is not valid. Reason: Missing " + name + " in event.")
		}
	}
	if !isPattern([]byte(*in.EventPattern)) || json.Unmarshal([]byte(*in.EventPattern), &pattern) != nil {
		return nil, awstest.Status(http.StatusBadRequest, &eventtypes.InvalidEventPatternException{Message: aws.String("Event pattern is not valid.")})
	}
	values := map[string][]any{}
	collect(values, "", event)
	return &eventbridgesdk.TestEventPatternOutput{Result: matches(values, "", pattern)}, nil
}

func collect(values map[string][]any, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, below := range v {
			collect(values, path+"/"+name, below)
		}
	case []any:
		for _, element := range v {
			collect(values, path, element)
		}
	default:
		values[path] = append(values[path], v)
	}
}

func matches(values map[string][]any, path string, pattern map[string]any) bool {
	for name, below := range pattern {
		object, isObject := below.(map[string]any)
		list, _ := below.([]any)
		var ok bool
		switch {
		case name == "$or":
			ok = slices.ContainsFunc(list, func(p any) bool { return matches(values, path, p.(map[string]any)) })
		case isObject:
			ok = matches(values, path+"/"+name, object)
		default:
			ok = slices.ContainsFunc(list, func(p any) bool { return meets(values[path+"/"+name], p) })
		}
		if !ok {
			return false
		}
	}
	return true
}

func meets(values []any, wanted any) bool {
	operator, isOperator := wanted.(map[string]any)
	if !isOperator {
		return slices.Contains(values, wanted)
	}
	if exists, ok := operator["exists"].(bool); ok {
		return exists == (len(values) > 0)
	}
	return slices.ContainsFunc(values, func(v any) bool { return holds(operator, v) })
}

func holds(operator map[string]any, v any) bool {
	text, isText := v.(string)
	for name, with := range operator {
		switch with := with.(type) {
		case string:
			if name == "anything-but" {
				return v != with
			}
			form := regexp.QuoteMeta(with)
			switch name {
			case "prefix":
				form += ".*"
			case "suffix":
				form = ".*" + form
			case "wildcard":
				form = strings.ReplaceAll(form, `\*`, ".*")
			}
			return isText && regexp.MustCompile("(?s)^"+form+"$").MatchString(text)
		case []any:
			if name == "anything-but" {
				return !slices.Contains(with, v)
			}
			return name == "numeric" && within(with, v)
		}
	}
	return false
}

func within(bounds []any, v any) bool {
	n, ok := v.(float64)
	for i := 0; ok && i+1 < len(bounds); i += 2 {
		end := bounds[i+1].(float64)
		ok = map[any]bool{"=": n == end, "<": n < end, "<=": n <= end, ">": n > end, ">=": n >= end}[bounds[i]]
	}
	return ok
}
