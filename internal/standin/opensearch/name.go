package opensearch

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

const forbidden = `[ , ", *, \, <, |, ,, >, /, ?]`

// wrongName tells why a name is none for an index or alias; empty if it is one
// (MetadataCreateIndexService.validateIndexOrAliasName).
func wrongName(name string) string {
	switch {
	case strings.ContainsAny(name, ` "*\<|,>/?`):
		return "must not contain the following characters " + forbidden
	case name == "":
		return "must not be empty"
	case strings.Contains(name, "#"):
		return "must not contain '#'"
	case strings.Contains(name, ":"):
		return "must not contain ':'"
	case strings.HasPrefix(name, "_"), strings.HasPrefix(name, "-"), strings.HasPrefix(name, "+"):
		return "must not start with '_', '-', or '+'"
	case len(name) > 255:
		return fmt.Sprintf("index name is too long, (%d > 255)", len(name))
	case name == ".", name == "..":
		return "must not be '.' or '..'"
	case !utf8.ValidString(name):
		return "must be UTF-8"
	}
	return ""
}

func invalidIndexName(name, why string) *apiError {
	e := newError(http.StatusBadRequest, "invalid_index_name_exception", "Invalid index name [%s], %s", name, why)
	e.Index, e.IndexUUID = name, "_na_"
	return e
}

// checkNewName checks the name of an index that is to be made. The caller holds s.mu.
func (s *Server) checkNewName(name string) *apiError {
	why := wrongName(name)
	if why == "" && strings.ToLower(name) != name {
		why = "must be lowercase"
	}
	if why != "" {
		return invalidIndexName(name, why)
	}
	if ix := s.indices[name]; ix != nil {
		e := newError(http.StatusBadRequest, "resource_already_exists_exception", "index [%s/%s] already exists", name, ix.uuid)
		e.Index, e.IndexUUID = name, ix.uuid
		return e
	}
	if s.aliases[name] != nil {
		return invalidIndexName(name, "already exists as alias")
	}
	if s.streams[name] != nil {
		return invalidIndexName(name, "already exists as data stream")
	}
	return nil
}
