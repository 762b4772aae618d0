package lineage_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/lineage"
)

// overWire returns clients that send their requests to a server, and how many came.
func overWire(t *testing.T, serve http.HandlerFunc) (c lineage.Clients, requests func() int) {
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		serve(w, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	c = lineage.NewClients(aws.Config{
		Region: region, Credentials: awstest.Credentials(account), BaseEndpoint: &server.URL,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	})
	return c, func() int { return int(n.Load()) }
}

// wireBody is a manifest that is longer than what one read of it gets.
var wireBody = strings.Repeat(" ", 100_000) + lake

// breaksAt is where the connection breaks.
const breaksAt = 70_000

// header sets headers, given as names and values in turn.
func header(w http.ResponseWriter, pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		w.Header().Set(pairs[i], pairs[i+1])
	}
}

// breakAfter sends the beginning of wireBody, as if all of it were to come.
func breakAfter(w http.ResponseWriter, n int) {
	header(w, "Content-Length", strconv.Itoa(len(wireBody)))
	io.WriteString(w, wireBody[:n])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// rest sends wireBody from an offset, and says that it is the range from said.
func rest(w http.ResponseWriter, from, said int) {
	header(w, "Content-Length", strconv.Itoa(len(wireBody)-from),
		"Content-Range", fmt.Sprintf("bytes %d-%d/%d", said, len(wireBody)-1, len(wireBody)))
	w.WriteHeader(http.StatusPartialContent)
	io.WriteString(w, wireBody[from:])
}

// offset returns where the range begins that a request asks for.
func offset(r *http.Request) (from int) {
	fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
	return from
}

// TestMergeDAGOverWire reads an object from servers that break off, lie, and know
// neither ranges nor conditions.
func TestMergeDAGOverWire(t *testing.T) {
	// thenAgain breaks the first answer, and lets again give the others.
	thenAgain := func(again http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			header(w, "ETag", `"1"`)
			if r.Header.Get("Range") == "" {
				breakAfter(w, breaksAt)
			}
			again(w, r)
		}
	}
	wrong := strings.ReplaceAll(wireBody, "lake", "bake")
	tests := []struct {
		name     string
		serve    http.HandlerFunc
		is       error
		says     string // of the error; there is none if this is empty
		requests int
	}{
		{
			name: "goes on", requests: 2,
			serve: thenAgain(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("If-Match") != `"1"` {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				rest(w, offset(r), offset(r))
			}),
		},
		{
			name: "reset, and goes on", requests: 2,
			serve: func(w http.ResponseWriter, r *http.Request) {
				header(w, "ETag", `"1"`)
				if r.Header.Get("Range") != "" {
					rest(w, offset(r), offset(r))
					return
				}
				header(w, "Content-Length", strconv.Itoa(len(wireBody)))
				io.WriteString(w, wireBody[:breaksAt])
				w.(http.Flusher).Flush()
				connection, _, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				connection.(*net.TCPConn).SetLinger(0)
				connection.Close()
			},
		},
		{
			name: "other content than its checksum", requests: 1, says: "checksum",
			serve: func(w http.ResponseWriter, _ *http.Request) {
				sum := crc32.NewIEEE()
				io.WriteString(sum, wireBody)
				header(w, "ETag", `"1"`, "Content-Length", strconv.Itoa(len(wrong)),
					"x-amz-checksum-crc32", base64.StdEncoding.EncodeToString(sum.Sum(nil)), "x-amz-checksum-type", "FULL_OBJECT")
				io.WriteString(w, wrong)
			},
		},
		{
			name: "range ignored", requests: 2, says: `reading on at byte 70000: the answer is the range ""`,
			serve: thenAgain(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, wireBody) }),
		},
		{
			name: "another ETag", requests: 2, is: lineage.ErrObjectChanged, says: `its ETag was "1" and is "2"`,
			serve: thenAgain(func(w http.ResponseWriter, r *http.Request) {
				header(w, "ETag", `"2"`)
				rest(w, offset(r), offset(r))
			}),
		},
		{
			name: "another range", requests: 2, says: `the answer is the range "bytes 7-`,
			serve: thenAgain(func(w http.ResponseWriter, r *http.Request) { rest(w, 7, 7) }),
		},
		{
			name: "a range whose offset begins alike", requests: 2, says: `the answer is the range "bytes 700000-`,
			serve: thenAgain(func(w http.ResponseWriter, r *http.Request) { rest(w, breaksAt, 10*breaksAt) }),
		},
		{
			name: "no ETag", requests: 1, is: io.ErrUnexpectedEOF, says: "unexpected EOF",
			serve: func(w http.ResponseWriter, r *http.Request) { breakAfter(w, breaksAt) },
		},
		{
			name: "longer by its header than it is", requests: 6, is: io.ErrUnexpectedEOF, says: "unexpected EOF",
			serve: func(w http.ResponseWriter, r *http.Request) {
				from, size := offset(r), len(wireBody)+10
				header(w, "ETag", `"1"`, "Content-Length", strconv.Itoa(size-from))
				if from > 0 {
					header(w, "Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, size-1, size))
					w.WriteHeader(http.StatusPartialContent)
				}
				io.WriteString(w, wireBody[from:])
			},
		},
		{
			name: "no length, and goes on", requests: 2,
			serve: func(w http.ResponseWriter, r *http.Request) {
				header(w, "ETag", `"1"`)
				if r.Header.Get("Range") != "" {
					rest(w, offset(r), offset(r))
					return
				}
				w.(http.Flusher).Flush()
				io.WriteString(w, wireBody[:breaksAt])
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			},
		},
		{
			name: "no length", requests: 1,
			serve: func(w http.ResponseWriter, r *http.Request) {
				w.(http.Flusher).Flush()
				io.WriteString(w, wireBody)
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, requests := overWire(t, test.serve)
			result, err := lineage.MergeDAG(t.Context(), c, lineage.MergeDAGOptions{Projects: []lineage.Project{inS3(lineage.S3Object{})}})
			switch {
			case test.says != "":
				checkError(t, err, test.is, []string{"s3://graphs/lake/manifest.json", test.says})
			case err != nil:
				t.Error(err)
			case edges(result.Graph) != edges(otherGraph()):
				t.Errorf("got edges %s", edges(result.Graph))
			}
			if requests() != test.requests {
				t.Errorf("got %d requests, want %d", requests(), test.requests)
			}
		})
	}
}

