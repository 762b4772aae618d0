package opensearch

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxID is in the limits of OpenSearch: one document with a longer id makes it
// refuse the whole request.
const maxID = 512

// contentIDBytes is how much of the SHA-256 an id made from the content has: 192
// bits, in 32 characters. Of 10^12 documents two meet in it by chance with a
// probability below 10^-33, and to make two that do takes 2^96 attempts.
const contentIDBytes = 24

// contentID makes an id from the document as it is sent and its routing: JSON holds
// no byte 0.
func contentID(source []byte, routing string) string {
	var sum [sha256.Size]byte
	if routing == "" {
		sum = sha256.Sum256(source)
	} else {
		h := sha256.New()
		h.Write(source)
		h.Write([]byte{0})
		h.Write([]byte(routing))
		h.Sum(sum[:0])
	}
	return base64.RawURLEncoding.EncodeToString(sum[:contentIDBytes])
}

// joinID makes one id of several values: two lists of values never have one id.
func joinID(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	for i, v := range values {
		values[i] = idEscapes.Replace(v)
	}
	return strings.Join(values, "/")
}

var idEscapes = strings.NewReplacer("%", "%25", "/", "%2F")

func checkID(id string) error {
	switch {
	case len(id) > maxID:
		return &kindError{RejectedIDTooLong, fmt.Errorf("the id has %d bytes, and may have %d", len(id), maxID)}
	case !utf8.ValidString(id):
		return &kindError{RejectedID, fmt.Errorf("the id %q is not UTF-8", id)}
	}
	return nil
}

func checkRouting(routing string) error {
	if !utf8.ValidString(routing) {
		return &kindError{RejectedRouting, fmt.Errorf("the routing %q is not UTF-8", routing)}
	}
	return nil
}
