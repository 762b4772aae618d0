package textdetect_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/textdetect"
)

func wantDocumentError(t *testing.T, err error, code string, texts ...string) {
	t.Helper()
	e, ok := errors.AsType[*textdetect.DocumentError](err)
	if !ok || e.Code != code || textdetect.Fatal(err) {
		t.Errorf("got %v, want a document error %s", err, code)
		return
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not tell %q", err, text)
		}
	}
}

// TestDocumentErrors has files that Textract refuses.
func TestDocumentErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.s3.CreateBucket("elsewhere", s3.Bucket{Owner: account, Region: "eu-west-1"})
		w.s3.Put("elsewhere", "a.png", s3.Object{Body: []byte(pngFile)})
		r := w.reader()
		for _, test := range []struct {
			object textdetect.Object
			code   string
			async  bool
			text   string
		}{
			{w.put("a.gif", "GIF89a", "text"), "UnsupportedDocumentException", true, "s3://scans/a.gif"},
			{w.put("empty", "", ""), "UnsupportedDocumentException", true, ""},
			{w.put("two.pdf", pdfFile, "1", "2"), "UnsupportedDocumentException", false, ""},
			{w.put("bad.pdf", pdfFile, "unreadable"), "BadDocumentException", false, ""},
			{w.put("big.png", pngFile, strings.Repeat("x", 10<<20)), "DocumentTooLargeException", true, ""},
			{textdetect.Object{Bucket: bucket, Key: "nothing"}, "InvalidS3ObjectException", true, "kms:Decrypt"},
			{textdetect.Object{Bucket: "elsewhere", Key: "a.png"}, "InvalidS3ObjectException", true, "another Region"},
			{textdetect.Object{Bucket: bucket, Key: " "}, "InvalidParameterException", true, "s3://scans/ "},
			{textdetect.Object{}, "InvalidParameterException", true, ""},
		} {
			_, err := r.Detect(t.Context(), test.object)
			wantDocumentError(t, err, test.code, test.text)
			if test.async {
				_, err := r.Start(t.Context(), test.object, "", "")
				wantDocumentError(t, err, test.code, test.text)
			}
		}
		w.equal("slots given back", free(w, r, w.put("a.pdf", pdfFile, "text")), 100)
	})
}

// TestFatal sorts errors by whether the next document would meet them, too.
func TestFatal(t *testing.T) {
	for _, test := range []struct {
		name  string
		err   error
		fatal bool
	}{
		{"denied", awstest.Denied(), true},
		{"denied by Textract", awstest.Error(400, "AccessDeniedException", "not authorized"), true},
		{"key", awstest.Error(400, "InvalidKMSKeyException", ""), true},
		{"expired", awstest.Error(400, "ExpiredTokenException", "The security token included in the request is expired"), true},
		{"unknown key id", awstest.Error(400, "UnrecognizedClientException", ""), true},
		{"signature", awstest.Error(400, "InvalidSignatureException", ""), true},
		{"no such host", &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}, true},
		{"certificate", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, true},
		{"name server in trouble", &net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", IsTemporary: true}}, false},
		{"throttled", awstest.Throttled(), false},
		{"provisioned", awstest.Error(400, "ProvisionedThroughputExceededException", ""), false},
		{"internal", awstest.Error(500, "InternalServerError", ""), false},
		{"unavailable", awstest.Status(503, errors.New("no JSON")), false},
		{"reset", &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, false},
		{"canceled", &smithy.CanceledError{Err: context.Canceled}, false},
		{"timed out", context.DeadlineExceeded, false},
		{"one document", awstest.Error(400, "BadDocumentException", ""), false},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			o := w.put("a.pdf", pdfFile, "text")
			w.cloud.Inject(awstest.Fault{Err: test.err})
			r := w.reader()
			_, detect := r.Detect(t.Context(), o)
			_, start := r.Start(t.Context(), o, "", "")
			_, _, look := r.Look(t.Context(), "id")
			_, wait := r.Wait(t.Context(), "id")
			for _, err := range []error{detect, start, look, wait} {
				if err == nil || textdetect.Fatal(err) != test.fatal || !errors.Is(err, test.err) && codeless(test.err) {
					t.Errorf("%s: got %v, fatal: %v", test.name, err, textdetect.Fatal(err))
				}
			}
		})
	}
	if textdetect.Fatal(nil) {
		t.Error("no error is fatal")
	}
}

func codeless(err error) bool {
	_, api := errors.AsType[smithy.APIError](err)
	return !api
}

// TestClients has clients that cannot work.
func TestClients(t *testing.T) {
	cloud := awstest.New(t)
	for name, change := range map[string]func(*textractsdk.Options){
		"no credentials": func(o *textractsdk.Options) {
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{}, errors.New("no EC2 IMDS role found")
			})
		},
		"no region":          func(o *textractsdk.Options) { o.Region = "" },
		"a region of no use": func(o *textractsdk.Options) { o.Region = "not a region" },
	} {
		client := textractsdk.NewFromConfig(cloud.Config(region, account), change)
		r := textdetect.New(client, textdetect.Config{DetectTPS: 1, StartTPS: 1, GetTPS: 1, Jobs: 1})
		if _, err := r.Detect(t.Context(), textdetect.Object{Bucket: "b", Key: "k"}); err == nil || !textdetect.Fatal(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestRegionWithoutTextract is what a Region is like that Available does not have.
func TestRegionWithoutTextract(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		client := textractsdk.NewFromConfig(w.cloud.Config("eu-north-1", account))
		r := textdetect.New(client, textdetect.Config{DetectTPS: 1, StartTPS: 1, GetTPS: 1, Jobs: 1})
		took := timed(func() {
			if _, err := r.Detect(t.Context(), textdetect.Object{Bucket: "b", Key: "k"}); !textdetect.Fatal(err) {
				t.Errorf("got %v", err)
			}
		})
		if took > time.Second || w.cloud.Count() != 1 {
			t.Errorf("took %v, %d calls", took, w.cloud.Count())
		}
	})
}
