package opensearch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// A foundReplace is what there is of an alias, and what there is to load for it.
type foundReplace struct {
	target  awspatterns.Target
	product Product
	unknown []awspatterns.Change // what could not be read

	shown       []generation // that the alias shows, or that has its name
	generations []generation // with a name of the alias' own
	source      source
	writes      int64 // to the indices that are shown
	store       int64 // bytes of disk that they take, 0 if not known
}

// findReplace reads all that planning takes. It only reads.
func findReplace(ctx context.Context, c Clients, opts ReplaceOptions) (f foundReplace, err error) {
	f.product = c.Conn.Product()
	steps := []struct {
		kind, id string
		read     func() error
	}{
		{"OpenSearch cluster", "all", func() error { f.target, err = replaceTarget(ctx, c.Conn); return err }},
		{"OpenSearch alias", opts.Alias, func() error { f.shown, err = readGenerations(ctx, c.Conn, opts.Alias); return err }},
		{"OpenSearch indices", generationPattern(opts.Alias), func() error {
			indices, err := readMarks(ctx, c.Conn, generationPattern(opts.Alias))
			if err == nil {
				f.generations, err = withMarks(indices)
			}
			return err
		}},
		{"OpenSearch alias", opts.Alias, func() error {
			if f.product == Serverless || len(f.shown) == 0 || opts.AllowWrites {
				return nil
			}
			f.writes, f.store, err = writes(ctx, c.Conn, names(f.shown))
			return err
		}},
		{"source", "of " + opts.Alias, func() error {
			f.source, err = openSource(ctx, c, opts.load(generationName(opts.Alias, 1)))
			return err
		}},
	}
	for _, step := range steps {
		if err := step.read(); err != nil {
			if ctx.Err() != nil || !isUnread(err) {
				return f, err
			}
			f.unknown = append(f.unknown, awspatterns.Change{
				Action: awspatterns.Unknown, Resource: awspatterns.Resource{Type: step.kind, ID: step.id}, Reason: why(err),
			})
		}
	}
	return f, nil
}

// replaceTarget returns which cluster a Conn is for. Serverless does not tell its id,
// and has an endpoint for each collection.
func replaceTarget(ctx context.Context, c *Conn) (awspatterns.Target, error) {
	t := awspatterns.Target{Endpoint: c.nodes.list[0].endpoint}
	info, err := c.Info(ctx)
	if err != nil {
		return t, err
	}
	t.Cluster = info.ClusterUUID
	if t.Cluster == "" && info.Product != Serverless {
		return t, unreadError("the cluster does not tell its id: " + info.Unknown)
	}
	return t, nil
}

// An unreadError is what could not be read, and is not told for certain.
type unreadError string

func (e unreadError) Error() string { return string(e) }

// isUnread reports whether an error keeps something from being known, and does not say
// that something is wrong.
func isUnread(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status != http.StatusBadRequest && e.Status != http.StatusNotFound
	}
	if e, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return e.HTTPStatusCode() != http.StatusBadRequest && e.HTTPStatusCode() != http.StatusNotFound
	}
	_, broken := errors.AsType[*ConnError](err)
	_, unanswered := errors.AsType[*smithy.OperationError](err)
	_, unread := errors.AsType[unreadError](err)
	return broken || unanswered || unread
}

// why returns an error without what differs from one request to the next.
func why(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return strings.TrimSpace(fmt.Sprintf("%s %s: %d %s: %s", e.Method, e.Path, e.Status, e.Type, e.Reason))
	}
	if e, ok := errors.AsType[*ConnError](err); ok {
		return fmt.Sprintf("%s %s: no answer", e.Method, e.Path)
	}
	return reason.Of(err)
}

// generationPattern matches the indices of an alias, and more.
func generationPattern(alias string) string { return strings.ToLower(alias) + "-*" }

// readGenerations returns the indices of a name with their marks.
func readGenerations(ctx context.Context, c *Conn, name string) ([]generation, error) {
	indices, err := readIndices(ctx, c, name)
	if err != nil {
		return nil, err
	}
	return withMarks(indices)
}

func withMarks(indices []index) (all []generation, err error) {
	for _, i := range indices {
		m, err := readMark(i)
		if err != nil {
			return nil, err
		}
		all = append(all, generation{i, m})
	}
	return all, nil
}

func names(generations []generation) []string {
	var names []string
	for _, g := range generations {
		names = append(names, g.name)
	}
	return names
}

// writes returns how many documents were written to and deleted from indices, as the
// nodes that hold them counted, and the bytes of disk that they take.
func writes(ctx context.Context, c *Conn, names []string) (n, store int64, err error) {
	answer, err := ask[struct {
		All struct {
			Primaries struct {
				Indexing struct {
					Index  int64 `json:"index_total"`
					Delete int64 `json:"delete_total"`
				}
			}
			Total struct {
				Store struct {
					Bytes int64 `json:"size_in_bytes"`
				}
			}
		} `json:"_all"`
	}](ctx, c, Request{Method: http.MethodGet, Path: pathOf(strings.Join(names, ","), "_stats", "indexing,store")})
	indexing := answer.All.Primaries.Indexing
	return indexing.Index + indexing.Delete, answer.All.Total.Store.Bytes, err
}

// load returns what to load into an index.
func (o ReplaceOptions) load(name string) IngestOptions {
	in := o.Ingest
	in.Index, in.Mode, in.MaxRejected = name, Overwrite, max(o.MaxRejected, 1)
	if in.GeneratedIDs {
		in.Mode = Append
	}
	return in
}
