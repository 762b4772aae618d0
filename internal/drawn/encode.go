package drawn

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/tiff"
)

// PNG returns the document as a PNG file.
func (d Document) PNG() []byte {
	var b bytes.Buffer
	// Errors would be those of the buffer, which has none, and of an empty image.
	if err := png.Encode(&b, d.Image); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// JPEG returns the document as a JPEG file.
func (d Document) JPEG() []byte { return encodeJPEG(d.Image) }

// TIFF returns the document as a TIFF file of one page.
func (d Document) TIFF() []byte {
	var b bytes.Buffer
	if err := tiff.Encode(&b, d.Image, &tiff.Options{Compression: tiff.Deflate, Predictor: true}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// Turned returns the document as a phone stores a photo that was taken upright: a
// JPEG file whose pixels lie on their side, with EXIF orientation 6, which says to
// turn them clockwise. Displayed, it is the document.
func (d Document) Turned() []byte {
	in := d.Image
	size := in.Rect.Size()
	out := image.NewRGBA(image.Rect(0, 0, size.Y, size.X))
	for y := range size.Y {
		for x := range size.X {
			// What is stored in row x, counted from below, is displayed in column x.
			copy(out.Pix[out.PixOffset(y, size.X-1-x):][:4], in.Pix[in.PixOffset(x, y):][:4])
		}
	}
	file := encodeJPEG(out)
	return append(append(file[:2:2], exif(6)...), file[2:]...) // behind the marker that begins it
}

func encodeJPEG(img image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 88}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// exif returns the segment of a JPEG file that tells the orientation and no more
// (Exif 2.32, section 4.5.4; TIFF 6.0, section 2).
func exif(orientation uint16) []byte {
	body := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08")
	body = binary.BigEndian.AppendUint16(body, 1)      // entries
	body = binary.BigEndian.AppendUint16(body, 0x0112) // orientation
	body = binary.BigEndian.AppendUint16(body, 3)      // of type SHORT
	body = binary.BigEndian.AppendUint32(body, 1)      // one value
	body = binary.BigEndian.AppendUint16(body, orientation)
	body = append(body, 0, 0, 0, 0, 0, 0) // to four bytes, and no further directory
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return append(segment, body...)
}
