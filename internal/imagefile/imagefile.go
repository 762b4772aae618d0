// Package imagefile tells what a file holds before anybody pays for reading it
// (its format, its pages, its size in pixels), and draws on copies of images:
// black boxes over what is to be hidden, outlines around what was found.
//
// [Inspect] reads ranges of a file, [Cover] a whole one. Both take files from
// strangers: memory, reads and work are bounded, whatever the file says of itself.
//
// The package imports no AWS SDK.
package imagefile

import (
	"errors"
	"fmt"
	"io"
)

// MaxSide is the largest width and height of an image, in pixels, that Amazon
// Textract reads and [Cover] decodes.
// Source: https://docs.aws.amazon.com/textract/latest/dg/limits-document.html
const MaxSide = 10_000

// maxTIFFPages is how many pages [Inspect] counts.
const maxTIFFPages = 100_000

// Info is what a file says of itself.
type Info struct {
	Format Format
	Pages  int // 1 for PNG and JPEG

	// Width and Height are those of the first page, in pixels, as it is stored:
	// an Orientation of 5 to 8 swaps them when it is displayed. 0 for PDF.
	Width, Height int

	// MaxSide is the largest width or height of all pages, in pixels. 0 for PDF.
	MaxSide int

	// Orientation says how the first page is to be turned when it is displayed,
	// as tag 274 of EXIF and TIFF has it, from 1 to 8. 1 if the file states none.
	Orientation int
}

// Displayed returns the size of the first page in pixels as it is displayed.
func (i Info) Displayed() (width, height int) {
	if i.Orientation >= 5 {
		return i.Height, i.Width
	}
	return i.Width, i.Height
}

var (
	// ErrEmpty is the error for a file of zero bytes.
	ErrEmpty = errors.New("file is empty")

	// ErrEncrypted is the error for a PDF that takes a password, or would if its
	// password were not empty. Amazon Textract reads no such files.
	ErrEncrypted = errors.New("PDF is encrypted")

	// ErrUnsupported is the error for a file that cannot be inspected or drawn on,
	// although nothing need be wrong with it.
	ErrUnsupported = errors.New("unsupported")
)

// A FormatError tells that a file is not, or not wholly, of its format. Of
// [Inspect], Err is or wraps io.ErrUnexpectedEOF if the file ends too early.
type FormatError struct {
	Format Format
	Err    error
}

func (e *FormatError) Error() string { return fmt.Sprintf("malformed %s: %v", e.Format, e.Err) }

// Unwrap returns e.Err.
func (e *FormatError) Unwrap() error { return e.Err }

// An UnknownPagesError tells that the number of pages could not be found out with
// few reads. The file need not be wrong, and other programs may read it.
type UnknownPagesError struct {
	Format  Format
	AtLeast int // pages that were seen; 0 if none
	Err     error
}

func (e *UnknownPagesError) Error() string {
	return fmt.Sprintf("unknown number of %s pages: %v", e.Format, e.Err)
}

// Unwrap returns e.Err.
func (e *UnknownPagesError) Unwrap() error { return e.Err }

// A SizeError tells that a page is wider or higher than [MaxSide].
type SizeError struct {
	Page          int // from 1
	Width, Height int // in pixels
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("page %d is %d x %d pixels, which is more than %d a side", e.Page, e.Width, e.Height, MaxSide)
}

// Inspect finds out what the file of size bytes that r reads says of itself. It
// makes few reads, one after the other, of 4 KiB to 1 MiB each, or of the whole
// file if it has up to 64 KiB:
//
//   - PNG and JPEG: one, if all that stands before the pixels takes up to 64 KiB.
//     That of a PNG is read up to its first IDAT: an eXIf chunk behind it has no
//     effect.
//   - TIFF: at most one for each page, fewer if pages are small or their
//     directories lie together.
//   - PDF: typically 2 to 5, and one for each of up to 16 parts that the page
//     tree is divided into.
//
// It never makes more than 256 reads, 4,096 for TIFF, nor reads more than 64 MiB.
//
// An error of r is returned wrapped. Others are [ErrEmpty], [ErrEncrypted],
// [ErrUnsupported] for formats that Amazon Textract does not read, [*FormatError]
// and, if all that is not known is the number of pages, [*UnknownPagesError].
func Inspect(r io.ReaderAt, size int64, f Format) (Info, error) {
	if size == 0 {
		return Info{}, ErrEmpty
	}
	in := &ranges{r: r, size: size}
	info := Info{Format: f, Pages: 1, Orientation: 1}
	err := inspect(in, &info)
	if in.err != nil { // whatever was concluded from a failed read does not count
		return Info{}, fmt.Errorf("read %s: %w", f, in.err)
	}
	if err == nil || errors.Is(err, ErrEncrypted) || errors.Is(err, ErrUnsupported) {
		return info, err
	}
	if _, unknown := errors.AsType[*UnknownPagesError](err); unknown {
		return info, err
	}
	return Info{}, &FormatError{f, err}
}

func inspect(in *ranges, info *Info) error {
	switch info.Format {
	case PNG:
		return inspectPNG(in, info)
	case JPEG:
		return inspectJPEG(in, info)
	case TIFF:
		return inspectTIFF(in, info)
	case PDF:
		return inspectPDF(in, info)
	}
	return fmt.Errorf("%w: format %s", ErrUnsupported, info.Format)
}
