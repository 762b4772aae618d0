package retrofit

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of Firewall Manager: PolicyName, ResourceTags and ManagedServiceData in
// its API model; redactedFields at SecurityServicePolicyData in its API reference.
const (
	maxPolicyName     = 128
	maxPolicyTags     = 50
	maxTagKey         = 128
	maxTagValue       = 256
	maxServiceData    = 30_000
	maxRedactedFields = 20
)

// Validate refuses what Firewall Manager refuses, and what can never match. The
// error joins one for each fault, which names the field and the fix.
func (p Policy) Validate() error {
	var v validator
	v.name(p)
	v.scope(p)
	v.data(p.Data)
	if len(v.errs) == 0 {
		v.size(p.Data)
	}
	if len(v.errs) == 0 {
		return nil
	}
	return fmt.Errorf("retrofit: policy %q: %w", p.Name, errors.Join(v.errs...))
}

type validator struct{ errs []error }

func (v *validator) bad(format string, args ...any) {
	v.errs = append(v.errs, fmt.Errorf(format, args...))
}

// policyName is the pattern of ResourceName in the API model of Firewall Manager.
var policyName = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

func (v *validator) name(p Policy) {
	switch n := utf8.RuneCountInString(p.Name); {
	case n == 0:
		v.bad("Name is empty: give the policy a name")
	case n > maxPolicyName:
		v.bad("Name has %d characters: at most %d are allowed", n, maxPolicyName)
	case !policyName.MatchString(p.Name):
		v.bad("Name %q: only letters, digits, white space and _ . : / = + - @ are allowed", p.Name)
	}
}

func (v *validator) scope(p Policy) {
	if p.Region == "" {
		v.bad("Region is empty: name the Region that the policy is in, us-east-1 for distributions")
	}
	v.types(p)
	v.tags(p)
	v.accounts("Include", p.Include)
	v.accounts("Exclude", p.Exclude)
	if len(p.ResourceSets) > 0 {
		v.bad("ResourceSets: this library plans policies over ResourceTypes alone; leave the sets out, or keep this policy in the console")
	}
}

// policyTypes are the types of resources that policies cover: see ResourceType of
// Policy in the API reference of Firewall Manager.
var policyTypes = []ResourceType{LoadBalancer, APIStage, Distribution}

func (v *validator) types(p Policy) {
	if len(p.ResourceTypes) == 0 {
		v.bad("ResourceTypes is empty: name one or more of %s", joinTypes(policyTypes))
	}
	for i, t := range p.ResourceTypes {
		switch {
		case !slices.Contains(policyTypes, t):
			v.bad("ResourceTypes: an AWS WAF policy cannot cover %q, only %s", t, joinTypes(policyTypes))
		case slices.Contains(p.ResourceTypes[:i], t):
			v.bad("ResourceTypes: %s is there twice: leave one out", t)
		case t == Distribution && p.Region != "us-east-1":
			v.bad("ResourceTypes: %s is covered by policies in us-east-1 alone, and this one is in %q", t, p.Region)
		}
	}
}

