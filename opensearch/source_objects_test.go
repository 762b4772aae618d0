package opensearch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/rows"
)

// put stores objects, given as keys and texts in turn.
func put(service *s3.Service, pairs ...string) {
	for pair := range slices.Chunk(pairs, 2) {
		service.Put("data", pair[0], s3.Object{Body: []byte(pair[1])})
	}
}

// inputNames returns the names of the inputs of a source.
func inputNames(s source) (names []string) {
	for _, in := range s.(*inputSource).inputs {
		names = append(names, in.name())
	}
	return names
}

func TestObjects(t *testing.T) {
	cloud, service, clients := world(t)
	service.PageSize = 2
	put(service,
		"in/", "", "in/a.jsonl", `{"n":1}`, "in/b/", "", "in/b/c.csv", "n\n2\n", "in/b/d e+%25?ä\x01.jsonl", gzipped(`{"n":3}`), "in/z.tsv.gz", gzipped("n\n4\n"),
		"in/_SUCCESS", "", "inner.jsonl", "no", "other/x.jsonl", `{"n":5}`, "one.jsonl", `{"n":6}`)
	s := open(t, clients, IngestOptions{Objects: []string{"s3://data/other/x.jsonl", "s3://data/in/", "s3://data/one.jsonl"}, IDField: "n"})
	wantNames := []string{
		"s3://data/other/x.jsonl", "s3://data/in/a.jsonl", "s3://data/in/b/c.csv", "s3://data/in/b/d e+%25?ä\x01.jsonl", "s3://data/in/z.tsv.gz", "s3://data/one.jsonl",
	}
	if got := inputNames(s); !slices.Equal(got, wantNames) {
		t.Errorf("got %q", got)
	}
	if got := cloud.Operations(); slices.Contains(got, "S3.GetObject") || s.done() != 0 {
		t.Errorf("it was read before it was asked for: %q", got)
	}
	check(t, s, `0:0 5@ {"n":5}`, `1:0 1@ {"n":1}`, `2:0 2@ {"n":"2"}`, `3:0 3@ {"n":3}`, `4:0 4@ {"n":"4"}`, `5:0 6@ {"n":6}`)
	if s.size() == 0 || s.done() != s.size() {
		t.Errorf("%d of %d bytes", s.done(), s.size())
	}
	before := cloud.Count()
	if got, err := collect(t.Context(), s, Position{4, 0}); len(got) != 2 || err != nil || cloud.Count() != before+2 {
		t.Errorf("got %q, %v with %d calls", got, err, cloud.Count()-before)
	}
	perms := IngestPermissions(IngestOptions{Objects: []string{"s3://data/other/x.jsonl", "s3://data/in/", "s3://data/one.jsonl"}})
	awstest.CheckPermissions(t, perms.Apply[len(perms.Apply)-2:], cloud.Calls(), s3.Actions)
}

func TestObjectURLs(t *testing.T) {
	tests := map[string]struct {
		urls []string
		want string // in the error
	}{
		"empty":           {[]string{""}, `it must be s3://bucket/key`},
		"a path":          {[]string{"data/a.jsonl"}, `"data/a.jsonl": it must be s3://bucket/key, or s3://bucket/prefix/`},
		"bucket only":     {[]string{"s3://data"}, "it must be s3://bucket/key"},
		"https":           {[]string{"https://data.s3.amazonaws.com/a.jsonl"}, "it must be s3://"},
		"no bucket":       {[]string{"s3:///a.jsonl"}, `"" is no name of a bucket`},
		"bucket":          {[]string{"s3://da ta/a.jsonl"}, `"da ta" is no name of a bucket`},
		"access point":    {[]string{"s3://arn:aws:s3:eu-central-1:123456789012:accesspoint/p/a.jsonl"}, "is no name of a bucket"},
		"key too long":    {[]string{"s3://data/" + strings.Repeat("k", 1025)}, "up to 1024 bytes"},
		"key of bytes":    {[]string{"s3://data/\xff.jsonl"}, "UTF-8"},
		"twice":           {[]string{"s3://data/a.jsonl", "s3://data/b.jsonl", "s3://data/a.jsonl"}, "s3://data/a.jsonl is named twice"},
		"below":           {[]string{"s3://data/in/b/a.jsonl", "s3://data/x.jsonl", "s3://data/in/"}, "s3://data/in/b/a.jsonl is named twice, also by s3://data/in/"},
		"prefixes":        {[]string{"s3://data/in/", "s3://data/in/b/"}, "s3://data/in/b/ is named twice, also by s3://data/in/"},
		"bucket and more": {[]string{"s3://data/", "s3://data/in/"}, "is named twice, also by s3://data/"},
		"hidden between":  {[]string{"s3://data/in/", "s3://data/in/b/c.jsonl", "s3://data/in/a.jsonl"}, "is named twice, also by s3://data/in/"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cloud, _, clients := world(t)
			_, err := openSource(t.Context(), clients, IngestOptions{Objects: test.urls})
			if err == nil || !strings.Contains(err.Error(), test.want) || cloud.Count() != 0 {
				t.Errorf("got %v after %d calls", err, cloud.Count())
			}
		})
	}
	if urls, err := parseObjectURLs([]string{"s3://data/in", "s3://data/in/", "s3://data/inner", "s3://more/in/"}); err != nil || len(urls) != 4 {
		t.Errorf("got %v, %v", urls, err)
	}
}

