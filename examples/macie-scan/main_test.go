package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/state"
)

// runIn runs the example in an empty folder, in virtual time, and returns what it
// printed.
func runIn(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	return runHere(t, args...)
}

func runHere(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		status = run(t.Context(), args, strings.NewReader(""), &out, &errs)
	})
	return status, out.String(), errs.String()
}

// testdata is absolute, since the tests run in folders of their own.
var testdata = func() string {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return dir
}()

// values are what the documents hold and the page must not.
var values = []string{
	"S1234567D", "12-04-1985", "5500 0055 5555 5559", "D4829317", "08/31/1987", "4539 1488 0343 6467",
	"DE89 3704 0044 0532 0130 00", "L48920371", "12 08 1974", "P<UTO", "UTO7408122F", "ERIKSSON",
}

// cutPictures returns a page without its pictures, and those in base64.
func cutPictures(page string) (text string, pictures []string) {
	parts := strings.Split(page, "data:image/jpeg;base64,")
	text = parts[0]
	for _, part := range parts[1:] {
		picture, rest, _ := strings.Cut(part, `"`)
		text += `"` + rest
		pictures = append(pictures, strings.ReplaceAll(picture, "&#43;", "+"))
	}
	return text, pictures
}

// settled returns what was printed without the time it took, and with the progress
// of images, who get their states in any order, sorted.
func settled(stdout string) string {
	stdout = regexp.MustCompile(`, in [\d.]+m?s\n`).ReplaceAllString(stdout, ", in TIME\n")
	return regexp.MustCompile(`(?m)(^  (finding|clean) .*\n)+`).ReplaceAllStringFunc(stdout, func(lines string) string {
		return strings.Join(slices.Sorted(strings.Lines(lines)), "")
	})
}

