package macie_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// whitePNG is a white image of 400 by 400 pixels with a text.
func whitePNG(lines ...string) []byte {
	img := image.NewGray(image.Rect(0, 0, 400, 400))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return append(b.Bytes(), textOf(lines)...)
}

// scanned scans one image, and returns it.
func (w *world) scanned(t *testing.T, key string, content []byte) macie.Image {
	t.Helper()
	w.put(key, content)
	result, err := macie.ScanImages(t.Context(), w.clients(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	for i := range result.Images(t.Context()) {
		if i.Key == key {
			return i
		}
	}
	t.Fatalf("%s is not in the result", key)
	return macie.Image{}
}

func (w *world) locate(t *testing.T, i macie.Image, change func(*macie.LocateOptions)) macie.LocateResult {
	t.Helper()
	opts := macie.LocateOptions{Image: i, Results: w.options().Results}
	if change != nil {
		change(&opts)
	}
	located, err := macie.Locate(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return located
}

// noKeyword has a number that Macie does not count, since no keyword is near.
var noKeyword = "4539 1488 0343 6467 " + strings.Repeat("x", 100)

func TestLocate(t *testing.T) {
	cards := slices.Repeat([]string{card}, 20)
	more := append([]string{noKeyword}, cards...)
	tests := []struct {
		name   string
		lines  []string
		export bool
		change func(*macie.LocateOptions)
		want   []string // the first occurrences
		n      int
		short  string
	}{
		{
			name: "a value's end is found by matching", lines: []string{"Customer", "Credit card 4539 1488 0343 6467 valid"},
			want: []string{"CREDIT_CARD_NUMBER {2 13 2 32} exact true: Credit card ███████████████████ valid"}, n: 1,
		},
		{
			name: "twenty, by the analysis record", lines: cards, export: true,
			want: []string{"CREDIT_CARD_NUMBER {1 13 1 32} exact true: Credit card ███████████████████"}, n: 20,
		},
		{name: "twenty, by matching, since they are as many as were counted", lines: cards, n: 20},
		{
			name: "more matches than were counted", lines: more,
			n: 15, short: "[{CREDIT_CARD_NUMBER 20 15}]",
		},
		{
			name: "text beyond ASCII before it covers the line", lines: []string{"Crédit card 4539 1488 0343 6467"},
			want: []string{"CREDIT_CARD_NUMBER {1 13 1 0} exact false: " + strings.Repeat("█", 31)}, n: 1,
		},
		{
			name: "another detector is asked again", lines: []string{card},
			change: func(o *macie.LocateOptions) { o.Detector = macie.PatternDetector() },
			want:   []string{"CREDIT_CARD_NUMBER {1 13 0 32} exact true: Credit card ███████████████████"}, n: 1,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(awstest.New(t))
				if test.export {
					w.macie.Export(account, region, exports, "records", kmsKey)
				}
				i := w.scanned(t, "a.png", whitePNG(test.lines...))
				located := w.locate(t, i, test.change)
				var got []string
				for _, o := range located.Occurrences {
					got = append(got, fmt.Sprintf("%s %v exact %t: %s", o.Type, o.Span, o.Exact, o.Snippet))
					if len(o.Regions) == 0 {
						t.Errorf("%v has no region", o.Span)
					}
				}
				if len(got) != test.n || len(test.want) > 0 && !slices.Equal(got[:len(test.want)], test.want) {
					t.Errorf("%d occurrences:\n%s\nwant %d:\n%s", len(got), strings.Join(got, "\n"), test.n, strings.Join(test.want, "\n"))
				}
				if short := fmt.Sprint(located.Shortfalls); short != "[]" && short != test.short || located.Complete() != (test.short == "") {
					t.Errorf("shortfalls %s, want %s", short, test.short)
				}
			})
		})
	}
}

func TestLocatePermissions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.macie.Export(account, region, exports, "records", kmsKey)
		i := w.scanned(t, "a.png", whitePNG(slices.Repeat([]string{card}, 20)...))
		opts := macie.LocateOptions{
			Image: i, Results: w.options().Results, Export: macie.ResultsLocation{Bucket: exports, Prefix: "records"},
		}
		before := w.Count()
		located, err := macie.Locate(t.Context(), w.clients(), opts)
		if err != nil {
			t.Fatal(err)
		}
		// Listing is for S3 to say that a text is not there, instead of refusing.
		awstest.CheckPermissions(t, macie.LocatePermissions(opts).Apply, w.Calls()[before:], s3.Actions, sts.Actions, macie2.Actions)
		before = w.Count()
		draw := macie.DrawOptions{Located: located, Output: io.Discard}
		if _, err := macie.Redact(t.Context(), w.clients(), draw); err != nil {
			t.Fatal(err)
		}
		awstest.CheckPermissions(t, macie.DrawPermissions(draw).Apply, w.Calls()[before:], s3.Actions)
	})
}

