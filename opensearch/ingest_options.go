package opensearch

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns/internal/bulk"
)

const (
	defaultBatchBytes     = 10 << 20
	defaultBatchDocuments = 5_000
	defaultWorkers        = 8
	defaultRetryFor       = 10 * time.Minute

	// maxContentLength is the most that any domain takes in a request
	// (http.max_content_length); small instance types take a tenth of it, which 413
	// tells: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html#network-limits.
	maxContentLength = 100 << 20
)

// withDefaults checks options and fills in what they leave out.
func (o IngestOptions) withDefaults(c Clients) (IngestOptions, error) {
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.Conn == nil {
		problem("Clients.Conn is nil: make it with NewConn")
	}
	if err := checkTargetName(o.Index); err != nil {
		problem("Index: %w", err)
	}
	if o.Mode == "" {
		o.Mode = Append
	}
	switch o.Mode {
	case Append, Overwrite, Upsert:
	default:
		problem("Mode is %q: it is one of %q, %q and %q", o.Mode, Append, Overwrite, Upsert)
	}
	if o.GeneratedIDs && o.Mode != Append {
		problem("GeneratedIDs goes with Mode %q alone: without an id there is nothing to %s", Append, o.Mode)
	}
	if o.GeneratedIDs && o.IDField != "" {
		problem("GeneratedIDs and IDField exclude each other")
	}
	if c.Conn != nil && c.Conn.Product() == Serverless && o.Tune {
		problem("Tune does not go with OpenSearch Serverless, which manages refreshing and replicas itself")
	}
	problems = append(problems, o.limits()...)
	return o, errors.Join(problems...)
}

// limits checks the numbers of o and fills in their defaults.
func (o *IngestOptions) limits() (problems []error) {
	number := func(name string, n *int, byDefault, most int) {
		if *n == 0 {
			*n = byDefault
		}
		if *n < 1 || *n > most {
			problems = append(problems, fmt.Errorf("%s is %d: it is from 1 to %d", name, *n, most))
		}
	}
	number("MaxBatchBytes", &o.MaxBatchBytes, defaultBatchBytes, maxContentLength)
	number("MaxBatchDocuments", &o.MaxBatchDocuments, defaultBatchDocuments, math.MaxInt32)
	number("Workers", &o.Workers, defaultWorkers, 1_000)
	if o.RetryFor == 0 {
		o.RetryFor = defaultRetryFor
	}
	if o.RetryFor < 0 {
		problems = append(problems, fmt.Errorf("RetryFor is %s: it must not be negative", o.RetryFor))
	}
	if o.MaxRejected < 0 {
		problems = append(problems, fmt.Errorf("MaxRejected is %d: it must not be negative", o.MaxRejected))
	}
	return problems
}

// checkTargetName refuses what cannot be the name of an index, alias or data stream,
// and what would be read as several: the rules are those of
// https://docs.opensearch.org/latest/api-reference/index-apis/create-index/#index-naming-restrictions.
func checkTargetName(name string) error {
	switch {
	case name == "":
		return errors.New("it is required")
	case name == "." || name == "..":
		return fmt.Errorf("%q is no name of an index", name)
	case len(name) > 255:
		return fmt.Errorf("%q has %d bytes: an index may have 255", name[:32]+"…", len(name))
	case strings.ContainsAny(name[:1], "-_+"):
		return fmt.Errorf("%q begins with %q, which no index may", name, name[:1])
	case strings.ToLower(name) != name:
		return fmt.Errorf("%q has upper case letters, which no index may", name)
	case strings.ContainsAny(name, " ,\"*\\<>|?/:#") || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("%q has a character that no index may have: a space, a comma or one of : \" * + / \\ | ? # < >", name)
	}
	return nil
}

// action is how a document of the mode is written.
func (m Mode) action() bulk.Action {
	switch m {
	case Overwrite:
		return bulk.Index
	case Upsert:
		return bulk.Update
	}
	return bulk.Create
}
