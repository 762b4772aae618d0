package lineage_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/lineage"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

func TestPublish(t *testing.T) {
	w := newWorld(awstest.New(t), s3.Bucket{})
	ctx, c := t.Context(), w.clients()
	opts := options()
	plan, err := lineage.PlanPublish(ctx, c, opts)
	if err != nil {
		t.Fatal(err)
	}
	var told []awspatterns.Outcome
	plan.Progress = func(o awspatterns.Outcome) { told = append(told, o) }
	result, err := lineage.ApplyPublish(ctx, c, plan)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range result.Outcomes {
		got = append(got, fmt.Sprint(o.State, " ", o.Action, " ", o.Resource))
	}
	want := []string{
		"applied create S3 object s3://graphs/site/graph.json",
		"applied create S3 object s3://graphs/site/report.md",
		"applied create S3 object s3://graphs/site/index.html",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got outcomes %q, want %q", got, want)
	}
	if len(told) != len(want) {
		t.Errorf("progress was told %d outcomes, want %d", len(told), len(want))
	}
	if result.Page != "s3://graphs/site/index.html" {
		t.Errorf("got page %s", result.Page)
	}
	var page strings.Builder
	html := dag.HTMLOptions{Links: []dag.PageLink{{Text: "graph.json", URL: "graph.json"}, {Text: "report.md", URL: "report.md"}}}
	if err := graph().WriteHTML(&page, html); err != nil {
		t.Fatal(err)
	}
	if w.body(t, "site/index.html") != page.String() {
		t.Error("the page is not that of WriteHTML")
	}
	if read, err := dag.ReadJSON(strings.NewReader(w.body(t, "site/graph.json"))); err != nil || len(read.Nodes) != len(graph().Nodes) {
		t.Errorf("reading graph.json: %v", err)
	}
	o, _ := w.s3.Get(bucket, "site/index.html")
	if o.ContentType != "text/html; charset=utf-8" || o.CacheControl != "no-cache" {
		t.Errorf("got content type %q and cache control %q", o.ContentType, o.CacheControl)
	}

	again, err := lineage.PlanPublish(ctx, c, opts)
	if err != nil || !again.Empty() {
		t.Errorf("planning again gave %v and\n%s", err, again)
	}
	before := w.Count()
	if _, err := lineage.ApplyPublish(ctx, c, again); err != nil || w.Count() != before {
		t.Errorf("applying an empty plan made %d calls and returned %v", w.Count()-before, err)
	}
}

// TestPublishAtOnce applies two plans that were made of the same state.
func TestPublishAtOnce(t *testing.T) {
	w := newWorld(awstest.New(t), s3.Bucket{Versioned: true})
	var plans [3]lineage.PublishPlan
	for i, g := range []*dag.Graph{graph(), graph(), otherGraph()} {
		opts := options()
		opts.Graph = g
		var err error
		if plans[i], err = lineage.PlanPublish(t.Context(), w.clients(), opts); err != nil {
			t.Fatal(err)
		}
	}
	var errs [3]error
	done := make(chan int)
	for i := range 2 {
		go func() {
			_, errs[i] = lineage.ApplyPublish(t.Context(), w.clients(), plans[i])
			done <- i
		}()
	}
	<-done
	<-done
	if err := errors.Join(errs[:]...); err != nil {
		t.Errorf("two applications of one graph at once: %v", err)
	}
	if w.s3.Writes() != 3 {
		t.Errorf("got %d writes, want 3", w.s3.Writes())
	}
	if _, err := lineage.ApplyPublish(t.Context(), w.clients(), plans[2]); !errors.Is(err, awspatterns.ErrStale) {
		t.Errorf("a plan for another graph: got %v, want ErrStale", err)
	}
}

