package macie_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
)

// TestScanArchivedLater moves images to an archive, as lifecycle rules do, after
// their text was read.
func TestScanArchivedLater(t *testing.T) {
	archive := func(t *testing.T, w *world, key string) {
		o, _ := w.s3.Get(scans, key)
		_, err := s3sdk.NewFromConfig(w.Config(region, account)).PutObject(t.Context(), &s3sdk.PutObjectInput{
			Bucket: aws.String(scans), Key: &key, Body: strings.NewReader(string(o.Body)), StorageClass: s3types.StorageClassDeepArchive,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Run("between two scans", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(awstest.New(t))
			w.put("a.png", pngOf(card))
			w.put("b.png", pngOf(plain))
			w.mustScan(t, w.options())
			archive(t, w, "a.png")
			archive(t, w, "b.png")
			w.macie.Export(account, region, exports, "", kmsKey) // b.png could be proven, if it could be read
			result := w.mustScan(t, w.options())
			wantStates(t, result, "a.png finding", "b.png unproven")
			if result.Kept != 2 {
				t.Errorf("%d kept", result.Kept)
			}
			opts := w.options()
			opts.Identifiers = onlyPhones
			wantStates(t, w.mustScan(t, opts), "a.png skipped", "b.png skipped")
		})
	})
	t.Run("in a scan that was stopped", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(awstest.New(t))
			w.put("a.png", pngOf(card))
			w.put("b.png", pngOf())
			hits := w.Inject(awstest.Fault{Operation: "Macie2.CreateClassificationJob", Times: 1, Err: awstest.Denied()})
			if _, err := macie.ScanImages(t.Context(), w.clients(), w.options()); err == nil || hits() != 1 {
				t.Fatalf("got %v", err)
			}
			archive(t, w, "a.png")
			archive(t, w, "b.png")
			wantStates(t, w.mustScan(t, w.options()), "a.png finding", "b.png no text")
		})
	})
}
