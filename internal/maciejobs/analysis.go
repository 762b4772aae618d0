package maciejobs

import (
	"math"

	"github.com/awspatterns/awspatterns/macie/ocr"
)

// An Analysis is what Macie found in one text object: a finding, or the record of
// an analysis, of which there is also one where nothing was found.
type Analysis struct {
	ID    string
	JobID string

	Bucket    string
	Key       string
	VersionID string // empty if the bucket keeps no versions
	ETag      string // without quotes

	Status string // COMPLETE, PARTIAL or SKIPPED
	Reason string // for what was not analyzed, such as INVALID_ENCRYPTION

	Severity   string      // Low, Medium or High
	Detections []Detection // of managed data identifiers, then of custom ones, in Macie's order
	More       bool        // there are more occurrences than Detections have Spans

	// Record is whether it is an exported record rather than a finding.
	Record bool

	// ResultsLocation is the URL, s3://bucket/key, of the object with the record.
	// Macie writes [export-config-not-set] for the bucket if it exports none.
	ResultsLocation string

	SizeClassified int64 // bytes
}

// A Detection is one kind of data that was found.
type Detection struct {
	Type     string // of a managed data identifier, such as CREDIT_CARD_NUMBER
	Category string // such as FINANCIAL_INFORMATION or CUSTOM_IDENTIFIER
	ARN      string // of a custom data identifier; Macie also writes its id alone
	Name     string // of a custom data identifier
	Custom   bool
	Count    int64
	Spans    []ocr.Span // where; at most 15 in a finding and 1,000 in a record. Macie tells no last column.
}

// customCategory is the category of what custom data identifiers detect.
const customCategory = "CUSTOM_IDENTIFIER"

// add adds a detection with its places, and notes if there are fewer than it counts.
func (a *Analysis) add(d Detection, ranges []lineRange) {
	for _, r := range ranges {
		if span, ok := r.span(); ok {
			d.Spans = append(d.Spans, span)
		}
	}
	a.More = a.More || d.Count > int64(len(d.Spans))
	a.Detections = append(a.Detections, d)
}

// A lineRange is a place in a text, as Macie tells it: lines from 1, and the column
// of the first character, from 1; 0 for what it does not tell.
type lineRange struct {
	Start       number `json:"start"`
	End         number `json:"end"`
	StartColumn number `json:"startColumn"`
}

// span returns the place; none if there cannot be such a line.
func (r lineRange) span() (ocr.Span, bool) {
	if r.Start < 1 || r.Start > math.MaxInt32 || r.End > math.MaxInt32 || r.StartColumn > math.MaxInt32 {
		return ocr.Span{}, false
	}
	return ocr.Span{
		Line:    int(r.Start),
		Column:  max(0, int(r.StartColumn)),
		EndLine: max(int(r.Start), int(r.End)),
	}, true
}
