package textdetect

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"
)

// TryStart is [Reader.Start] for a process that does not stay until a job ends: it
// takes no slot, and full reports, without an error, that Textract has no room for
// another job or for another call now.
func (r *Reader) TryStart(ctx context.Context, o Object, token, tag string) (jobID string, full bool, err error) {
	if r.err != nil {
		return "", false, fmt.Errorf("start text detection: %w", r.err)
	}
	out, err := r.api.StartDocumentTextDetection(ctx, r.startInput(o, token, tag), paced(r.start), noRetryForSlots)
	switch {
	case err == nil && out.JobId != nil:
		return *out.JobId, false, nil
	case isLimit(err), isThrottle(err) && ctx.Err() == nil:
		return "", true, nil
	}
	return "", false, failure(ctx, "start text detection of", subject{object: o}, cmp.Or(err, errNoJobID))
}

// noRetryForSlots keeps the client from retrying what only the end of a job helps
// against.
func noRetryForSlots(o *textractsdk.Options) {
	if o.Retryer != nil {
		o.Retryer = slotRetryer{o.Retryer}
	}
}

// isThrottle reports whether a call was over the quota, with all its retries.
func isThrottle(err error) bool {
	_, throttled := errors.AsType[*types.ThrottlingException](err)
	_, exceeded := errors.AsType[*types.ProvisionedThroughputExceededException](err)
	return throttled || exceeded || codeOf(err) == "ThrottlingException" || codeOf(err) == "ProvisionedThroughputExceededException"
}
