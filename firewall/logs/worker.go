package logs

import (
	"context"
	"fmt"
	"io"
	"slices"
)

// A worker reads pieces, one after the other.
type worker struct {
	*analysis
	decoder  decoder
	lines    lines
	tally    tally
	timeline timeline
	recent   recent
	totals   Totals // of the piece at hand
	first    int64  // microseconds since 1970, of the events
	last     int64
	bad      []foundBad
	unread   []foundUnread
}

// A foundBad is a bad line whose number is known within its piece only.
type foundBad struct {
	BadLine
	piece piece
}

type foundUnread struct {
	SourceError
	piece piece
}

// read reads a piece.
func (w *worker) read(ctx context.Context, p piece) {
	w.lines.offset = p.from // not that of the piece before, if this one cannot be opened
	r, offset, closer, err := p.open(ctx)
	if closer != nil {
		defer closer.Close()
	}
	if err == nil {
		w.lines.reset(untilDone{ctx, r}, w.MaxLine, offset)
		err = w.readLines(ctx, p)
	}
	if err != nil && ctx.Err() == nil {
		w.failed(p, err)
	}
	w.count(w.totals)
	w.totals = Totals{}
}

// untilDone ends reading when its ctx ends, also within a line that has no end.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(b []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.r.Read(b)
}

func (w *worker) failed(p piece, err error) {
	if p.source.failed.CompareAndSwap(false, true) {
		w.totals.Failed++
	}
	if n := len(w.unread); n > 0 && w.unread[n-1].piece.source == p.source {
		return // the first of its pieces stands for all
	}
	if len(w.unread) < w.Reported {
		w.unread = append(w.unread, foundUnread{SourceError{Source: p.source.Name, Offset: w.lines.offset, Reason: err.Error(), Err: err}, p})
	}
}

func (w *worker) readLines(ctx context.Context, p piece) error {
	if p.from > 0 { // the line that begins in the piece before
		if _, _, err := w.lines.next(); err != nil && err != errTooLong {
			return err
		}
	}
	begin := w.lines.offset
	defer func() { w.totals.Bytes += uint64(w.lines.offset - begin) }()
	for n := int64(1); p.to == 0 || w.lines.offset < p.to; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		line, offset, err := w.lines.next()
		if err == io.EOF && p.to == 0 {
			return nil
		}
		if err == io.EOF {
			return fmt.Errorf("the file has become shorter: %w", io.ErrUnexpectedEOF)
		}
		if err != nil && err != errTooLong {
			return err
		}
		p.source.lines[p.chunk] = n
		w.totals.Lines++
		w.line(line, place{p, n, offset})
	}
	return nil
}

// A place is where a line is.
type place struct {
	piece  piece
	line   int64 // within the piece
	offset int64
}

// line counts a line, or notes why it is bad.
func (w *worker) line(line []byte, at place) {
	d := &w.decoder
	switch {
	case line == nil:
		w.badLine(at, 0, fmt.Sprintf("longer than %d bytes", w.MaxLine))
	case isBlank(line):
		w.totals.Blank++
	case !d.decode(line):
		w.badLine(at, d.at, d.reason)
	case d.log == "":
		w.totals.Other++
	case w.leftOut(&d.event):
		w.totals.LeftOut++
	default:
		w.event(&d.event, at)
	}
}

func isBlank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}

func (w *worker) badLine(at place, column int, reason string) {
	w.totals.BadLines++
	if len(w.bad) < w.Reported {
		w.bad = append(w.bad, foundBad{BadLine{Source: at.piece.source.Name, Line: at.line, Offset: at.offset, At: column, Reason: reason}, at.piece})
	}
}

func (w *worker) leftOut(e *event) bool {
	if len(w.Firewalls) > 0 && !slices.Contains(w.Firewalls, string(e.text[firewallName])) {
		return true
	}
	if !w.Since.IsZero() && (!e.dated || e.time < w.Since.UnixMicro()) {
		return true
	}
	return !w.Until.IsZero() && (!e.dated || e.time >= w.Until.UnixMicro())
}

func (w *worker) event(e *event, at place) {
	t := &w.totals
	switch e.log {
	case Flow:
		t.Flows++
		t.Packets, t.FlowBytes = plus(t.Packets, e.packets), plus(t.FlowBytes, e.bytes)
	case Alert:
		t.Alerts++
		if string(e.text[outcome]) == "blocked" {
			t.Blocked++
		}
		w.recent.add(e, at)
	case TLS:
		t.TLSErrors++
	}
	if e.cut {
		t.Cut++
	}
	w.date(e)
	w.tally.add(e)
}

func (w *worker) date(e *event) {
	if !e.dated {
		w.totals.Undated++
		return
	}
	if len(w.timeline.buckets) == 0 {
		w.first, w.last = e.time, e.time
	}
	w.first, w.last = min(w.first, e.time), max(w.last, e.time)
	w.timeline.add(e)
}
