package integration_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// onOpenSearch runs a test on each version.
func onOpenSearch(t *testing.T, test func(t *testing.T, version string)) {
	for _, version := range openSearchVersions {
		t.Run(version, func(t *testing.T) { test(t, version) })
	}
}

// want fails the test unless a call to the first node has this status and an answer
// that holds these parts.
func (s *openSearchServer) want(t *testing.T, method, path string, body any, status int, parts ...string) string {
	t.Helper()
	got, answer := s.call(t, method, path, body)
	if got != status {
		t.Fatalf("%s %s: %d %s, want %d", method, path, got, answer, status)
	}
	for _, part := range parts {
		if !strings.Contains(answer, part) {
			t.Errorf("%s %s: %s, want %s", method, path, answer, part)
		}
	}
	return answer
}

type object = map[string]any

// TestOpenSearch goes once through what the patterns for OpenSearch need of a server.
func TestOpenSearch(t *testing.T) {
	onOpenSearch(t, func(t *testing.T, version string) {
		start := time.Now()
		s := sharedOpenSearch(t, version)
		t.Logf("answers after %v", time.Since(start))
		alias := uniqueName(t)
		old, next := alias+"-1", alias+"-2"
		s.want(t, "GET", "/", nil, 200, `"distribution" : "opensearch"`, `"number" : "`+version+".")
		for i, index := range []string{old, next} {
			s.want(t, "PUT", "/"+index, object{
				"settings": object{"number_of_replicas": 0, "refresh_interval": "-1"},
				"mappings": object{"_meta": object{"made_by": "test"}, "properties": object{"n": object{"type": "integer"}}},
			}, 200, `"acknowledged":true`)
			s.want(t, "POST", "/"+index+"/_bulk", lines(i+1), 200, `"errors":false`)
			s.want(t, "GET", "/"+index+"/_count", nil, 200, `{"count":0,`)
			s.want(t, "POST", "/"+index+"/_refresh", nil, 200)
			s.want(t, "GET", "/"+index+"/_count", nil, 200, fmt.Sprintf(`{"count":%d,`, i+1))
			s.want(t, "GET", "/"+index+"/_mapping", nil, 200, `"_meta":{"made_by":"test"}`)
		}
		s.want(t, "POST", "/_aliases", object{"actions": []object{{"add": object{"index": old, "alias": alias}}}}, 200)
		s.want(t, "GET", "/"+alias+"/_count", nil, 200, `{"count":1,`)
		s.want(t, "POST", "/_aliases", object{"actions": []object{
			{"remove": object{"index": old, "alias": alias, "must_exist": true}},
			{"add": object{"index": next, "alias": alias}},
		}}, 200)
		s.want(t, "GET", "/"+alias+"/_count", nil, 200, `{"count":2,`)
		s.want(t, "DELETE", "/"+old+","+next, nil, 200)
	})
}

// lines returns the body of a bulk request that indexes so many documents.
func lines(documents int) string {
	var body strings.Builder
	for i := range documents {
		action, _ := json.Marshal(object{"index": object{"_id": fmt.Sprint(i)}})
		fmt.Fprintf(&body, "%s\n{\"n\": %d}\n", action, i)
	}
	return body.String()
}
