package opensearch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/opensearch"
)

// root is what GET / answers.
func root(uuid, distribution, number string) string {
	tagline := "The OpenSearch Project: https://opensearch.org/"
	if distribution != "" && distribution != "hidden" {
		distribution = `"distribution":"` + distribution + `",`
	} else if distribution == "" {
		tagline = "You Know, for Search"
	} else {
		distribution = ""
	}
	return fmt.Sprintf(`{"name":"n","cluster_name":"123456789012:movies","cluster_uuid":%q,"version":{%s"number":%q,"lucene_version":"9.12.1"},"tagline":%q}`,
		uuid, distribution, number, tagline)
}

func TestInfo(t *testing.T) {
	known := func(distribution, version string) opensearch.Info {
		return opensearch.Info{Product: opensearch.Domain, Distribution: distribution, Version: version, ClusterName: "123456789012:movies", ClusterUUID: "u1"}
	}
	compatible := known("opensearch", "")
	compatible.Unknown = "override_main_response_version is on"
	forming := known("opensearch", "3.1.0")
	forming.ClusterUUID = ""
	tests := []struct {
		name    string
		answers []string // of n0, n1, …; a number is a status
		want    opensearch.Info
		err     string
	}{
		{name: "OpenSearch", answers: []string{root("u1", "opensearch", "2.19.1")}, want: known("opensearch", "2.19.1")},
		{name: "Elasticsearch", answers: []string{root("u1", "", "7.10.2")}, want: known("elasticsearch", "7.10.2")},
		{name: "hides its version", answers: []string{root("u1", "opensearch", "7.10.2")}, want: compatible},
		{name: "hides its distribution, too", answers: []string{root("u1", "hidden", "7.10.2")}, want: compatible},
		{name: "three nodes", answers: []string{root("u1", "opensearch", "3.1.0"), root("u1", "opensearch", "3.1.0"), root("u1", "opensearch", "3.1.0")}, want: known("opensearch", "3.1.0")},
		{name: "while it is upgraded", answers: []string{root("u1", "opensearch", "3.10.0"), root("u1", "opensearch", "3.9.1"), root("u1", "opensearch", "3.10.0")}, want: known("opensearch", "3.9.1")},
		{name: "one does not answer", answers: []string{"503", root("u1", "opensearch", "2.19.1")}, want: known("opensearch", "2.19.1")},
		{name: "the cluster is forming", answers: []string{root("_na_", "opensearch", "3.1.0")}, want: forming},
		{name: "one node has not joined", answers: []string{root("_na_", "opensearch", "3.1.0"), root("u1", "opensearch", "3.1.0")}, want: known("opensearch", "3.1.0")},
		{name: "an older node has not joined", answers: []string{root("_na_", "opensearch", "2.11.0"), root("u1", "opensearch", "3.1.0")}, want: known("opensearch", "2.11.0")},
		{name: "an older node left", answers: []string{root("u1", "opensearch", "3.1.0"), root("_na_", "opensearch", "2.11.0")}, want: known("opensearch", "2.11.0")},
		{
			name: "two clusters and one that is forming", answers: []string{root("u1", "opensearch", "3.1.0"), root("_na_", "opensearch", "2.11.0"), root("u2", "opensearch", "3.1.0")},
			err: "https://n0 and https://n2 are of different clusters (123456789012:movies u1 and 123456789012:movies u2): Endpoints must be of one",
		},
		{name: "denied", answers: []string{"403"}, want: opensearch.Info{Product: opensearch.Domain, Unknown: "403"}},
		{name: "down", answers: []string{"503", "502"}, want: opensearch.Info{Product: opensearch.Domain, Unknown: "503"}},
		{name: "something else", answers: []string{"<html>Welcome to nginx!</html>"}, want: opensearch.Info{Product: opensearch.Domain, Unknown: "https://n0 does not answer as OpenSearch does"}},
		{name: "other JSON", answers: []string{`{"version":{"number":2}}`}, want: opensearch.Info{Product: opensearch.Domain, Unknown: "does not answer as OpenSearch does"}},
		{
			name: "two clusters", answers: []string{root("u1", "opensearch", "3.1.0"), root("u2", "opensearch", "3.1.0")},
			err: "https://n0 and https://n1 are of different clusters (123456789012:movies u1 and 123456789012:movies u2): Endpoints must be of one",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				opts := opensearch.ConnOptions{Product: opensearch.Domain, Region: "eu-west-1"}
				for i, answer := range test.answers {
					host := fmt.Sprintf("n%d", i)
					opts.Endpoints = append(opts.Endpoints, "https://"+host)
					cloud.HandleHTTP(host, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						var status int
						if fmt.Sscanf(answer, "%d", &status); status > 0 {
							w.WriteHeader(status)
						}
						io.WriteString(w, answer)
					}))
				}
				got, err := connect(t, cloud, opts).Info(t.Context())
				if test.err != "" {
					if err == nil || err.Error() != test.err {
						t.Errorf("got %v", err)
					}
					return
				}
				if !strings.Contains(got.Unknown, test.want.Unknown) || (got.Unknown == "") != (test.want.Unknown == "") {
					t.Errorf("got %q, want %q", got.Unknown, test.want.Unknown)
				}
				got.Unknown = test.want.Unknown
				if err != nil || got != test.want {
					t.Errorf("got %+v, %v\nwant %+v", got, err, test.want)
				}
			})
		})
	}
}

func TestInfoServerless(t *testing.T) {
	cloud := awstest.New(t) // which nobody handles: it must not be asked
	got, err := connect(t, cloud, opensearch.ConnOptions{Endpoints: []string{"https://" + collectionHost}}).Info(t.Context())
	if err != nil || got != (opensearch.Info{Product: opensearch.Serverless, Unknown: "Serverless does not tell its version"}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestInfoStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		cloud.HandleHTTP(domainHost, talk(200, "", root("u1", "opensearch", "3.1.0")))
		cloud.Inject(awstest.Fault{Latency: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := connect(t, cloud, opensearch.ConnOptions{Endpoints: []string{"https://" + domainHost}}).Info(ctx)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}
