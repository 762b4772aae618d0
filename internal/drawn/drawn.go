// Package drawn draws documents as images: identity papers, an invoice, a bank
// card, minutes, a landscape. All in them is invented, and so are the states that
// issue them. It knows the text that it drew, and where, so that a stand-in for
// text detection can tell the truth.
//
// The numbers pass the checks that detectors of sensitive data make, and are none
// of those that detectors leave out as numbers for tests.
//
// It imports no AWS SDK.
package drawn

import (
	"image"

	"github.com/awspatterns/awspatterns/macie/ocr"
)

// A Document is an image with the text on it. The same document is drawn each
// time.
type Document struct {
	Name  string      // such as "passport"
	Image *image.RGBA // as it is displayed
	Page  ocr.Page    // its lines in reading order, each with its words and their boxes
}

// All returns all documents, by name.
func All() []Document {
	return []Document{BankCard(), DrivingLicence(), IdentityCard(), Invoice(), Landscape(), Minutes(), Passport()}
}
