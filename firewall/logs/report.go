package logs

import (
	"fmt"
	"time"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// A Report is what logs say. Equal logs, in whatever pieces, give equal reports.
type Report struct {
	// Entries is the option of that name: 0 says that all counts are exact.
	Entries int `json:",omitempty"`

	Totals
	First, Last time.Time // of the events; zero if none has a time
	Answers     []Answer  // in the order of the questions
	Timeline    []Bucket  // in the order of time, of equal width; empty if no event has a time
	Recent      []Event   // the latest alerts, the latest first

	Bad    []BadLine     // the first of the bad lines, as many as asked for
	Unread []SourceError // the first sources that were not read to the end, as many as asked for
}

// Totals count what was read. Each line is blank, bad, of something else, left out,
// or an event: a flow, an alert or a TLS error.
type Totals struct {
	Sources int    // that were begun
	Failed  int    // of these, that were not read to the end
	Bytes   uint64 // of the lines, without compression
	Lines   uint64

	Blank     uint64
	BadLines  uint64 // not JSON, or a count of packets or bytes that is no number
	Other     uint64 // JSON, but of no event that firewalls log
	LeftOut   uint64 // outside Since, Until or Firewalls
	Flows     uint64 // events of the flow log
	Alerts    uint64
	TLSErrors uint64 // events of the TLS log

	Blocked   uint64 // alerts whose outcome that is
	Packets   uint64 // of the flows
	FlowBytes uint64 // of the flows
	Undated   uint64 // events without a time, which Since and Until leave out
	Cut       uint64 // events of which a value was longer than 512 bytes, and was cut
}

func (t *Totals) add(o Totals) {
	t.Sources += o.Sources
	t.Failed += o.Failed
	for _, n := range []struct {
		sum  *uint64
		more uint64
	}{
		{&t.Bytes, o.Bytes}, {&t.Lines, o.Lines}, {&t.Blank, o.Blank}, {&t.BadLines, o.BadLines}, {&t.Other, o.Other},
		{&t.LeftOut, o.LeftOut}, {&t.Undated, o.Undated}, {&t.Cut, o.Cut}, {&t.Flows, o.Flows}, {&t.Alerts, o.Alerts},
		{&t.Blocked, o.Blocked}, {&t.TLSErrors, o.TLSErrors}, {&t.Packets, o.Packets}, {&t.FlowBytes, o.FlowBytes},
	} {
		*n.sum = plus(*n.sum, n.more)
	}
}

// An Answer tells the keys that have most.
type Answer struct {
	Question Question
	Rows     []Row  // the one with most first; equal ones in the order of their values
	Total    uint64 // of the question's value, over all events that it counts
	Events   uint64 // how many these are
	Keys     int    `json:",omitempty"` // different ones; 0 if there were more than could be held

	// Unlisted is what a key has at most that is not among Rows.
	Unlisted uint64
}

// A Row is a key and what it has.
type Row struct {
	Values []string // of the question's Keys; empty where the event has none
	Count  uint64   // of the question's Value; never too low
	Excess uint64   `json:",omitempty"` // Count is at most so much too high; 0 is exact
}

// An Event is an alert as the report lists it.
type Event struct {
	Time        time.Time
	Firewall    string
	SignatureID string
	Signature   string
	Action      string // of the rule
	Verdict     string // what became of the packet, if the log says so
	Proto       string
	SrcIP       string
	SrcPort     string
	DestIP      string
	DestPort    string
	FlowID      string // may be above 2^53
}

// A BadLine is a line that is no event.
type BadLine struct {
	Source string
	Line   int64 // from 1
	Offset int64 // where it begins, in bytes without compression
	At     int   // the byte of it that is wrong, from 0
	Reason string
}

func (b BadLine) String() string {
	return fmt.Sprintf("%s:%d (byte %d): at byte %d of the line: %s", printable.Replace(b.Source), b.Line, b.Offset, b.At, printable.Replace(b.Reason))
}

// A SourceError is a source that was not read to the end. What came before counts.
type SourceError struct {
	Source string
	Offset int64  // bytes that were read, without compression
	Reason string // of Err, for JSON

	Err error `json:"-"`
}

func (e *SourceError) Error() string {
	return fmt.Sprintf("%s: after %d bytes: %s", printable.Replace(e.Source), e.Offset, printable.Replace(e.Reason))
}

// Unwrap returns e.Err.
func (e *SourceError) Unwrap() error { return e.Err }
