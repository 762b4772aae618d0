package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// A bar shows how far it is: on a terminal as it goes on, elsewhere once at the end.
type bar struct {
	w        io.Writer
	terminal bool
	shown    int64 // percent
}

func newBar(w io.Writer) *bar {
	b := &bar{w: w, shown: -1}
	if f, ok := w.(*os.File); ok {
		info, err := f.Stat()
		b.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return b
}

func (b *bar) show(p vector.MeasureProgress) {
	percent := int64(100)
	if p.Total > 0 {
		percent = 100 * p.Done / p.Total
	}
	if percent == b.shown || !b.terminal && percent < 100 {
		return
	}
	b.shown = percent
	if b.terminal {
		fmt.Fprint(b.w, "\r")
	}
	fmt.Fprintf(b.w, "measuring [%-40s] %3d %%", strings.Repeat("=", int(percent*40/100)), percent)
	if percent == 100 || !b.terminal {
		fmt.Fprintln(b.w)
	}
}
