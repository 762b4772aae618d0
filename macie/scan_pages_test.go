package macie_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	textracttypes "github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
)

// TestScanUnreadPages has Textract say less of pages than it should: what was not
// read is never clean.
func TestScanUnreadPages(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(out *textractsdk.GetDocumentTextDetectionOutput)
	}{
		{"a success in part that names no page", func(out *textractsdk.GetDocumentTextDetectionOutput) {
			out.JobStatus = textracttypes.JobStatusPartialSuccess
		}},
		{"a success in part with a warning that names no page", func(out *textractsdk.GetDocumentTextDetectionOutput) {
			out.JobStatus = textracttypes.JobStatusPartialSuccess
			out.Warnings = []textracttypes.Warning{{ErrorCode: aws.String("PAGE_TOO_LARGE")}}
		}},
		{"a success without the blocks of a page", func(out *textractsdk.GetDocumentTextDetectionOutput) {
			out.Blocks = blocksOfPage(out.Blocks, 1)
		}},
		{"fewer pages than the file has", func(out *textractsdk.GetDocumentTextDetectionOutput) {
			out.Blocks = blocksOfPage(out.Blocks, 1)
			out.DocumentMetadata.Pages = aws.Int32(1)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(awstest.New(t))
				w.macie.Export(account, region, exports, "", kmsKey)
				opts := w.options()
				w.put("a.pdf", pdfOf(plain, plain))
				clients := w.clients()
				clients.Textract = changedResults{clients.Textract, test.change}
				result, err := macie.ScanImages(t.Context(), clients, opts)
				if err != nil {
					t.Fatal(err)
				}
				i := imagesOf(t, result)["a.pdf"]
				if i.State != macie.StatePartial || !strings.Contains(i.Reason, "text detection could not read") {
					t.Errorf("got %s: %q", i.State, i.Reason)
				}
			})
		})
	}
}

// changedResults are what a Textract that is not at its best returns.
type changedResults struct {
	macie.TextractAPI
	change func(*textractsdk.GetDocumentTextDetectionOutput)
}

func (c changedResults) GetDocumentTextDetection(ctx context.Context, in *textractsdk.GetDocumentTextDetectionInput, o ...func(*textractsdk.Options)) (*textractsdk.GetDocumentTextDetectionOutput, error) {
	out, err := c.TextractAPI.GetDocumentTextDetection(ctx, in, o...)
	if err == nil && out.JobStatus != textracttypes.JobStatusInProgress {
		c.change(out)
	}
	return out, err
}

func blocksOfPage(blocks []textracttypes.Block, page int32) (of []textracttypes.Block) {
	for _, b := range blocks {
		if b.Page == nil || *b.Page == page {
			of = append(of, b)
		}
	}
	return of
}
