package macie_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
)

func TestLastScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf(card))
		w.put("b.png", pngOf(plain))
		if none, err := macie.LastScan(t.Context(), w.clients(), w.options()); err != nil || none.Run != "" {
			t.Errorf("before any run: %+v, %v", none, err)
		}
		made, err := macie.ScanImages(t.Context(), w.clients(), w.options())
		if err != nil {
			t.Fatal(err)
		}

		before := w.Count()
		read, err := macie.LastScan(t.Context(), w.clients(), w.options())
		if err != nil {
			t.Fatal(err)
		}
		if names := w.Operations()[before:]; len(names) != 1 || names[0] != "STS.GetCallerIdentity" {
			t.Errorf("calls %v", names)
		}
		wantStates(t, read, statesOf(t, made)...)
		if got, want := jsonOf(t, read), jsonOf(t, made); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// TestLastScanStopped is for a run that has not ended.
func TestLastScanStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf(card))
		w.Inject(awstest.Fault{Operation: "Macie2.CreateClassificationJob", Err: awstest.Denied()})
		if _, err := macie.ScanImages(t.Context(), w.clients(), w.options()); err == nil {
			t.Fatal("the job was created")
		}
		read, err := macie.LastScan(t.Context(), w.clients(), w.options())
		if err != nil || read.Listed != 1 || read.Pending != 1 || read.Pages != 1 {
			t.Errorf("%+v, %v", read, err)
		}
	})
}

func TestLastScanRefuses(t *testing.T) {
	w := newWorld(awstest.New(t))
	opts := w.options()
	opts.Store = nil
	if _, err := macie.LastScan(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), "no Store") || w.Count() != 0 {
		t.Errorf("%v, after %d calls", err, w.Count())
	}
}

// TestResultFromJSON: what was read back is used like the original, but for the
// images in the Store, of which it must not say that there are none.
func TestResultFromJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf(card))
		made, err := macie.ScanImages(t.Context(), w.clients(), w.options())
		if err != nil {
			t.Fatal(err)
		}
		var read macie.ScanImagesResult
		if err := json.Unmarshal([]byte(jsonOf(t, made)), &read); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(read.Attention, made.Attention) || read.String() != made.String() {
			t.Errorf("got  %+v\nwant %+v", read, made)
		}
		var errs []error
		for _, err := range read.Images(t.Context()) {
			errs = append(errs, err)
		}
		if len(errs) != 1 || errs[0] == nil || !strings.Contains(errs[0].Error(), "LastScan") {
			t.Errorf("images of what was read from JSON: %v", errs)
		}
		for range (macie.ScanImagesResult{}).Images(t.Context()) {
			t.Error("no scan has an image")
		}
	})
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDrawPermissionsOfKey(t *testing.T) {
	opts := macie.DrawOptions{Located: macie.LocateResult{Image: macie.Image{Bucket: scans, Key: "a.png"}}, KMSKey: kmsKey}
	policy := macie.DrawPermissions(opts).Apply
	if len(policy) != 2 || policy[1].Action != "kms:Decrypt" || policy[1].Resources[0] != kmsKey {
		t.Errorf("%+v", policy)
	}
}

func TestEstimateString(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf(card))
		w.put("b.pdf", pdfOf("one", "two"))
		w.put("c.txt", []byte("x"))
		opts := w.options()
		opts.Prices.Page = 0.0015
		estimate, err := macie.EstimateScan(t.Context(), w.clients(), opts)
		want := "3 objects: 2 images with up to 3 pages to read, 0 whose text is kept; text detection: 3 (at 0.0015 per page): 0.0045"
		if got := estimate.String(); err != nil || got != want {
			t.Errorf("got  %s, %v\nwant %s", got, err, want)
		}
	})
}

// TestRequests counts what the documentation says of the requests to S3.
func TestRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		const images = 50
		for i := range images {
			w.put(fmt.Sprintf("%d.png", i), pngOf(plain))
		}
		scan := func() error {
			_, err := macie.ScanImages(t.Context(), w.clients(), w.options())
			return err
		}
		steps := []struct {
			name string
			run  func() error
			want map[string]int
		}{
			{"estimate", func() error {
				_, err := macie.EstimateScan(t.Context(), w.clients(), w.options())
				return err
			}, map[string]int{"S3.ListObjectsV2": 1, "S3.GetObject": images, "S3.HeadObject": images}},
			{"scan", scan, map[string]int{"S3.ListObjectsV2": 1, "S3.GetObject": 2 * images, "S3.HeadObject": images, "S3.PutObject": 2 * images}},
			{"nothing is new", scan, map[string]int{"S3.ListObjectsV2": 1}},
		}
		for _, step := range steps {
			before := w.Count()
			if err := step.run(); err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for _, name := range w.Operations()[before:] {
				if strings.HasPrefix(name, "S3.") {
					got[name]++
				}
			}
			if !maps.Equal(got, step.want) {
				t.Errorf("%s: got %v, want %v", step.name, got, step.want)
			}
		}
	})
}