func TestLocateWithoutText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		i := w.scanned(t, "a.png", whitePNG(card))
		w.s3.Delete(results, "scan/ocr/"+i.TextID+".json")
		_, err := macie.Locate(t.Context(), w.clients(), macie.LocateOptions{Image: i, Results: w.options().Results})
		if !errors.Is(err, macie.ErrNoText) {
			t.Errorf("%v", err)
		}
	})
}

// TestRedact checks pixels: what is covered is black, and all else as it was.
func TestRedact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		i := w.scanned(t, "a.png", whitePNG("Customer", card, plain))
		located := w.locate(t, i, nil)
		before := w.s3.Writes()
		var out bytes.Buffer
		drawn, err := macie.Redact(t.Context(), w.clients(), macie.DrawOptions{Located: located, Output: &out})
		if err != nil {
			t.Fatal(err)
		}
		if drawn.Regions != 1 || drawn.Bytes != int64(out.Len()) || drawn.Format != "png" {
			t.Errorf("%+v", drawn)
		}
		if bytes.Contains(out.Bytes(), []byte("4539")) {
			t.Error("the copy has what stood behind the image")
		}
		img, err := png.Decode(&out)
		if err != nil {
			t.Fatal(err)
		}
		// Line 2 is from 10 % to 14 % of the height; the whole line, since the
		// stand-in tells no boxes of words.
		box := located.Occurrences[0].Regions[0].Box
		for y := range 400 {
			for x := range 400 {
				inside := within(box, x, y, 0)
				black := isBlack(img.At(x, y))
				if inside && !black || !within(box, x, y, 12) && black {
					t.Fatalf("pixel %d, %d: black %t", x, y, black)
				}
			}
		}
		if w.s3.Writes() != before {
			t.Error("something was written to S3")
		}
	})
}

func within(b ocr.Box, x, y, margin int) bool {
	left, top := int(b.Left*400)-margin, int(b.Top*400)-margin
	right, bottom := int((b.Left+b.Width)*400)+margin, int((b.Top+b.Height)*400)+margin
	return x >= left && x < right && y >= top && y < bottom
}

func isBlack(c color.Color) bool {
	r, g, b, _ := c.RGBA()
	return r+g+b == 0
}

func TestAnnotate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		located := w.locate(t, w.scanned(t, "a.png", whitePNG(card)), nil)
		var out bytes.Buffer
		if _, err := macie.Annotate(t.Context(), w.clients(), macie.DrawOptions{Located: located, Output: &out}); err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(&out)
		if err != nil {
			t.Fatal(err)
		}
		coloured := 0
		for y := range 400 {
			for x := range 400 {
				if r, g, b, _ := img.At(x, y).RGBA(); r != g || g != b {
					coloured++
				}
			}
		}
		if coloured < 100 || coloured > 400*400/4 {
			t.Errorf("%d coloured pixels", coloured)
		}
	})
}

func TestRedactRefuses(t *testing.T) {
	many := append([]string{noKeyword}, slices.Repeat([]string{card}, 20)...)
	tests := []struct {
		name    string
		key     string
		content []byte
		change  func(*world, *macie.LocateResult)
		check   func(error) bool
	}{
		{
			name: "not every occurrence is located", key: "a.png", content: whitePNG(many...),
			check: func(err error) bool {
				e, ok := errors.AsType[*macie.IncompleteError](err)
				return ok && len(e.Shortfalls) == 1 && strings.Contains(err.Error(), "15 of 20 CREDIT_CARD_NUMBER are located")
			},
		},
		{
			name: "PDF", key: "a.pdf", content: pdfOf(card),
			check: func(err error) bool { return errors.Is(err, macie.ErrUnsupported) },
		},
		{
			name: "a page was not read", key: "a.pdf", content: pdfOf(card, "UNREADABLE"),
			check: func(err error) bool {
				e, ok := errors.AsType[*macie.IncompleteError](err)
				return ok && slices.Equal(e.FailedPages, []int{2})
			},
		},
		{
			name: "an unproven image", key: "a.png", content: whitePNG(plain),
			check: func(err error) bool { return err != nil && strings.Contains(err.Error(), `its state is "unproven"`) },
		},
		{
			name: "the image was changed since", key: "a.png", content: whitePNG(card),
			change: func(w *world, _ *macie.LocateResult) { w.put("a.png", whitePNG("other")) },
			check:  func(err error) bool { return err != nil && strings.Contains(err.Error(), "it changed") },
		},
		{
			name: "the image was deleted since", key: "a.png", content: whitePNG(card),
			change: func(w *world, _ *macie.LocateResult) { w.s3.Delete(scans, "a.png") },
			check:  func(err error) bool { return err != nil && strings.Contains(err.Error(), "deleted") },
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(awstest.New(t))
				located := w.locate(t, w.scanned(t, test.key, test.content), nil)
				if test.change != nil {
					test.change(w, &located)
				}
				var out bytes.Buffer
				_, err := macie.Redact(t.Context(), w.clients(), macie.DrawOptions{Located: located, Output: &out})
				if !test.check(err) {
					t.Errorf("%v", err)
				}
				if out.Len() > 0 {
					t.Errorf("%d bytes were written", out.Len())
				}
			})
		})
	}
}
