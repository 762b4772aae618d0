package logs

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// WriteCSV writes the answers as one table: a line for each key of each question, with
// the question's name, the rank, the values of the key, what is counted, the count, by how
// much it is too high at most, and its share of the question's total (0 to 1). Values
// that a spreadsheet would take for a formula begin with an apostrophe, and what is not
// printable becomes U+FFFD: as JSON, a report has the values as they are.
func (r Report) WriteCSV(w io.Writer) error {
	if err := csv.NewWriter(w).WriteAll(r.csvRows()); err != nil {
		return fmt.Errorf("logs: write CSV: %w", err)
	}
	return nil
}

func (r *Report) csvRows() [][]string {
	columns := 1
	for _, a := range r.Answers {
		columns = max(columns, len(a.Question.Keys))
	}
	header := []string{"question", "rank"}
	for i := range columns {
		header = append(header, "key"+strconv.Itoa(i+1))
	}
	rows := [][]string{append(header, "value", "count", "excess", "share")}
	for _, a := range r.Answers {
		for i, row := range a.Rows {
			line := []string{csvText(a.Question.Name), strconv.Itoa(i + 1)}
			for k := range columns {
				value := ""
				if k < len(row.Values) {
					value = csvText(row.Values[k])
				}
				line = append(line, value)
			}
			rows = append(rows, append(line, string(a.Question.Value), strconv.FormatUint(row.Count, 10),
				strconv.FormatUint(row.Excess, 10), csvShare(row.Count, a.Total)))
		}
	}
	return rows
}

func csvShare(part, whole uint64) string {
	if whole == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(part)/float64(whole), 'f', 6, 64)
}

// csvText keeps a spreadsheet from calculating what a stranger has sent ("CSV
// Injection" of OWASP), and a terminal from obeying it.
func csvText(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	if text != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		text = "'" + text
	}
	return printable.Replace(text)
}
