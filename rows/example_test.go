package rows_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/awspatterns/awspatterns/rows"
)

// Titles as IMDb publishes them become JSON objects with an id beside.
func Example() {
	const titles = "tconst\tprimaryTitle\tisAdult\tstartYear\tendYear\tgenres\n" +
		"tt0000001\tCarmencita\t0\t1894\t\\N\tDocumentary,Short\n" +
		"tt0000002\tLe \"clown\"\t0\tunknown\t\\N\tShort\n"
	in := rows.Input{
		Name: "titles.tsv", // rows.FileInput opens a file
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(titles)), nil },
	}
	shape, err := rows.NewShape(rows.Fields{
		Drop:     []string{"tconst"}, // it is the id
		Rename:   map[string]string{"primaryTitle": "title"},
		Types:    map[string]rows.Type{"isAdult": rows.Boolean, "startYear": rows.Integer, "genres": "list:,"},
		OmitNull: true,
	}, "tconst")
	if err != nil {
		fmt.Println(err)
		return
	}
	format, err := rows.ByName(in.Name)
	if err != nil {
		fmt.Println(err)
		return
	}
	for record, err := range format.Records(context.Background(), in, 0) {
		if err != nil {
			fmt.Println(err) // nothing more can be read
			return
		}
		object, ids, err := shape.JSON(nil, record)
		if err != nil {
			fmt.Println("rejected:", err) // this one alone
			continue
		}
		fmt.Printf("%s %s\n", ids[0], object)
	}
	// Output:
	// tt0000001 {"title":"Carmencita","isAdult":false,"startYear":1894,"genres":["Documentary","Short"]}
	// rejected: line 3: field "startYear": "unknown" is not an integer of 64 bits
}
