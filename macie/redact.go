package macie

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/imagefile"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/internal/s3object"
)

// DrawOptions say what to draw on a copy of an image.
type DrawOptions struct {
	// Located is what [Locate] found. Required.
	Located LocateResult

	// Output is where the copy is written. Required. Nothing is written if there
	// is an error before the whole copy is made.
	Output io.Writer

	// Owner is the account that owns the bucket of the image. Defaults to any.
	Owner string

	// KMSKey is the ARN of the key that encrypts the image, if it is one that the
	// caller needs permission for. Only [DrawPermissions] uses it.
	KMSKey string
}

// DrawResult tells what was drawn.
type DrawResult struct {
	Format  string `json:"format"`  // of the copy, that of the image: png, jpeg or tiff
	Regions int    `json:"regions"` // that were drawn
	Bytes   int64  `json:"bytes"`   // of the copy
}

// An IncompleteError tells why an image cannot be redacted: something sensitive
// would or could stay legible.
type IncompleteError struct {
	Image       Image
	Shortfalls  []Shortfall
	FailedPages []int // whose text was not read
}

func (e *IncompleteError) Error() string {
	var why []string
	for _, s := range e.Shortfalls {
		why = append(why, fmt.Sprintf("%d of %d %s are located", s.Located, s.Count, s.Type))
	}
	if len(e.FailedPages) > 0 {
		why = append(why, fmt.Sprintf("the text of pages %v was not read", e.FailedPages))
	}
	if len(why) == 0 {
		why = append(why, cmp.Or(e.Image.Reason, "it is not known where something is"))
	}
	return "not everything sensitive can be covered: " + strings.Join(why, ", ")
}

// ErrUnsupported reports that an image is of a format that cannot be drawn on, such
// as PDF.
var ErrUnsupported = imagefile.ErrUnsupported

// Annotate writes a copy of an image in which the places of findings are outlined
// and named by their type. The original is only read, in the version that was
// scanned. The copy is turned as the image is displayed, has all pages of a TIFF,
// and carries no metadata of the original.
//
// PNG, JPEG and TIFF can be drawn on; for PDF the error wraps [ErrUnsupported].
// If the image is another one by now, that is an error. It is decoded in memory:
// 4 bytes a pixel, up to 400 MB.
//
// IAM actions: [DrawPermissions]. Costs: a GET request.
func Annotate(ctx context.Context, c Clients, opts DrawOptions) (DrawResult, error) {
	result, err := drawOn(ctx, c, opts, imagefile.Style{Mark: imagefile.Outline})
	if err != nil {
		return DrawResult{}, fmt.Errorf("macie: annotate %s: %w", opts.Located.Image.URL(), reason.Cause(ctx, err))
	}
	return result, nil
}

// Redact is like [Annotate], but fills the places with black. Nothing of them, of
// the metadata, or of a thumbnail is in the copy.
//
// It refuses with an [*IncompleteError] if the scan counted more occurrences than
// are located, or if the text of a page was not read or not analysed. A place whose
// end is not known is covered to the end of its line, and of an image that is
// partial, unproven, failed or skipped there is no redacted copy. What the detector
// did not find is not
// covered: that is a decision, and not a proof, that the image is harmless.
//
// It is not documented whether Textract's geometry stands on the image as stored
// or as displayed, which are the same unless its EXIF orientation turns it: then
// both places are covered.
//
// IAM actions: [DrawPermissions]. Costs: a GET request.
func Redact(ctx context.Context, c Clients, opts DrawOptions) (DrawResult, error) {
	result, err := redact(ctx, c, opts)
	if err != nil {
		return DrawResult{}, fmt.Errorf("macie: redact %s: %w", opts.Located.Image.URL(), reason.Cause(ctx, err))
	}
	return result, nil
}

func redact(ctx context.Context, c Clients, opts DrawOptions) (DrawResult, error) {
	located := opts.Located
	if !located.Complete() || len(located.Image.FailedPages) > 0 || located.uncovered() {
		return DrawResult{}, &IncompleteError{located.Image, located.Shortfalls, located.Image.FailedPages}
	}
	switch located.Image.State {
	case StateFinding, StateClean, StateNoText:
	default:
		return DrawResult{}, fmt.Errorf("its state is %q: %s", located.Image.State, located.Image.Reason)
	}
	return drawOn(ctx, c, opts, imagefile.Style{Mark: imagefile.Redact, BothOrientations: true})
}

// uncovered reports whether something was found, or may be, that no region covers.
func (r LocateResult) uncovered() bool {
	if r.Image.State != StateFinding {
		return false
	}
	nowhere := func(o Occurrence) bool { return len(o.Regions) == 0 }
	return r.Image.Reason != "" || len(r.Occurrences) == 0 || slices.ContainsFunc(r.Occurrences, nowhere)
}

func drawOn(ctx context.Context, c Clients, opts DrawOptions, style imagefile.Style) (DrawResult, error) {
	i := opts.Located.Image
	if opts.Output == nil {
		return DrawResult{}, errors.New("no Output")
	}
	format := imagefile.Format(i.Format)
	if format == imagefile.PDF {
		return DrawResult{}, fmt.Errorf("%w: a PDF cannot be drawn on", ErrUnsupported)
	}
	original, err := readOriginal(ctx, c, i, opts.Owner)
	if err != nil {
		return DrawResult{}, err
	}
	areas := areasOf(opts.Located)
	style.Check = func() error { return context.Cause(ctx) }
	var drawn bytes.Buffer
	if err := imagefile.Cover(&drawn, bytes.NewReader(original), format, areas, style); err != nil {
		return DrawResult{}, err
	}
	n, err := drawn.WriteTo(opts.Output)
	return DrawResult{Format: i.Format, Regions: len(areas), Bytes: n}, err
}

func areasOf(r LocateResult) []imagefile.Area {
	var areas []imagefile.Area
	for _, o := range r.Occurrences {
		for _, region := range o.Regions {
			b := region.Box
			a := imagefile.Area{
				Page: region.Page, Label: o.Type,
				Left: float64(b.Left), Top: float64(b.Top), Width: float64(b.Width), Height: float64(b.Height),
			}
			for _, p := range region.Polygon {
				a.Polygon = append(a.Polygon, imagefile.Point{X: float64(p.X), Y: float64(p.Y)})
			}
			areas = append(areas, a)
		}
	}
	return areas
}

// readOriginal reads an image in the version that was scanned.
func readOriginal(ctx context.Context, c Clients, i Image, owner string) ([]byte, error) {
	return s3object.ReadAll(ctx, c.S3, s3object.Object{
		Bucket: i.Bucket, Key: i.Key, VersionID: i.VersionID, ETag: i.ETag, Owner: owner, Explain: sourceError,
	})
}
