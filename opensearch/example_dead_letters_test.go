package opensearch_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/awspatterns/awspatterns/opensearch"
)

// Documents that an index refused are kept in a file, repaired, and loaded again
// with the ids that they had.
func ExampleReadRejections() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	letters, err := opensearch.NewDeadLetterFile(filepath.Join(folder, "refused.jsonl")) // IngestOptions.DeadLetters
	if err != nil {
		fmt.Println(err)
		return
	}
	refuse(letters)

	file, err := os.Open(filepath.Join(folder, "refused.jsonl"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	repaired := func(yield func(opensearch.Document, error) bool) { // IngestOptions.Documents
		for rejection, err := range opensearch.ReadRejections(file) {
			rejection.Source = bytes.ReplaceAll(rejection.Source, []byte(`"unknown"`), []byte("null"))
			if !yield(rejection.Document(), err) {
				return
			}
		}
	}
	for document, err := range repaired {
		fmt.Println(document.ID, string(document.Source), err)
	}
	// Output:
	// tt0000001 {"title":"Carmencita","year":null} <nil>
}

// refuse stands for a run whose index refuses a document.
func refuse(letters *opensearch.DeadLetterFile) {
	defer letters.Close()
	err := letters.Put(context.Background(), []opensearch.Rejection{{
		ID: "tt0000001", Status: 400, Type: "mapper_parsing_exception", Reason: "failed to parse field [year] of type [integer]",
		Source: []byte(`{"title":"Carmencita","year":"unknown"}`),
	}})
	if err != nil {
		fmt.Println(err)
	}
}
