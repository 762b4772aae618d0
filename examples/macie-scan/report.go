package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/macie"
)

// A report tells what a scan found: a table, copies of images, and a page.
type report struct {
	*settings
	clients macie.Clients
	result  macie.ScanImagesResult

	shown []macie.Image // by state
	views []view
}

// states in the order in which they are shown.
var states = []macie.State{
	macie.StateFinding, macie.StateFailed, macie.StatePartial, macie.StateUnproven,
	macie.StateClean, macie.StateNoText, macie.StateSkipped,
}

const (
	mostImages = 500 // that are in the table and on the page
	mostRows   = 60  // of the table
)

func (r *report) write(ctx context.Context, w io.Writer) error {
	if err := r.gather(ctx); err != nil {
		return err
	}
	r.table(w)
	if err := r.copies(ctx, w); err != nil {
		return err
	}
	return r.writePage(w)
}

// gather collects the images to show: those that need attention, and then others.
func (r *report) gather(ctx context.Context) error {
	r.shown = slices.Clone(r.result.Attention[:min(len(r.result.Attention), mostImages)])
	for i, err := range r.result.Images(ctx) {
		if err != nil {
			return err
		}
		if len(r.shown) >= mostImages {
			break
		}
		switch i.State {
		case macie.StateClean, macie.StateNoText, macie.StateSkipped:
			r.shown = append(r.shown, i)
		}
	}
	slices.SortStableFunc(r.shown, func(a, b macie.Image) int {
		return cmp.Compare(slices.Index(states, a.State), slices.Index(states, b.State))
	})
	return nil
}

// table prints a row for each finding, and for each image without one.
func (r *report) table(w io.Writer) {
	var rows []string
	for _, i := range r.shown {
		name, state := printable.Replace(i.Key), string(i.State)
		for _, f := range i.Findings {
			rows = append(rows, fmt.Sprintf("  %s\t%s\t%s\t%d\t%s\t%s", name, state, pages(f), f.Count, printable.Replace(f.Type), f.Severity))
			name, state = "", ""
		}
		if len(i.Findings) == 0 {
			rows = append(rows, fmt.Sprintf("  %s\t%s\t\t\t%s\t", name, state, printable.Replace(i.Reason)))
		}
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\n  image\tstate\tpage\tcount\twhat\tseverity")
	for _, row := range rows[:min(len(rows), mostRows)] {
		fmt.Fprintln(table, strings.TrimRight(row, "\t "))
	}
	table.Flush()
	if n := len(rows) - mostRows; n > 0 {
		fmt.Fprintf(w, "  … and %d more rows\n", n)
	}
}

// pages returns the pages that a finding is known to be on.
func pages(f macie.Finding) string {
	var on []int
	for _, p := range f.Places {
		for _, r := range p.Regions {
			on = append(on, r.Page)
		}
	}
	slices.Sort(on)
	on = slices.Compact(on)
	switch {
	case len(on) == 0:
		return "?"
	case len(on) > 3:
		return fmt.Sprintf("%d to %d", on[0], on[len(on)-1])
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(on), " ", ", "), "[]")
}

func count[T int | int64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