// short is an S3 client whose bodies end early, as if that were all. It counts
// those that are open.
type short struct {
	lineage.S3API
	end  int64
	open *int
}

func (s short) GetObject(ctx context.Context, in *sdk.GetObjectInput, f ...func(*sdk.Options)) (*sdk.GetObjectOutput, error) {
	out, err := s.S3API.GetObject(ctx, in, f...)
	if err == nil {
		*s.open++
		out.Body = shortBody{io.LimitReader(out.Body, s.end), out.Body, s.open}
	}
	return out, err
}

type shortBody struct {
	io.Reader
	io.Closer
	open *int
}

func (b shortBody) Close() error {
	*b.open--
	return b.Closer.Close()
}

// TestMergeDAGShort reads bodies that end early without an error, and checks that
// all are closed.
func TestMergeDAGShort(t *testing.T) {
	for _, test := range []struct {
		end  int64
		want error
	}{{int64(len(lake)), nil}, {int64(len(lake))/5 + 1, nil}, {int64(len(lake)) / 10, io.ErrUnexpectedEOF}} {
		w := newWorld(awstest.New(t), s3.Bucket{})
		w.put("lake/manifest.json", lake, nil)
		open := 0
		c := w.clients()
		c.S3 = short{c.S3, test.end, &open}
		_, err := lineage.MergeDAG(t.Context(), c, lineage.MergeDAGOptions{Projects: []lineage.Project{inS3(lineage.S3Object{})}})
		if !errors.Is(err, test.want) {
			t.Errorf("%d of %d bytes each time: got %v, want %v", test.end, len(lake), err, test.want)
		}
		if open != 0 {
			t.Errorf("%d bodies are open", open)
		}
	}
}

// TestMergeDAGOverWireCancelled ends the context wherever reading is.
func TestMergeDAGOverWireCancelled(t *testing.T) {
	why := errors.New("shut down")
	for _, where := range []string{"before", "in the request", "in the body"} {
		t.Run(where, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			c, requests := overWire(t, func(w http.ResponseWriter, r *http.Request) {
				if where == "in the body" {
					header(w, "ETag", `"1"`, "Content-Length", strconv.Itoa(len(wireBody)))
					io.WriteString(w, wireBody[:breaksAt])
					w.(http.Flusher).Flush()
				}
				cancel(why)
				<-r.Context().Done()
			})
			want := 1
			if where == "before" {
				want = 0
				cancel(why)
			}
			_, err := lineage.MergeDAG(ctx, c, lineage.MergeDAGOptions{Projects: []lineage.Project{inS3(lineage.S3Object{})}})
			checkError(t, err, why, []string{"s3://graphs/lake/manifest.json"})
			if requests() != want {
				t.Errorf("got %d requests, want %d", requests(), want)
			}
		})
	}
}

// TestMergeDAGBrokenAndCancelled breaks the connection when the context has ended:
// then nothing is asked for any more.
func TestMergeDAGBrokenAndCancelled(t *testing.T) {
	why := errors.New("shut down")
	w := newWorld(awstest.New(t), s3.Bucket{})
	w.put("lake/manifest.json", lake, nil)
	ctx, cancel := context.WithCancelCause(t.Context())
	w.s3.BreakBody(bucket, "lake/manifest.json", 50, func() { cancel(why) })
	_, err := lineage.MergeDAG(ctx, w.clients(), lineage.MergeDAGOptions{Projects: []lineage.Project{inS3(lineage.S3Object{})}})
	if !errors.Is(err, why) || !errors.Is(err, io.ErrUnexpectedEOF) || w.Count() != 1 {
		t.Errorf("got %v after %d calls", err, w.Count())
	}
}
