package macie_test

import (
	"context"
	"errors"
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

// TestScanNotify is told once of a run, and again if it could not be.
func TestScanNotify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("card.png", pngOf(card))
		opts := w.options()
		var told []macie.ScanNotice
		full := errors.New("the mailbox is full")
		answer := full
		opts.Notify = func(_ context.Context, n macie.ScanNotice) error {
			told = append(told, n)
			return answer
		}
		first, err := macie.ScanImages(t.Context(), w.clients(), opts)
		if !errors.Is(err, full) {
			t.Errorf("%v", err)
		}
		answer = nil
		second, err := macie.ScanImages(t.Context(), w.clients(), opts)
		if err != nil || second.Run != first.Run {
			t.Errorf("%v, run %s and then %s", err, first.Run, second.Run)
		}
		if len(told) != 2 || told[1].Run != first.Run || told[1].States[macie.StateFinding] != 1 || told[1].Jobs != 1 {
			t.Errorf("told %+v", told)
		}
	})
}
