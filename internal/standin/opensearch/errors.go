package opensearch

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// An apiError is an error as OpenSearch puts it: in a response, or in an item of
// one.
type apiError struct {
	Status int `json:"-"`

	Type         string         `json:"type"`
	Reason       string         `json:"reason"`
	Index        string         `json:"index,omitempty"`
	Shard        string         `json:"shard,omitempty"`
	ResourceID   string         `json:"resource.id,omitempty"`
	ResourceType string         `json:"resource.type,omitempty"`
	IndexUUID    string         `json:"index_uuid,omitempty"`
	Phase        string         `json:"phase,omitempty"`
	Grouped      bool           `json:"grouped,omitempty"`
	FailedShards *[]failedShard `json:"failed_shards,omitempty"`
	CausedBy     *apiError      `json:"caused_by,omitempty"`
	Suppressed   []*apiError    `json:"suppressed,omitempty"`

	Message string `json:"-"` // of the service before the domain: then there is nothing else

	// For an error of a whole request.
	root *apiError // if it is not the error itself
	text bool      // the error is only its reason, or nothing
	bare bool      // without the status

	rootless bool // the error has no root cause
	outer    bool // the root cause is the error that this one caused
}

// A failedShard is one that did not answer a search.
type failedShard struct {
	Shard  int       `json:"shard"`
	Index  string    `json:"index"`
	Node   string    `json:"node"`
	Reason *apiError `json:"reason"`
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Type, e.Reason) }

// body returns the error as the body of a response.
func (e *apiError) body() any {
	switch {
	case e.Message != "":
		return map[string]string{"Message": e.Message}
	case e.text && e.Reason == "":
		return nil
	case e.bare:
		return map[string]string{"error": e.Reason}
	case e.text:
		return struct {
			Error  string `json:"error"`
			Status int    `json:"status"`
		}{e.Reason, e.Status}
	}
	type plain apiError
	roots := []*apiError{}
	root := e.root
	if root == nil {
		root = new(*e)
		root.CausedBy, root.Suppressed = nil, nil
	}
	if !e.rootless {
		roots = append(roots, root)
	}
	return struct {
		Error struct {
			RootCause []*apiError `json:"root_cause"`
			*plain
		} `json:"error"`
		Status int `json:"status"`
	}{struct {
		RootCause []*apiError `json:"root_cause"`
		*plain
	}{roots, (*plain)(e)}, e.Status}
}

func newError(status int, typ, format string, args ...any) *apiError {
	return &apiError{Status: status, Type: typ, Reason: fmt.Sprintf(format, args...)}
}

func illegalArgument(format string, args ...any) *apiError {
	return newError(http.StatusBadRequest, "illegal_argument_exception", format, args...)
}

func textError(status int, format string, args ...any) *apiError {
	return &apiError{Status: status, Reason: fmt.Sprintf(format, args...), text: true}
}

// notImplemented is for what the stand-in does not know and OpenSearch does.
func notImplemented(what string) *apiError {
	return newError(http.StatusNotImplemented, "not_implemented", "the stand-in for OpenSearch does not know %s", what)
}

func indexNotFound(name string) *apiError { return notFound(name, "index_or_alias") }

func notFound(name, resource string) *apiError {
	e := newError(http.StatusNotFound, "index_not_found_exception", "no such index [%s]", name)
	e.Index, e.ResourceID, e.ResourceType, e.IndexUUID = name, name, resource, "_na_"
	return e
}

func aliasesNotFound(name string) *apiError {
	e := newError(http.StatusNotFound, "aliases_not_found_exception", "aliases [%s] missing", name)
	e.ResourceID, e.ResourceType = name, "aliases"
	return e
}

func matchesAlias(name string) *apiError {
	return illegalArgument("The provided expression [%s] matches an alias, specify the corresponding concrete indices instead.", name)
}

// invalid is what a request lacks, before anything is done.
func invalid(reasons ...string) *apiError {
	text := "Validation Failed: "
	for i, reason := range reasons {
		text += fmt.Sprintf("%d: %s;", i+1, reason)
	}
	return newError(http.StatusBadRequest, "action_request_validation_exception", "%s", text)
}

// parseFailure is a body that is no JSON.
func (s *Server) parseFailure(err error) *apiError {
	e := newError(http.StatusBadRequest, "parse_exception", "Failed to parse content to map")
	e.CausedBy = s.jsonError(err)
	return e
}

// jsonError is what the parser says, which differs between versions.
func (s *Server) jsonError(err error) *apiError {
	bad, ok := err.(*syntaxError)
	switch {
	case !ok:
		return newError(http.StatusBadRequest, "json_parse_exception", "%v", err)
	case bad.eof && s.major() < 3:
		return s.located("json_e_o_f_exception", bad.what, bad.at, "")
	case bad.eof:
		return s.located("unexpected_end_of_input_exception", bad.what, bad.at, "unexpected_end_of_input_exception")
	}
	what := bad.what
	if name, isKey := strings.CutPrefix(what, "Duplicate field '"); isKey && s.major() >= 3 {
		what = fmt.Sprintf("Duplicate Object property %q", strings.TrimSuffix(name, "'"))
	}
	return s.located("json_parse_exception", what, bad.at, "stream_read_exception")
}

// located is an error of the parser with the place where it was. Since version 3
// there is a cause below.
func (s *Server) located(typ, what string, at int, cause string) *apiError {
	const source = "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); "
	if s.major() < 3 {
		return newError(http.StatusBadRequest, typ, "%s%sline: 1, column: %d]", what, source, at+1)
	}
	e := newError(http.StatusBadRequest, typ, "%s%sbyte offset: #%d]", what, source, at)
	e.CausedBy = newError(http.StatusBadRequest, cause, "%s", e.Reason)
	return e
}

// decode reads the body of a request into v.
func (s *Server) decode(body []byte, v any) *apiError {
	if err := checkJSON(body); err != nil {
		return s.parseFailure(err)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return newError(http.StatusBadRequest, "x_content_parse_exception", "%v", err)
	}
	return nil
}

// coercion puts the place into the error of a number that does not fit.
func (s *Server) coercion(e *apiError, at int) *apiError {
	what := e.Reason
	if s.major() >= 3 {
		for _, typ := range integers {
			what = strings.Replace(what, "out of range of "+typ+" ", "out of range of `"+typ+"` ", 1)
		}
	}
	return s.located(e.Type, what, at, e.Type)
}
