package opensearch_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/standin/opensearch"
)

func TestDataStreams(t *testing.T) {
	s := opensearch.New()
	ok(t, s, "PUT", "/_index_template/logs", `{"index_patterns":["logs-*"],"data_stream":{},"priority":10,"template":{"settings":{"number_of_replicas":0},"mappings":{"properties":{"m":{"type":"keyword"}}}}}`)
	if status, answer := send(t, s, "PUT", "/logs-x", ""); status != 400 || !strings.Contains(answer, "creates data streams only") {
		t.Errorf("an index: got %d %s", status, answer)
	}
	answer := ok(t, s, "POST", "/logs-app/_bulk?refresh=true", strings.Join([]string{
		`{"create":{}}`, `{"@timestamp":"2026-01-01T00:00:00Z","m":"a"}`,
		`{"index":{}}`, `{"@timestamp":"2026-01-01T00:00:00Z","m":"a"}`,
		`{"create":{}}`, `{"m":"a"}`,
		`{"create":{"_id":"1"}}`, `{"@timestamp":"2026-01-01T00:00:00Z"}`, ""}, "\n"))
	if got := fmt.Sprint(statuses(t, answer)); got != "[201 400 400 201]" || !strings.Contains(answer, `"_index":".ds-logs-app-000001"`) ||
		!strings.Contains(answer, "only write ops with an op_type of create are allowed in data streams") ||
		!strings.Contains(answer, "data stream timestamp field [@timestamp] is missing") {
		t.Errorf("got %s", answer)
	}
	if n := count(t, s, "logs-app"); n != 2 {
		t.Errorf("got %d", n)
	}
	if n := count(t, s, "logs-*"); n != 2 {
		t.Errorf("by pattern: got %d", n)
	}
	if answer := ok(t, s, "GET", "/_data_stream/logs-app", ""); !strings.Contains(answer, `"index_name":".ds-logs-app-000001"`) {
		t.Errorf("got %s", answer)
	}
	if answer := ok(t, s, "GET", "/logs-app", ""); !strings.Contains(answer, `".ds-logs-app-000001":{"aliases":{},"mappings":{"properties":{"@timestamp":{"type":"date"},"m":{"type":"keyword"}}}`) {
		t.Errorf("got %s", answer)
	}
	if status, answer := send(t, s, "PUT", "/_data_stream/other", ""); status != 400 || !strings.Contains(answer, "no matching index template found for data stream [other]") {
		t.Errorf("without a template: got %d %s", status, answer)
	}
	ok(t, s, "DELETE", "/_data_stream/logs-app", "")
	if got := s.Indices(); len(got) != 0 {
		t.Errorf("indices %v are left", got)
	}
}

func TestTemplates(t *testing.T) {
	s := opensearch.New()
	ok(t, s, "PUT", "/_index_template/low", `{"index_patterns":["a*"],"template":{"settings":{"number_of_shards":2,"refresh_interval":"5s"}}}`)
	ok(t, s, "PUT", "/_index_template/high", `{"index_patterns":["ab*"],"priority":5,"template":{"settings":{"number_of_shards":3,"refresh_interval":"7s"},"aliases":{"all":{}}}}`)
	ok(t, s, "PUT", "/abc", `{"settings":{"refresh_interval":"9s"}}`)
	ok(t, s, "POST", "/ax/_bulk", lines("index", 0, 1))
	state := s.State()
	for _, want := range []string{
		"index abc\n  index.number_of_replicas: 1\n  index.number_of_shards: 3\n  index.refresh_interval: 9s\n",
		"index ax\n  index.number_of_replicas: 1\n  index.number_of_shards: 2\n  index.refresh_interval: 5s\n", "alias all\n  abc {}\n",
	} {
		if !strings.Contains(state, want) {
			t.Errorf("no %q in\n%s", want, state)
		}
	}
	ok(t, s, "DELETE", "/_index_template/high", "")
	if status, _ := send(t, s, "GET", "/_index_template/high", ""); status != 404 {
		t.Errorf("got %d", status)
	}
}
