package region

import (
	"bytes"
	"encoding/json"
	"errors"
)

// movedPolicy returns a policy of an identity as it is in another Region: the identity's ARN,
// where it is a resource of a statement, names that Region. All else, ARNs of others among
// it, keeps its meaning.
func movedPolicy(document, from, to string) (string, error) {
	v, err := readPlainJSON(document)
	if err != nil {
		return "", err
	}
	policy, ok := v.(map[string]any)
	if !ok {
		return "", errors.New("it is no JSON object")
	}
	statements, isList := policy["Statement"].([]any)
	if !isList {
		statements = []any{policy["Statement"]}
	}
	for _, s := range statements {
		statement, ok := s.(map[string]any)
		if !ok {
			continue
		}
		for _, key := range []string{"Resource", "NotResource"} {
			if r, there := statement[key]; there {
				statement[key] = movedResource(r, from, to)
			}
		}
	}
	return marshalJSON(v), nil
}

// movedResource moves an ARN, or those of a list.
func movedResource(v any, from, to string) any {
	switch r := v.(type) {
	case string:
		if r == from {
			return to
		}
	case []any:
		for i := range r {
			r[i] = movedResource(r[i], from, to)
		}
	}
	return v
}

// marshalJSON returns the JSON of what readPlainJSON returned, with sorted keys.
func marshalJSON(v any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err) // what was parsed has a JSON form
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// canonicalJSON returns a text that is the same for all that is the same JSON, and what is no
// JSON as it is.
func canonicalJSON(text string) string {
	v, err := readPlainJSON(text)
	if err != nil {
		return text
	}
	return marshalJSON(v)
}
