package lineage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// indexFile is the page. Web servers show it for the prefix.
const indexFile = "index.html"

// A siteFile is a file of what is published.
type siteFile struct {
	name        string
	contentType string
	content     []byte
	sha256      [sha256.Size]byte
}

// siteFiles renders a graph, the page last: whoever opens it finds the rest.
func siteFiles(g *dag.Graph, html dag.HTMLOptions) ([]siteFile, error) {
	html.Links = append([]dag.PageLink{{Text: "graph.json", URL: "graph.json"}, {Text: "report.md", URL: "report.md"}}, html.Links...)
	files := []siteFile{
		{name: "graph.json", contentType: "application/json"},
		{name: "report.md", contentType: "text/markdown; charset=utf-8"},
		{name: indexFile, contentType: "text/html; charset=utf-8"},
	}
	write := []func(io.Writer) error{g.WriteJSON, g.WriteMarkdown, func(w io.Writer) error { return g.WriteHTML(w, html) }}
	for i := range files {
		var b bytes.Buffer
		if err := write[i](&b); err != nil {
			return nil, err
		}
		files[i].content, files[i].sha256 = b.Bytes(), sha256.Sum256(b.Bytes())
	}
	return files, nil
}

// A foundObject is what was found at a key.
type foundObject struct {
	unknown      error // why it could not be read; then only the ETag is known, if that
	etag         string
	versioned    bool
	sha256       string // in hex; empty if S3 has none
	size         int64
	contentType  string
	cacheControl string
	kmsKey       string
	mark         string
}

// foundObjects is what was found below a prefix.
type foundObjects struct {
	unknown error // why the prefix could not be listed
	objects map[string]foundObject
}

// mark returns the metadata that marks an object as published by this library. It
// holds for one key, since copying an object copies its metadata, and for one
// prefix: what was published below "site/old/" is not stale for "site/".
func mark(bucket, prefix, key string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{bucket, prefix, key}, "\x00")))
	return publishPattern + "/" + hex.EncodeToString(sum[:8])
}

// decidePublish compares what was found with the files.
func decidePublish(opts PublishOptions, target awspatterns.Target, files []siteFile, found foundObjects) (PublishPlan, error) {
	plan := PublishPlan{
		Plan:         awspatterns.Plan{Pattern: publishPattern, Target: target},
		HTML:         opts.HTML,
		Bucket:       opts.Bucket,
		Prefix:       opts.Prefix,
		Owner:        opts.Owner,
		CacheControl: opts.CacheControl,
		KMSKey:       opts.KMSKey,
		Graph:        opts.Graph,
	}
	if found.unknown != nil {
		plan.add("S3 prefix", PublishObject{Key: opts.Prefix}, awspatterns.Change{Action: awspatterns.Unknown, Reason: reason.Of(found.unknown)})
		return plan, apply.Seal(&plan.Plan, &plan)
	}
	wanted := map[string]bool{}
	var written int64
	for _, f := range files {
		key := opts.Prefix + f.name
		wanted[key] = true
		object, exists := found.objects[key]
		change, differs := fileChange(opts, key, f, object, exists)
		if !differs {
			continue
		}
		if change.Action.Applies() {
			written += int64(len(f.content))
		}
		plan.add("S3 object", PublishObject{
			Key: key, SHA256: hex.EncodeToString(f.sha256[:]), Size: int64(len(f.content)), ContentType: f.contentType, ETag: object.etag,
		}, change)
	}
	for _, key := range slices.Sorted(maps.Keys(found.objects)) {
		object := found.objects[key]
		if change, stale := staleChange(opts, key, object); stale && !wanted[key] {
			plan.add("S3 object", PublishObject{Key: key, ETag: object.etag}, change)
		}
	}
	plan.Costs = publishCosts(opts, plan, written)
	return plan, apply.Seal(&plan.Plan, &plan)
}

func (p *PublishPlan) add(kind string, o PublishObject, c awspatterns.Change) {
	c.Resource = awspatterns.Resource{Type: kind, ID: S3Object{Bucket: p.Bucket, Key: o.Key}.String()}
	p.Changes = append(p.Changes, c)
	p.Objects = append(p.Objects, o)
}

