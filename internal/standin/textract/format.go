package textract

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/tiff"
)

// A format is a file format that Textract reads.
type format int

const (
	unknownFormat format = iota
	pngFormat
	jpegFormat
	tiffFormat
	pdfFormat
)

var magics = []struct {
	begins string
	format format
}{
	{"\x89PNG\r\n\x1a\n", pngFormat},
	{"\xff\xd8\xff", jpegFormat},
	{"II*\x00", tiffFormat},
	{"MM\x00*", tiffFormat},
	{"%PDF-", pdfFormat},
}

func formatOf(content []byte) format {
	for _, m := range magics {
		if bytes.HasPrefix(content, []byte(m.begins)) {
			return m.format
		}
	}
	return unknownFormat
}

// paged reports whether a file of the format may have several pages.
func (f format) paged() bool { return f == tiffFormat || f == pdfFormat }

// Limits of "Set quotas in Amazon Textract" in the developer guide.
const (
	maxBytes      = 10 << 20
	maxPagedBytes = 500 << 20 // of PDF and TIFF, in jobs
	maxPages      = 3000      // of PDF and TIFF, in jobs
	maxSide       = 10_000    // pixels of an image
)

// checkFile refuses a file for its size and format.
func checkFile(content []byte, limit func(format) int) (format, error) {
	f := formatOf(content)
	switch {
	case len(content) > limit(f):
		return f, documentTooLarge()
	case f == unknownFormat:
		return f, unsupportedDocument()
	}
	return f, nil
}

func detectLimit(format) int { return maxBytes }

func jobLimit(f format) int {
	if f.paged() {
		return maxPagedBytes
	}
	return maxBytes
}

// oversized reports whether the first image of a file has a side that is too long.
// Where its header cannot be read, that is for the Reader to say.
func (f format) oversized(content []byte) bool {
	decode := map[format]func(io.Reader) (image.Config, error){
		pngFormat: png.DecodeConfig, jpegFormat: jpeg.DecodeConfig, tiffFormat: tiff.DecodeConfig,
	}[f]
	if decode == nil {
		return false
	}
	config, err := decode(bytes.NewReader(content))
	return err == nil && (config.Width > maxSide || config.Height > maxSide)
}
