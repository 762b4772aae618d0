package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/drawn"
	"github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/internal/standin/textract"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// The account without -aws.
const (
	inProcessAccount = "123456789012"
	inProcessRegion  = "eu-west-1"
	inProcessKey     = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// connect returns clients for the account of the environment or, without -aws, for
// one in this process that has drawn documents in a bucket.
func (s *settings) connect(ctx context.Context, w io.Writer) (macie.Clients, error) {
	if s.aws {
		cfg, err := config.LoadDefaultConfig(ctx)
		if err == nil && cfg.Region == "" {
			err = errors.New("no Region: set AWS_REGION, or a profile that has one")
		}
		return macie.NewClients(cfg), err
	}
	s.scan.Sources[0].Bucket, s.scan.Results.Bucket = "scans", "scan-results"
	if s.scan.Prices.Page == 0 {
		s.scan.Prices.Page = 0.0015 // so that there is one; ask the price list for that of the day
	}
	s.identifiers, s.legible = !s.patterns, true
	s.scan.Identifiers.Selector = "ALL"
	s.scan.Quotas = macie.TextractQuotas{Detect: 25, Start: 5, Get: 10, Jobs: 100}
	s.scan.Unprotected = true // buckets in this process have no lifecycle rules
	s.scan.Concurrency = 1    // so that all is printed in the same order each time
	s.scan.PollInterval = max(s.scan.PollInterval, 100*time.Millisecond)

	cloud := awstest.New(nil)
	sts.Handle(cloud)
	buckets := s3.New(cloud)
	texts := map[[sha256.Size]byte][]ocr.Page{}
	textract.New(cloud, buckets, func(content []byte) ([]ocr.Page, error) {
		pages, ok := texts[sha256.Sum256(content)]
		if !ok {
			return nil, errors.New("nobody drew it")
		}
		return pages, nil
	})
	analysis := macie2.New(cloud, buckets)
	analysis.Duration, analysis.JobInterval = time.Second, 0
	analysis.Enable(inProcessAccount, inProcessRegion)
	analysis.AllowKey(inProcessKey)
	for _, name := range []string{s.scan.Sources[0].Bucket, s.scan.Results.Bucket, "analysis-records"} {
		buckets.CreateBucket(name, s3.Bucket{Owner: inProcessAccount, Region: inProcessRegion, KMSKey: inProcessKey})
	}
	analysis.Export(inProcessAccount, inProcessRegion, "analysis-records", "macie", inProcessKey)

	files := documents()
	for _, f := range files {
		buckets.Put(s.scan.Sources[0].Bucket, f.key, s3.Object{Body: f.content})
		texts[sha256.Sum256(f.content)] = f.pages
	}
	fmt.Fprintf(w, "Drew %s into s3://%s, a bucket of AWS in this process\n\n", count(len(files), "file"), s.scan.Sources[0].Bucket)
	return macie.NewClients(cloud.Config(inProcessRegion, inProcessAccount)), nil
}

// A file is one of the bucket in this process.
type file struct {
	key     string
	content []byte
	pages   []ocr.Page
}

// documents returns files as people name and send them.
func documents() []file {
	as := func(key string, d drawn.Document, encode func(drawn.Document) []byte) file {
		f := file{key: key, content: encode(d)}
		if len(d.Page.Lines) > 0 {
			f.pages = []ocr.Page{d.Page}
		}
		return f
	}
	return []file{
		as("club/minutes.png", drawn.Minutes(), drawn.Document.PNG),
		as("club/outing.jpg", drawn.Landscape(), drawn.Document.JPEG),
		as("customers/driving licence.jpg", drawn.DrivingLicence(), drawn.Document.JPEG),
		as("customers/identity-card.png", drawn.IdentityCard(), drawn.Document.PNG),
		as("customers/passport.TIF", drawn.Passport(), drawn.Document.TIFF),
		as("inbox/IMG_2041.JPG", drawn.BankCard(), drawn.Document.Turned),
		as("invoices/2026-0417.png", drawn.Invoice(), drawn.Document.PNG),
		{key: "readme.txt", content: []byte("What customers send us. Credit card numbers are to be deleted.\n")},
	}
}
