package macie_test

import (
	"io"
	"testing"
	"testing/synctest"

	comprehendsdk "github.com/aws/aws-sdk-go-v2/service/comprehend"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/comprehend"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/macie"
)

// TestComprehendPermissions compares what is declared for a scan by Comprehend, and
// for finding and covering what it found, with what is called, both ways.
func TestComprehendPermissions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := strictWorld(t)
		comprehend.New(w.Cloud, names)
		w.s3.CreateBucket(scans, s3.Bucket{Owner: account, Region: region, ListPrefix: "in/", Versioned: true})
		w.put("in/a.png", whitePNG("Zhang Wei"))
		w.put("in/b.pdf", pdfOf("Zhang Wei", plain))
		detector := &macie.ComprehendDetector{Client: comprehendsdk.NewFromConfig(w.Config(region, account))}
		opts.Detector = detector
		begin := len(w.Calls())
		result := w.mustScan(t, opts)
		wantStates(t, result, "in/a.png finding", "in/b.pdf finding")
		calls := w.Calls()[begin:]
		tables := append(actionTables(calls), comprehend.Actions)
		policy := macie.ScanImagesPermissions(opts).Apply
		for i := range policy { // only where there are versions it is needed
			if policy[i].Action == "s3:GetObjectVersion" {
				policy[i].ImpliedBy = ""
			}
		}
		awstest.CheckPermissions(t, policy, calls, tables...)

		begin = len(w.Calls())
		locate := macie.LocateOptions{Image: result.Attention[0], Results: opts.Results, Detector: detector}
		located, err := macie.Locate(t.Context(), w.clients(), locate)
		if err != nil || len(located.Occurrences) != 1 || !located.Occurrences[0].Exact {
			t.Fatalf("%+v, %v", located, err)
		}
		locate.Image.TextID = "gone" // S3 says 403 for what is not there, and a listing tells
		if _, err := macie.Locate(t.Context(), w.clients(), locate); err == nil {
			t.Error("there is no such text, and no error")
		}
		awstest.CheckPermissions(t, macie.LocatePermissions(locate).Apply, w.Calls()[begin:], tables...)

		begin = len(w.Calls())
		draw := macie.DrawOptions{Located: located, Output: io.Discard}
		if _, err := macie.Annotate(t.Context(), w.clients(), draw); err != nil {
			t.Fatal(err)
		}
		awstest.CheckPermissions(t, macie.DrawPermissions(draw).Apply, w.Calls()[begin:], tables...)
	})
}
