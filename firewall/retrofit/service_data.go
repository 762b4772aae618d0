package retrofit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// ParseServiceData reads the ManagedServiceData of a policy of type WAFV2, in the
// form of the examples at SecurityServicePolicyData in the API reference of
// Firewall Manager. A member that is null is taken for absent. Members without a
// field are kept in Other, at every level. A key that an object has twice, text
// behind the document and a member of the wrong type are errors, which name its
// place.
func ParseServiceData(text string) (ServiceData, error) {
	d, err := parseServiceData(text)
	if err != nil {
		return ServiceData{}, fmt.Errorf("retrofit: managed service data: %w", err)
	}
	return d, nil
}

// UnmarshalJSON reads the document as [ParseServiceData] does.
func (d *ServiceData) UnmarshalJSON(text []byte) (err error) {
	if *d, err = parseServiceData(string(text)); err != nil {
		return fmt.Errorf("managed service data: %w", err)
	}
	return nil
}

func parseServiceData(text string) (ServiceData, error) {
	if err := checkJSON(text); err != nil {
		return ServiceData{}, err
	}
	m := open("", json.RawMessage(text))
	var d ServiceData
	if m.take("type", &d.Type); m.err == nil && d.Type != typeWAF {
		return ServiceData{}, fmt.Errorf("type is %q: only policies of type %s are read, not of AWS WAF Classic or other services", d.Type, typeWAF)
	}
	for _, group := range m.list("preProcessRuleGroups") {
		d.PreProcessRuleGroups = append(d.PreProcessRuleGroups, parseGroup(group))
	}
	for _, group := range m.list("postProcessRuleGroups") {
		d.PostProcessRuleGroups = append(d.PostProcessRuleGroups, parseGroup(group))
	}
	d.DefaultAction = m.action("defaultAction")
	m.take("overrideCustomerWebACLAssociation", &d.OverrideCustomerWebACLAssociation)
	d.LoggingConfiguration = m.logging("loggingConfiguration")
	m.take("webACLSource", &d.WebACLSource)
	m.take("optimizeUnassociatedWebACL", &d.OptimizeUnassociatedWebACL)
	m.take("sampledRequestsEnabledForDefaultActions", &d.SampledRequestsEnabledForDefaultActions)
	d.TokenDomains = m.texts("tokenDomains")
	d.Other = m.other()
	return d, m.err
}

func parseGroup(m *members) (g PolicyRuleGroup) {
	m.take("ruleGroupType", &g.RuleGroupType)
	m.take("ruleGroupArn", &g.RuleGroupARN)
	if id := m.object("managedRuleGroupIdentifier"); id != nil {
		g.Managed = &ManagedID{}
		id.take("vendorName", &g.Managed.VendorName)
		id.take("managedRuleGroupName", &g.Managed.ManagedRuleGroupName)
		id.take("versionEnabled", &g.Managed.VersionEnabled)
		id.take("version", &g.Managed.Version)
		g.Managed.Configs = id.raw("managedRuleGroupConfigs")
		g.Managed.Other = id.other()
		if reflect.DeepEqual(*g.Managed, ManagedID{}) {
			g.Managed = nil // its members are all null, so that it names none
		}
	}
	g.OverrideAction = m.action("overrideAction")
	g.ExcludeRules = m.raw("excludeRules")
	m.take("sampledRequestsEnabled", &g.SampledRequestsEnabled)
	g.RuleActionOverrides = m.raw("ruleActionOverrides")
	g.Other = m.other()
	return g
}

func (m *members) action(key string) (a DefaultAction) {
	if object := m.object(key); object != nil {
		object.take("type", &a.Type)
		a.Other = object.other()
	}
	return a
}

func (m *members) logging(key string) *LoggingConfiguration {
	object := m.object(key)
	if object == nil {
		return nil
	}
	return &LoggingConfiguration{
		LogDestinationConfigs: object.texts("logDestinationConfigs"),
		RedactedFields:        object.raw("redactedFields"),
		LoggingFilterConfigs:  object.raw("loggingFilterConfigs"),
		Other:                 object.other(),
	}
}

// members are those of one object that have not been taken yet. All objects of a
// document share the first error.
type members struct {
	path string
	rest map[string]json.RawMessage
	*failure
}

