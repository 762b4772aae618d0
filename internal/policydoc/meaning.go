package policydoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Same reports whether two documents mean the same, however the service
// wrote them down again: a list of one element may be written as that element,
// lists and statements have no order, an account is written as its number or as
// the ARN of its root.
func Same(a, b string) bool { return a == b || policyMeaning(a) == policyMeaning(b) }

// policyMeaning returns a form that equal documents share: of what is no policy,
// the text itself.
func policyMeaning(document string) string {
	members, err := readMembers([]byte(document), "Version", "Id", "Statement")
	if err != nil {
		return document
	}
	parts := []string{"version 2008-10-17"} // the default
	for _, m := range members {
		switch m.name {
		case "Version":
			parts[0] = "version " + Meaning(m.value)
		case "Statement":
			statements, err := readStatements(m.value)
			if err != nil {
				return document
			}
			for _, s := range statements {
				parts = append(parts, statementMeaning(s.raw, true))
			}
		default:
			parts = append(parts, m.name+" "+Meaning(m.value))
		}
	}
	if parts[0] == "version 2008-10-17" {
		parts[0] = `version "2008-10-17"`
	}
	slices.Sort(parts[1:])
	return strings.Join(parts, "\n")
}

// statementMeaning returns a form that equal statements share.
func statementMeaning(raw json.RawMessage, withSid bool) string {
	members, err := readMembers(raw)
	if err != nil {
		return string(raw)
	}
	var parts []string
	for _, m := range members {
		value := m.value
		switch m.name {
		case "Sid":
			if !withSid || string(value) == `""` {
				continue
			}
		case "Action", "NotAction":
			value = bytes.ToLower(value) // names of actions have no case
		case "Principal", "NotPrincipal":
			if string(value) == `"*"` {
				value = json.RawMessage(`{"AWS":"*"}`)
			}
			value = rootPrincipal.ReplaceAll(value, []byte(`"$1"`))
		}
		parts = append(parts, m.name+" "+Meaning(value))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// rootPrincipal is the ARN by which the policies of resources name an account.
var rootPrincipal = regexp.MustCompile(`"arn:[a-z-]+:iam::([0-9]{12}):root"`)

// Meaning returns a form of a JSON value in which values stand for lists of one,
// lists have no order, and numbers and booleans are strings, as in policies.
func Meaning(value json.RawMessage) string {
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return string(value)
	}
	text, err := Marshal(plainValue(v))
	if err != nil {
		return string(value)
	}
	return text
}

func plainValue(v any) any {
	switch v := v.(type) {
	case []any:
		return plainList(v)
	case map[string]any:
		plain := map[string]any{}
		for name, value := range v {
			plain[name] = plainValue(value)
		}
		return plain
	case bool, json.Number:
		return fmt.Sprint(v)
	}
	return v
}

// plainList returns the elements in the order of their texts, each once, or the
// only one.
func plainList(list []any) any {
	texts := make([]string, len(list))
	for i, element := range list {
		text, err := Marshal(plainValue(element))
		if err != nil {
			panic(err) // it was JSON
		}
		texts[i] = text
	}
	slices.Sort(texts)
	var plain []json.RawMessage // not strings, whose quotes would double with each level
	for _, text := range slices.Compact(texts) {
		plain = append(plain, json.RawMessage(text))
	}
	if len(plain) == 1 {
		return plain[0]
	}
	return plain
}

// Open returns the statements of a policy that let everybody in without
// a condition, by their Sid or number: a bucket that blocks public policies
// refuses a policy that has one.
func Open(document string) []string {
	members, err := readMembers([]byte(document))
	if err != nil {
		return nil
	}
	var open []string
	for _, m := range members {
		if m.name != "Statement" {
			continue
		}
		statements, err := readStatements(m.value)
		if err != nil {
			return nil
		}
		for i, s := range statements {
			if lacksLock(s.raw) {
				open = append(open, fmt.Sprintf("%d %q", i+1, s.sid))
			}
		}
	}
	return open
}

func lacksLock(raw json.RawMessage) bool {
	var s struct {
		Effect                  string
		Principal, NotPrincipal any
		Condition               map[string]any
	}
	if json.Unmarshal(raw, &s) != nil || s.Effect != "Allow" || len(s.Condition) > 0 {
		return false
	}
	everyone := s.NotPrincipal != nil || s.Principal == "*"
	if kinds, ok := s.Principal.(map[string]any); ok {
		list, isList := kinds["AWS"].([]any)
		everyone = kinds["AWS"] == "*" || isList && slices.Contains(list, any("*"))
	}
	return everyone
}
