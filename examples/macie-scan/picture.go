package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"html/template"
	"image"
	"image/jpeg"
	_ "image/png" // a format of copies
	"iter"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff" // likewise
)

// A picture is an image in the page itself.
type picture struct {
	Page          int
	Width, Height int
	URL           template.URL
}

const (
	mostPictures = 4    // of one image
	mostSide     = 1400 // pixels
)

// pictures returns pages of a copy, as pictures to look at: those that are wanted,
// or the first if none is. A copy that cannot be read has none.
func pictures(file []byte, want map[int]bool) []picture {
	var all []picture
	for number, page := range pagesOf(file) {
		if len(all) == mostPictures {
			break
		}
		if first := len(want) == 0 && number == 1; !first && !want[number] {
			continue
		}
		img, _, err := image.Decode(bytes.NewReader(page))
		if err != nil {
			continue
		}
		if p, err := pictureOf(img); err == nil {
			p.Page = number
			all = append(all, p)
		}
	}
	return all
}

// pictureOf makes an image small enough for a page, and a JPEG, which all browsers
// show.
func pictureOf(img image.Image) (picture, error) {
	size := img.Bounds().Size()
	if side := max(size.X, size.Y); side > mostSide {
		size = image.Pt(max(1, size.X*mostSide/side), max(1, size.Y*mostSide/side))
	}
	small := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(small, small.Rect, image.White, image.Point{}, draw.Src) // below what is transparent
	if size == img.Bounds().Size() {
		draw.Draw(small, small.Rect, img, img.Bounds().Min, draw.Over)
	} else {
		draw.CatmullRom.Scale(small, small.Rect, img, img.Bounds(), draw.Over, nil)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: 85}); err != nil {
		return picture{}, err
	}
	url := "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b.Bytes())
	return picture{Width: size.X, Height: size.Y, URL: template.URL(url)}, nil
}

// pagesOf yields a file for each page of a copy, from 1. Those of a TIFF are the same
// file, beginning with one directory after the other. Copies are big endian.
func pagesOf(file []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		if !bytes.HasPrefix(file, []byte("MM\x00*")) {
			yield(1, file)
			return
		}
		page := bytes.Clone(file)
		for number, at := 1, 4; at+4 <= len(file); number++ {
			next := int(binary.BigEndian.Uint32(file[at:]))
			if next <= at || next+2 > len(file) { // directories of copies are in order
				return
			}
			binary.BigEndian.PutUint32(page[4:], uint32(next))
			if !yield(number, page) {
				return
			}
			at = next + 2 + 12*int(binary.BigEndian.Uint16(file[next:]))
		}
	}
}