// TestPublishIncomplete checks what is done of a plan that could not read all.
func TestPublishIncomplete(t *testing.T) {
	w := staleSite(awstest.New(t))
	w.Inject(awstest.Fault{Operation: "S3.HeadObject", Err: awstest.Denied(), Match: func(c awstest.Call) bool {
		return strings.Contains(c.Target, "nodes.csv")
	}})
	plan, err := lineage.PlanPublish(t.Context(), w.clients(), options())
	if err != nil || !plan.Incomplete {
		t.Fatalf("got %v and\n%s", err, plan)
	}
	result, err := lineage.ApplyPublish(t.Context(), w.clients(), plan)
	if !errors.Is(err, awspatterns.ErrIncomplete) {
		t.Errorf("got %v, want ErrIncomplete", err)
	}
	var got []string
	for _, o := range result.Outcomes {
		got = append(got, fmt.Sprint(o.State, " ", strings.TrimPrefix(o.Resource.ID, "s3://graphs/site/")))
	}
	want := []string{"applied report.md", "applied index.html", "left graph.dot", "left nodes.csv"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if w.body(t, "site/graph.dot") != "stale" {
		t.Error("a stale object was deleted")
	}
}

// TestPublishMany removes stale objects over several pages of a listing.
func TestPublishMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t), s3.Bucket{})
		w.MaxCalls = 100_000
		for i := range 2500 {
			key := fmt.Sprintf("site/old/%04d", i)
			var metadata map[string]string
			if i%100 == 0 {
				metadata = map[string]string{"awspatterns": lineage.Mark(bucket, "site/", key)}
			}
			w.put(key, "old", metadata)
		}
		plan, err := lineage.PlanPublish(t.Context(), w.clients(), options())
		if err != nil {
			t.Fatal(err)
		}
		if plan.Count(awspatterns.Delete) != 25 || plan.Count(awspatterns.Create) != 3 {
			t.Errorf("got\n%s", plan)
		}
		if _, err := lineage.ApplyPublish(t.Context(), w.clients(), plan); err != nil {
			t.Fatal(err)
		}
	})
}

// TestPublishCancelled ends the context at each call.
func TestPublishCancelled(t *testing.T) {
	why := errors.New("shut down")
	for k := 1; ; k++ {
		w := staleSite(awstest.New(t))
		ctx, cancel := context.WithCancelCause(t.Context())
		calls := 0
		w.Inject(awstest.Fault{Match: func(awstest.Call) bool {
			if calls++; calls == k {
				cancel(why)
			}
			return false
		}})
		err := publish(ctx, w.clients(), options())
		if calls < k {
			break // there is no k-th call
		}
		if err != nil && !errors.Is(err, why) {
			t.Errorf("cancelled at call %d: got %v, want the cause", k, err)
		}
		if err := publish(t.Context(), w.clients(), options()); err != nil {
			t.Errorf("publishing again after it was cancelled at call %d: %v", k, err)
		}
	}
}

// TestPublishOwner checks that every call says whose bucket it is for.
func TestPublishOwner(t *testing.T) {
	const other = "999999999999"
	for _, owner := range []string{account, other} {
		for _, removeStale := range []bool{false, true} {
			t.Run(fmt.Sprintf("owner %s, remove stale %t", owner, removeStale), func(t *testing.T) {
				w := newWorld(awstest.New(t), s3.Bucket{})
				w.s3.CreateBucket(bucket, s3.Bucket{Owner: owner, Region: region, Readers: []string{account}, Writers: []string{account}})
				w.putMarked("site/old", "stale")
				w.put("site/report.md", "mine", nil)
				opts := options()
				opts.RemoveStale, opts.Adopt = removeStale, true
				if owner != account {
					opts.Owner = owner
				}
				if err := publish(t.Context(), w.clients(), opts); err != nil {
					t.Fatal(err)
				}
				met := map[string]bool{}
				for _, call := range w.Calls() {
					if call.Service != "S3" {
						continue
					}
					met[call.Operation] = true
					got := reflect.ValueOf(call.Input).Elem().FieldByName("ExpectedBucketOwner").Interface().(*string)
					if aws.ToString(got) != owner {
						t.Errorf("%s is for the owner %q, want %q", call, aws.ToString(got), owner)
					}
				}
				if want := map[bool]int{false: 3, true: 4}[removeStale]; len(met) != want {
					t.Errorf("got operations %v, want %d", met, want)
				}
			})
		}
	}
}

