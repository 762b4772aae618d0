// Package policydoc edits the policies of resources, which belong to others: by what
// statements mean, with all else kept as it is written.
package policydoc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Statement is one that is added to a policy of others. Its Sid is the
// mark: a statement with it is ours to replace.
type Statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    OneOrMore
	Resource  OneOrMore                       `json:",omitempty"`
	Condition map[string]map[string]OneOrMore `json:",omitempty"`
}

// A OneOrMore of one value is written as that value: SNS takes no list of
// resources, and services give policies back so.
type OneOrMore []string

// MarshalJSON implements [json.Marshaler].
func (o OneOrMore) MarshalJSON() ([]byte, error) {
	if len(o) == 1 {
		return json.Marshal(o[0])
	}
	return json.Marshal([]string(o))
}

func (s Statement) String() string {
	text, err := Marshal(s)
	if err != nil {
		panic(err) // strings, and lists and maps of strings
	}
	return text
}

// Marshal is json.Marshal without escapes for HTML, so that people can read it.
func Marshal(v any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// emptyPolicy is what statements are added to where there is no policy.
const emptyPolicy = `{"Version":"2012-10-17","Statement":[]}`

// Add returns a policy document with the statements in it. Everything
// else is kept as it is written: unknown elements, the forms of lists and
// principals, escapes. A statement with the same Sid is replaced, unless it means
// the same; one that means the same under another Sid is enough. If nothing is
// missing, the document comes back as it was.
//
// What could be read in two ways is refused rather than guessed: an element given
// twice, or one whose name differs only in case from a known one.
func Add(document string, statements ...Statement) (string, error) {
	if document == "" {
		document = emptyPolicy
	}
	members, err := readMembers([]byte(document), "Version", "Id", "Statement")
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(members, func(m jsonMember) bool { return m.name == "Statement" })
	if at < 0 {
		return "", errors.New("there is no Statement")
	}
	present, err := readStatements(members[at].value)
	if err != nil {
		return "", err
	}
	changed := false
	for _, s := range statements {
		var did bool
		if present, did, err = addStatement(present, s); err != nil {
			return "", err
		}
		changed = changed || did
	}
	if !changed {
		return document, nil
	}
	members[at].value = joinStatements(present)
	return writeMembers(members)
}

// addStatement adds one, and reports whether it had to.
func addStatement(present []jsonStatement, s Statement) ([]jsonStatement, bool, error) {
	wanted, meaning := s.String(), statementMeaning([]byte(s.String()), false)
	at := -1
	for i, p := range present {
		if p.sid == s.Sid && at >= 0 {
			return nil, false, fmt.Errorf("two statements have the Sid %q", s.Sid)
		}
		if p.sid == s.Sid {
			at = i
		}
	}
	enough := func(p jsonStatement) bool { return statementMeaning(p.raw, false) == meaning }
	switch {
	case at >= 0 && enough(present[at]), at < 0 && slices.ContainsFunc(present, enough):
		return present, false, nil
	case at >= 0:
		present[at].raw = json.RawMessage(wanted)
		return present, true, nil
	}
	return append(present, jsonStatement{sid: s.Sid, raw: json.RawMessage(wanted)}), true, nil
}

// A jsonMember is a member of a JSON object, with its value as it is written.
type jsonMember struct {
	name  string
	value json.RawMessage
}

// readMembers reads an object in the order of its members, and refuses what is no
// object, a name that is there twice, and a name that differs from a known one
// only in case.
func readMembers(text []byte, known ...string) ([]jsonMember, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, errors.Join(errors.New("it is no JSON object"), err)
	}
	var members []jsonMember
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		m := jsonMember{name: token.(string)} // the decoder lets nothing else stand here
		if err := decoder.Decode(&m.value); err != nil {
			return nil, err
		}
		folded := strings.ToLower(m.name)
		if seen[folded] {
			return nil, fmt.Errorf("%q is there twice", m.name)
		}
		if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, m.name) }); i >= 0 && known[i] != m.name {
			return nil, fmt.Errorf("%q is not %q", m.name, known[i])
		}
		seen[folded] = true
		members = append(members, m)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("there is something behind the object")
	}
	return members, nil
}

func writeMembers(members []jsonMember) (string, error) {
	var parts [][]byte
	for _, m := range members {
		name, err := Marshal(m.name)
		if err != nil {
			return "", err
		}
		parts = append(parts, slices.Concat([]byte(name), []byte(":"), m.value))
	}
	var compact bytes.Buffer
	err := json.Compact(&compact, slices.Concat([]byte("{"), bytes.Join(parts, []byte(",")), []byte("}")))
	return compact.String(), err
}

// A jsonStatement is a statement as it is written.
type jsonStatement struct {
	sid string
	raw json.RawMessage
}

// readStatements reads a list of statements, or the only one.
func readStatements(text json.RawMessage) ([]jsonStatement, error) {
	raws := []json.RawMessage{text}
	if len(text) > 0 && text[0] == '[' {
		if err := json.Unmarshal(text, &raws); err != nil {
			return nil, err
		}
	}
	statements := make([]jsonStatement, len(raws))
	for i, raw := range raws {
		members, err := readMembers(raw, "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
		if err != nil {
			return nil, fmt.Errorf("statement %d: %w", i+1, err)
		}
		statements[i].raw = raw
		for _, m := range members {
			if m.name != "Sid" {
				continue
			}
			if err := json.Unmarshal(m.value, &statements[i].sid); err != nil {
				return nil, fmt.Errorf("statement %d: Sid: %w", i+1, err)
			}
		}
	}
	return statements, nil
}

func joinStatements(statements []jsonStatement) json.RawMessage {
	raws := make([][]byte, len(statements))
	for i, s := range statements {
		raws[i] = s.raw
	}
	return slices.Concat([]byte("["), bytes.Join(raws, []byte(",")), []byte("]"))
}

// StatementOf returns the statement of a policy with a Sid as it is written, empty if
// there is none.
func StatementOf(document, sid string) string {
	members, err := readMembers([]byte(document))
	if err != nil {
		return ""
	}
	for _, m := range members {
		if m.name != "Statement" {
			continue
		}
		statements, err := readStatements(m.value)
		if err != nil {
			return ""
		}
		for _, s := range statements {
			if s.sid == sid {
				return string(s.raw)
			}
		}
	}
	return ""
}