func joinTypes(types []ResourceType) string {
	var names []string
	for _, t := range types {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

func (v *validator) tags(p Policy) {
	if len(p.Tags) > maxPolicyTags {
		v.bad("Tags: %d are too many, at most %d are allowed", len(p.Tags), maxPolicyTags)
	}
	values := map[string]string{}
	for _, tag := range p.Tags {
		switch value, twice := values[tag.Key]; {
		case tag.Key == "" || utf8.RuneCountInString(tag.Key) > maxTagKey:
			v.bad("Tags: the key %q must have 1 to %d characters", tag.Key, maxTagKey)
		case utf8.RuneCountInString(tag.Value) > maxTagValue:
			v.bad("Tags: the value of %q has more than %d characters", tag.Key, maxTagValue)
		case twice && value == tag.Value:
			v.bad("Tags: %s is there twice: leave one out", tag)
		case twice && !p.AnyTag:
			v.bad("Tags: no resource has both %q and %q as %q: set AnyTag, or leave one out", value, tag.Value, tag.Key)
		}
		values[tag.Key] = tag.Value
	}
}

var (
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	orgUnitID = regexp.MustCompile(`^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$`)
)

func (v *validator) accounts(field string, a Accounts) {
	for _, id := range a.IDs {
		if !accountID.MatchString(id) {
			v.bad("%s.IDs: %q is no account: give its 12 digits", field, id)
		}
	}
	for _, id := range a.OrgUnits {
		if !orgUnitID.MatchString(id) {
			v.bad("%s.OrgUnits: %q is no organizational unit: give its ID, such as ou-ab12-11111111", field, id)
		}
	}
}

func (v *validator) data(d ServiceData) {
	if d.Type != typeWAF {
		v.bad("Data.Type is %q: it must be %s, since retrofitting is not there for AWS WAF Classic and other services", d.Type, typeWAF)
	}
	if !slices.Contains([]string{"", SourceDefault, SourceRetrofit}, d.WebACLSource) {
		v.bad("Data.WebACLSource is %q: want %s or %s", d.WebACLSource, SourceDefault, SourceRetrofit)
	}
	v.oneOf("Data.DefaultAction", d.DefaultAction.Type, "ALLOW", "BLOCK")
	for i, g := range d.PreProcessRuleGroups {
		v.group(fmt.Sprintf("Data.PreProcessRuleGroups[%d]", i), g)
	}
	for i, g := range d.PostProcessRuleGroups {
		v.group(fmt.Sprintf("Data.PostProcessRuleGroups[%d]", i), g)
	}
	if d.LoggingConfiguration != nil {
		v.logging(*d.LoggingConfiguration)
	}
}

func (v *validator) oneOf(field, got, a, b string) {
	if got != a && got != b {
		v.bad("%s is %q: want %s or %s", field, got, a, b)
	}
}

func (v *validator) group(field string, g PolicyRuleGroup) {
	v.oneOf(field+".OverrideAction", g.OverrideAction.Type, "NONE", "COUNT")
	switch g.RuleGroupType {
	case "ManagedRuleGroup":
		v.managedGroup(field, g)
	case "RuleGroup":
		v.ownGroup(field, g)
	default:
		v.oneOf(field+".RuleGroupType", g.RuleGroupType, "ManagedRuleGroup", "RuleGroup")
	}
}

func (v *validator) managedGroup(field string, g PolicyRuleGroup) {
	if g.RuleGroupARN != "" {
		v.bad("%s.RuleGroupARN: a managed rule group has none: empty it, or set RuleGroupType to RuleGroup", field)
	}
	switch m := g.Managed; {
	case m == nil:
		v.bad("%s.Managed is missing: name vendor and rule group", field)
	case m.VendorName == "" || m.ManagedRuleGroupName == "":
		v.bad("%s.Managed: set both VendorName and ManagedRuleGroupName", field)
	case m.VersionEnabled && m.Version == "":
		v.bad("%s.Managed.Version is empty: name the version, or unset VersionEnabled for the default version", field)
	case !m.VersionEnabled && m.Version != "":
		v.bad("%s.Managed.Version %q would not be used: set VersionEnabled too, or empty it for the default version", field, m.Version)
	}
}

func (v *validator) ownGroup(field string, g PolicyRuleGroup) {
	if arn := strings.SplitN(g.RuleGroupARN, ":", 6); len(arn) != 6 || arn[2] != "wafv2" || !strings.Contains(arn[5], "/rulegroup/") {
		v.bad("%s.RuleGroupARN %q is no rule group of AWS WAF: give the ARN of one", field, g.RuleGroupARN)
	}
	if g.Managed != nil {
		v.bad("%s.Managed: an own rule group has none: leave it out, or set RuleGroupType to ManagedRuleGroup", field)
	}
	if len(list(g.RuleActionOverrides)) > 0 {
		v.bad("%s.RuleActionOverrides: only managed rule groups take them: leave them out", field)
	}
}

// list returns the elements of a list; none of anything else.
func list(raw json.RawMessage) (elements []json.RawMessage) {
	if json.Unmarshal(raw, &elements) != nil {
		return nil
	}
	return elements
}

func (v *validator) logging(l LoggingConfiguration) {
	const field = "Data.LoggingConfiguration."
	if n := len(l.LogDestinationConfigs); n != 1 {
		v.bad("%sLogDestinationConfigs has %d destinations: give exactly one, a bucket or a Firehose stream", field, n)
	}
	for _, arn := range l.LogDestinationConfigs {
		v.destination(field+"LogDestinationConfigs", arn)
	}
	redacted := list(l.RedactedFields)
	if n := len(redacted); n > maxRedactedFields {
		v.bad("%sRedactedFields has %d fields: at most %d are allowed", field, n, maxRedactedFields)
	}
	for _, raw := range redacted {
		var f struct{ RedactedFieldType string }
		if json.Unmarshal(raw, &f) == nil && f.RedactedFieldType != "" &&
			!slices.Contains([]string{"URI", "QUERY_STRING", "HEADER", "METHOD"}, f.RedactedFieldType) {
			v.bad("%sRedactedFields: %q is no type of field: want URI, QUERY_STRING, HEADER or METHOD", field, f.RedactedFieldType)
		}
	}
}

// destination checks the ARN of a bucket (arn:aws:s3:::aws-waf-logs-x) or of a
// stream (arn:aws:firehose:REGION:ACCOUNT:deliverystream/aws-waf-logs-x).
func (v *validator) destination(field, arn string) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		v.bad("%s: %q is no ARN: give that of a bucket or of a Firehose stream", field, arn)
		return
	}
	name := parts[5]
	switch parts[2] {
	case "s3":
	case "firehose":
		name = strings.TrimPrefix(name, "deliverystream/")
	default:
		v.bad("%s: %q: Firewall Manager logs to Amazon S3 and Amazon Data Firehose only", field, arn)
		return
	}
	if !strings.HasPrefix(name, "aws-waf-logs-") {
		v.bad("%s: %q: the name of the destination must begin with aws-waf-logs-", field, arn)
	}
}

func (v *validator) size(d ServiceData) {
	text, err := d.Render()
	if err != nil {
		v.bad("Data: %w", err)
	} else if n := utf8.RuneCountInString(text); n > maxServiceData {
		v.bad("Data has %d characters as JSON: Firewall Manager takes at most %d; leave out rule groups or overrides", n, maxServiceData)
	}
}

// String returns "Key: Value", as the console shows tags, or the key alone.
func (t Tag) String() string {
	if t.Value == "" {
		return t.Key
	}
	return t.Key + ": " + t.Value
}