// TestPublishIrreversible tells what a plan says of what cannot be got back.
func TestPublishIrreversible(t *testing.T) {
	for _, test := range []struct {
		name           string
		versioning     []s3types.BucketVersioningStatus // before and after publishing
		update, delete string
	}{
		{"unversioned", nil, "the present content: the bucket keeps no versions", "the content: the bucket keeps no versions"},
		{"versioned", []s3types.BucketVersioningStatus{"Enabled"}, "", ""},
		{
			"suspended", []s3types.BucketVersioningStatus{"Suspended"},
			"the present content, unless versioning is switched on by now: there is no version of it",
			"the content, unless versioning is switched on by now: there is no version of it",
		},
		{"versioned, suspended since", []s3types.BucketVersioningStatus{"Enabled", "Suspended"}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(awstest.New(t), s3.Bucket{})
			version := func() {
				if len(test.versioning) == 0 {
					return
				}
				_, err := sdk.NewFromConfig(w.Config(region, account)).PutBucketVersioning(t.Context(), &sdk.PutBucketVersioningInput{
					Bucket: aws.String(bucket), VersioningConfiguration: &s3types.VersioningConfiguration{Status: test.versioning[0]},
				})
				if err != nil {
					t.Fatal(err)
				}
				test.versioning = test.versioning[1:]
			}
			version()
			if err := publish(t.Context(), w.clients(), options()); err != nil {
				t.Fatal(err)
			}
			w.putMarked("site/old", "stale")
			version()
			opts := options()
			opts.HTML.Title = "Films"
			plan := planned(t, w, opts)
			if got, want := brief(plan), []string{"update index.html: content", "delete old: content"}; !slices.Equal(got, want) {
				t.Fatalf("got %q, want %q", got, want)
			}
			for i, want := range []string{test.update, test.delete} {
				if got := plan.Changes[i].Irreversible; got != want {
					t.Errorf("%s: got %q, want %q", plan.Changes[i].Action, got, want)
				}
			}
		})
	}
}

// TestPublishCopied publishes where all objects of a site were copied to, with
// their metadata.
func TestPublishCopied(t *testing.T) {
	for _, to := range []struct{ bucket, prefix string }{{"copies", "site/"}, {bucket, "copy/"}} {
		w := publishedSite(t, s3.Bucket{})
		w.s3.CreateBucket("copies", s3.Bucket{Owner: account, Region: region})
		for _, name := range []string{"graph.json", "report.md", "index.html", "old"} {
			o, _ := w.s3.Get(bucket, "site/"+name)
			w.s3.Put(to.bucket, to.prefix+name, o)
		}
		opts := options()
		opts.Bucket, opts.Prefix = to.bucket, to.prefix
		plan := planned(t, w, opts)
		if plan.Count(awspatterns.Blocked) != 3 || len(plan.Changes) != 3 {
			t.Errorf("%v: got\n%s", to, plan)
		}
	}
}

