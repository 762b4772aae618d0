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

// siteNames are the files of a site in the order of writing, the page last:
// whoever opens it finds the rest.
var siteNames = []string{"graph.json", "report.md", indexFile}

// A siteFile is a file of what is published.
type siteFile struct {
	name        string
	contentType string
	content     []byte
	sha256      [sha256.Size]byte
}

// siteFiles renders a graph, in the order of siteNames.
func siteFiles(g *dag.Graph, html dag.HTMLOptions) ([]siteFile, error) {
	html.Links = append([]dag.PageLink{{Text: "graph.json", URL: "graph.json"}, {Text: "report.md", URL: "report.md"}}, html.Links...)
	types := []string{"application/json", "text/markdown; charset=utf-8", "text/html; charset=utf-8"}
	write := []func(io.Writer) error{g.WriteJSON, g.WriteMarkdown, func(w io.Writer) error { return g.WriteHTML(w, html) }}
	files := make([]siteFile, len(siteNames))
	for i, name := range siteNames {
		var b bytes.Buffer
		if err := write[i](&b); err != nil {
			return nil, err
		}
		files[i] = siteFile{name, types[i], b.Bytes(), sha256.Sum256(b.Bytes())}
	}
	return files, nil
}

// A foundObject is what was found at a key.
type foundObject struct {
	FoundObject
	unknown error  // why it could not be read; then all else is empty
	sealed  error  // why only its content could not be told: its KMS key is denied or disabled
	sha256  string // in hex; empty if S3 has none
	size    int64
	mark    string
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
		Objects:      []PublishObject{},
		Graph:        opts.Graph,
	}
	if found.unknown != nil {
		plan.add("S3 prefix", PublishObject{Key: opts.Prefix}, awspatterns.Change{Action: awspatterns.Unknown, Reason: reason.Of(found.unknown)})
		return plan, apply.Seal(&plan.Plan, &plan)
	}
	wanted := map[string]bool{}
	var stored int64
	for _, f := range files {
		key := opts.Prefix + f.name
		wanted[key] = true
		stored += int64(len(f.content))
		object, exists := found.objects[key]
		change, differs := fileChange(opts, key, f, object, exists)
		if !differs {
			continue
		}
		plan.add("S3 object", PublishObject{
			Key: key, SHA256: hex.EncodeToString(f.sha256[:]), Size: int64(len(f.content)), ContentType: f.contentType,
			Found: object.found(exists),
		}, change)
	}
	for _, key := range slices.Sorted(maps.Keys(found.objects)) {
		object := found.objects[key]
		if change, stale := staleChange(opts, key, object); stale && !wanted[key] {
			plan.add("S3 object", PublishObject{Key: key, Found: object.found(true)}, change)
		}
	}
	plan.Costs = publishCosts(opts, plan, stored)
	return plan, apply.Seal(&plan.Plan, &plan)
}

func (p *PublishPlan) add(kind string, o PublishObject, c awspatterns.Change) {
	c.Resource = awspatterns.Resource{Type: kind, ID: S3Object{Bucket: p.Bucket, Key: o.Key}.String()}
	p.Changes = append(p.Changes, c)
	p.Objects = append(p.Objects, o)
}

// found returns what a plan keeps of an object; nil if there is nothing to keep.
func (o foundObject) found(exists bool) *FoundObject {
	if !exists || o.unknown != nil {
		return nil
	}
	return &o.FoundObject
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
	if marked && object.sealed != nil && (opts.KMSKey == "" || opts.KMSKey == object.KMSKey) {
		return awspatterns.Change{Action: awspatterns.Unknown, Reason: reason.Of(object.sealed)}, true
	}
	change := awspatterns.Change{Action: awspatterns.Update, Fields: wantedFields(opts, f, object), Irreversible: loses(object, "the present content")}
	if !marked {
		change.Adopts, change.Reason = true, "this library did not publish it; its tags, metadata and storage class are dropped"
	}
	return change, !marked || len(change.Fields) > 0
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
		Fields:       []awspatterns.Field{{Name: "content", Old: fmt.Sprintf("%d bytes", object.size)}},
		Reason:       "published earlier, and not part of what is published now",
		Irreversible: loses(object, "the content"),
	}, true
}

