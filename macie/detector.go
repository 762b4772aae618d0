package macie

import (
	"context"

	"github.com/awspatterns/awspatterns/macie/ocr"
)

// A Detector finds sensitive data in the text of an image. Its methods may be
// called from several goroutines. Amazon Macie, which is used where none is
// given, is no Detector: it analyses objects in batches, in its own time.
type Detector interface {
	// ID names the detector with its settings. An image keeps its verdict while
	// it and the ID are the same.
	ID() string

	// Detect returns all sensitive data in the text. A nil error says that the
	// whole text was looked at.
	Detect(context.Context, ocr.Document) ([]Detection, error)
}

// A Detection is an occurrence of sensitive data.
type Detection struct {
	Type     string // such as CREDIT_CARD_NUMBER. Required.
	Category string // such as FINANCIAL_INFORMATION
	Severity string // Low, Medium or High
	Span     ocr.Span
}
