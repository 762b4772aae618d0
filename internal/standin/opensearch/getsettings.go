package opensearch

import (
	"encoding/json"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
)

// defaults are the settings that include_defaults shows, as far as it is known here.
var defaults = map[string]string{
	"index.refresh_interval": "1s", "index.max_result_window": "10000", "index.translog.durability": "REQUEST",
	"index.gc_deletes": "60s", "index.hidden": "false",
}

func getSettings(s *Server, q *request) (int, any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, fail := s.resolve(q.index, q.resolving(open))
	if fail != nil {
		return 0, nil, fail
	}
	var names []string
	if q.name != "" && q.name != "_all" && q.name != "*" {
		names = strings.Split(q.name, ",")
	}
	all := map[string]any{}
	for _, ix := range found {
		shown := map[string]any{"settings": ix.showSettings(names, q.flag("flat_settings"))}
		if q.flag("include_defaults") {
			unset := maps.Clone(defaults)
			maps.DeleteFunc(unset, func(name, _ string) bool { return ix.settings[name] != "" })
			shown["defaults"] = showSettings(unset, names, q.flag("flat_settings"))
		} else if len(shown["settings"].(map[string]any)) == 0 {
			continue
		}
		all[ix.name] = shown
	}
	return http.StatusOK, all, nil
}

func (ix *index) showSettings(names []string, flat bool) map[string]any {
	return showSettings(ix.settings, names, flat)
}

// showSettings returns those settings whose names match, nested or flat.
func showSettings(settings map[string]string, names []string, flat bool) map[string]any {
	shown := map[string]any{}
	for name, value := range settings {
		if len(names) > 0 && !slices.ContainsFunc(names, func(pattern string) bool { return matchName(pattern, name) }) {
			continue
		}
		if flat {
			shown[name] = settingValue(value)
			continue
		}
		nest(shown, strings.Split(name, "."), settingValue(value))
	}
	return shown
}

func settingValue(value string) any {
	if strings.HasPrefix(value, "[") {
		return json.RawMessage(value)
	}
	return value
}

func nest(into map[string]any, steps []string, value any) {
	for _, step := range steps[:len(steps)-1] {
		inner, ok := into[step].(map[string]any)
		if !ok {
			inner = map[string]any{}
			into[step] = inner
		}
		into = inner
	}
	into[steps[len(steps)-1]] = value
}

// matchName tells whether a name fits a pattern with stars.
func matchName(pattern, name string) bool {
	if !strings.Contains(pattern, "*") {
		return pattern == name
	}
	ok, err := path.Match(strings.NewReplacer(`\`, `\\`, "[", `\[`, "?", `\?`).Replace(pattern), strings.ReplaceAll(name, "/", " "))
	return err == nil && ok
}
