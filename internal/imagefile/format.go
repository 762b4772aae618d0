package imagefile

import (
	"bytes"
	"encoding/binary"
	"path"
	"slices"
	"strings"
)

// A Format is a file format.
type Format string

// The formats that [Sniff] recognises.
const (
	PNG  Format = "png"
	JPEG Format = "jpeg"
	TIFF Format = "tiff"
	PDF  Format = "pdf"

	BigTIFF Format = "bigtiff"
	GIF     Format = "gif"
	WebP    Format = "webp"
	BMP     Format = "bmp"
	HEIC    Format = "heic"
	AVIF    Format = "avif"

	Unknown Format = "unknown"
)

// SniffLen is how many bytes of a file [Sniff] looks at.
const SniffLen = 1024 + len("%PDF-")

// Supported tells whether Amazon Textract reads files of the format.
// Source: https://docs.aws.amazon.com/textract/latest/dg/limits-document.html
func (f Format) Supported() bool {
	return f == PNG || f == JPEG || f == TIFF || f == PDF
}

// Sniff tells the format of a file by its first bytes, of which it looks at up to
// [SniffLen]. A PDF may have up to 1,024 bytes of anything before its header.
func Sniff(head []byte) Format {
	head = head[:min(len(head), SniffLen)]
	for _, known := range []struct {
		magic  string
		format Format
	}{
		{"\x89PNG\r\n\x1a\n", PNG},
		{"\xff\xd8\xff", JPEG},
		{"II*\x00", TIFF},
		{"MM\x00*", TIFF},
		{"II+\x00", BigTIFF},
		{"MM\x00+", BigTIFF},
		{"GIF87a", GIF},
		{"GIF89a", GIF},
	} {
		if bytes.HasPrefix(head, []byte(known.magic)) {
			return known.format
		}
	}
	switch {
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return WebP
	case isBMP(head):
		return BMP
	case pdfHeader(head) >= 0:
		return PDF
	}
	return sniffISO(head)
}

// isBMP looks at more than the two letters, with which texts begin too: the
// reserved fields and the size of the second header.
func isBMP(head []byte) bool {
	if len(head) < 18 || string(head[:2]) != "BM" || binary.LittleEndian.Uint32(head[6:]) != 0 {
		return false
	}
	return slices.Contains([]uint32{12, 16, 40, 52, 56, 64, 108, 124}, binary.LittleEndian.Uint32(head[14:]))
}

// pdfHeader returns where the header of a PDF is, or -1.
func pdfHeader(head []byte) int {
	return bytes.Index(head, []byte("%PDF-"))
}

// sniffISO tells the image formats apart that stand in the boxes of ISO 14496-12:
// the first box names the brands of the file.
func sniffISO(head []byte) Format {
	if len(head) < 12 || string(head[4:8]) != "ftyp" {
		return Unknown
	}
	end := min(uint64(binary.BigEndian.Uint32(head)), uint64(len(head)))
	format := Unknown
	for at := uint64(8); at+4 <= end; at += 4 {
		switch string(head[at : at+4]) {
		case "avif", "avis":
			return AVIF
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
			format = HEIC
		}
	}
	return format
}

// FromExtension tells the format of an object by the extension of its key, in
// upper or lower case: .png, .jpg, .jpeg, .tif, .tiff or .pdf. Any other is
// [Unknown].
func FromExtension(key string) Format {
	switch strings.ToLower(extension(key)) {
	case ".png":
		return PNG
	case ".jpg", ".jpeg":
		return JPEG
	case ".tif", ".tiff":
		return TIFF
	case ".pdf":
		return PDF
	}
	return Unknown
}

// HasExtension tells whether the last part of key has an extension: foo, a.b/foo
// and foo. have none.
func HasExtension(key string) bool { return len(extension(key)) > 1 }

func extension(key string) string { return path.Ext(key) }
