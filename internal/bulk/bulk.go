// Package bulk is what loading documents through the _bulk API of OpenSearch needs
// to know and to decide: how a request is written, what its answer says, what that
// means, how large the next request should be, how many may be under way, and how
// far all is done.
//
// It makes no request and imports no AWS SDK. A caller sends
//
//	POST /{index}/_bulk?filter_path={FilterPath}
//
// with a body made by [AppendItem] and hands the answer to [ParseAnswer].
package bulk

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// An Action is what a request does with a document. All items of one request have
// the same.
type Action string

// The actions.
const (
	Create Action = "create" // fails if the id is there
	Index  Action = "index"  // replaces what is there
	Update Action = "update" // merges into what is there, or creates it
)

// FilterPath leaves out of an answer what [ParseAnswer] does not need, which is most
// of it. The status must be among what is left: a filter that keeps errors alone
// drops the items that succeeded, and with them the positions of the others.
const FilterPath = "errors,items.*.status,items.*.result,items.*.error"

// MaxID is the length of an id in bytes at most. A longer one does not fail as an
// item but the whole request:
// https://github.com/opensearch-project/OpenSearch/blob/main/server/src/main/java/org/opensearch/action/index/IndexRequest.java.
const MaxID = 512

// CheckID tells what is wrong with an id that is to be sent, nil if nothing is.
func CheckID(id string) error {
	switch {
	case id == "":
		return errors.New("the id is empty")
	case len(id) > MaxID:
		return fmt.Errorf("the id has %d bytes, more than %d: %.40q…", len(id), MaxID, id)
	case !utf8.ValidString(id):
		return fmt.Errorf("the id is not UTF-8: %q", id)
	}
	return nil
}

// AppendItem appends the two lines of an item to dst: what to do, and the document.
// source is a JSON object and may be spread over lines; that it is one is not
// checked. An empty id leaves the choice to the service, which Update does not allow.
// What is not UTF-8 in id and routing becomes U+FFFD, so that ids may collide:
// [CheckID] tells.
func AppendItem(dst []byte, a Action, id, routing string, source []byte) []byte {
	dst = append(dst, `{"`...)
	dst = append(dst, a...)
	dst = append(dst, `":{`...)
	comma := len(dst)
	if id != "" {
		dst = append(dst, `,"_id":`...)
		dst = appendString(dst, id)
	}
	if routing != "" {
		dst = append(dst, `,"routing":`...)
		dst = appendString(dst, routing)
	}
	if a == Update {
		// What others write to the document meanwhile is merged, not refused.
		dst = append(dst, `,"retry_on_conflict":3`...)
	}
	if len(dst) > comma {
		dst = append(dst[:comma], dst[comma+1:]...)
	}
	dst = append(dst, "}}\n"...)
	if a == Update {
		dst = append(dst, `{"doc":`...)
		dst = appendLine(dst, source)
		return append(dst, ",\"doc_as_upsert\":true}\n"...)
	}
	return append(appendLine(dst, source), '\n')
}

// appendLine appends JSON in one line. In JSON, a line feed stands between tokens
// only, where a space does as well.
func appendLine(dst, source []byte) []byte {
	dst = append(dst, source...)
	line := dst[len(dst)-len(source):]
	for i := bytes.IndexByte(line, '\n'); i >= 0; i = bytes.IndexByte(line, '\n') {
		line[i] = ' '
		line = line[i+1:]
	}
	return dst
}

const hex = "0123456789abcdef"

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
		i++
	}
	return append(dst, '"')
}

// Tail returns how many bytes of an item come after its document.
func Tail(a Action) int {
	if a == Update {
		return len(",\"doc_as_upsert\":true}\n")
	}
	return 1
}
