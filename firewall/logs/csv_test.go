package logs

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

func TestWriteCSV(t *testing.T) {
	r := trapped(t, Options{})
	var b strings.Builder
	if err := r.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/report.csv", b.String())
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := 1
	for _, a := range r.Answers {
		want += len(a.Rows)
	}
	if len(rows) != want {
		t.Errorf("got %d rows, want %d", len(rows), want)
	}
	for _, row := range rows {
		for _, value := range row {
			if value != "" && strings.Contains("=+-@\t\r\n", value[:1]) {
				t.Errorf("%q is a formula", value)
			}
		}
	}
}

// TestWriteCSVBounded: a program can tell what is not sure.
func TestWriteCSVBounded(t *testing.T) {
	r := invented(t, Options{Entries: 15, Top: 3, Questions: Questions()[2:3]})
	rows := r.csvRows()
	if strings.Join(rows[0], ",") != "question,rank,key1,value,count,excess,share" || len(rows) != 4 {
		t.Fatalf("got %v", rows)
	}
	if last := rows[3]; last[0] != "TopSourceIPByPackets" || last[1] != "3" || last[3] != "packets" || last[5] == "0" {
		t.Errorf("got %v", last)
	}
}

func TestCSVText(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a=b": "a=b", "10.0.0.1": "10.0.0.1", "'": "'",
		"=1+1": "'=1+1", "+1": "'+1", "-": "'-", "@SUM": "'@SUM", "\tx": "'\ufffdx", "\rx": "'\ufffdx", "\n=x": "'\ufffd=x", "a\x1b[m": "a\ufffd[m", "\xff": "\ufffd", "＝1": "'＝1",
	} {
		if got := csvText(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
