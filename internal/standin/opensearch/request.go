package opensearch

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A request is one that is being answered.
type request struct {
	*http.Request
	path  []string // unescaped
	query url.Values
	body  []byte
	start time.Time

	index, name string // what the path has for {index} and {name}
}

// flag returns whether a parameter is there and not false.
func (q *request) flag(name string) bool {
	return q.query.Has(name) && q.query.Get(name) != "false"
}

// serve answers one request, by the node that it was sent to.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, n *Node) {
	s.requests.Add(1)
	body, fail := s.readBody(r)
	if fail != nil {
		s.write(w, r, fail.Status, fail.body())
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	fault := s.faultOf(r, n)
	if fault != nil && !fault.Applied {
		fault.answer(w)
		return
	}
	status, answer := s.answer(r, body)
	if fault != nil && fault.ends() {
		fault.answer(w)
		return
	}
	s.write(w, r, status, answer)
}

// readBody reads the body, unpacked. One that is too large gets an empty answer.
func (s *Server) readBody(r *http.Request) ([]byte, *apiError) {
	in, most := io.Reader(r.Body), s.maxContentLength()
	size := r.ContentLength
	if size > most {
		return nil, s.tooLarge()
	}
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, textError(http.StatusBadRequest, "the body is no gzip: %v", err)
		}
		in, size = unpacked, 2*size
	}
	buffer := bytes.NewBuffer(make([]byte, 0, max(0, min(size, most))+bytes.MinRead))
	n, err := buffer.ReadFrom(io.LimitReader(in, most+1))
	switch {
	case n > most:
		return nil, s.tooLarge()
	case err != nil:
		return nil, textError(http.StatusBadRequest, "the body cannot be read: %v", err)
	}
	return buffer.Bytes(), nil
}

// tooLarge is the answer to a body that is too large: of a domain that of the
// service before it, of a node an empty one.
func (s *Server) tooLarge() *apiError {
	e := &apiError{Status: http.StatusRequestEntityTooLarge, text: true}
	if s.Product == Domain {
		e.Message = fmt.Sprintf("Request size exceeded %d bytes", s.maxContentLength())
	}
	return e
}

// answer does what a request asks for.
func (s *Server) answer(r *http.Request, body []byte) (int, any) {
	q := &request{Request: r, query: r.URL.Query(), body: body, start: time.Now()}
	for step := range strings.SplitSeq(strings.Trim(r.URL.EscapedPath(), "/"), "/") {
		plain, err := url.PathUnescape(step)
		if err != nil {
			return http.StatusBadRequest, illegalArgument("%v", err).body()
		}
		if step != "" {
			q.path = append(q.path, plain)
		}
	}
	status, value, err := s.do(q)
	if err == nil {
		return status, value
	}
	fail := err.(*apiError) // handlers return no others
	return fail.Status, fail.body()
}

// do finds the handler of a request and calls it.
func (s *Server) do(q *request) (int, any, error) {
	if refusal := s.authorize(q.Request); refusal != nil {
		return http.StatusUnauthorized, refusal, nil
	}
	h, fail := s.route(q)
	if fail != nil {
		return 0, nil, fail
	}
	if len(q.body) > 0 && !jsonType(q.Header.Get("Content-Type")) {
		return 0, nil, textError(http.StatusNotAcceptable, "Content-Type header [%s] is not supported", q.Header.Get("Content-Type"))
	}
	if fail := s.checkQuery(q, h); fail != nil {
		return 0, nil, fail
	}
	s.settle(q.start)
	return h.do(s, q)
}

func jsonType(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	switch strings.ToLower(strings.TrimSpace(media)) {
	case "application/json", "application/x-ndjson", "application/vnd.opensearch+json":
		return true
	}
	return false
}

// everywhere are the parameters that every request may have.
var everywhere = []string{"pretty", "human", "error_trace", "filter_path", "source", "source_content_type", "cluster_manager_timeout", "master_timeout", "timeout"}

// elsewhere are parameters that OpenSearch knows, and that are not known here.
var elsewhere = []string{"scroll", "q", "df", "stored_fields", "docvalue_fields", "rest_total_hits_as_int", "terminate_after", "explain", "search_pipeline",
	"write_index_only", "wait_for_nodes", "wait_for_active_shards", "_source", "_source_includes", "_source_excludes", "min_score", "conflicts"}

func (s *Server) checkQuery(q *request, h *route) *apiError {
	var unknown []string
	for name := range q.query {
		if slices.Contains(elsewhere, name) && !slices.Contains(h.params, name) {
			return notImplemented("the parameter " + name)
		}
		if !slices.Contains(everywhere, name) && !slices.Contains(h.params, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	switch len(unknown) {
	case 0:
		return nil
	case 1:
		return illegalArgument("request [%s] contains unrecognized parameter: [%s]", q.URL.Path, unknown[0])
	}
	return illegalArgument("request [%s] contains unrecognized parameters: [%s]", q.URL.Path, strings.Join(unknown, "], ["))
}

// write sends an answer. One of type []byte is sent as it is.
func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, answer any) {
	var body []byte
	switch a := answer.(type) {
	case nil:
	case []byte:
		body = a
	case string:
		body = []byte(a)
	default:
		body = marshal(answer)
	}
	if paths := r.URL.Query().Get("filter_path"); paths != "" && len(body) > 0 {
		body = filterPath(body, paths)
	}
	if r.URL.Query().Has("pretty") && len(body) > 0 {
		var pretty bytes.Buffer
		if json.Indent(&pretty, body, "", "  ") == nil {
			body = append(pretty.Bytes(), '\n')
		}
	}
	if len(body) > 0 {
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	}
	if s.major() >= 3 && !s.Product.Serverless() && status != http.StatusRequestEntityTooLarge {
		w.Header().Set("X-OpenSearch-Version", "OpenSearch/"+s.version()+" (opensearch)")
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}
