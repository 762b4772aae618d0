package opensearch

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

// letter returns a rejection of a document.
func letter(source string) Rejection {
	return Rejection{Type: "t", Reason: "r", Source: []byte(source)}
}

// sources returns the documents in a text of dead letters.
func sources(t *testing.T, text []byte) []string {
	t.Helper()
	var got []string
	for r, err := range ReadRejections(bytes.NewReader(text)) {
		if err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		got = append(got, string(r.Source))
	}
	return got
}

func TestDeadLetterWriter(t *testing.T) {
	var b bytes.Buffer
	l := NewDeadLetterWriter(&b)
	for _, put := range [][]Rejection{nil, {letter("1"), letter(`{"a":2}`)}, {letter("3")}} {
		if err := l.Put(t.Context(), put); err != nil {
			t.Fatal(err)
		}
	}
	if got := sources(t, b.Bytes()); !slices.Equal(got, []string{"1", `{"a":2}`, "3"}) {
		t.Errorf("got %q", got)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errLost)
	if err := l.Put(ctx, []Rejection{letter("4")}); !errors.Is(err, errLost) || len(sources(t, b.Bytes())) != 3 {
		t.Errorf("got %v", err)
	}
}

func TestDeadLetterFile(t *testing.T) {
	const line = `{"position":{"input":0,"record":0},"type":"t","reason":"r","text":"1"}`
	long := strings.Replace(line, `"1"`, `"`+strings.Repeat("x", 200_000)+`"`, 1)
	tests := map[string]struct {
		before string
		want   []string // sources before what is put
		err    string
	}{
		"new":                {},
		"goes on":            {before: line + "\n" + line + "\n", want: []string{"1", "1"}},
		"half a line":        {before: line + "\n" + line[:30], want: []string{"1"}},
		"three bytes":        {before: line + "\n" + line[:3], want: []string{"1"}},
		"half of the first":  {before: line[:30]},
		"half a long line":   {before: line + "\n" + long[:len(long)-9], want: []string{"1"}},
		"without the end":    {before: line + "\n" + line, want: []string{"1", "1"}},
		"only without end":   {before: line, want: []string{"1"}},
		"a file of records":  {before: "{\"id\": 1}\n", err: "no dead letter of this package"},
		"a file of text":     {before: "hello", err: "at byte 0 is no dead letter of this package: name a file of its own"},
		"text at the end":    {before: line + "\nhello", err: "is no dead letter"},
		"repaired in a tool": {before: "{\n \"position\":{}}\n", err: "no dead letter"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "letters.jsonl")
			if test.before != "" {
				if err := os.WriteFile(path, []byte(test.before), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			f, err := NewDeadLetterFile(path)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), path) {
					t.Errorf("got %v", err)
				}
				if after, _ := os.ReadFile(path); string(after) != test.before {
					t.Errorf("the file is now %q", after)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := test.want
			for _, text := range []string{"2", "3"} {
				if err := f.Put(t.Context(), []Rejection{letter(text)}); err != nil {
					t.Fatal(err)
				}
				want = append(want, text)
				after, _ := os.ReadFile(path) // each is there when Put returns
				if got := sources(t, after); !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
			if err := f.Put(t.Context(), []Rejection{letter("4")}); !errors.Is(err, os.ErrClosed) {
				t.Errorf("after Close: %v", err)
			}
		})
	}
	if _, err := NewDeadLetterFile(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
	if _, err := NewDeadLetterFile(os.DevNull); err == nil || !strings.Contains(err.Error(), "NewDeadLetterWriter") {
		t.Errorf("got %v of a device", err)
	}
}

// TestDeadLetterFileCut has a process die after every byte that it writes: what the
// Puts before had written is all there, and the file can be written on.
func TestDeadLetterFileCut(t *testing.T) {
	whole, err := appendRejections(nil, []Rejection{letter(`{"a":1}`), letter("2")})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "letters.jsonl")
	for n := range len(whole) {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := NewDeadLetterFile(path)
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if err := f.Put(t.Context(), []Rejection{letter("3")}); err != nil {
			t.Fatal(err)
		}
		f.Close()
		after, _ := os.ReadFile(path)
		got := sources(t, after)
		want := []string{`{"a":1}`, "2", "3"}
		if lines := bytes.Count(whole[:n+1], []byte("\n")); !slices.Equal(got, append(want[:lines:lines], "3")) {
			t.Errorf("cut at %d: got %q", n, got)
		}
	}
}

// world is an S3 with one bucket, and clients for it.
func world(t *testing.T) (*awstest.Cloud, *s3.Service, Clients) {
	cloud := awstest.New(t)
	service := s3.New(cloud)
	service.CreateBucket("data", s3.Bucket{Owner: account, Region: region})
	return cloud, service, NewClients(cloud.Config(region, account))
}

const (
	account = "123456789012"
	region  = "eu-central-1"
)

func TestDeadLetterS3(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, service, _ := world(t)
		client := sdk.NewFromConfig(cloud.Config(region, account))
		l := NewDeadLetterS3(client, "data", "dead/")
		cloud.Inject(awstest.Fault{Operation: "S3.PutObject", Attempts: 2, Err: awstest.Throttled(), Applied: true})
		for _, put := range [][]Rejection{nil, {letter("1"), letter("2")}, {letter("3")}} {
			time.Sleep(time.Second)
			if err := l.Put(t.Context(), put); err != nil {
				t.Fatal(err)
			}
		}
		contents, _ := service.Contents("data", func(string) bool { return true })
		var all []byte
		for _, o := range contents.Objects {
			if !strings.HasPrefix(o.Key, "dead/2000") || !strings.HasSuffix(o.Key, ".jsonl") {
				t.Errorf("key %s", o.Key)
			}
			all = append(all, o.Body...)
		}
		if got := sources(t, all); len(contents.Objects) != 2 || !slices.Equal(got, []string{"1", "2", "3"}) {
			t.Errorf("%d objects with %q", len(contents.Objects), got)
		}
		awstest.CheckPermissions(t, DeadLetterS3Permissions("data", "dead/", ""), cloud.Calls(), s3.Actions)

		cloud.Inject(awstest.Fault{Operation: "S3.PutObject", Err: awstest.Denied()})
		if err := l.Put(t.Context(), []Rejection{letter("4")}); err == nil || !strings.Contains(err.Error(), "dead letters to s3://data/dead/") {
			t.Errorf("got %v", err)
		}
	})
}

// TestDeadLettersTogether has several goroutines put letters, as the workers of a run
// do.
func TestDeadLettersTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letters.jsonl")
	file, err := NewDeadLetterFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	writer := NewDeadLetterWriter(&b)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				put := []Rejection{letter(strings.Repeat("x", 5000)), letter("{}")}
				if err := errors.Join(file.Put(t.Context(), put), writer.Put(t.Context(), put)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	written, _ := os.ReadFile(path)
	for name, text := range map[string][]byte{"file": written, "writer": b.Bytes()} {
		if got := sources(t, text); len(got) != 160 {
			t.Errorf("%s: %d letters", name, len(got))
		}
	}
}
