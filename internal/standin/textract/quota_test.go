package textract

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"
)

var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestGate(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name string
		kind Kind
		tps  float64
		at   []time.Duration
		want string // + accepted, - refused
	}{
		{"no limit", SlidingWindow, 0, []time.Duration{0, 0, 0}, "+++"},
		{"window of one", SlidingWindow, 1, []time.Duration{0, 0, 999 * ms, 1000 * ms, 1500 * ms, 2000 * ms}, "+--+-+"},
		{"window of two", SlidingWindow, 2, []time.Duration{0, 900 * ms, 950 * ms, 1000 * ms, 1800 * ms, 1900 * ms}, "++-+-+"},
		{"window of two and a half", SlidingWindow, 2.5, []time.Duration{0, 0, 799 * ms, 800 * ms, 800 * ms, 801 * ms}, "++-++-"},
		{"window of a tenth", SlidingWindow, 0.1, []time.Duration{0, 9999 * ms, 10000 * ms}, "+-+"},
		{"window of three", SlidingWindow, 3, []time.Duration{0, 0, 0, 999999999, 1000 * ms}, "+++-+"},
		{"bucket of one", TokenBucket, 1, []time.Duration{0, 0, 999 * ms, 1000 * ms, 1500 * ms, 2000 * ms}, "+--+-+"},
		{"bucket of two", TokenBucket, 2, []time.Duration{0, 0, 0, 500 * ms, 500 * ms, 5000 * ms, 5000 * ms, 5000 * ms}, "++-+-++-"},
		{"bucket of a half", TokenBucket, 0.5, []time.Duration{0, 1999 * ms, 2000 * ms}, "+-+"},
	}
	for _, test := range tests {
		g, got := newGate(test.kind, test.tps), ""
		for _, at := range test.at {
			if g.accept(epoch.Add(at)) {
				got += "+"
			} else {
				got += "-"
			}
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// Calls at random times: no window of one second holds more than TPS, no time
// interval more than a bucket gives, and neither gate is stricter than it says.
func TestGateBounds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, tps := range []int{1, 3, 7, 25, 200} {
		for _, kind := range []Kind{SlidingWindow, TokenBucket} {
			g := newGate(kind, float64(tps))
			var accepted []time.Duration
			var at time.Duration
			for range 5000 {
				at += time.Duration(random.Int64N(int64(time.Second) / int64(5*tps)))
				if g.accept(epoch.Add(at)) {
					accepted = append(accepted, at)
				}
			}
			most := tps
			if kind == TokenBucket {
				most = 2 * tps // a burst, and what a second gives
			}
			for i := most; i < len(accepted); i++ {
				if accepted[i]-accepted[i-most] < time.Second {
					t.Fatalf("kind %d: %d calls in less than a second at %v", kind, most+1, accepted[i])
				}
			}
			if rate := float64(len(accepted)) / at.Seconds(); rate < 0.8*float64(tps) {
				t.Errorf("kind %d: %g of %d calls a second", kind, rate, tps)
			}
		}
	}
}

func TestThrottling(t *testing.T) {
	inBubble(t, func(w *world) {
		w.SetQuotas(account, region, Quotas{DetectTPS: 2, StartTPS: 1, GetTPS: 1})
		w.put("scans", "a.png", pngFile)
		var codes []string
		for range 5 {
			_, err := w.detect(object("scans", "a.png", ""))
			codes = append(codes, code(err))
		}
		want := []string{"", "", "ThrottlingException", "ProvisionedThroughputExceededException", "ThrottlingException"}
		if !slices.Equal(codes, want) {
			w.Errorf("got %q, want %q", codes, want)
		}
		equal(w, "detect", w.Calls("DetectDocumentText"), Calls{Accepted: 2, Throttled: 3})
		equal(w, "pages", w.BilledTotal(), Pages{Sync: 2})

		id := w.mustStart(object("scans", "a.png", "")) // each operation has a quota of its own
		_, err := w.start(object("scans", "a.png", ""))
		w.fails("start", err, "ProvisionedThroughputExceededException")
		w.get(id)
		_, err = w.client.GetDocumentTextDetection(w.Context(), &textractsdk.GetDocumentTextDetectionInput{JobId: &id})
		w.fails("get", err, "ThrottlingException")
		equal(w, "start", w.Calls("StartDocumentTextDetection"), Calls{Accepted: 1, Throttled: 1})
		equal(w, "get", w.Calls("GetDocumentTextDetection"), Calls{Accepted: 1, Throttled: 1})

		other := w.clientOf("us-east-1", account) // and so has each Region
		_, err = other.DetectDocumentText(w.Context(), &textractsdk.DetectDocumentTextInput{Document: &types.Document{Bytes: []byte(pngFile)}})
		w.fails("other Region", err, "")
		time.Sleep(time.Second)
		_, err = w.detect(object("scans", "a.png", ""))
		w.fails("a second later", err, "")
	})
}

func TestQuotasOfAll(t *testing.T) {
	inBubble(t, func(w *world) {
		w.Quotas = Quotas{DetectTPS: 1}
		w.put("scans", "a.png", pngFile)
		_, err := w.detect(object("scans", "a.png", ""))
		w.fails("first", err, "")
		_, err = w.detect(object("scans", "a.png", ""))
		w.fails("second", err, "ThrottlingException")
		w.SetQuotas(account, region, Quotas{})
		_, err = w.detect(object("scans", "a.png", ""))
		w.fails("without a limit", err, "")
	})
}

func TestJobQuota(t *testing.T) {
	inBubble(t, func(w *world) {
		w.SetQuotas(account, region, Quotas{Jobs: 2})
		w.put("scans", "one.pdf", pdfFile+"one")
		w.put("scans", "two.pdf", pdfFile+"one\ftwo")
		w.put("scans", "corrupt.pdf", pdfFile+"corrupt")
		in := startInput(object("scans", "two.pdf", ""))
		token := "t"
		in.ClientRequestToken = &token
		first, err := w.startWith(in)
		w.fails("first", err, "")
		w.mustStart(object("scans", "corrupt.pdf", ""))
		_, err = w.start(object("scans", "one.pdf", ""))
		w.fails("third", err, "LimitExceededException")
		again, err := w.startWith(in)
		w.fails("with the token", err, "")
		equal(w, "job", again, first)
		equal(w, "calls", w.Calls("StartDocumentTextDetection"), Calls{Accepted: 4, Limited: 1})
		time.Sleep(time.Second) // the corrupt one has ended
		w.mustStart(object("scans", "one.pdf", ""))
		_, err = w.start(object("scans", "one.pdf", ""))
		w.fails("fourth", err, "LimitExceededException")
		time.Sleep(time.Second)
		w.mustStart(object("scans", "one.pdf", ""))
		w.mustStart(object("scans", "one.pdf", ""))
	})
}
