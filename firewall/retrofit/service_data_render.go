package retrofit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
)

// typeWAF is the only type of policy that knows retrofitting.
const typeWAF = "WAFV2"

// Render returns the document as Firewall Manager takes it: the keys in the order
// of the alphabet, and without members that would be null. Booleans are written
// although false, but for versionEnabled. It is an error if what is kept in Other
// or as raw JSON is no JSON, or has a key that a field stands for.
func (d ServiceData) Render() (string, error) {
	text, err := d.MarshalJSON() // json.Marshal would escape <, > and &
	if err != nil {
		return "", fmt.Errorf("retrofit: managed service data: %w", err)
	}
	return string(text), nil
}

// MarshalJSON renders the document as [ServiceData.Render] does.
func (d ServiceData) MarshalJSON() ([]byte, error) {
	r := renderer{}
	document := r.object("", d.Other)
	document.set("type", d.Type)
	document.set("preProcessRuleGroups", r.groups("preProcessRuleGroups", d.PreProcessRuleGroups))
	document.set("postProcessRuleGroups", r.groups("postProcessRuleGroups", d.PostProcessRuleGroups))
	document.action("defaultAction", d.DefaultAction)
	document.set("overrideCustomerWebACLAssociation", d.OverrideCustomerWebACLAssociation)
	if l := d.LoggingConfiguration; l != nil {
		logging := r.object("loggingConfiguration", l.Other)
		logging.texts("logDestinationConfigs", l.LogDestinationConfigs)
		logging.raw("redactedFields", l.RedactedFields)
		logging.raw("loggingFilterConfigs", l.LoggingFilterConfigs)
		document.set("loggingConfiguration", logging.members)
	}
	document.text("webACLSource", d.WebACLSource)
	document.set("optimizeUnassociatedWebACL", d.OptimizeUnassociatedWebACL)
	document.set("sampledRequestsEnabledForDefaultActions", d.SampledRequestsEnabledForDefaultActions)
	document.texts("tokenDomains", d.TokenDomains)
	if r.err != nil {
		return nil, r.err
	}
	return encode(document.members)
}

func (r *renderer) groups(path string, groups []PolicyRuleGroup) []map[string]any {
	list := make([]map[string]any, 0, len(groups)) // written, although empty
	for i, g := range groups {
		object := r.object(fmt.Sprintf("%s[%d]", path, i), g.Other)
		object.set("ruleGroupType", g.RuleGroupType)
		object.text("ruleGroupArn", g.RuleGroupARN)
		if g.Managed != nil {
			object.managed("managedRuleGroupIdentifier", g.Managed)
		}
		object.action("overrideAction", g.OverrideAction)
		object.raw("excludeRules", g.ExcludeRules)
		object.set("sampledRequestsEnabled", g.SampledRequestsEnabled)
		object.raw("ruleActionOverrides", g.RuleActionOverrides)
		list = append(list, object.members)
	}
	return list
}

// An object is written with these members.
type object struct {
	path    string
	members map[string]any
	*renderer
}

// A renderer keeps the first error.
type renderer struct{ err error }

func (r *renderer) object(path string, other map[string]json.RawMessage) object {
	o := object{path, map[string]any{}, r}
	for key, raw := range other {
		o.raw(key, raw)
	}
	return o
}

func (o object) set(key string, value any) {
	if _, twice := o.members[key]; twice && o.err == nil {
		o.err = fmt.Errorf("%q in Other has a field of its own: set that", o.at(key))
	}
	o.members[key] = value
}

func (o object) at(key string) string { return (&members{path: o.path}).at(key) }

func (o object) text(key, value string) {
	if value != "" {
		o.set(key, value)
	}
}

func (o object) texts(key string, values []string) {
	if values != nil {
		o.set(key, values)
	}
}

func (o object) raw(key string, raw json.RawMessage) {
	if raw == nil {
		return
	}
	if err := checkJSON(string(raw)); err != nil && o.err == nil {
		o.err = fmt.Errorf("%s: %w", o.at(key), err)
	}
	o.set(key, raw)
}

func (o object) action(key string, a DefaultAction) {
	action := o.object(o.at(key), a.Other)
	action.text("type", a.Type)
	if len(action.members) > 0 {
		o.set(key, action.members)
	}
}

func (o object) managed(key string, id *ManagedID) {
	managed := o.object(o.at(key), id.Other)
	managed.set("vendorName", id.VendorName)
	managed.set("managedRuleGroupName", id.ManagedRuleGroupName)
	if id.VersionEnabled {
		managed.set("versionEnabled", true)
	}
	managed.text("version", id.Version)
	managed.raw("managedRuleGroupConfigs", id.Configs)
	o.set(key, managed.members)
}

// encode leaves <, > and & as they are: the length of the document is limited.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Equal reports whether two documents mean the same: what is null or an empty list
// of the documented ones is as if absent, an absent webACLSource is DEFAULT, and
// neither the order of keys nor white space count.
func (d ServiceData) Equal(other ServiceData) bool {
	a, err := d.canonical()
	b, otherErr := other.canonical()
	if err != nil || otherErr != nil {
		return reflect.DeepEqual(d, other)
	}
	return reflect.DeepEqual(a, b)
}

// canonical returns the document as decoded JSON, in the one form that all
// documents of its meaning have.
func (d ServiceData) canonical() (map[string]any, error) {
	if d.WebACLSource == "" {
		d.WebACLSource = SourceDefault
	}
	text, err := d.MarshalJSON()
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var document map[string]any
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	dropNull(document)
	return document, nil
}

// emptyIsAbsent are lists that mean nothing when empty.
var emptyIsAbsent = map[string]bool{
	"preProcessRuleGroups": true, "postProcessRuleGroups": true, "excludeRules": true, "ruleActionOverrides": true,
	"managedRuleGroupConfigs": true, "tokenDomains": true, "redactedFields": true, "logDestinationConfigs": true,
}

func dropNull(value any) {
	switch value := value.(type) {
	case map[string]any:
		maps.DeleteFunc(value, func(key string, v any) bool {
			list, isList := v.([]any)
			return v == nil || isList && len(list) == 0 && emptyIsAbsent[key]
		})
		for _, v := range value {
			dropNull(v)
		}
	case []any:
		for _, v := range value {
			dropNull(v)
		}
	}
}
