package chargeback

import (
	"encoding/csv"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

// csvTable reads a table and returns its rows by column.
func csvTable(t *testing.T, write func(io.Writer) error) (text string, rows []map[string]string) {
	t.Helper()
	var b strings.Builder
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = cells[i]
		}
		rows = append(rows, row)
	}
	return b.String(), rows
}

// sumOf adds a column up, exactly, in millionths.
func sumOf(t *testing.T, rows []map[string]string, column string) *big.Rat {
	t.Helper()
	sum := new(big.Rat)
	for _, row := range rows {
		n, ok := new(big.Rat).SetString(row[column])
		if !ok {
			t.Fatalf("%s is %q", column, row[column])
		}
		sum.Add(sum, n)
	}
	return sum
}

func TestCSV(t *testing.T) {
	for name, b := range map[string]Bill{"three": threeUnits(), "sixty": sixtyUnits(), "hostileName": hostileName(), "empty": {}} {
		text, rows := csvTable(t, b.WriteCSV)
		if len(rows) != len(b.Lines) {
			t.Errorf("%s: %d rows, want %d", name, len(rows), len(b.Lines))
		}
		if got, want := sumOf(t, rows, "amount"), big.NewRat(int64(b.Total), 1_000_000); got.Cmp(want) != 0 {
			t.Errorf("%s: amounts add up to %s, want %s", name, got, want)
		}
		if name == "three" {
			lines := strings.SplitAfter(text, "\n")
			golden.Equal(t, "testdata/bill.csv", strings.Join(lines[:11], ""))
		}
	}
}

// TestCSVFormulas: nothing in a table is a formula for a spreadsheet, or moves a cursor.
func TestCSVFormulas(t *testing.T) {
	b := hostileName()
	focus := func(w io.Writer) error {
		return b.WriteFOCUS(w, FOCUSOptions{BillingAccount: "=1", InvoiceIssuer: "@x", AccountNames: map[string]string{"=1": "-2"}})
	}
	for name, write := range map[string]func(io.Writer) error{"table": b.WriteCSV, "FOCUS": focus} {
		text, rows := csvTable(t, write)
		if strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("%s: it holds what moves a cursor", name)
		}
		guarded := 0
		for _, row := range rows {
			for column, cell := range row {
				if cell == "" {
					continue
				}
				if _, number := new(big.Rat).SetString(cell); !number && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
					t.Fatalf("%s: %s is %q", name, column, cell)
				}
				if strings.HasPrefix(cell, "'=") || strings.HasPrefix(cell, "'@") {
					guarded++
				}
			}
		}
		if guarded < len(rows) {
			t.Errorf("%s: %d cells are guarded: there is little to see", name, guarded)
		}
	}
}

type full struct{ after int }

func (f *full) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestWritersReportErrors(t *testing.T) {
	b := sixtyUnits()
	for name, write := range map[string]func(io.Writer) error{
		"text": b.WriteText, "csv": b.WriteCSV, "page": b.WriteHTML,
		"focus": func(w io.Writer) error { return b.WriteFOCUS(w, FOCUSOptions{BillingAccount: "1"}) },
	} {
		for _, after := range []int{0, 20_000} {
			err := write(&full{after})
			if !errors.Is(err, io.ErrShortWrite) && !(name == "text" && after > 0 && err == nil) {
				t.Errorf("%s after %d bytes: got %v", name, after, err)
			}
		}
	}
}