type failure struct{ err error }

func (f *failure) fail(path, want string, got json.RawMessage) {
	if f.err == nil {
		f.err = fmt.Errorf("%s: want %s, got %s", path, want, kind(got))
	}
}

func open(path string, raw json.RawMessage) *members {
	return (&members{failure: &failure{}}).open(path, raw)
}

func (m *members) open(path string, raw json.RawMessage) *members {
	object := &members{path: path, failure: m.failure}
	if kind(raw) != "an object" || json.Unmarshal(raw, &object.rest) != nil {
		if path == "" {
			path = "document"
		}
		m.fail(path, "an object", raw)
	}
	return object
}

// raw takes a member as it stands; nil if it is null or absent.
func (m *members) raw(key string) json.RawMessage {
	raw := m.rest[key]
	delete(m.rest, key)
	if kind(raw) == "null" {
		return nil
	}
	return raw
}

func (m *members) at(key string) string { return strings.TrimPrefix(m.path+"."+key, ".") }

// take puts a member into a bool or a string.
func (m *members) take(key string, into any) {
	raw := m.raw(key)
	if raw == nil || json.Unmarshal(raw, into) == nil {
		return
	}
	want := "a string"
	if _, ok := into.(*bool); ok {
		want = "true or false"
	}
	m.fail(m.at(key), want, raw)
}

func (m *members) object(key string) *members {
	if raw := m.raw(key); raw != nil {
		return m.open(m.at(key), raw)
	}
	return nil
}

func (m *members) elements(key string) []json.RawMessage {
	raw := m.raw(key)
	if raw == nil {
		return nil
	}
	list := []json.RawMessage{}
	if json.Unmarshal(raw, &list) != nil {
		m.fail(m.at(key), "a list", raw)
	}
	return list
}

func (m *members) list(key string) (objects []*members) {
	for i, raw := range m.elements(key) {
		objects = append(objects, m.open(fmt.Sprintf("%s[%d]", m.at(key), i), raw))
	}
	return objects
}

func (m *members) texts(key string) (texts []string) {
	for i, raw := range m.elements(key) {
		var s string
		if kind(raw) != "a string" || json.Unmarshal(raw, &s) != nil {
			m.fail(fmt.Sprintf("%s[%d]", m.at(key), i), "a string", raw)
		}
		texts = append(texts, s)
	}
	return texts
}

// other returns what was not taken. What is null stays, though nothing depends
// on it.
func (m *members) other() map[string]json.RawMessage {
	if len(m.rest) == 0 {
		return nil
	}
	return m.rest
}

// kind says what a value is.
func kind(raw json.RawMessage) string {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

// checkJSON refuses what encoding/json would read without a word: a key that is
// there twice, text that is not UTF-8, and something behind the document.
func checkJSON(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("not valid UTF-8")
	}
	var whole json.RawMessage
	if err := json.Unmarshal([]byte(text), &whole); err != nil { // limits the depth, too
		if e, ok := errors.AsType[*json.SyntaxError](err); ok {
			return fmt.Errorf("byte %d: %w", e.Offset, err)
		}
		return err
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return checkKeys(d)
}

// checkKeys uses up one value of a valid document.
func checkKeys(d *json.Decoder) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	opened, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for i := 0; d.More(); i++ {
		place := ""
		if opened == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			place = key.(string)
			if seen[place] {
				return &twiceError{place}
			}
			seen[place] = true
		}
		if err := checkKeys(d); err != nil {
			return within(opened, place, i, err)
		}
	}
	_, err = d.Token() // what closes it
	return err
}

// A twiceError is a key that an object has twice.
type twiceError struct{ path string }

func (e *twiceError) Error() string { return fmt.Sprintf("%q is there twice", e.path) }

// within adds the member or element that an error was found in: paths are made
// only where there is an error.
func within(opened json.Delim, key string, index int, err error) error {
	twice, ok := errors.AsType[*twiceError](err)
	if !ok {
		return err
	}
	if opened == '[' {
		key = fmt.Sprintf("[%d]", index)
	}
	dot := "."
	if strings.HasPrefix(twice.path, "[") {
		dot = ""
	}
	return &twiceError{key + dot + twice.path}
}
