package firewall

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
)

// policyFields returns what differs between a policy and the one that is wanted, by
// the names of the API. A nil has is no policy.
func policyFields(has *retrofit.Policy, want retrofit.Policy) ([]awspatterns.Field, error) {
	var old retrofit.Policy
	shown := func(s string) string { return s }
	if has == nil {
		shown = func(string) string { return "" }
	} else {
		old = *has
	}
	fields := []awspatterns.Field{
		{Name: "PolicyName", Old: shown(old.Name), New: want.Name},
		{Name: "PolicyDescription", Old: old.Description, New: want.Description},
		listField("ResourceTypeList", old.ResourceTypes, want.ResourceTypes),
		listField("ResourceTags", tagTexts(old.Tags), tagTexts(want.Tags)),
		{Name: "ExcludeResourceTags", Old: shown(fmt.Sprint(old.ExcludeTags)), New: fmt.Sprint(want.ExcludeTags)},
		{Name: "ResourceTagLogicalOperator", Old: shown(operator(old)), New: operator(want)},
		listField("IncludeMap "+accountKey, old.Include.IDs, want.Include.IDs),
		listField("IncludeMap "+orgUnitKey, old.Include.OrgUnits, want.Include.OrgUnits),
		listField("ExcludeMap "+accountKey, old.Exclude.IDs, want.Exclude.IDs),
		listField("ExcludeMap "+orgUnitKey, old.Exclude.OrgUnits, want.Exclude.OrgUnits),
		listField("ResourceSetIds", old.ResourceSets, want.ResourceSets),
		{Name: "RemediationEnabled", Old: shown(fmt.Sprint(old.Remediate)), New: fmt.Sprint(want.Remediate)},
		{Name: "DeleteUnusedFMManagedResources", Old: shown(fmt.Sprint(old.CleanUp)), New: fmt.Sprint(want.CleanUp)},
	}
	fields = slices.DeleteFunc(fields, func(f awspatterns.Field) bool { return f.Old == f.New })
	if has != nil && has.Data.Equal(want.Data) {
		return fields, nil
	}
	data, err := dataFields(has, want)
	return append(fields, data...), err
}

func operator(p retrofit.Policy) string {
	if p.AnyTag {
		return "OR"
	}
	return "AND"
}

func tagTexts(tags []retrofit.Tag) (texts []string) {
	for _, t := range tags {
		texts = append(texts, fmt.Sprintf("%s=%q", t.Key, t.Value))
	}
	return texts
}

// shortList is how many items of a list are shown whole.
const shortList = 8

// listField returns the difference between two lists whose order means nothing: both
// lists, or if they are long what leaves and what comes.
func listField[T ~string](name string, has, want []T) awspatterns.Field {
	has, want = slices.Compact(slices.Sorted(slices.Values(has))), slices.Compact(slices.Sorted(slices.Values(want)))
	if slices.Equal(has, want) {
		return awspatterns.Field{Name: name}
	}
	if max(len(has), len(want)) <= shortList || len(has) == 0 || len(want) == 0 {
		return awspatterns.Field{Name: name, Old: joined(has), New: joined(want)}
	}
	return awspatterns.Field{
		Name: name,
		Old:  fmt.Sprintf("%d, of which leave: %s", len(has), none(joined(without(has, want)))),
		New:  fmt.Sprintf("%d, of which are new: %s", len(want), none(joined(without(want, has)))),
	}
}