// loses tells what cannot be got back, unless the bucket keeps versions. The version
// "null" is from when it did not, and is kept only if it does by now, which
// HeadObject does not tell.
func loses(object foundObject, what string) string {
	switch object.VersionID {
	case "":
		return what + ": the bucket keeps no versions"
	case "null":
		return what + ", unless versioning is switched on by now: there is no version of it"
	}
	return ""
}

// wantedFields returns what differs between an object and a file. Contents are the
// same if all of their SHA-256 is, of which a field shows the beginning.
func wantedFields(opts PublishOptions, f siteFile, object foundObject) []awspatterns.Field {
	var fields []awspatterns.Field
	if sum := hex.EncodeToString(f.sha256[:]); object.sha256 != sum {
		field := awspatterns.Field{Name: "content", New: content(sum, int64(len(f.content)))}
		if object.ETag != "" {
			field.Old = content(object.sha256, object.size)
		}
		fields = append(fields, field)
	}
	others := []awspatterns.Field{
		{Name: "content type", Old: object.ContentType, New: f.contentType},
		{Name: "cache control", Old: object.CacheControl, New: opts.CacheControl},
	}
	if opts.KMSKey != "" {
		others = append(others, awspatterns.Field{Name: "KMS key", Old: object.KMSKey, New: opts.KMSKey})
	}
	return append(fields, slices.DeleteFunc(others, func(f awspatterns.Field) bool { return f.Old == f.New })...)
}

// content shows what an object holds.
func content(sha256 string, size int64) string {
	if sha256 == "" {
		return fmt.Sprintf("%d bytes, SHA-256 not known", size)
	}
	return fmt.Sprintf("%d bytes, SHA-256 %s", size, sha256[:min(16, len(sha256))])
}

// gigabyte is what S3 bills storage in.
const gigabyte = 1 << 30

func publishCosts(opts PublishOptions, plan PublishPlan, stored int64) []awspatterns.Cost {
	puts := plan.Count(awspatterns.Create) + plan.Count(awspatterns.Update)
	if puts == 0 {
		return nil
	}
	return []awspatterns.Cost{
		{Item: "S3 PUT requests", Quantity: float64(puts), Unit: "request", Price: opts.Prices.Put},
		{
			Item: "S3 storage each month", Quantity: float64(stored) / gigabyte, Unit: "GB-month", Price: opts.Prices.Storage,
			Ceiling: float64(opts.MaxBytes) / gigabyte,
		},
	}
}

// compare says how an object is, compared with the i-th change of the plan. An
// object whose mark is gone is another object, even with the same content.
func (p *PublishPlan) compare(i int, object foundObject, exists bool) apply.Now {
	o := p.Objects[i]
	marked := object.mark == mark(p.Bucket, p.Prefix, o.Key)
	asPlanned := marked && object.sha256 == o.SHA256 && object.ContentType == o.ContentType &&
		object.CacheControl == p.CacheControl && (p.KMSKey == "" || object.KMSKey == p.KMSKey)
	if p.Changes[i].Action == awspatterns.Delete {
		asPlanned = !exists
	} else {
		asPlanned = exists && asPlanned
	}
	switch {
	case asPlanned:
		return apply.AsPlanned
	case !exists && o.Found == nil, exists && o.Found != nil && object.same(*o.Found) && (marked || p.Changes[i].Adopts):
		return apply.AsFound
	}
	return apply.Other
}

// same reports whether it is the object that was found.
func (o foundObject) same(found FoundObject) bool {
	modified := o.LastModified.Equal(found.LastModified) // equal times may differ in their location
	o.LastModified = found.LastModified
	return modified && o.FoundObject == found
}

// unquoted returns an ETag without its quotes.
func unquoted(etag string) string { return strings.Trim(etag, `"`) }
