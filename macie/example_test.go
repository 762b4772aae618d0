package macie_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
)

// exampleWorld is an account of in-process AWS with two images, whose Macie exports
// its analysis records. Nothing in it takes time.
func exampleWorld() *world {
	w := newWorld(awstest.New(nil))
	w.macie.Duration, w.macie.JobInterval = 0, 0
	w.macie.Export(account, region, exports, "macie", kmsKey)
	w.textract.JobDuration = func(int) time.Duration { return 0 }
	w.put("customers/card.png", whitePNG(card))
	w.put("club/minutes.png", whitePNG(plain))
	return w
}

// exampleOptions fill in what is left out in the examples to keep them short.
func exampleOptions(w *world, opts macie.ScanImagesOptions) macie.ScanImagesOptions {
	opts.Quotas, opts.Unprotected, opts.PollInterval = w.options().Quotas, true, time.Millisecond
	return opts
}

// The images of a bucket are scanned. The clients are of in-process AWS; yours are
// macie.NewClients(cfg), and your store is one that outlives the process, such as
// state.OpenFile("scan.db").
func ExampleScanImages() {
	ctx := context.Background()
	w := exampleWorld()

	result, err := macie.ScanImages(ctx, w.clients(), exampleOptions(w, macie.ScanImagesOptions{
		Sources: []macie.ImageSource{{Bucket: "scans"}},
		Results: macie.ResultsLocation{Bucket: "results", Prefix: "macie-scan/"},
		Store:   w.store,
	}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result)
	for image, err := range result.Images(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(image.URL(), image.State)
		for _, f := range image.Findings {
			fmt.Println("  ", f.Count, f.Type, f.Severity)
		}
	}
	// Output:
	// 2 objects: 1 finding, 1 clean; 2 pages read
	// s3://scans/club/minutes.png clean
	// s3://scans/customers/card.png finding
	//    1 CREDIT_CARD_NUMBER High
}

// What a scan would cost is asked before it.
func ExampleEstimateScan() {
	ctx := context.Background()
	w := exampleWorld()

	opts := exampleOptions(w, macie.ScanImagesOptions{
		Sources: []macie.ImageSource{{Bucket: "scans"}},
		Results: macie.ResultsLocation{Bucket: "results", Prefix: "macie-scan/"},
		Prices:  macie.ScanPrices{Page: 0.0015}, // ask the price list for yours
	})
	estimate, err := macie.EstimateScan(ctx, w.clients(), opts)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(estimate)
	// Output:
	// 2 objects: 2 images with up to 2 pages to read, 0 whose text is kept; text detection: 2 (at 0.0015 per page): 0.003
}

// Of each image with a finding, a copy is made in which it is blacked out.
func ExampleRedact() {
	ctx := context.Background()
	w := exampleWorld()
	opts := exampleOptions(w, macie.ScanImagesOptions{
		Sources: []macie.ImageSource{{Bucket: "scans"}},
		Results: macie.ResultsLocation{Bucket: "results", Prefix: "macie-scan/"},
		Store:   w.store,
	})
	result, err := macie.ScanImages(ctx, w.clients(), opts)
	if err != nil {
		log.Fatal(err)
	}
	for _, image := range result.Attention {
		located, err := macie.Locate(ctx, w.clients(), macie.LocateOptions{Image: image, Results: opts.Results})
		if err != nil {
			log.Fatal(err)
		}
		for _, o := range located.Occurrences {
			fmt.Printf("%s on page %d: %s\n", o.Type, o.Regions[0].Page, o.Snippet)
		}
		var redacted bytes.Buffer // or a file
		drawn, err := macie.Redact(ctx, w.clients(), macie.DrawOptions{Located: located, Output: &redacted})
		if incomplete, ok := errors.AsType[*macie.IncompleteError](err); ok {
			fmt.Println("to be looked at by a person:", incomplete.Shortfalls)
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(drawn.Regions, "place covered in a", drawn.Format)
	}
	// Output:
	// CREDIT_CARD_NUMBER on page 1: Credit card ███████████████████
	// 1 place covered in a png
}

// The handlers of an event-driven scan, called here in the order in which AWS would
// call them. What a run waits for is in ScanStatus.Next.
func ExampleStartScanImages() {
	ctx := context.Background()
	w := exampleWorld()
	opts := macie.ScanEventsOptions{
		ScanImagesOptions: exampleOptions(w, macie.ScanImagesOptions{
			Sources: []macie.ImageSource{{Bucket: "scans"}},
			Results: macie.ResultsLocation{Bucket: "results", Prefix: "macie-scan/"},
			Store:   w.store, // in DynamoDB or S3: handlers have no memory in common
		}),
		TextractTopic: "arn:aws:sns:eu-west-1:123456789012:AmazonTextract-scan",
		TextractRole:  "arn:aws:iam::123456789012:role/textract",
	}
	status, err := macie.StartScanImages(ctx, w.clients(), opts)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.Submitted, "submitted, waits for", status.Next)

	for _, notice := range w.textract.Deliver() { // to a queue, in AWS
		if _, err := macie.OnTextractCompletion(ctx, w.clients(), opts, sqsEvent(notice.Message)); err != nil {
			log.Fatal(err)
		}
	}
	for _, event := range w.macie.LogEvents() { // from a subscription of the log group, in AWS
		if status, err = macie.OnMacieEvent(ctx, w.clients(), opts, logsEvent(event)); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("done:", status.Done, status.Result)
	// Output:
	// 2 submitted, waits for text detection of images 1
	// done: true 2 objects: 1 finding, 1 clean; 2 pages read
}
