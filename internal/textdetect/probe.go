package textdetect

import (
	"context"
	"errors"
	"strings"

	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/smithy-go"
)

// Probe asks Textract for a job that does not exist, which costs nothing. It
// returns nil if the service answers, whatever it says: where the Region has no
// Textract, there is nobody to answer.
func Probe(ctx context.Context, api API) error {
	job := strings.Repeat("0", 64)
	_, err := api.GetDocumentTextDetection(ctx, &textractsdk.GetDocumentTextDetectionInput{JobId: &job})
	if _, answered := errors.AsType[smithy.APIError](err); answered {
		return nil
	}
	return err
}
