package firewall

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

func dashboardFields(d dashboard.Dashboard) []awspatterns.Field {
	return []awspatterns.Field{{Name: "widgets", New: fmt.Sprint(len(d.Body.Widgets))}, {Name: "page", New: d.URL}}
}

func insightRuleFields(r dashboard.Rule) []awspatterns.Field {
	return []awspatterns.Field{{Name: "rule", New: r.Definition.String()}, {Name: "state", New: r.State}}
}

func alarmFields(a dashboard.Alarm) []awspatterns.Field {
	fields := []awspatterns.Field{{Name: "description", New: a.AlarmDescription}}
	if len(a.AlarmActions) > 0 {
		fields = append(fields, awspatterns.Field{Name: "actions", New: strings.Join(a.AlarmActions, ", ")})
	}
	return fields
}

// markFields shows the mark that something gets when it is taken over.
func (d *dashboardDecider) markFields(kind string, part dashboardPart) []awspatterns.Field {
	if kind == dashboardKind {
		return nil // it is in the text of a widget
	}
	return []awspatterns.Field{{Name: "tag " + dashboardMarkKey, Old: part.mark, New: d.parts.mark()}}
}

const (
	maxFieldText      = 200 // in characters
	maxChangedWidgets = 10
)

// changedFields tells people how two settings differ: which settingsMembers or, of a dashboard,
// which widgets.
func changedFields(kind, found, wanted string) []awspatterns.Field {
	if kind == dashboardKind {
		return changedWidgets(found, wanted)
	}
	old, now := settingsMembers(found), settingsMembers(wanted)
	both := maps.Clone(old)
	maps.Copy(both, now)
	var fields []awspatterns.Field
	for _, name := range slices.Sorted(maps.Keys(both)) {
		if !reflect.DeepEqual(old[name], now[name]) {
			fields = append(fields, awspatterns.Field{Name: name, Old: shortField(old[name]), New: shortField(now[name])})
		}
	}
	return fields
}

func settingsMembers(settings string) map[string]any {
	m := map[string]any{}
	_ = json.Unmarshal([]byte(settings), &m) // what is no object has no settingsMembers
	return m
}

// shortField returns a value as text, cut if it is long; empty for none.
func shortField(v any) string {
	if v == nil {
		return ""
	}
	text := canonicalSettings(v)
	if s, ok := v.(string); ok && s != "" {
		text = s
	}
	if runes := []rune(text); len(runes) > maxFieldText {
		return string(runes[:maxFieldText]) + "…"
	}
	return text
}

func changedWidgets(found, wanted string) []awspatterns.Field {
	old, now := widgetsOf(found), widgetsOf(wanted)
	fields := []awspatterns.Field{{Name: "widgets", Old: fmt.Sprint(len(old)), New: fmt.Sprint(len(now))}}
	changed := 0
	for i := range max(len(old), len(now)) {
		var was, is any
		if i < len(old) {
			was = old[i]
		}
		if i < len(now) {
			is = now[i]
		}
		if reflect.DeepEqual(was, is) {
			continue
		}
		if changed++; changed <= maxChangedWidgets {
			fields = append(fields, awspatterns.Field{Name: fmt.Sprintf("widget %d", i), Old: shortField(was), New: shortField(is)})
		}
	}
	if changed > maxChangedWidgets {
		fields = append(fields, awspatterns.Field{Name: "more widgets", New: fmt.Sprint(changed - maxChangedWidgets)})
	}
	return fields
}

func widgetsOf(body string) []any {
	widgets, _ := settingsMembers(body)["widgets"].([]any)
	return widgets
}