// TestPublishUnreadable publishes where objects of others cannot be read.
func TestPublishUnreadable(t *testing.T) {
	for _, at := range []string{"theirs", "report.md"} {
		for _, how := range []string{"a KMS key", "a key of the caller's"} {
			for _, adopt := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s with %s, adopt %t", at, how, adopt), func(t *testing.T) {
					w := publishedSite(t, s3.Bucket{ListPrefix: "site/"})
					o := s3.Object{Body: []byte("theirs")}
					if how == "a KMS key" {
						o.KMSKey = kmsKey
						w.s3.DenyKMS(kmsKey)
					} else {
						w.Inject(awstest.Fault{Operation: "S3.HeadObject", Err: awstest.Error(400, "BadRequest", ""), Match: func(c awstest.Call) bool {
							now, _ := w.s3.Get(bucket, "site/"+at)
							return on(at)(c) && string(now.Body) == "theirs"
						}})
					}
					w.s3.Put(bucket, "site/"+at, o)
					opts := options()
					opts.Adopt = adopt
					plan := planned(t, w, opts)
					want, incomplete, left := []string{"delete old: content"}, false, "theirs"
					switch {
					case how != "a KMS key" && at == "theirs": // it might be ours
						want, incomplete = []string{"delete old: content", "unknown theirs: "}, true
					case how != "a KMS key":
						want, incomplete = []string{"unknown report.md: ", "delete old: content"}, true
					case at == "theirs":
					case adopt: // all but the content is known
						want, left = []string{"update report.md: content, content type, cache control (adopted)", "delete old: content"}, ""
					default:
						want = []string{"blocked report.md: ", "delete old: content"}
					}
					if got := brief(plan); !slices.Equal(got, want) || plan.Incomplete != incomplete {
						t.Fatalf("got %q, incomplete %t; want %q", got, plan.Incomplete, want)
					}
					_, err := applied(t, w, plan)
					if whole := !incomplete && (at == "theirs" || left == ""); whole != (err == nil) || !whole && !errors.Is(err, awspatterns.ErrIncomplete) {
						t.Errorf("got %v", err)
					}
					if _, exists := w.s3.Get(bucket, "site/old"); exists != incomplete {
						t.Errorf("the stale object is there: %t", exists)
					}
					if got := w.body(t, "site/"+at); (got == "theirs") != (left == "theirs") {
						t.Errorf("got %q at %s", got, at)
					}
				})
			}
		}
	}
}

// TestPublishOtherKey encrypts a site anew whose key is no longer to be had.
func TestPublishOtherKey(t *testing.T) {
	const otherKey = "arn:aws:kms:eu-central-1:123456789012:key/00000000-12ab-34cd-56ef-1234567890ab"
	w := newWorld(awstest.New(t), s3.Bucket{ListPrefix: "site/"})
	opts := options()
	opts.KMSKey = otherKey
	if err := publish(t.Context(), w.clients(), opts); err != nil {
		t.Fatal(err)
	}
	w.s3.DenyKMS(otherKey)
	if plan := planned(t, w, opts); plan.Count(awspatterns.Unknown) != 3 {
		t.Errorf("with the key that is denied: got\n%s", plan)
	}
	opts.KMSKey = ""
	if plan := planned(t, w, opts); plan.Count(awspatterns.Unknown) != 3 {
		t.Errorf("with the encryption of the bucket: got\n%s", plan)
	}
	opts.KMSKey = kmsKey
	plan := planned(t, w, opts)
	if got := brief(plan); len(got) != 3 || got[0] != "update graph.json: content, KMS key" {
		t.Errorf("with another key: got %q", got)
	}
	for range 2 { // the second time nothing is left to do
		if _, err := applied(t, w, plan); err != nil {
			t.Fatal(err)
		}
	}
	if again := planned(t, w, opts); !again.Empty() {
		t.Errorf("planning again gave\n%s", again)
	}
}

