package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/macie"
)

// A view is what the page shows of an image.
type view struct {
	image       macie.Image
	occurrences []macie.Occurrence
	outlined    []picture // pages with findings
	redacted    []picture
	problem     string // why there is no redacted copy
}

// copies draws copies of the images with findings, writes them to the folder, and
// keeps what the page shows. What cannot be drawn on, such as a PDF, is told there.
func (r *report) copies(ctx context.Context, w io.Writer) error {
	drawn, missing := 0, 0
	for _, i := range r.shown {
		v := view{image: i}
		switch {
		case i.State == macie.StateFinding && drawn < r.most:
			drawn++
			if err := r.draw(ctx, &v); err != nil {
				return err
			}
			if v.problem != "" {
				missing++
				fmt.Fprintf(w, "\n  no redacted copy of %s: %s\n", printable.Replace(i.Key), printable.Replace(v.problem))
			}
		case i.State == macie.StateFinding:
			v.problem = fmt.Sprintf("only %s were copied", count(r.most, "image"))
		case !r.aws && (i.State == macie.StateClean || i.State == macie.StateNoText):
			if err := r.copyOf(ctx, &v, macie.LocateResult{Image: i}); err != nil {
				return err
			}
		}
		r.views = append(r.views, v)
	}
	if drawn > missing {
		fmt.Fprintf(w, "\nWrote %s to %s\n", count(drawn-missing, "redacted copie"), filepath.Join(r.folder, "redacted"))
	}
	return nil
}

// draw finds the places of findings, and writes copies with them.
func (r *report) draw(ctx context.Context, v *view) error {
	located, err := macie.Locate(ctx, r.clients, macie.LocateOptions{
		Image: v.image, Results: r.scan.Results, Detector: r.scan.Detector,
		Identifiers: exampleIdentifiers().Identifiers,
	})
	if err != nil {
		return v.note(ctx, err)
	}
	v.occurrences = located.Occurrences
	if r.legible {
		var out bytes.Buffer
		if _, err := macie.Annotate(ctx, r.clients, macie.DrawOptions{Located: located, Output: &out}); err != nil {
			return v.note(ctx, err)
		}
		if err := r.writeCopy("outlined", v.image, out.Bytes()); err != nil {
			return err
		}
		v.outlined = pictures(out.Bytes(), v.pagesWithFindings())
	}
	return r.copyOf(ctx, v, located)
}

// copyOf writes the redacted copy of an image. Without findings it is only shown.
func (r *report) copyOf(ctx context.Context, v *view, located macie.LocateResult) error {
	var out bytes.Buffer
	if _, err := macie.Redact(ctx, r.clients, macie.DrawOptions{Located: located, Output: &out}); err != nil {
		return v.note(ctx, err)
	}
	v.redacted = pictures(out.Bytes(), v.pagesWithFindings())
	if len(located.Occurrences) == 0 {
		return nil
	}
	return r.writeCopy("redacted", v.image, out.Bytes())
}

// note keeps what is wrong with one image, and returns what is wrong with all.
func (v *view) note(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	v.problem = strings.TrimPrefix(err.Error(), "macie: ")
	if incomplete, ok := errors.AsType[*macie.IncompleteError](err); ok {
		v.problem = incomplete.Error()
	}
	return nil
}

// pagesWithFindings returns the pages of the image that places are on.
func (v *view) pagesWithFindings() map[int]bool {
	on := map[int]bool{}
	for _, o := range v.occurrences {
		for _, region := range o.Regions {
			on[region.Page] = true
		}
	}
	return on
}

// writeCopy writes a file that only its owner can read: what is sensitive and was
// not found is in it, too.
func (r *report) writeCopy(kind string, i macie.Image, content []byte) error {
	folder := filepath.Join(r.folder, kind)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, fileName(i)), content, 0o600)
}

// fileName returns a name for the copy of an image, the same one each time,
// whatever its key is.
func fileName(i macie.Image) string {
	base := strings.TrimSuffix(path.Base(i.Key), path.Ext(i.Key))
	base = strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, base)
	sum := sha256.Sum256([]byte(i.Bucket + "\x00" + i.Key))
	return fmt.Sprintf("%.60s-%x.%s", base, sum[:4], i.Format)
}
