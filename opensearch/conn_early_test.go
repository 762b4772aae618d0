package opensearch_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/opensearch"
)

// impatient returns the URL of a server that answers, by answer, when it has read no more
// than the head of a request, and closes: what is on the way to it is reset then.
func impatient(t testing.TB, answer func(*http.Request) string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if r, err := http.ReadRequest(bufio.NewReaderSize(c, 16)); err == nil {
					io.WriteString(c, answer(r))
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// TestRefusedBeforeItIsRead has a server refuse large requests before they are read, as
// OpenSearch and proxies do: that answer counts, and not that the rest cannot be sent.
func TestRefusedBeforeItIsRead(t *testing.T) {
	for name, answer := range map[string]string{
		"empty":  "HTTP/1.1 413 Request Entity Too Large\r\ncontent-length: 0\r\n\r\n",
		"close":  "HTTP/1.1 413 Request Entity Too Large\r\nConnection: close\r\n\r\n",
		"reason": "HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 26\r\n\r\n{\"Message\":\"more than 10\"}",
	} {
		t.Run(name, func(t *testing.T) {
			url := impatient(t, func(*http.Request) string { return answer })
			conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{url}})
			if err != nil {
				t.Fatal(err)
			}
			body := make([]byte, 20<<20)
			for range 10 {
				_, err := conn.Do(t.Context(), opensearch.Request{Method: "POST", Path: "/_bulk", Body: body})
				if err == nil || !strings.Contains(err.Error(), "413") {
					t.Fatalf("got %v", err)
				}
			}
		})
	}
}
