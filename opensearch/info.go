package opensearch

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// Info is what a domain or collection says of itself.
type Info struct {
	Product      Product
	Distribution string // "opensearch" or "elasticsearch"; empty if unknown
	Version      string // such as "2.19.1", the lowest of all endpoints; empty if unknown: Serverless does not tell, and asking may be denied
	ClusterName  string
	ClusterUUID  string

	// Unknown is why the version is not known; empty if it is.
	Unknown string
}

// Info asks every endpoint who it is (GET /). Not to be told is no error: see
// Info.Unknown. That two endpoints belong to different clusters is one.
//
// IAM action: es:ESHttpGet. Serverless is not asked, since it has no answer.
func (c *Conn) Info(ctx context.Context) (Info, error) {
	info := Info{Product: c.product}
	if c.product == Serverless {
		info.Unknown = "Serverless does not tell its version"
		return info, nil
	}
	answers, errs := c.askAll(ctx)
	if cause := context.Cause(ctx); cause != nil {
		return info, fmt.Errorf("who is at the endpoints: %w", cause)
	}
	var from string
	for i, answer := range answers {
		if errs[i] != nil {
			continue
		}
		endpoint := c.nodes.list[i].endpoint
		if differ(answer.ClusterUUID, info.ClusterUUID) {
			return info, fmt.Errorf("%s and %s are of different clusters (%s %s and %s %s): Endpoints must be of one",
				from, endpoint, info.ClusterName, info.ClusterUUID, answer.ClusterName, answer.ClusterUUID)
		}
		answer.Product = c.product
		if from == "" {
			from, info = endpoint, answer
			continue
		}
		if info.ClusterUUID == "" && answer.ClusterUUID != "" {
			from, info.ClusterName, info.ClusterUUID = endpoint, answer.ClusterName, answer.ClusterUUID
		}
		if lower(answer.Version, info.Version) {
			info.Distribution, info.Version = answer.Distribution, answer.Version
		}
	}
	if from == "" {
		info.Unknown = errs[0].Error()
	}
	return info, nil
}

// differ reports whether two names are known and not the same.
func differ(a, b string) bool { return a != "" && b != "" && a != b }

// askAll returns what the endpoints say of themselves, each with its error.
func (c *Conn) askAll(ctx context.Context) ([]Info, []error) {
	answers, errs := make([]Info, len(c.nodes.list)), make([]error, len(c.nodes.list))
	var asking sync.WaitGroup
	for i, n := range c.nodes.list {
		asking.Go(func() {
			response, err := c.repeat(ctx, Request{Method: "GET", Path: "/"}, c.nodes.one(n))
			if err == nil {
				answers[i], err = readInfo(response)
			}
			errs[i] = err
		})
	}
	asking.Wait()
	return answers, errs
}

// readInfo reads the answer to GET /.
func readInfo(r Response) (Info, error) {
	var said struct {
		ClusterName string `json:"cluster_name"`
		ClusterUUID string `json:"cluster_uuid"`
		Tagline     string `json:"tagline"`
		Version     struct {
			Distribution string `json:"distribution"`
			Number       string `json:"number"`
		} `json:"version"`
	}
	if err := json.Unmarshal(r.Body, &said); err != nil || said.Version.Number == "" {
		return Info{}, fmt.Errorf("%s does not answer as OpenSearch does", r.Endpoint)
	}
	info := Info{
		ClusterName: printable.Escape(said.ClusterName), ClusterUUID: printable.Escape(said.ClusterUUID),
		Distribution: printable.Escape(said.Version.Distribution), Version: printable.Escape(said.Version.Number),
	}
	if info.ClusterUUID == "_na_" { // the cluster is forming
		info.ClusterUUID = ""
	}
	if info.Distribution == "" { // Elasticsearch has none, and neither has OpenSearch that hides its version
		info.Distribution = "elasticsearch"
		if strings.Contains(said.Tagline, "OpenSearch") {
			info.Distribution = "opensearch"
		}
	}
	if info.Distribution == "opensearch" && info.Version == "7.10.2" {
		info.Version = ""
		info.Unknown = "it says 7.10.2, as all versions of OpenSearch do while override_main_response_version is on"
	}
	return info, nil
}

// lower reports whether version a is before b. What is unknown is before nothing.
func lower(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		m, _ := strconv.Atoi(x[i])
		n, _ := strconv.Atoi(y[i])
		if m != n {
			return m < n
		}
	}
	return false
}
