package macie_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/image/tiff"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// TestLocateRecords reads records of which only one is of the image, whose findings
// Macie keeps, or has dropped for want of room.
func TestLocateRecords(t *testing.T) {
	for name, kept := range map[string]int{"findings": 100, "records alone": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(awstest.New(t))
				w.macie.Export(account, region, exports, "records", kmsKey)
				w.macie.FindingsPerRun, w.macie.RestShare = kept, 0
				w.put("b.png", whitePNG(slices.Repeat([]string{plain, card}, 20)...))
				i := w.scanned(t, "a.png", whitePNG(slices.Repeat([]string{card}, 17)...))
				if f := i.Findings[0]; f.Count != 17 || len(f.Places) != 15 || (f.ID == "") != (kept == 0) {
					t.Fatalf("%+v", f)
				}
				located := w.locate(t, i, nil)
				for n, o := range located.Occurrences {
					if o.Span.Line != n+1 || len(o.Regions) != 1 {
						t.Errorf("occurrence %d: %+v", n, o)
					}
				}
				if len(located.Occurrences) != 17 || !located.Complete() {
					t.Errorf("%d occurrences, shortfalls %v", len(located.Occurrences), located.Shortfalls)
				}
			})
		})
	}
}

// TestLocateAsksNothingMore has all places in the finding: the record is not read.
// Nor is it with SkipExport.
func TestLocateAsksNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.macie.Export(account, region, exports, "records", kmsKey)
		few := w.scanned(t, "a.png", whitePNG(card))
		many := w.scanned(t, "b.png", whitePNG(append([]string{noKeyword}, slices.Repeat([]string{card}, 20)...)...))
		before := w.Count()
		w.locate(t, few, nil)
		located := w.locate(t, many, func(o *macie.LocateOptions) { o.SkipExport = true })
		if n := w.Count() - before; n != 2 || len(located.Occurrences) != 15 || located.Complete() {
			t.Errorf("%d calls, %d occurrences, shortfalls %v", n, len(located.Occurrences), located.Shortfalls)
		}
	})
}

// TestLocateExportUnknown has an export of which it is not known whether there is
// one.
func TestLocateExportUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		i := w.scanned(t, "a.png", whitePNG(slices.Repeat([]string{card}, 20)...))
		w.Inject(awstest.Fault{Operation: "Macie2.GetClassificationExportConfiguration", Err: awstest.Denied()})
		_, err := macie.Locate(t.Context(), w.clients(), macie.LocateOptions{Image: i, Results: w.options().Results})
		if err == nil || !strings.Contains(err.Error(), "where Macie exports its analysis records") {
			t.Error(err)
		}
	})
}

// TestLocateOtherMatches has as many matches as were counted, which begin elsewhere
// than what is told: they are something else.
func TestLocateOtherMatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		i := w.scanned(t, "a.png", whitePNG(card, card))
		i.Findings[0].Places = []macie.Place{{Span: ocr.Span{Line: 1, Column: 5, EndLine: 1}}}
		located := w.locate(t, i, nil)
		if len(located.Occurrences) != 1 || located.Complete() {
			t.Errorf("%+v", located)
		}
	})
}

// TestLocateIdentifierID has the ARN of a custom identifier in the finding, and its id
// alone in another.
func TestLocateIdentifierID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.macie.Export(account, region, exports, "records", kmsKey)
		opts := w.options()
		opts.Identifiers = identifiersIn(t, w)
		w.put("a.png", whitePNG(slices.Repeat([]string{"NRIC S1234567"}, 20)...))
		i := w.mustScan(t, opts).Attention[0]
		if len(i.Findings) != 1 || !strings.HasSuffix(opts.Identifiers.Custom[0], i.Findings[0].Custom) {
			t.Fatalf("%+v", i.Findings)
		}
		i.Findings[0].Custom = "arn:aws:macie2:eu-west-1:123456789012:custom-data-identifier/" + i.Findings[0].Custom
		if located := w.locate(t, i, nil); len(located.Occurrences) != 20 || !located.Complete() {
			t.Errorf("%d occurrences, shortfalls %v", len(located.Occurrences), located.Shortfalls)
		}
	})
}

