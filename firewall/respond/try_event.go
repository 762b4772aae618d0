package respond

import (
	"encoding/json"
	"reflect"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"
)

// eventOf makes the event that EventBridge gets of a finding: the names of members are
// those of the SDK with a small first letter.
func eventOf(f types.Finding) ([]byte, error) {
	return json.Marshal(map[string]any{
		"version": "0", "id": aws.ToString(f.Id), "source": "aws.guardduty", "detail-type": "GuardDuty Finding",
		"account": aws.ToString(f.AccountId), "region": aws.ToString(f.Region), "time": aws.ToString(f.UpdatedAt),
		"resources": []any{}, "detail": camel(reflect.ValueOf(f)),
	})
}

// camel returns a value of the SDK as JSON has it, without what is not set.
func camel(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return camel(v.Elem())
	case reflect.Struct:
		if at, ok := v.Interface().(time.Time); ok {
			return at.UTC().Format(time.RFC3339)
		}
		object := map[string]any{}
		for field, value := range v.Fields() {
			if inner := camelOf(field, value); inner != nil {
				object[smallFirst(field.Name)] = inner
			}
		}
		return object
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			list = append(list, camel(v.Index(i)))
		}
		if len(list) == 0 {
			return nil
		}
		return list
	}
	if v.Kind() == reflect.String && v.Len() == 0 {
		return nil
	}
	return v.Interface()
}

func camelOf(field reflect.StructField, value reflect.Value) any {
	if !field.IsExported() {
		return nil
	}
	return camel(value)
}

func smallFirst(name string) string {
	r, n := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(r)) + name[n:]
}
