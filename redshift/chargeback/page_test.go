package chargeback

import (
	"os"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

// pageOf returns the page of a bill. LOOK=folder keeps it, for a person to look at.
func pageOf(t *testing.T, b Bill) string {
	t.Helper()
	var page strings.Builder
	if err := b.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("LOOK"); dir != "" {
		if err := os.WriteFile(dir+"/"+strings.ReplaceAll(t.Name(), "/", "-")+".html", []byte(page.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return page.String()
}

func TestPage(t *testing.T) {
	golden.Equal(t, "testdata/bill.html", pageOf(t, threeUnits()))
}

func TestPageSixty(t *testing.T) { pageOf(t, sixtyUnits()) }

func TestPageHostile(t *testing.T) { pageOf(t, hostile()) }
