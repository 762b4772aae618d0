package macie_test

import (
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
)

func TestScanImages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a/card.png", pngOf("Customer", card))
		w.put("a/plain.JPG", jpegOf(plain))
		w.put("b/empty.png", pngOf())
		w.put("b/report.pdf", pdfOf(plain, card))
		w.put("b/readme.md", []byte("# read me"))
		result, err := macie.ScanImages(t.Context(), w.clients(), w.options())
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, result,
			"a/card.png finding", "a/plain.JPG unproven", "b/empty.png no text", "b/readme.md skipped", "b/report.pdf finding")
		t.Log(result)
	})
}