// TestRedactVersion covers the version that was scanned, though there is another one,
// in a bucket of the owner that is named, over a connection that breaks.
func TestRedactVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.s3.CreateBucket(scans, s3.Bucket{Owner: account, Region: region, Versioned: true})
		located := w.locate(t, w.scanned(t, "a.png", whitePNG(card)), nil)
		w.put("a.png", whitePNG("other"))
		w.s3.BreakBody(scans, "a.png", 70, nil)
		var out bytes.Buffer
		if _, err := macie.Redact(t.Context(), w.clients(), macie.DrawOptions{Located: located, Output: &out, Owner: account}); err != nil {
			t.Error(err)
		}
		out.Reset()
		_, err := macie.Redact(t.Context(), w.clients(), macie.DrawOptions{Located: located, Output: &out, Owner: "999999999999"})
		if err == nil || out.Len() > 0 {
			t.Errorf("of another owner: %v, %d bytes", err, out.Len())
		}
	})
}

// endsAfterReading calls end when an object has been read.
type endsAfterReading struct {
	macie.S3API
	end func()
}

func (e endsAfterReading) GetObject(ctx context.Context, in *s3sdk.GetObjectInput, o ...func(*s3sdk.Options)) (*s3sdk.GetObjectOutput, error) {
	out, err := e.S3API.GetObject(ctx, in, o...)
	if err == nil {
		out.Body = closing{out.Body, e.end}
	}
	return out, err
}

type closing struct {
	io.ReadCloser
	end func()
}

func (c closing) Close() error {
	c.end()
	return c.ReadCloser.Close()
}

// TestRedactEnds ends with its context, between reading and drawing.
func TestRedactEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		located := w.locate(t, w.scanned(t, "a.png", whitePNG(card)), nil)
		ctx, cancel := context.WithCancelCause(t.Context())
		ended := errors.New("ended")
		clients := w.clients()
		clients.S3 = endsAfterReading{clients.S3, func() { cancel(ended) }}
		var out bytes.Buffer
		_, err := macie.Redact(ctx, clients, macie.DrawOptions{Located: located, Output: &out})
		if !errors.Is(err, ended) || out.Len() > 0 {
			t.Errorf("%v, %d bytes", err, out.Len())
		}
	})
}

// whiteTIFF is a TIFF of white pages of 100 by 100 pixels, with a text for each.
func whiteTIFF(pages ...string) []byte {
	const side = 100
	b := []byte("II*\x00\x00\x00\x00\x00")
	pixels := len(b)
	b = append(b, bytes.Repeat([]byte{0xff}, side*side)...)
	link := 4
	for range pages {
		binary.LittleEndian.PutUint32(b[link:], uint32(len(b)))
		fields := [][2]uint32{{256, side}, {257, side}, {258, 8}, {259, 1}, {262, 1}, {273, uint32(pixels)}, {277, 1}, {278, side}, {279, side * side}}
		b = binary.LittleEndian.AppendUint16(b, uint16(len(fields)))
		for _, f := range fields {
			b = binary.LittleEndian.AppendUint16(b, uint16(f[0]))
			b = binary.LittleEndian.AppendUint16(b, 4) // LONG
			b = binary.LittleEndian.AppendUint32(b, 1)
			b = binary.LittleEndian.AppendUint32(b, f[1])
		}
		link = len(b)
		b = append(b, 0, 0, 0, 0)
	}
	return append(b, textOf([]string{strings.Join(pages, pageBreak)})...)
}

