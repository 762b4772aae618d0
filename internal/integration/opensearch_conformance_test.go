package integration_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/awspatterns/awspatterns/internal/standin/opensearch/conformance"
)

// TestOpenSearchConformance runs the cases that the stand-in for OpenSearch passes
// over real servers, from where they are: so the stand-in stays true.
func TestOpenSearchConformance(t *testing.T) {
	onOpenSearch(t, func(t *testing.T, version string) {
		major, err := strconv.Atoi(version)
		if err != nil {
			t.Fatal(err)
		}
		// Not the one that others share: every script wants a server that is empty.
		s := startOpenSearch(t, version, openSearchOptions{})
		conformance.Run(t, major, func(t *testing.T) conformance.Do {
			// A task of the script before makes an index of tasks when it is done.
			s.want(t, "GET", "/_tasks?actions=*reindex&wait_for_completion=true", nil, 200)
			s.want(t, "DELETE", "/*?expand_wildcards=all", nil, 200)
			s.want(t, "DELETE", "/_index_template/*", nil, 200)
			s.want(t, "PUT", "/_cluster/settings", object{"transient": object{"*": nil}}, 200)
			return conformance.At(http.DefaultClient, s.URL(0))
		}, nil)
	})
}

// TestOpenSearchConformanceKNN is the same for what takes the k-NN plugin.
func TestOpenSearchConformanceKNN(t *testing.T) {
	s := sharedOpenSearch(t, "3knn")
	conformance.RunKNN(t, conformance.At(http.DefaultClient, s.URL(0)), nil)
}