// TestPublishMaxBytes lets the smallest file be written of a site that has a byte
// too many.
func TestPublishMaxBytes(t *testing.T) {
	w := publishedSite(t, s3.Bucket{})
	var size int64
	for _, name := range []string{"graph.json", "report.md", "index.html"} {
		size += int64(len(w.body(t, "site/"+name)))
	}
	w.s3.Delete(bucket, "site/report.md")
	opts := options()
	for _, test := range []struct {
		maxBytes int64
		want     error
	}{{size - 1, awspatterns.ErrCeiling}, {size, nil}} {
		opts.MaxBytes = test.maxBytes
		plan := planned(t, w, opts)
		if text := plan.String(); !strings.Contains(text, "create") || !strings.Contains(text, "ceiling") {
			t.Errorf("got\n%s", text)
		}
		before := w.Count()
		states, err := applied(t, w, plan)
		if !errors.Is(err, test.want) {
			t.Errorf("%d of %d bytes: got %v, want %v", test.maxBytes, size, err, test.want)
		}
		if test.want != nil && (w.Count() > before || states != "pending report.md, pending old") {
			t.Errorf("%d calls, %s", w.Count()-before, states)
		}
	}
	opts.MaxBytes = 1
	w.putMarked("site/old", "stale")
	if states, err := applied(t, w, planned(t, w, opts)); err != nil || states != "applied old" {
		t.Errorf("nothing is written: got %s and %v", states, err)
	}
}

// TestPublishPermissionsLimits checks what is allowed on what.
func TestPublishPermissionsLimits(t *testing.T) {
	const files = "site/graph.json site/report.md site/index.html"
	via := map[string]map[string][]string{"StringLike": {"kms:ViaService": {"s3.eu-central-1.amazonaws.com*"}}}
	below := map[string]map[string][]string{"StringLike": {"s3:prefix": {"site/*"}}}
	each := func(keys ...string) map[string]map[string][]string {
		return map[string]map[string][]string{"StringEquals": {"s3:prefix": keys}}
	}
	three := each("site/graph.json", "site/report.md", "site/index.html")
	tests := []struct {
		name  string
		opts  lineage.PublishOptions
		read  string // keys, without the bucket
		write string
		list  map[string]map[string][]string
		all   string // actions
	}{
		{
			name: "files only", opts: lineage.PublishOptions{Bucket: bucket, Prefix: "site/"},
			read: files, write: files, list: three,
			all: "s3:GetObject s3:ListBucket s3:PutObject sts:GetCallerIdentity",
		},
		{
			name: "removing", opts: lineage.PublishOptions{Bucket: bucket, Prefix: "site/", RemoveStale: true},
			read: "site/*", write: files, list: below,
			all: "s3:DeleteObject s3:GetObject s3:ListBucket s3:PutObject sts:GetCallerIdentity",
		},
		{
			name: "the whole bucket", opts: lineage.PublishOptions{Bucket: bucket},
			read: "graph.json report.md index.html", write: "graph.json report.md index.html",
			list: each("graph.json", "report.md", "index.html"),
			all:  "s3:GetObject s3:ListBucket s3:PutObject sts:GetCallerIdentity",
		},
		{
			name: "the whole bucket, removing", opts: lineage.PublishOptions{Bucket: bucket, RemoveStale: true},
			read: "*", write: "graph.json report.md index.html",
			all: "s3:DeleteObject s3:GetObject s3:ListBucket s3:PutObject sts:GetCallerIdentity",
		},
		{
			name: "KMS key", opts: lineage.PublishOptions{Bucket: bucket, Prefix: "site/", KMSKey: kmsKey},
			read: files, write: files, list: three,
			all: "kms:Decrypt kms:GenerateDataKey s3:GetObject s3:ListBucket s3:PutObject sts:GetCallerIdentity",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			declared := lineage.PublishPermissions(test.opts)
			if got := strings.Join(declared.Apply.Actions(), " "); got != test.all {
				t.Errorf("got actions %s, want %s", got, test.all)
			}
			for _, action := range []string{"s3:PutObject", "s3:DeleteObject", "kms:GenerateDataKey"} {
				if slices.Contains(declared.Plan.Actions(), action) {
					t.Errorf("planning needs %s", action)
				}
			}
			for _, p := range append(slices.Clone(declared.Plan), declared.Apply...) {
				resources, conditions := "", map[string]map[string][]string(nil)
				switch p.Action {
				case "s3:GetObject":
					resources = test.read
				case "s3:DeleteObject":
					resources = test.opts.Prefix + "*"
				case "s3:PutObject":
					resources = test.write
				case "s3:ListBucket":
					if want := []string{"arn:${Partition}:s3:::graphs"}; !slices.Equal(p.Resources, want) {
						t.Errorf("%s: got %q, want %q", p.Action, p.Resources, want)
					}
					conditions = test.list
				case "kms:Decrypt", "kms:GenerateDataKey":
					if !slices.Equal(p.Resources, []string{kmsKey}) {
						t.Errorf("%s: got %q", p.Action, p.Resources)
					}
					conditions = via
				}
				if resources != "" {
					if got := strings.ReplaceAll(strings.Join(p.Resources, " "), "arn:${Partition}:s3:::graphs/", ""); got != resources {
						t.Errorf("%s: got %q, want %q", p.Action, got, resources)
					}
				}
				if !reflect.DeepEqual(p.Conditions, conditions) {
					t.Errorf("%s: got conditions %v, want %v", p.Action, p.Conditions, conditions)
				}
			}
		})
	}
	for _, refused := range []lineage.PublishOptions{
		{},
		{Bucket: "arn:aws:s3:::graphs", Prefix: "site/"},
		{Bucket: "*"},
		{Bucket: "graphs--use1-az4--x-s3"},
		{Bucket: bucket, Prefix: "site"},
		{Bucket: bucket, Prefix: "/site/"},
		{Bucket: bucket, KMSKey: "alias/site"},
	} {
		if p := lineage.PublishPermissions(refused); len(p.Plan)+len(p.Apply)+len(p.Beside) > 0 {
			t.Errorf("%+v: got %v", refused, p)
		}
	}
}