// pageOf decodes a page of a TIFF in the byte order that Redact writes.
func pageOf(t *testing.T, file []byte, n int) image.Image {
	t.Helper()
	at := binary.BigEndian.Uint32(file[4:])
	for range n - 1 {
		at = binary.BigEndian.Uint32(file[int(at)+2+12*int(binary.BigEndian.Uint16(file[at:])):])
	}
	page := bytes.Clone(file)
	binary.BigEndian.PutUint32(page[4:], at)
	img, err := tiff.Decode(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestRedactPages covers what is on the second and third page of a TIFF there, and
// nothing on the first.
func TestRedactPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		located := w.locate(t, w.scanned(t, "a.tiff", whiteTIFF(plain, card, plain+lineBreak+card)), nil)
		var out bytes.Buffer
		if _, err := macie.Redact(t.Context(), w.clients(), macie.DrawOptions{Located: located, Output: &out}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for n := range 3 {
			img := pageOf(t, out.Bytes(), n+1)
			got = append(got, fmt.Sprint(isBlack(img.At(50, 3)), isBlack(img.At(50, 15))))
		}
		if want := []string{"false false", "true false", "false true"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestRedactPolygon covers a slanting line, which is beyond its box if that is too
// small.
func TestRedactPolygon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		located := w.locate(t, w.scanned(t, "a.png", whitePNG(card)), nil)
		located.Occurrences[0].Regions[0].Polygon = []ocr.Point{{X: 0.1, Y: 0.5}, {X: 0.9, Y: 0.7}, {X: 0.9, Y: 0.8}, {X: 0.1, Y: 0.6}}
		var out bytes.Buffer
		if _, err := macie.Redact(t.Context(), w.clients(), macie.DrawOptions{Located: located, Output: &out}); err != nil {
			t.Fatal(err)
		}
		img, _, err := image.Decode(&out)
		if err != nil {
			t.Fatal(err)
		}
		if !isBlack(img.At(200, 260)) || isBlack(img.At(300, 200)) || !isBlack(img.At(200, 28)) {
			t.Error("the polygon and the box are to be covered, and nothing else")
		}
	})
}

// TestRedactOrientation covers what stands on an image that is displayed turned in
// both places: it is not documented which of them Textract means.
func TestRedactOrientation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		white := image.NewGray(image.Rect(0, 0, 400, 400))
		for i := range white.Pix {
			white.Pix[i] = 0xff
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, white, nil); err != nil {
			t.Fatal(err)
		}
		// Orientation 6: the top of what is stored is displayed on the right.
		exif := "\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
		file := slices.Concat(b.Bytes()[:2], []byte(exif), b.Bytes()[2:], textOf([]string{card}))
		w := newWorld(awstest.New(t))
		located := w.locate(t, w.scanned(t, "a.jpg", file), nil)
		var out bytes.Buffer
		if _, err := macie.Redact(t.Context(), w.clients(), macie.DrawOptions{Located: located, Output: &out}); err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(&out)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []struct {
			x, y int
			want bool
		}{{200, 28, true}, {372, 200, true}, {28, 200, false}, {200, 372, false}, {200, 200, false}} {
			if dark := color.GrayModel.Convert(img.At(at.x, at.y)).(color.Gray).Y < 0x40; dark != at.want {
				t.Errorf("pixel %d, %d: dark %t", at.x, at.y, dark)
			}
		}
	})
}

// TestLocateBrokenGeometry has a line of which it is not known where it is: that is
// the whole page.
func TestLocateBrokenGeometry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		i := w.scanned(t, "a.png", whitePNG(card))
		key := "scan/ocr/" + i.TextID + ".json"
		text := w.content(results)[key]
		broken := strings.NewReplacer(`"width":0.8`, `"width":-0.8`, `"words"`, `"no words"`).Replace(string(text))
		if broken == string(text) {
			t.Fatalf("no box in %s", text)
		}
		w.s3.Put(results, key, s3.Object{Body: []byte(broken)})
		located := w.locate(t, i, nil)
		if r := located.Occurrences[0].Regions; len(r) != 1 || r[0].Box != (ocr.Box{Width: 1, Height: 1}) {
			t.Errorf("%+v", r)
		}
	})
}

// TestLocateOtherKinds has as many matches as were counted, of which Macie has counted
// but one, and a number that this library does not know.
func TestLocateOtherKinds(t *testing.T) {
	tests := []struct{ kind, known, unknown, other string }{
		{"PHONE_NUMBER", "+65 9123 4567", "Phone 555-123-4567", "+65 9765 4321"},
		{"BANK_ACCOUNT_NUMBER", "DE89 3704 0044 0532 0130 00", "Account number 000123456789", "GB29 NWBK 6016 1331 9268 19"},
	}
	for _, test := range tests {
		t.Run(test.kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(awstest.New(t))
				i := w.scanned(t, "a.png", whitePNG(card, test.known, test.unknown, test.other))
				i.Findings = []macie.Finding{{Type: test.kind, Count: 2, Places: []macie.Place{{Span: ocr.Span{Line: 2, Column: 1, EndLine: 2}}}}}
				if located := w.locate(t, i, nil); located.Complete() || len(located.Occurrences) != 1 {
					t.Errorf("%+v", located)
				}
			})
		})
	}
}