func TestScan(t *testing.T) {
	status, stdout, stderr := runIn(t)
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	golden.Equal(t, filepath.Join(testdata, "scan.txt"), settled(stdout))

	page, err := os.ReadFile("macie-scan.html")
	if err != nil {
		t.Fatal(err)
	}
	text, pictures := cutPictures(string(page))
	for _, v := range append(values, "P&lt;UTO", "http:", "https:", "url(") {
		if strings.Contains(text, v) {
			t.Errorf("the page has %q", v)
		}
	}
	for _, want := range []string{"<em>5</em> of 8 objects", "IDENTITY CARD NO. ███", "Proven clean", "Driver&#39;s license", "no image by the end of its name"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	// Five images twice, and two that are clean or without text once.
	if len(pictures) != 12 {
		t.Errorf("the page has %d pictures", len(pictures))
	}
	for i, p := range pictures {
		file, err := base64.StdEncoding.DecodeString(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := image.DecodeConfig(bytes.NewReader(file)); err != nil {
			t.Errorf("picture %d: %v", i, err)
		}
	}
	checkCopies(t)
}

// checkCopies checks that there are copies, for their owner alone, and that what
// was found is black in one of them.
func checkCopies(t *testing.T) {
	t.Helper()
	n := 0
	err := filepath.WalkDir("macie-scan", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", path, info.Mode())
		}
		if !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil || n != 10 {
		t.Errorf("%d copies, %v", n, err)
	}
	files, _ := filepath.Glob("macie-scan/redacted/identity-card-*.png")
	if len(files) != 1 {
		t.Fatalf("%v", files)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	for at, black := range map[image.Point]bool{{420, 120}: true, {450, 420}: true, {200, 120}: false, {450, 340}: false} {
		got := color.RGBAModel.Convert(img.At(at.X, at.Y)) == color.RGBA{A: 0xff}
		if got != black {
			t.Errorf("at %v it is %v", at, img.At(at.X, at.Y))
		}
	}
}

// TestPatterns scans without Macie.
func TestPatterns(t *testing.T) {
	if underRace {
		t.Skip("draws and reads no other way than TestScan, and takes half a minute")
	}
	status, stdout, stderr := runIn(t, "-patterns", "-o", "p.html", "-d", "copies", "-images", "2")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	for _, want := range []string{"SINGAPORE_NRIC", "IBAN", "CREDIT_CARD_NUMBER", "Wrote 2 redacted copies to copies/redacted", "Wrote p.html"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "Macie job") {
		t.Errorf("got\n%s", stdout)
	}
	page, err := os.ReadFile("p.html")
	if err != nil || !bytes.Contains(page, []byte("without Macie")) || !bytes.Contains(page, []byte("only 2 images were copied")) {
		t.Errorf("%d bytes, %v", len(page), err)
	}
}

// TestStore scans twice: the second time, verdicts are those of the first.
func TestStore(t *testing.T) {
	if underRace {
		t.Skip("draws and reads no other way than TestScan, and takes half a minute")
	}
	if status, _, stderr := runIn(t, "-store", "scan.state", "-patterns"); status != 0 {
		t.Fatalf("status %d, %s", status, stderr)
	}
	status, stdout, stderr := runHere(t, "-store", "scan.state", "-patterns")
	if status != 0 || !strings.Contains(stdout, "; 0 pages read") {
		t.Errorf("status %d, %s\n%s", status, stderr, stdout)
	}
	// The text was in the memory of the first process.
	if n := strings.Count(stdout, macie.ErrNoText.Error()); n != 3 {
		t.Errorf("%d images without text:\n%s", n, stdout)
	}
}

// TestAccount scans as with -aws, but in this process: it asks first, and makes no
// copies that can be read.
func TestAccount(t *testing.T) {
	if underRace {
		t.Skip("draws and reads no other way than TestScan, and takes half a minute")
	}
	t.Chdir(t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		demo, err := parse(nil, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		clients, err := demo.connect(t.Context(), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		scan := func(answer string) (string, error) {
			s, err := parse([]string{"-aws", "-bucket", "scans", "-results", "scan-results", "-unprotected", "-require-proof", "-identifiers"}, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			s.scan.Quotas, s.in = demo.scan.Quotas, strings.NewReader(answer)
			var out bytes.Buffer
			err = s.runWith(t.Context(), clients, &out)
			return out.String(), err
		}
		out, err := scan("no\n")
		if err == nil || !strings.Contains(out, "Read up to 7 pages, after 3 changes of custom identifiers? [y/N]") || strings.Contains(out, "Scanning") {
			t.Errorf("%v\n%s", err, out)
		}
		out, err = scan("y\n")
		if err != nil || !strings.Contains(out, "Wrote 5 redacted copies") || !strings.Contains(out, "PASSPORT_MRZ") {
			t.Errorf("%v\n%s", err, out)
		}
		// All keep their verdicts, and the identifiers are there.
		out, err = scan("y\n")
		if err != nil || !strings.Contains(out, "0 images to read") || !strings.Contains(out, "; 0 pages read") || !strings.Contains(out, "Wrote 5 redacted copies") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	page, err := os.ReadFile("macie-scan.html")
	if err != nil {
		t.Fatal(err)
	}
	text, pictures := cutPictures(string(page))
	if len(pictures) != 5 || strings.Contains(text, `class="outlined"`) || strings.Contains(text, "Show the images") {
		t.Errorf("%d pictures", len(pictures))
	}
	if _, err := os.Stat("macie-scan/outlined"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("copies that can be read: %v", err)
	}
}

func TestCeiling(t *testing.T) {
	status, stdout, stderr := runIn(t, "-max-pages", "6")
	if status != 1 || !strings.Contains(stderr, "the ceiling is 6 pages") || strings.Contains(stdout, "finding") {
		t.Errorf("status %d, %s\n%s", status, stderr, stdout)
	}
	if files, err := os.ReadDir("."); err != nil || len(files) > 0 {
		t.Errorf("wrote %v, %v", files, err)
	}
}

func TestPermissions(t *testing.T) {
	status, stdout, stderr := runIn(t, "-permissions", "-bucket", "my-scans", "-prefix", "2026/", "-results", "my-results",
		"-identifiers", "-export", "s3://my-records/macie")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	golden.Equal(t, filepath.Join(testdata, "permissions.txt"), stdout)
}

func TestBadFlags(t *testing.T) {
	tests := []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"x"}, 2, "unexpected argument"},
		{[]string{"-images", "-1"}, 2, "must not be negative"},
		{[]string{"-o", ""}, 2, "must not be empty"},
		{[]string{"-bucket", "b"}, 2, "need -aws"},
		{[]string{"-aws"}, 2, "need -bucket NAME and -results NAME"},
		{[]string{"-permissions", "-bucket", "b"}, 2, "need -bucket NAME and -results NAME"},
		{[]string{"-patterns", "-identifiers"}, 2, "-patterns goes with none"},
		{[]string{"-max-cost", "1"}, 2, "-max-cost needs -price"},
		{[]string{"-export", "records"}, 2, "want s3://BUCKET/PREFIX"},
		{[]string{"-max-pages", "x"}, 2, "invalid value"},
		{[]string{"-permissions", "-bucket", "same", "-results", "same"}, 1, "beside the originals"},
		{[]string{"-permissions", "-bucket", "Scans", "-results", "results"}, 1, "no name of a bucket"},
		{[]string{"-h"}, 0, "-results NAME"},
	}
	for _, tt := range tests {
		if status, _, stderr := runIn(t, tt.args...); status != tt.status || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: status %d, %s; want %d and %q", tt.args, status, stderr, tt.status, tt.want)
		}
	}
}

func TestConfirm(t *testing.T) {
	estimate := macie.ScanEstimate{Pages: 7}
	var plan macie.CustomIdentifiersPlan
	plan.Changes = make([]awspatterns.Change, 1)
	for answer, goesOn := range map[string]bool{"y\n": true, " YES \r\n": true, "y": true, "n\n": false, "\n": false, "": false, "yellow\n": false} {
		var out bytes.Buffer
		s := &settings{aws: true, in: strings.NewReader(answer)}
		if err := s.confirm(&out, estimate, plan); (err == nil) != goesOn {
			t.Errorf("%q: %v", answer, err)
		}
		if want := "Read up to 7 pages, after 1 change of custom identifiers? [y/N]"; !strings.Contains(out.String(), want) {
			t.Errorf("asked %q", out.String())
		}
	}
	s := &settings{aws: true, yes: true}
	if err := s.confirm(nil, estimate, plan); err != nil {
		t.Error(err)
	}
}

func TestExplain(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{
			fmt.Errorf("macie: scan images: %w", &macie.PreflightError{Missing: []string{"a\x1b[31m", "b"}}),
			"macie-scan: nothing was read and nothing is paid for. What is missing:\n  - a\ufffd[31m\n  - b\nmacie.PlanScanSetup sets up the results bucket; -unprotected takes it as it is.\n",
		},
		{
			errors.Join(fmt.Errorf("macie: scan images: %w", macie.ErrFailedImages), errors.New("disk full")),
			"macie-scan: scan images: images failed\nmacie-scan: disk full\nThe next scan tries failed images again.\n",
		},
		{
			fmt.Errorf("macie: scan images: %w", context.Canceled),
			"macie-scan: scan images: context canceled\nThe same command goes on where this one was stopped.\n",
		},
		{state.ErrLocked, "macie-scan: " + state.ErrLocked.Error() + "\nAnother process uses the file; -store FILE names another one.\n"},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		(&settings{store: "x"}).explain(&out, tt.err)
		if out.String() != tt.want {
			t.Errorf("got\n%s\nwant\n%s", out.String(), tt.want)
		}
	}
}
