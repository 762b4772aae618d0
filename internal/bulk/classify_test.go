package bulk_test

import (
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/bulk"
)

// Sources: "measured" are answers of OpenSearch 2.19.1 and 3.8.0, OS is
// https://github.com/opensearch-project/OpenSearch/blob/main/server/src/main/java/org/opensearch.
func TestClassify(t *testing.T) {
	const rejected = "rejected_execution_exception"
	tests := []struct {
		source string
		action bulk.Action
		item   bulk.Item
		want   bulk.Verdict
		advice string // part of it
	}{
		{"measured", bulk.Create, bulk.Item{Status: 201, Result: "created"}, bulk.Verdict{Outcome: bulk.Written}, ""},
		{"measured", bulk.Index, bulk.Item{Status: 200, Result: "updated"}, bulk.Verdict{Outcome: bulk.Written}, ""},
		{"measured: filter_path without result", bulk.Index, bulk.Item{Status: 200}, bulk.Verdict{Outcome: bulk.Written}, ""},
		{"measured", bulk.Update, bulk.Item{Status: 201, Result: "created"}, bulk.Verdict{Outcome: bulk.Written}, ""},
		{"measured", bulk.Update, bulk.Item{Status: 200, Result: "noop"}, bulk.Verdict{Outcome: bulk.Unchanged}, ""},
		{"OS/action/bulk/TransportBulkAction.java, markItemAsDropped", bulk.Index, bulk.Item{Status: 200, Result: "noop"}, bulk.Verdict{Outcome: bulk.Dropped}, ""},
		{"the same", bulk.Create, bulk.Item{Status: 200, Result: "noop"}, bulk.Verdict{Outcome: bulk.Dropped}, ""},
		{"contradiction", bulk.Create, bulk.Item{Status: 200, Type: "x"}, bulk.Verdict{Outcome: bulk.Again}, ""},

		{"measured", bulk.Create, bulk.Item{Status: 409, Type: "version_conflict_engine_exception", Reason: "[1]: version conflict, document already exists (current version [1])"}, bulk.Verdict{Outcome: bulk.Exists}, ""},
		{"error as a string", bulk.Create, bulk.Item{Status: 409, Reason: "DocumentAlreadyExistsException[…]"}, bulk.Verdict{Outcome: bulk.Exists}, ""},
		{"Elasticsearch 2", bulk.Create, bulk.Item{Status: 409, Type: "document_already_exists_exception"}, bulk.Verdict{Outcome: bulk.Exists}, ""},
		{"no conflict of versions", bulk.Create, bulk.Item{Status: 409, Type: "concurrent_snapshot_execution_exception"}, bulk.Verdict{Outcome: bulk.Again}, ""},
		{"measured: version conflict", bulk.Update, bulk.Item{Status: 409, Type: "version_conflict_engine_exception"}, bulk.Verdict{Outcome: bulk.Again}, ""},
		{"the same", bulk.Index, bulk.Item{Status: 409, Type: "version_conflict_engine_exception"}, bulk.Verdict{Outcome: bulk.Again}, ""},

		{"https://repost.aws/knowledge-center/opensearch-resolve-429-error", bulk.Index, bulk.Item{Status: 429, Type: rejected, Reason: "rejected execution of primary operation [primary_operation_bytes=9, max_coordinating_and_primary_bytes=1]"}, bulk.Verdict{Outcome: bulk.Again, Busy: true}, ""},
		{"OS/core/common/breaker/CircuitBreakingException.java", bulk.Index, bulk.Item{Status: 429, Type: "circuit_breaking_exception"}, bulk.Verdict{Outcome: bulk.Again, Busy: true}, ""},
		{"measured: flood stage", bulk.Index, bulk.Item{Status: 429, Type: "cluster_block_exception", Reason: "index [b] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];"}, bulk.Verdict{Outcome: bulk.Again, Busy: true}, ""},
		{"Serverless grows: https://github.com/Sage-Bionetworks/Synapse-Repository-Services/pull/5689", bulk.Index, bulk.Item{Status: 402, Type: "service_quota_exceeded_exception", Reason: "maximum OCU capacity reached"}, bulk.Verdict{Outcome: bulk.Again, Busy: true}, ""},
		{"OS/action/UnavailableShardsException.java", bulk.Index, bulk.Item{Status: 503, Type: "unavailable_shards_exception", Reason: "[a][0] primary shard is not active Timeout: [1m]"}, bulk.Verdict{Outcome: bulk.Again, Busy: true}, ""},
		{"OS/index/mapper/MapperException.java: no status of its own", bulk.Index, bulk.Item{Status: 500, Type: "mapper_exception", Reason: "timed out while waiting for a dynamic mapping update"}, bulk.Verdict{Outcome: bulk.Again}, ""},
		{"a node that goes", bulk.Index, bulk.Item{Status: 500, Type: "node_closed_exception"}, bulk.Verdict{Outcome: bulk.Again}, ""},
		{"a proxy", bulk.Index, bulk.Item{Status: 502}, bulk.Verdict{Outcome: bulk.Again}, ""},
		{"a proxy", bulk.Index, bulk.Item{Status: 504}, bulk.Verdict{Outcome: bulk.Again}, ""},
		{"a proxy", bulk.Index, bulk.Item{Status: 408}, bulk.Verdict{Outcome: bulk.Again}, ""},
		{"OS/index/shard/IllegalIndexShardStateException.java: NOT_FOUND", bulk.Index, bulk.Item{Status: 404, Type: "index_shard_closed_exception"}, bulk.Verdict{Outcome: bulk.Again}, ""},
		{"OS/action/support/TransportActions.java, isShardNotAvailableException", bulk.Index, bulk.Item{Status: 404, Type: "shard_not_found_exception"}, bulk.Verdict{Outcome: bulk.Again}, ""},
		{"two that create the index by themselves", bulk.Index, bulk.Item{Status: 400, Type: "resource_already_exists_exception"}, bulk.Verdict{Outcome: bulk.Again}, ""},

		{"measured", bulk.Index, bulk.Item{Status: 400, Type: "mapper_parsing_exception", Reason: "failed to parse"}, bulk.Verdict{Outcome: bulk.Refused}, ""},
		{"measured", bulk.Index, bulk.Item{Status: 400, Type: "strict_dynamic_mapping_exception"}, bulk.Verdict{Outcome: bulk.Refused}, ""},
		{"measured", bulk.Index, bulk.Item{Status: 400, Type: "routing_missing_exception"}, bulk.Verdict{Outcome: bulk.Refused}, ""},
		{"measured", bulk.Index, bulk.Item{Status: 400, Type: "illegal_argument_exception", Reason: "if _id is specified it must not be empty"}, bulk.Verdict{Outcome: bulk.Refused}, ""},
		{"OS/index/mapper/MapperService.java", bulk.Index, bulk.Item{Status: 400, Type: "illegal_argument_exception", Reason: "Limit of total fields [1000] has been exceeded"}, bulk.Verdict{Outcome: bulk.Refused}, ""},
		{"measured", bulk.Update, bulk.Item{Status: 404, Type: "document_missing_exception"}, bulk.Verdict{Outcome: bulk.Refused}, ""},
		{"a document that quotes an error", bulk.Index, bulk.Item{Status: 400, Type: "mapper_parsing_exception", Reason: "pipeline with id [x"}, bulk.Verdict{Outcome: bulk.Refused}, ""},
		{"the same", bulk.Index, bulk.Item{Status: 400, Type: "illegal_argument_exception", Reason: "mapper [pipeline with id [x"}, bulk.Verdict{Outcome: bulk.Refused}, ""},
		{"a document alone", bulk.Index, bulk.Item{Status: 413}, bulk.Verdict{Outcome: bulk.Refused}, ""},

		{"measured", bulk.Index, bulk.Item{Status: 404, Type: "index_not_found_exception", Reason: "no such index [missing]"}, bulk.Verdict{Outcome: bulk.Fatal}, "create the index"},
		{"measured", bulk.Index, bulk.Item{Status: 400, Type: "index_closed_exception", Reason: "closed"}, bulk.Verdict{Outcome: bulk.Fatal}, "_open"},
		{"measured", bulk.Index, bulk.Item{Status: 403, Type: "cluster_block_exception", Reason: "index [b] blocked by: [FORBIDDEN/8/index write (api)];"}, bulk.Verdict{Outcome: bulk.Fatal}, "index.blocks"},
		{"measured", bulk.Index, bulk.Item{Status: 400, Type: "illegal_argument_exception", Reason: "no write index is defined for alias [two]. The write index may be"}, bulk.Verdict{Outcome: bulk.Fatal}, "is_write_index"},
		{"OS/action/bulk/TransportBulkAction.java", bulk.Index, bulk.Item{Status: 400, Type: "illegal_argument_exception", Reason: "only write ops with an op_type of create are allowed in data streams"}, bulk.Verdict{Outcome: bulk.Fatal}, "append"},
		{"https://github.com/langchain-ai/langchainjs/issues/4346", bulk.Index, bulk.Item{Status: 400, Type: "illegal_argument_exception", Reason: "Document ID is not supported in create/index operation request"}, bulk.Verdict{Outcome: bulk.Fatal}, "generated ids"},
		{"OS/ingest/IngestService.java", bulk.Index, bulk.Item{Status: 400, Type: "illegal_argument_exception", Reason: "pipeline with id [p] does not exist"}, bulk.Verdict{Outcome: bulk.Fatal}, "pipeline"},
		{"fine-grained access control", bulk.Index, bulk.Item{Status: 403, Type: "security_exception", Reason: "no permissions for [indices:data/write/bulk[s]]"}, bulk.Verdict{Outcome: bulk.Fatal}, "indices:data/write/bulk"},
	}
	for _, test := range tests {
		got := bulk.Classify(test.action, test.item)
		if !strings.Contains(got.Advice, test.advice) || (got.Advice == "") != (got.Outcome != bulk.Fatal) {
			t.Errorf("%s of %+v: advice %q", test.action, test.item, got.Advice)
		}
		if got.Advice = ""; got != test.want {
			t.Errorf("%s of %+v (%s): got %+v, want %+v", test.action, test.item, test.source, got, test.want)
		}
	}
}

