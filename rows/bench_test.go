package rows_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/rows"
)

const benchRecords = 20_000

// ratings are records as IMDb has them.
func ratings(format string) string {
	var b strings.Builder
	for i := range benchRecords {
		fmt.Fprintf(&b, format, i, i%1000, 1900+i%120)
	}
	return b.String()
}

var (
	jsonRatings = ratings(`{"tconst":"tt%07d","titleType":"movie","primaryTitle":"Carmencita \"%d\" of the Müller family","isAdult":false,"startYear":%d,"endYear":null,"runtimeMinutes":1.5e2,"genres":["Documentary","Short"]}` + "\n")
	tsvRatings  = "tconst\ttitleType\tprimaryTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres\n" +
		ratings("tt%07d\tmovie\tCarmencita \"%d\" of the Müller family\t0\t%d\t\\N\t150\tDocumentary,Short\n")
	csvRatings = "tconst,titleType,primaryTitle,isAdult,startYear,endYear,runtimeMinutes,genres\n" +
		ratings("tt%07d,movie,\"Carmencita \"\"%d\"\" of the Müller family\",0,%d,\\N,150,\"Documentary,Short\"\n")
)

func benchmark(b *testing.B, f rows.Format, content string, fields rows.Fields, capture ...string) {
	b.Helper()
	shape, err := rows.NewShape(fields, capture...)
	if err != nil {
		b.Fatal(err)
	}
	in := rows.Input{Name: "in", Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}}
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		n := 0
		for r, err := range f.Records(b.Context(), in, 0) {
			if err != nil {
				b.Fatal(err)
			}
			if out, _, err = shape.JSON(out[:0], r); err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != benchRecords {
			b.Fatalf("got %d records", n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRecords, "ns/record")
}

var imdb = rows.Fields{
	Drop:   []string{"endYear"},
	Rename: map[string]string{"tconst": "id"},
	Types:  map[string]rows.Type{"isAdult": rows.Boolean, "startYear": rows.Integer, "runtimeMinutes": rows.Number, "genres": "list:,"},
}

func BenchmarkJSONLines(b *testing.B) {
	f := rows.JSONLines(rows.JSONLinesOptions{})
	b.Run("as they are", func(b *testing.B) { benchmark(b, f, jsonRatings, rows.Fields{}) })
	b.Run("captured", func(b *testing.B) { benchmark(b, f, jsonRatings, rows.Fields{}, "tconst") })
	b.Run("shaped", func(b *testing.B) { benchmark(b, f, jsonRatings, imdb, "id") })
}

func BenchmarkTSV(b *testing.B) {
	f := rows.TSV(rows.TSVOptions{})
	b.Run("as it is", func(b *testing.B) { benchmark(b, f, tsvRatings, rows.Fields{}) })
	b.Run("shaped", func(b *testing.B) { benchmark(b, f, tsvRatings, imdb, "id") })
}

func BenchmarkCSV(b *testing.B) {
	f := rows.CSV(rows.CSVOptions{Null: `\N`})
	b.Run("as it is", func(b *testing.B) { benchmark(b, f, csvRatings, rows.Fields{}) })
	b.Run("shaped", func(b *testing.B) { benchmark(b, f, csvRatings, imdb, "id") })
}

// BenchmarkEncodingJSON is what the check of JSON lines would cost with json.Valid.
func BenchmarkEncodingJSON(b *testing.B) {
	b.SetBytes(int64(len(jsonRatings)))
	content := []byte(jsonRatings)
	for b.Loop() {
		for line := range bytes.Lines(content) {
			if !json.Valid(line) {
				b.Fatal("not JSON")
			}
		}
	}
}