// TestObjectsRefused is about what S3 says when objects are looked up.
func TestObjectsRefused(t *testing.T) {
	type fault = awstest.Fault
	tests := map[string]struct {
		urls   []string
		put    []string
		bucket s3.Bucket
		fault  fault
		want   []string // in the error
	}{
		"missing":             {urls: []string{"s3://data/a.jsonl"}, want: []string{"s3://data/a.jsonl", "there is no such object"}},
		"missing, hidden":     {urls: []string{"s3://data/a.jsonl"}, bucket: s3.Bucket{ListPrefix: "in/"}, want: []string{"s3://data/a.jsonl", "needs s3:GetObject", "for an object that does not exist"}},
		"two missing":         {urls: []string{"s3://data/a.jsonl", "s3://data/b.jsonl"}, want: []string{"s3://data/a.jsonl", "s3://data/b.jsonl"}},
		"nothing below":       {urls: []string{"s3://data/in/"}, put: []string{"in/", "", "in/_SUCCESS", "", "inner.jsonl", "{}"}, want: []string{"s3://data/in/: there is no object with any content below it"}},
		"no bucket":           {urls: []string{"s3://gone/in/"}, want: []string{"s3://gone/in/", "NoSuchBucket"}},
		"listing denied":      {urls: []string{"s3://data/other/"}, bucket: s3.Bucket{ListPrefix: "in/"}, want: []string{"s3://data/other/", "needs s3:ListBucket"}},
		"another Region":      {urls: []string{"s3://data/a.jsonl"}, put: []string{"a.jsonl", "{}"}, bucket: s3.Bucket{Region: "us-west-2"}, want: []string{"s3://data/a.jsonl", "in another Region"}},
		"list another Region": {urls: []string{"s3://data/in/"}, bucket: s3.Bucket{Region: "us-west-2"}, want: []string{"s3://data/in/", "in another Region"}},
		"page 2 fails": {urls: []string{"s3://data/in/"}, put: []string{"in/a.jsonl", "{}", "in/b.jsonl", "{}", "in/c.jsonl", "{}"},
			fault: fault{Operation: "S3.ListObjectsV2", Skip: 1, Err: awstest.Denied()}, want: []string{"s3://data/in/", "needs s3:ListBucket"}},
		"no format": {urls: []string{"s3://data/in/"}, put: []string{"in/a.jsonl", "{}", "in/_committed_1", "{}"}, want: []string{"s3://data/in/_committed_1", "tells no format"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cloud, service, clients := world(t)
			service.PageSize = 2
			test.bucket.Owner = account
			if test.bucket.Region == "" {
				test.bucket.Region = region
			}
			service.CreateBucket("data", test.bucket)
			put(service, test.put...)
			if test.fault.Err != nil {
				hits := cloud.Inject(test.fault)
				defer func() {
					if hits() == 0 {
						t.Error("the fault hit nothing")
					}
				}()
			}
			_, err := openSource(t.Context(), clients, IngestOptions{Objects: test.urls})
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
		})
	}
}

