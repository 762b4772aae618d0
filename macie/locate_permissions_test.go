package macie_test

import (
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	comprehendsdk "github.com/aws/aws-sdk-go-v2/service/comprehend"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
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

// TestLocatePolicy has the rendered policies of finding and of drawing as golden
// files: of the results only what has geometry is read, of the source one key, which
// may hold what policies take for wildcards.
func TestLocatePolicy(t *testing.T) {
	target := awspatterns.Target{Account: account, Region: region, Partition: "aws-us-gov"}
	locate := macie.LocateOptions{
		Results: macie.ResultsLocation{Bucket: "texts", Prefix: "scan/", KMSKey: kmsKey},
		Export:  macie.ResultsLocation{Bucket: "records", Prefix: "macie", KMSKey: kmsKey},
	}
	golden.Equal(t, "testdata/golden/locate_policy.json", string(macie.LocatePermissions(locate).Apply.Document(target)))

	slashed, skip := locate, locate
	slashed.Export.Prefix, skip.SkipExport = "/macie/", true
	if !reflect.DeepEqual(macie.LocatePermissions(slashed), macie.LocatePermissions(locate)) {
		t.Error("slashes around the prefix of the export make another policy")
	}
	for _, p := range macie.LocatePermissions(skip).Apply {
		if !slices.Equal(p.Resources, []string{kmsKey}) && !strings.HasPrefix(p.Resources[0], "arn:${Partition}:s3:::texts") {
			t.Errorf("without the export, %s on %s", p.Action, p.Resources)
		}
	}

	draw := macie.DrawOptions{Located: macie.LocateResult{Image: macie.Image{Bucket: "scans", Key: "in/*/${aws:username}?.png", VersionID: "1"}}}
	golden.Equal(t, "testdata/golden/draw_policy.json", string(macie.DrawPermissions(draw).Apply.Document(target)))
}
