package logs

import (
	"cmp"
	"slices"
	"time"
)

// recent holds the latest alerts, the earliest of them first: as a heap.
type recent struct {
	most   int
	alerts []alert
}

// An alert is one as it is held: all in one slice, which the next one takes over.
type alert struct {
	time   int64
	number int // of its piece
	offset int64
	text   []byte // the recentFields
}

var recentFields = []field{firewallName, signatureID, signature, action, verdict, proto, srcIP, srcPort, destIP, destPort, flowID}

// compare orders by time; of the same time, the one that is read later is later.
func (a *alert) compare(b *alert) int {
	return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.number, b.number), cmp.Compare(a.offset, b.offset))
}

func (r *recent) add(e *event, at place) {
	if !e.dated {
		return
	}
	a := alert{time: e.time, number: at.piece.number, offset: at.offset}
	if len(r.alerts) < r.most {
		a.text = appendKey(nil, e, recentFields)
		r.push(a)
		return
	}
	if first := &r.alerts[0]; a.compare(first) > 0 {
		a.text = appendKey(first.text[:0], e, recentFields)
		*first = a
		r.sink()
	}
}

// push adds an alert and lets it rise to its place.
func (r *recent) push(a alert) {
	r.alerts = append(r.alerts, a)
	for i := len(r.alerts) - 1; i > 0; {
		parent := (i - 1) / 2
		if r.alerts[parent].compare(&r.alerts[i]) <= 0 {
			return
		}
		r.alerts[i], r.alerts[parent] = r.alerts[parent], r.alerts[i]
		i = parent
	}
}

// sink puts the first alert in its place.
func (r *recent) sink() {
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(r.alerts) {
			return
		}
		if child+1 < len(r.alerts) && r.alerts[child+1].compare(&r.alerts[child]) < 0 {
			child++
		}
		if r.alerts[i].compare(&r.alerts[child]) <= 0 {
			return
		}
		r.alerts[i], r.alerts[child] = r.alerts[child], r.alerts[i]
		i = child
	}
}

func (r *recent) merge(o *recent) {
	all := append(r.alerts, o.alerts...)
	slices.SortFunc(all, func(a, b alert) int { return a.compare(&b) })
	r.alerts = all[max(0, len(all)-r.most):]
}

// result returns the alerts, the latest first.
func (r *recent) result() []Event {
	slices.SortFunc(r.alerts, func(a, b alert) int { return b.compare(&a) })
	var list []Event
	for _, a := range r.alerts {
		v := append(splitKey(a.text), make([]string, len(recentFields))...)
		list = append(list, Event{
			Time: time.UnixMicro(a.time).UTC(), Firewall: v[0], SignatureID: v[1], Signature: v[2], Action: v[3], Verdict: v[4],
			Proto: v[5], SrcIP: v[6], SrcPort: v[7], DestIP: v[8], DestPort: v[9], FlowID: v[10],
		})
	}
	return list
}
