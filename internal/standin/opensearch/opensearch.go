// Package opensearch stands in for OpenSearch: a domain of Amazon OpenSearch
// Service, a collection of OpenSearch Serverless, or a cluster that somebody runs.
//
// It keeps indices with settings, mappings, aliases and documents, and answers as
// OpenSearch 2.19 and 3 were seen to answer: with their errors, statuses and
// refreshes, and with documents on the shards that the real ones put them on. What
// it does not know, such as aggregations and scripts, it refuses with status 501;
// it never pretends.
//
// Nothing runs beside the requests: what takes time, such as a refresh or a task,
// is done when a request comes that is late enough to see it.
package opensearch

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Product is what is stood in for.
type Product string

// The products.
const (
	Domain      Product = "domain"
	SelfManaged Product = "self-managed"

	// Collections of Serverless. Those for vectors and for time series take no ids.
	Search       Product = "search"
	VectorSearch Product = "vectorsearch"
	TimeSeries   Product = "timeseries"
)

// Serverless tells whether p is a collection.
func (p Product) Serverless() bool { return p == Search || p == VectorSearch || p == TimeSeries }

// A Server is one cluster or collection. Its fields are to be set before the first
// request; its methods may be called from several goroutines, and are no requests:
// faults do not meet them and Requests does not count them.
type Server struct {
	Product      Product // Anything that is not another is SelfManaged.
	Version      string  // Defaults to 2.19.1.
	Distribution string  // Defaults to opensearch.
	ClusterName  string
	ClusterUUID  string

	// DataNodes is how many copies of a shard there can be: an index with more
	// replicas than DataNodes-1 is yellow. Defaults to 1.
	DataNodes int

	// ReplicaTime is how long it takes until replicas are there, from when they are
	// asked for.
	ReplicaTime time.Duration

	// NoAutoCreate refuses to write to an index that does not exist.
	NoAutoCreate bool

	// MaxContentLength is the largest body in bytes, unpacked; a larger one is
	// answered with 413. Defaults to 100 MiB, as http.max_content_length.
	MaxContentLength int64

	// RefreshInterval is when changes can be searched, for indices whose settings do
	// not say. Defaults to 1 second, and for Serverless to 10, for vectors 60.
	RefreshInterval time.Duration

	// TaskTime is how long a task takes.
	TaskTime time.Duration

	// Keep is what is kept of documents.
	Keep Keep

	// Pipelines are the ingest pipelines by name. They return the document to store,
	// and must not call the Server.
	Pipelines map[string]func(source []byte) []byte

	// Username and Password, if set, are demanded of every request.
	Username, Password string

	Faults // see SetFaults

	faultsMu      sync.Mutex
	mu            sync.RWMutex // for what is below; held only while computing
	autoCreateOff bool         // as the settings of the cluster say
	indices       map[string]*index
	aliases       map[string]map[string]*alias // by alias, then by index
	streams       map[string]*stream
	templates     map[string]*template
	tasks         []*task
	made          int // uuids and ids of tasks
	requests      atomic.Int64
	bulks         atomic.Int64 // that are under way
	autoIDs       atomic.Int64
	attempts      attempts
	readings      sync.Pool // of *reading
	nodesMu       sync.Mutex
	nodesMade     map[string]*Node
}

// Keep is what a Server keeps of the documents that it is sent.
type Keep int

// What is kept. Less is for benchmarks of those who send.
const (
	KeepDocuments Keep = iota
	KeepIDs            // documents are empty
	KeepNothing        // all are new, and only counted
)

// New returns a cluster without indices.
func New() *Server {
	return &Server{
		indices: map[string]*index{},
		aliases: map[string]map[string]*alias{},
		streams: map[string]*stream{}, templates: map[string]*template{},
	}
}

func (s *Server) version() string { return cmp.Or(s.Version, "2.19.1") }

// major is the version that messages differ by.
func (s *Server) major() int {
	v, _, _ := strings.Cut(s.version(), ".")
	n, err := strconv.Atoi(v)
	if err != nil {
		return 2
	}
	return n
}

func (s *Server) dataNodes() int { return cmp.Or(s.DataNodes, 1) }

func (s *Server) maxContentLength() int64 { return cmp.Or(s.MaxContentLength, 100<<20) }

func (s *Server) refreshInterval() time.Duration {
	switch {
	case s.RefreshInterval > 0:
		return s.RefreshInterval
	case s.Product == VectorSearch:
		return time.Minute
	case s.Product.Serverless():
		return 10 * time.Second
	}
	return time.Second
}

// uuid returns what has the form of a UUID of OpenSearch. The caller holds s.mu.
func (s *Server) uuid() string {
	s.made++
	n := strconv.Itoa(s.made)
	return "standin_" + strings.Repeat("0", 14-len(n)) + n
}

// Requests returns how many requests have come.
func (s *Server) Requests() int { return int(s.requests.Load()) }

// ServeHTTP answers a request as the first node does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve(w, r, nil) }