func TestObjectsArchived(t *testing.T) {
	heads := map[string]struct {
		head    sdk.HeadObjectOutput
		refused string
	}{
		"standard":           {head: sdk.HeadObjectOutput{}},
		"instant":            {head: sdk.HeadObjectOutput{StorageClass: s3types.StorageClassGlacierIr}},
		"glacier":            {head: sdk.HeadObjectOutput{StorageClass: s3types.StorageClassGlacier}, refused: "it is archived (GLACIER) and cannot be read: restore it first"},
		"deep":               {head: sdk.HeadObjectOutput{StorageClass: s3types.StorageClassDeepArchive}, refused: "(DEEP_ARCHIVE)"},
		"being restored":     {head: sdk.HeadObjectOutput{StorageClass: s3types.StorageClassGlacier, Restore: aws.String(`ongoing-request="true"`)}, refused: "(GLACIER)"},
		"restored":           {head: sdk.HeadObjectOutput{StorageClass: s3types.StorageClassGlacier, Restore: aws.String(`ongoing-request="false", expiry-date="Fri, 21 Dec 2029 00:00:00 GMT"`)}},
		"tiering":            {head: sdk.HeadObjectOutput{StorageClass: s3types.StorageClassIntelligentTiering}},
		"tiering, archived":  {head: sdk.HeadObjectOutput{StorageClass: s3types.StorageClassIntelligentTiering, ArchiveStatus: s3types.ArchiveStatusArchiveAccess}, refused: "(ARCHIVE_ACCESS)"},
		"tiering, deep, too": {head: sdk.HeadObjectOutput{StorageClass: s3types.StorageClassIntelligentTiering, ArchiveStatus: s3types.ArchiveStatusDeepArchiveAccess}, refused: "(DEEP_ARCHIVE_ACCESS)"},
	}
	for name, test := range heads {
		cloud := awstest.New(t)
		awstest.Handle(cloud, func(context.Context, *sdk.HeadObjectInput) (*sdk.HeadObjectOutput, error) { return &test.head, nil })
		_, err := openSource(t.Context(), NewClients(cloud.Config(region, account)), IngestOptions{Objects: []string{"s3://data/a.jsonl"}})
		if (err == nil) != (test.refused == "") || err != nil && !(strings.Contains(err.Error(), test.refused) && strings.Contains(err.Error(), "s3://data/a.jsonl")) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestListedArchived(t *testing.T) {
	past := aws.Time(time.Unix(1, 0))
	tests := map[string]struct {
		class   s3types.ObjectStorageClass
		status  *s3types.RestoreStatus
		refused string
	}{
		"standard":       {class: s3types.ObjectStorageClassStandard},
		"instant":        {class: s3types.ObjectStorageClassGlacierIr},
		"tiering":        {class: s3types.ObjectStorageClassIntelligentTiering},
		"glacier":        {class: s3types.ObjectStorageClassGlacier, refused: "s3://data/in/a.jsonl: it is archived (GLACIER) and cannot be read: restore it first"},
		"deep":           {class: s3types.ObjectStorageClassDeepArchive, refused: "(DEEP_ARCHIVE)"},
		"being restored": {class: s3types.ObjectStorageClassGlacier, status: &s3types.RestoreStatus{IsRestoreInProgress: aws.Bool(true)}, refused: "(GLACIER)"},
		"restored":       {class: s3types.ObjectStorageClassGlacier, status: &s3types.RestoreStatus{IsRestoreInProgress: aws.Bool(false), RestoreExpiryDate: past}},
	}
	for name, test := range tests {
		cloud := awstest.New(t)
		awstest.Handle(cloud, func(_ context.Context, in *sdk.ListObjectsV2Input) (*sdk.ListObjectsV2Output, error) {
			o := s3types.Object{Key: aws.String("in/a.jsonl"), Size: aws.Int64(3), ETag: aws.String(`"1"`), StorageClass: test.class}
			if slices.Contains(in.OptionalObjectAttributes, s3types.OptionalObjectAttributesRestoreStatus) {
				o.RestoreStatus = test.status
			}
			return &sdk.ListObjectsV2Output{Contents: []s3types.Object{o}}, nil
		})
		_, err := openSource(t.Context(), NewClients(cloud.Config(region, account)), IngestOptions{Objects: []string{"s3://data/in/"}})
		if (err == nil) != (test.refused == "") || err != nil && !strings.Contains(err.Error(), test.refused) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestListedInNoOrder has a listing as directory buckets give it.
func TestListedInNoOrder(t *testing.T) {
	cloud := awstest.New(t)
	awstest.Handle(cloud, func(_ context.Context, in *sdk.ListObjectsV2Input) (*sdk.ListObjectsV2Output, error) {
		out := &sdk.ListObjectsV2Output{}
		for _, key := range []string{"in/b.jsonl", "in/a%2Fc.jsonl", "in/a.jsonl"} {
			out.Contents = append(out.Contents, s3types.Object{Key: &key, Size: aws.Int64(3), ETag: aws.String(`"1"`)})
		}
		return out, nil
	})
	s := open(t, NewClients(cloud.Config(region, account)), IngestOptions{Objects: []string{"s3://data/in/"}})
	if got := inputNames(s); !slices.Equal(got, []string{"s3://data/in/a.jsonl", "s3://data/in/a/c.jsonl", "s3://data/in/b.jsonl"}) {
		t.Errorf("got %q", got)
	}
}

// TestObjectsRead disturbs the reading of two objects.
func TestObjectsRead(t *testing.T) {
	const first, second = "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n", "{\"n\":4}"
	type faults struct {
		cloud   *awstest.Cloud
		service *s3.Service
	}
	tests := map[string]struct {
		disturb func(faults)
		items   int
		is      error
		want    []string // in the error
	}{
		"nothing": {items: 4},
		"broken": {disturb: func(f faults) {
			f.service.BreakBody("data", "a.jsonl", 10, func() { f.service.BreakBody("data", "a.jsonl", 1, nil) })
		}, items: 4},
		"throttled": {disturb: func(f faults) {
			f.cloud.Inject(awstest.Fault{Operation: "S3.GetObject", Attempts: 2, Err: awstest.Throttled()})
		}, items: 4},
		"broken and changed": {disturb: func(f faults) {
			f.service.BreakBody("data", "a.jsonl", 10, func() { put(f.service, "a.jsonl", strings.ToUpper(first)) })
		}, items: 1, is: ErrInputChanged, want: []string{"s3://data/a.jsonl", "behind byte 10"}},
		"changed before": {disturb: func(f faults) { put(f.service, "a.jsonl", second) }, is: ErrInputChanged, want: []string{"s3://data/a.jsonl", "no longer has the ETag"}},
		"same content":   {disturb: func(f faults) { put(f.service, "a.jsonl", first) }, items: 4},
		"second changed": {disturb: func(f faults) { put(f.service, "b.jsonl", first) }, items: 3, is: ErrInputChanged, want: []string{"s3://data/b.jsonl"}},
		"removed":        {disturb: func(f faults) { f.service.Delete("data", "b.jsonl") }, items: 3, want: []string{"s3://data/b.jsonl", "there is no such object"}},
		"denied": {disturb: func(f faults) {
			f.cloud.Inject(awstest.Fault{Operation: "S3.GetObject", Skip: 1, Err: awstest.Denied()})
		}, items: 3, want: []string{"s3://data/b.jsonl", "needs s3:GetObject"}},
		"archived since": {disturb: func(f faults) {
			f.cloud.Inject(awstest.Fault{Operation: "S3.GetObject", Err: awstest.Status(403, &s3types.InvalidObjectState{})})
		}, want: []string{"s3://data/a.jsonl", "it is archived: restore it first"}},
		"outage": {disturb: func(f faults) {
			f.cloud.Inject(awstest.Fault{Operation: "S3.GetObject", Err: awstest.Error(503, "ServiceUnavailable", "")})
		}, want: []string{"s3://data/a.jsonl", "ServiceUnavailable"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud, service, clients := world(t)
				put(service, "a.jsonl", first, "b.jsonl", second)
				s := open(t, clients, IngestOptions{Objects: []string{"s3://data/a.jsonl", "s3://data/b.jsonl"}, IDField: "n"})
				if test.disturb != nil {
					test.disturb(faults{cloud, service})
				}
				got, err := collect(t.Context(), s, Position{})
				if len(got) != test.items || test.is != nil && !errors.Is(err, test.is) || (err == nil) != (test.is == nil && test.want == nil) {
					t.Errorf("got %q, %v", got, err)
				}
				for _, want := range test.want {
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("got %v, want %q in it", err, want)
					}
				}
				if err != nil && strings.Count(err.Error(), "s3://data/") != 1 {
					t.Errorf("names it more than once: %v", err)
				}
			})
		})
	}
}

func TestObjectsCancelled(t *testing.T) {
	cause := errors.New("enough")
	_, service, clients := world(t)
	put(service, "a.jsonl", "{}\n{}\n{}\n", "in/b.jsonl", "{}")
	opts := IngestOptions{Objects: []string{"s3://data/a.jsonl", "s3://data/in/"}}
	ctx, cancel := context.WithCancelCause(t.Context())
	s := open(t, clients, opts)
	service.BreakBody("data", "a.jsonl", 6, func() { cancel(cause) })
	if got, err := collect(ctx, s, Position{}); len(got) > 2 || !errors.Is(err, cause) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := openSource(ctx, clients, opts); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

// TestObjectsOfTables reads objects in any order, from a file that is gone afterwards,
// whatever happens.
func TestObjectsOfTables(t *testing.T) {
	cause := errors.New("enough")
	content := strings.Repeat("x", 100_000)
	tests := map[string]struct {
		disturb func(*s3.Service, context.CancelCauseFunc)
		stop    int // after so many items
		items   int
		is      error
	}{
		"whole":   {items: 3},
		"stopped": {stop: 1, items: 1},
		"broken": {disturb: func(service *s3.Service, _ context.CancelCauseFunc) {
			service.BreakBody("data", "a.parquet", 50_000, nil)
		}, items: 3},
		"changed": {disturb: func(service *s3.Service, _ context.CancelCauseFunc) {
			service.BreakBody("data", "a.parquet", 50_000, func() { put(service, "a.parquet", content+"y") })
		}, is: ErrInputChanged},
		"cancelled": {disturb: func(service *s3.Service, cancel context.CancelCauseFunc) {
			service.BreakBody("data", "a.parquet", 50_000, func() { cancel(cause) })
		}, is: cause},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, service, clients := world(t)
			put(service, "a.parquet", content)
			t.Setenv("TMPDIR", t.TempDir())
			s := open(t, clients, IngestOptions{Objects: []string{"s3://data/a.parquet"}, Format: rows.Of(openBackward)})
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if test.disturb != nil {
				test.disturb(service, cancel)
			}
			n := 0
			var failed error
			for _, err := range s.items(ctx, Position{}) {
				if failed = err; err != nil {
					break
				}
				if n++; n == test.stop {
					break
				}
			}
			if n != test.items || !errors.Is(failed, test.is) {
				t.Errorf("%d items, %v", n, failed)
			}
			if left, err := os.ReadDir(os.TempDir()); len(left) > 0 || err != nil {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// TestTempFile is about systems that cannot remove a file that is open.
func TestTempFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	file, err := os.CreateTemp("", "")
	if err != nil {
		t.Fatal(err)
	}
	f := &tempFile{File: file}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(file.Name()); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
	if err := f.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed again: %v", err)
	}
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	if _, err := newTempFile(); err == nil {
		t.Error("a file in no folder")
	}
}

// TestObjectsVersion checks that the content is told by the ETag, and not by when it
// was written.
func TestObjectsVersion(t *testing.T) {
	_, service, clients := world(t)
	version := func() string { return open(t, clients, IngestOptions{Objects: []string{"s3://data/in/"}}).version() }
	put(service, "in/a.jsonl", "{}", "in/b.jsonl", "[]")
	before := version()
	put(service, "in/a.jsonl", "{}", "in/", "")
	if version() != before {
		t.Error("the same content has another version")
	}
	seen := map[string]bool{before: true}
	for _, change := range [][]string{{"in/a.jsonl", "{ }"}, {"in/a.jsonl", "[]", "in/b.jsonl", "{}"}, {"in/c.jsonl", "{}"}} {
		put(service, change...)
		if v := version(); seen[v] {
			t.Errorf("%q: the version stays", change)
		} else {
			seen[v] = true
		}
	}
}
