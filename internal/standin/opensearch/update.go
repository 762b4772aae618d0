package opensearch

import (
	"encoding/json"
	"net/http"
	"time"
)

// An updateBody is what follows the line of an update.
type updateBody struct {
	Doc         json.RawMessage `json:"doc"`
	Upsert      json.RawMessage `json:"upsert"`
	DocAsUpsert bool            `json:"doc_as_upsert"`
	DetectNoop  *bool           `json:"detect_noop"`
}

// checkUpdate refuses a whole request, as OpenSearch does, since it reads updates
// before it begins.
func (p *bulkParser) checkUpdate(source []byte) *apiError {
	s := scanner{b: source}
	if s.peek() != '{' {
		return newError(http.StatusBadRequest, "x_content_parse_exception", "[1:1] [UpdateRequest] Expected START_OBJECT but was: %s", tokenName(s.peek()))
	}
	some := false
	err := s.object(func(key []byte) error {
		switch word := string(key); word {
		case "doc", "upsert":
			some = some || word == "doc"
		case "doc_as_upsert", "detect_noop", "_source", "if_seq_no", "if_primary_term":
		case "script", "scripted_upsert":
			return notImplemented("scripts")
		default:
			hint := ""
			if word == "dok" || word == "docs" || word == "Doc" {
				hint = " did you mean [doc]?"
			}
			return newError(http.StatusBadRequest, "x_content_parse_exception", "[1:2] [UpdateRequest] unknown field [%s]%s", word, hint)
		}
		return s.skip()
	})
	if fail, ok := err.(*apiError); ok {
		return fail
	} else if err != nil {
		return p.server.jsonError(err)
	}
	if !some {
		return invalid("script or doc is missing")
	}
	return nil
}

// update changes a document in part.
func (s *Server) update(ix *index, sh *shard, e *entry, op *operation, now time.Time) (outcome, *apiError) {
	var body updateBody
	if err := json.Unmarshal(op.source, &body); err != nil {
		return outcome{}, newError(http.StatusBadRequest, "x_content_parse_exception", "[1:2] [UpdateRequest] %v", err)
	}
	source := body.Upsert
	switch {
	case e.exists():
		var changed bool
		source, changed = mergeJSON(e.source, body.Doc)
		if !changed && (body.DetectNoop == nil || *body.DetectNoop) {
			return outcome{"noop", http.StatusOK, e.version, e.seq}, nil
		}
		if op.routing == "" {
			op.routing = e.routing
		}
	case body.DocAsUpsert:
		source = compact(body.Doc)
	case body.Upsert == nil:
		return outcome{}, newError(http.StatusNotFound, "document_missing_exception", "[%s]: document missing", op.id)
	}
	if fail := s.conform(ix, op.id, source); fail != nil {
		return outcome{}, fail
	}
	return s.put(sh, e, op, source, now), nil
}