func TestClassifyStatus(t *testing.T) {
	const pressure = "rejected execution of coordinating operation [coordinating_and_primary_bytes=0, replica_bytes=0, all_bytes=0, coordinating_operation_bytes="
	tests := []struct {
		status       int
		kind, reason string
		want         bulk.Verdict
		advice       string
	}{
		{413, "", "", bulk.Verdict{Outcome: bulk.Halve}, ""},
		{400, "action_request_validation_exception", "Validation Failed: 1: id [x] is too long, must be no longer than 512 bytes but was: 513;", bulk.Verdict{Outcome: bulk.Halve}, ""},
		{400, "", "", bulk.Verdict{Outcome: bulk.Halve}, ""},
		{429, "rejected_execution_exception", pressure + "54215758, max_coordinating_and_primary_bytes=53687091]", bulk.Verdict{Outcome: bulk.Halve}, ""},
		{429, "rejected_execution_exception", pressure + "1000, max_coordinating_and_primary_bytes=53687091]", bulk.Verdict{Outcome: bulk.Again, Busy: true}, ""},
		{429, "", "", bulk.Verdict{Outcome: bulk.Again, Busy: true}, ""},
		{402, "service_quota_exceeded_exception", "maximum OCU capacity reached", bulk.Verdict{Outcome: bulk.Again, Busy: true}, ""},
		{503, "", "", bulk.Verdict{Outcome: bulk.Again, Busy: true}, ""},
		{500, "", "", bulk.Verdict{Outcome: bulk.Again}, ""},
		{502, "", "", bulk.Verdict{Outcome: bulk.Again}, ""},
		{504, "", "", bulk.Verdict{Outcome: bulk.Again}, ""},
		{520, "", "", bulk.Verdict{Outcome: bulk.Again}, ""},
		{408, "", "", bulk.Verdict{Outcome: bulk.Again}, ""},
		{501, "", "", bulk.Verdict{Outcome: bulk.Fatal}, "endpoint"},
		{400, "illegal_argument_exception", "request [/a/_bulk] contains unrecognized parameter: [filter_path]", bulk.Verdict{Outcome: bulk.Fatal}, "too old"},
		{400, "illegal_argument_exception", "Document ID is not supported in create/index operation request", bulk.Verdict{Outcome: bulk.Fatal}, "generated ids"},
		{401, "", "", bulk.Verdict{Outcome: bulk.Fatal}, "credentials"},
		{403, "", "User: anonymous is not authorized to perform: es:ESHttpPost", bulk.Verdict{Outcome: bulk.Fatal}, "es:ESHttpPost"},
		{403, "cluster_block_exception", "blocked by: [FORBIDDEN/8/index write (api)];", bulk.Verdict{Outcome: bulk.Fatal}, "index.blocks"},
		{404, "index_not_found_exception", "no such index [x]", bulk.Verdict{Outcome: bulk.Fatal}, "create the index"},
		{404, "", "", bulk.Verdict{Outcome: bulk.Fatal}, "endpoint"},
		{406, "", "Content-Type header [] is not supported", bulk.Verdict{Outcome: bulk.Fatal}, "endpoint"},
		{302, "", "", bulk.Verdict{Outcome: bulk.Fatal}, "endpoint"},
	}
	for _, test := range tests {
		got := bulk.ClassifyStatus(test.status, test.kind, test.reason)
		if !strings.Contains(got.Advice, test.advice) || (got.Advice == "") != (got.Outcome != bulk.Fatal) {
			t.Errorf("%d %s: advice %q", test.status, test.kind, got.Advice)
		}
		if got.Advice = ""; got != test.want {
			t.Errorf("%d %s %s: got %+v, want %+v", test.status, test.kind, test.reason, got, test.want)
		}
	}
}
