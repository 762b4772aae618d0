package opensearch_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/opensearch"
)

// TestSignature calculates signatures as the specification tells, without the code of
// the SDK, from what is on the wire:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
func TestSignature(t *testing.T) {
	tests := []struct{ path, wire, canonical string }{
		{"/", "/", "/"},
		{"/a%25b/_search", "/a%25b/_search", "/a%2525b/_search"},
		{"/%3Clogs-%7Bnow%2Fd%7D%3E", "/%3Clogs-%7Bnow%2Fd%7D%3E", "/%253Clogs-%257Bnow%252Fd%257D%253E"},
		{"/<logs-{now%2fd}>", "/%3Clogs-%7Bnow%2Fd%7D%3E", "/%253Clogs-%257Bnow%252Fd%257D%253E"},
		{"/a b", "/a%20b", "/a%2520b"},
		{"/ü/_doc/+&=:@", "/%C3%BC/_doc/%2B%26%3D%3A%40", "/%25C3%25BC/_doc/%252B%2526%253D%253A%2540"},
		{"/a,b*,-c", "/a%2Cb%2A%2C-c", "/a%252Cb%252A%252C-c"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			conn, _ := serve(t, opensearch.ConnOptions{Product: opensearch.Serverless, Region: "us-east-1", Credentials: temporary{}},
				func(w http.ResponseWriter, r *http.Request) {
					path, query, _ := strings.Cut(r.RequestURI, "?")
					if path != test.wire {
						t.Errorf("on the wire it is %s, want %s", path, test.wire)
					}
					_, got, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
					if want := signature(t, r, test.canonical, query); got != want {
						t.Errorf("got signature %s, want %s", got, want)
					}
				})
			request := opensearch.Request{Method: "POST", Path: test.path, Query: url.Values{"b": {"x y+z"}, "a": {"ä"}}, Body: []byte(`{}`)}
			if _, err := conn.Do(t.Context(), request); err != nil {
				t.Error(err)
			}
		})
	}
}

func signature(t *testing.T, r *http.Request, path, query string) string {
	authorization := r.Header.Get("Authorization")
	_, names, _ := strings.Cut(authorization, "SignedHeaders=")
	names, _, _ = strings.Cut(names, ",")
	var headers strings.Builder
	for name := range strings.SplitSeq(names, ";") {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		fmt.Fprintf(&headers, "%s:%s\n", name, value)
	}
	for _, name := range []string{"content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"} {
		if !slices.Contains(strings.Split(names, ";"), name) {
			t.Errorf("%s is not signed", name)
		}
	}
	if strings.Contains(names, "content-length") {
		t.Error("content-length is signed, which Serverless refuses")
	}
	body, _ := io.ReadAll(r.Body)
	canonical := strings.Join([]string{r.Method, path, query, headers.String(), names, hash(body)}, "\n")
	date := r.Header.Get("X-Amz-Date")
	scope := date[:8] + "/us-east-1/aoss/aws4_request"
	text := "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + hash([]byte(canonical))
	key := []byte("AWS4" + "secret")
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, text))
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	io.WriteString(m, text)
	return m.Sum(nil)
}