// TestPublishAdoptsEqual takes over an object that only lacks the mark.
func TestPublishAdoptsEqual(t *testing.T) {
	w := newWorld(awstest.New(t), s3.Bucket{})
	opts := options()
	opts.Adopt = true
	if err := publish(t.Context(), w.clients(), opts); err != nil {
		t.Fatal(err)
	}
	w.rewrite(t, "site/report.md", func(in *sdk.PutObjectInput) { in.Metadata = nil })
	plan := planned(t, w, opts)
	if got, want := brief(plan), []string{"update report.md:  (adopted)"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := applied(t, w, plan); err != nil {
		t.Error(err)
	}
	if again := planned(t, w, opts); !again.Empty() {
		t.Errorf("planning again gave\n%s", again)
	}
}

// TestPublishStaleKMS deletes a stale object under a key that the caller may not
// use: that takes none.
func TestPublishStaleKMS(t *testing.T) {
	w := publishedSite(t, s3.Bucket{})
	o, _ := w.s3.Get(bucket, "site/old")
	o.KMSKey = kmsKey
	w.s3.Put(bucket, "site/old", o)
	w.s3.DenyKMS(kmsKey)
	if states, err := applied(t, w, planned(t, w, options())); err != nil || states != "applied old" {
		t.Errorf("got %s and %v", states, err)
	}
}

// TestPublishBesideLonger publishes beside objects whose keys begin with those of
// the files.
func TestPublishBesideLonger(t *testing.T) {
	for _, removeStale := range []bool{false, true} {
		w := newWorld(awstest.New(t), s3.Bucket{ListPrefix: "site/"})
		for _, name := range []string{"graph.json.bak", "index.html/", "report.md~"} {
			w.put("site/"+name, "theirs", nil)
		}
		opts := options()
		opts.RemoveStale = removeStale
		plan := planned(t, w, opts)
		if plan.Count(awspatterns.Create) != 3 || len(plan.Changes) != 3 {
			t.Errorf("remove stale %t: got\n%s", removeStale, plan)
		}
		if _, err := applied(t, w, plan); err != nil {
			t.Error(err)
		}
	}
}
