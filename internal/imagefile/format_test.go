package imagefile

import (
	"strings"
	"testing"
)

func TestSniff(t *testing.T) {
	tests := []struct {
		name, head string
		want       Format
	}{
		{"empty", "", Unknown},
		{"text", "hello, world", Unknown},
		{"png", "\x89PNG\r\n\x1a\n\x00\x00", PNG},
		{"png cut short", "\x89PNG\r\n", Unknown},
		{"png broken by text mode", "\x89PNG\n\x1a\n\x00\x00", Unknown},
		{"jpeg", "\xff\xd8\xff\xe0\x00\x10JFIF", JPEG},
		{"tiff little endian", "II*\x00\x08\x00\x00\x00", TIFF},
		{"tiff big endian", "MM\x00*\x00\x00\x00\x08", TIFF},
		{"tiff of mixed order", "II\x00*\x00\x00\x00\x08", Unknown},
		{"bigtiff little endian", "II+\x00\x08\x00\x00\x00", BigTIFF},
		{"bigtiff big endian", "MM\x00+\x00\x08\x00\x00", BigTIFF},
		{"pdf", "%PDF-1.7\n", PDF},
		{"pdf after junk", strings.Repeat("x", 1024) + "%PDF-1.4", PDF},
		{"pdf after too much junk", strings.Repeat("x", 1025) + "%PDF-1.4", Unknown},
		{"gif 87", "GIF87a", GIF},
		{"gif 89", "GIF89a\x01\x00", GIF},
		{"webp", "RIFF\x10\x00\x00\x00WEBPVP8 ", WebP},
		{"wave", "RIFF\x10\x00\x00\x00WAVEfmt ", Unknown},
		{"bmp", "BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x02", BMP},
		{"text beginning as bmp", "BMW sells cars in Munich", Unknown},
		{"heic", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", HEIC},
		{"heif of another brand", "\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", HEIC},
		{"avif", "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1miaf", AVIF},
		{"avif as a compatible brand", "\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00avifmiaf", AVIF},
		{"mp4", "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42", Unknown},
		{"brand behind the box", "\x00\x00\x00\x10ftypisom\x00\x00\x02\x00heic", Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Sniff([]byte(test.head)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestSupported(t *testing.T) {
	for _, f := range []Format{PNG, JPEG, TIFF, PDF} {
		if !f.Supported() {
			t.Errorf("%s is not supported", f)
		}
	}
	for _, f := range []Format{BigTIFF, GIF, WebP, BMP, HEIC, AVIF, Unknown, "", "PNG"} {
		if f.Supported() {
			t.Errorf("%s is supported", f)
		}
	}
}

func TestFromExtension(t *testing.T) {
	tests := []struct {
		key  string
		want Format
		has  bool
	}{
		{"a.png", PNG, true},
		{"IMG_0001.JPG", JPEG, true},
		{"scans/2024/a b.JpEg", JPEG, true},
		{"a.tif", TIFF, true},
		{"a.TIFF", TIFF, true},
		{"a.pdf", PDF, true},
		{"a.png.txt", Unknown, true},
		{"a.gif", Unknown, true},
		{"a.png ", Unknown, true},
		{".png", PNG, true},
		{"foo", Unknown, false},
		{"a.b/foo", Unknown, false},
		{"a.png/", Unknown, false},
		{"foo.", Unknown, false},
		{"foo..", Unknown, false},
		{"", Unknown, false},
		{"../..", Unknown, false},
	}
	for _, test := range tests {
		if got := FromExtension(test.key); got != test.want {
			t.Errorf("FromExtension(%q) = %s, want %s", test.key, got, test.want)
		}
		if got := HasExtension(test.key); got != test.has {
			t.Errorf("HasExtension(%q) = %v, want %v", test.key, got, test.has)
		}
	}
}

func FuzzSniff(f *testing.F) {
	for _, head := range []string{"", "BM", "\x89PNG\r\n\x1a\n", "II*\x00", "\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00avif", "x%PDF-", "\xff\xff\xff\xffftypavif"} {
		f.Add([]byte(head))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		got := Sniff(head)
		if len(head) > SniffLen && Sniff(head[:SniffLen]) != got {
			t.Errorf("%s with more than SniffLen bytes, %s with as many", got, Sniff(head[:SniffLen]))
		}
	})
}