func none(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func joined[T ~string](list []T) string {
	var texts []string
	for _, item := range list {
		texts = append(texts, string(item))
	}
	return strings.Join(texts, ", ")
}

// without returns the items of a that b, which is sorted, has not.
func without[T ~string](a, b []T) (rest []T) {
	for _, item := range a {
		if _, both := slices.BinarySearch(b, item); !both {
			rest = append(rest, item)
		}
	}
	return rest
}

// dataFields returns what differs in the ManagedServiceData, by member.
func dataFields(has *retrofit.Policy, want retrofit.Policy) ([]awspatterns.Field, error) {
	old, err := map[string]any{}, error(nil)
	if has != nil {
		if old, err = dataMembers(has.Data); err != nil {
			return nil, err
		}
	}
	wanted, err := dataMembers(want.Data)
	if err != nil {
		return nil, err
	}
	var fields []awspatterns.Field
	for _, key := range slices.Compact(slices.Sorted(keysOf(old, wanted))) {
		a, listed := old[key].([]any)
		b, alsoListed := wanted[key].([]any)
		if strings.HasSuffix(key, "RuleGroups") && (listed || alsoListed) {
			fields = append(fields, groupFields(key, a, b)...)
		} else if f := (awspatterns.Field{Name: key, Old: valueText(old[key]), New: valueText(wanted[key])}); f.Old != f.New {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 { // it differs in what is not shown above, such as an empty list of a member that is not known
		f, err := documentField(has, want)
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	for i := range fields {
		fields[i].Name = strings.TrimSpace("ManagedServiceData " + fields[i].Name)
	}
	return fields, nil
}

// documentField returns both documents.
func documentField(has *retrofit.Policy, want retrofit.Policy) (f awspatterns.Field, err error) {
	if has != nil {
		if f.Old, err = has.Data.Render(); err != nil {
			return f, err
		}
	}
	f.New, err = want.Data.Render()
	return f, err
}

func keysOf(objects ...map[string]any) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, m := range objects {
			for key := range maps.Keys(m) {
				if !yield(key) {
					return
				}
			}
		}
	}
}

// dataMembers returns the members of the data, without those that hold nothing.
func dataMembers(d retrofit.ServiceData) (map[string]any, error) {
	if d.WebACLSource == "" {
		d.WebACLSource = retrofit.SourceDefault
	}
	text, err := d.Render()
	if err != nil {
		return nil, err
	}
	var all map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&all); err != nil {
		return nil, err
	}
	dropEmpty(all)
	return all, nil
}

func dropEmpty(object map[string]any) {
	maps.DeleteFunc(object, func(_ string, v any) bool {
		list, isList := v.([]any)
		return v == nil || isList && len(list) == 0
	})
}

// groupFields returns the difference between two lists of rule groups, whose order
// is that of evaluation: the lists, if other groups or another order, and what
// differs in each group that both have.
func groupFields(name string, has, want []any) []awspatterns.Field {
	var fields []awspatterns.Field
	oldNames, newNames := groupNames(has), groupNames(want)
	if !slices.Equal(oldNames, newNames) {
		fields = append(fields, awspatterns.Field{Name: name, Old: strings.Join(oldNames, ", "), New: strings.Join(newNames, ", ")})
	}
	for i, group := range newNames {
		at := slices.Index(oldNames, group)
		if at < 0 {
			continue
		}
		oldNames[at] = "" // one that is there twice is compared with the other
		a, b := has[at].(map[string]any), want[i].(map[string]any)
		dropEmpty(a)
		dropEmpty(b)
		for _, key := range slices.Compact(slices.Sorted(keysOf(a, b))) {
			if f := (awspatterns.Field{Name: name + " " + group + " " + key, Old: valueText(a[key]), New: valueText(b[key])}); f.Old != f.New {
				fields = append(fields, f)
			}
		}
	}
	return fields
}

// groupNames returns what rule groups are known by: VENDOR/NAME or an ARN.
func groupNames(groups []any) []string {
	var names []string
	for _, g := range groups {
		group, _ := g.(map[string]any)
		name, _ := group["ruleGroupArn"].(string)
		if id, ok := group["managedRuleGroupIdentifier"].(map[string]any); ok {
			name = fmt.Sprint(id["vendorName"], "/", id["managedRuleGroupName"])
		}
		names = append(names, name)
	}
	return names
}

// valueText returns a value of JSON as text for a field: empty for none.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if v == "" {
			return `""`
		}
		return v
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // it came from JSON
	}
	return strings.TrimSpace(b.String())
}