// fileChange decides what a file takes. It reports false if the object is as
// wanted.
func fileChange(opts PublishOptions, key string, f siteFile, object foundObject, exists bool) (awspatterns.Change, bool) {
	marked := object.mark == mark(opts.Bucket, opts.Prefix, key)
	switch {
	case !exists:
		return awspatterns.Change{Action: awspatterns.Create, Fields: wantedFields(opts, f, foundObject{})}, true
	case object.unknown != nil:
		return awspatterns.Change{Action: awspatterns.Unknown, Reason: reason.Of(object.unknown)}, true
	case !marked && !opts.Adopt:
		return awspatterns.Change{
			Action: awspatterns.Blocked,
			Reason: "there is an object that this library did not publish",
			Steps:  []string{"move the object away, choose another prefix, or set Adopt to overwrite it"},
		}, true
	}
	fields := wantedFields(opts, f, object)
	if marked && len(fields) == 0 {
		return awspatterns.Change{}, false
	}
	return awspatterns.Change{
		Action: awspatterns.Update, Fields: fields, Adopts: !marked, Irreversible: loses(object, "the present content"),
	}, true
}

// staleChange decides what becomes of an object that is not among the files.
func staleChange(opts PublishOptions, key string, object foundObject) (awspatterns.Change, bool) {
	switch {
	case !opts.RemoveStale:
		return awspatterns.Change{}, false
	case object.unknown != nil:
		return awspatterns.Change{Action: awspatterns.Unknown, Reason: reason.Of(object.unknown)}, true
	case object.mark != mark(opts.Bucket, opts.Prefix, key):
		return awspatterns.Change{}, false
	}
	return awspatterns.Change{
		Action:       awspatterns.Delete,
		Fields:       []awspatterns.Field{{Name: "content", Old: content(object.sha256, object.size)}},
		Reason:       "published earlier, and not part of what is published now",
		Irreversible: loses(object, "the content"),
	}, true
}

// loses tells what cannot be got back, unless the bucket keeps versions.
func loses(object foundObject, what string) string {
	if object.versioned {
		return ""
	}
	return what + ": the bucket keeps no versions"
}

// wantedFields returns what differs between an object and a file.
func wantedFields(opts PublishOptions, f siteFile, object foundObject) []awspatterns.Field {
	old := ""
	if object.etag != "" {
		old = content(object.sha256, object.size)
	}
	all := []awspatterns.Field{
		{Name: "content", Old: old, New: content(hex.EncodeToString(f.sha256[:]), int64(len(f.content)))},
		{Name: "content type", Old: object.contentType, New: f.contentType},
		{Name: "cache control", Old: object.cacheControl, New: opts.CacheControl},
	}
	if opts.KMSKey != "" {
		all = append(all, awspatterns.Field{Name: "KMS key", Old: object.kmsKey, New: opts.KMSKey})
	}
	return slices.DeleteFunc(all, func(f awspatterns.Field) bool { return f.Old == f.New })
}

// content shows what an object holds.
func content(sha256 string, size int64) string {
	if sha256 == "" {
		return fmt.Sprintf("%d bytes, SHA-256 not known to S3", size)
	}
	return fmt.Sprintf("%d bytes, SHA-256 %s", size, sha256[:min(16, len(sha256))])
}

// gigabyte is what S3 bills storage in.
const gigabyte = 1 << 30

func publishCosts(opts PublishOptions, plan PublishPlan, written int64) []awspatterns.Cost {
	puts := plan.Count(awspatterns.Create) + plan.Count(awspatterns.Update)
	if puts == 0 {
		return nil
	}
	return []awspatterns.Cost{
		{Item: "S3 PUT requests", Quantity: float64(puts), Unit: "request", Price: opts.Prices.Put},
		{
			Item: "S3 storage each month", Quantity: float64(written) / gigabyte, Unit: "GB-month", Price: opts.Prices.Storage,
			Ceiling: float64(opts.MaxBytes) / gigabyte,
		},
	}
}

// compare says how an object is, compared with the i-th change of the plan. An
// object whose mark is gone is another object, even with the same content.
func (p *PublishPlan) compare(i int, object foundObject, exists bool) apply.Now {
	o := p.Objects[i]
	marked := object.mark == mark(p.Bucket, p.Prefix, o.Key)
	asFound := exists && object.etag == o.ETag && (marked || p.Changes[i].Adopts)
	if p.Changes[i].Action == awspatterns.Delete {
		switch {
		case !exists:
			return apply.AsPlanned
		case asFound:
			return apply.AsFound
		}
		return apply.Other
	}
	asPlanned := marked && object.sha256 == o.SHA256 && object.contentType == o.ContentType &&
		object.cacheControl == p.CacheControl && (p.KMSKey == "" || object.kmsKey == p.KMSKey)
	switch {
	case exists && asPlanned:
		return apply.AsPlanned
	case asFound, !exists && o.ETag == "":
		return apply.AsFound
	}
	return apply.Other
}

// unquoted returns an ETag without its quotes.
func unquoted(etag string) string { return strings.Trim(etag, `"`) }
