package main

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/opensearch"
	"github.com/awspatterns/awspatterns/rows"
)

// Two editions of a list of films, all of them invented, in the form in which IMDb
// publishes its own.
var (
	//go:embed titles-1.tsv.gz
	firstEdition []byte

	//go:embed titles-2.tsv.gz
	secondEdition []byte
)

// indexBody says which fields are numbers, so that a year that is none is refused.
const indexBody = `{
  "settings": {"number_of_shards": 3, "number_of_replicas": 1, "refresh_interval": "1s"},
  "mappings": {"dynamic": "strict", "properties": {
    "id": {"type": "keyword"}, "type": {"type": "keyword"}, "title": {"type": "text"}, "originalTitle": {"type": "text"},
    "year": {"type": "integer"}, "minutes": {"type": "integer"}, "genres": {"type": "keyword"},
    "rating": {"type": "float"}, "votes": {"type": "long"}}}
}`

// films says what becomes of the columns.
var films = rows.Fields{
	Drop: []string{"isAdult"},
	Rename: map[string]string{
		"tconst": "id", "titleType": "type", "primaryTitle": "title", "startYear": "year",
		"runtimeMinutes": "minutes", "averageRating": "rating", "numVotes": "votes",
	},
	Types:    map[string]rows.Type{"genres": "list:,", "averageRating": rows.Number, "numVotes": rows.Integer, "runtimeMinutes": rows.Integer},
	OmitNull: true,
}

// demonstrate loads one edition into a cluster that is in trouble, and replaces it by
// another while it is searched.
func demonstrate(ctx context.Context, stdout io.Writer) error {
	dir, err := os.MkdirTemp("", "opensearch-ingest")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cluster := startCluster()
	defer cluster.Close()
	conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: cluster.URLs})
	if err != nil {
		return err
	}
	clients := opensearch.Clients{Conn: conn}
	if _, err := conn.Do(ctx, opensearch.Request{Method: http.MethodPut, Path: "/films", Body: []byte(indexBody)}); err != nil {
		return err
	}
	first, err := ingestOf(dir, "titles-1.tsv.gz", firstEdition)
	if err != nil {
		return err
	}
	if err := loadFirst(ctx, stdout, clients, first, cluster); err != nil {
		return err
	}
	second, err := ingestOf(dir, "titles-2.tsv.gz", secondEdition)
	if err != nil {
		return err
	}
	if err := replaceFirst(ctx, stdout, clients, second, cluster); err != nil {
		return err
	}
	return best(ctx, stdout, conn)
}

func ingestOf(dir, name string, content []byte) (opensearch.IngestOptions, error) {
	path := filepath.Join(dir, name)
	return opensearch.IngestOptions{
		Files: []string{path}, Fields: films, IDField: "id", MaxBatchDocuments: 250,
	}, os.WriteFile(path, content, 0o600)
}

// loadFirst loads the first edition, of which two films have a year that is none.
func loadFirst(ctx context.Context, stdout io.Writer, clients opensearch.Clients, opts opensearch.IngestOptions, cluster *cluster) error {
	fmt.Fprintln(stdout, "Loading 5,000 films into an index that throttles, breaks connections and loses answers")
	var letters strings.Builder
	opts.Index, opts.Tune, opts.DeadLetters = "films", true, opensearch.NewDeadLetterWriter(&letters)
	cluster.trouble(true)
	err := load(ctx, stdout, clients, opts)
	cluster.trouble(false)
	if err != nil {
		return err
	}
	for r, err := range opensearch.ReadRejections(strings.NewReader(letters.String())) {
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "  dead letter: record %d, id %s: %s\n", r.Position.Record, r.ID, r.Reason)
	}
	if _, err := clients.Conn.Do(ctx, opensearch.Request{Method: http.MethodPost, Path: "/films/_refresh"}); err != nil {
		return err
	}
	lost, doubled := cluster.check("films", 5000-2)
	fmt.Fprintf(stdout, "in the index: %d lost, %d doubled\n\n", lost, doubled)
	return nil
}

// replaceFirst puts an alias with the second edition in the place of the index, and
// shows the next plan, which is empty.
func replaceFirst(ctx context.Context, stdout io.Writer, clients opensearch.Clients, ingest opensearch.IngestOptions, cluster *cluster) error {
	fmt.Fprintln(stdout, "Replacing all of it by the second edition, with a reader that counts all the time")
	opts := opensearch.ReplaceOptions{Alias: "films", Ingest: ingest, Body: []byte(indexBody), ReplaceIndex: true}
	plan, err := opensearch.PlanReplace(ctx, clients, opts)
	if err != nil {
		return err
	}
	fmt.Fprint(stdout, plan)
	reader := watch(ctx, clients.Conn, "films")
	cluster.trouble(true)
	result, err := opensearch.ApplyReplace(ctx, clients, plan)
	cluster.trouble(false)
	seen := reader.stop()
	if err != nil {
		return err
	}
	printCounts(stdout, result.Ingest)
	fmt.Fprintf(stdout, "verified: %d documents, %d compared with what was sent\n", result.Verified.Documents, result.Verified.Compared)
	fmt.Fprintln(stdout, "the reader saw:")
	for _, s := range seen {
		fmt.Fprintf(stdout, "  %s\n", s)
	}
	again, err := opensearch.PlanReplace(ctx, clients, opts)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "planned again: %d changes\n\n", len(again.Changes))
	return nil
}

// best prints the films that a person may want to see.
func best(ctx context.Context, stdout io.Writer, conn *opensearch.Conn) error {
	query := `{"size": 5, "sort": [{"rating": "desc"}, {"votes": "desc"}, {"id": "asc"}]}`
	r, err := conn.Do(ctx, opensearch.Request{Method: http.MethodPost, Path: "/films/_search", Body: []byte(query), Repeat: true})
	if err != nil {
		return err
	}
	var answer struct {
		Hits struct {
			Hits []struct {
				Source struct {
					Title  string      `json:"title"`
					Year   json.Number `json:"year"` // a string here, a number in the index
					Genres []string    `json:"genres"`
					Rating float64     `json:"rating"`
					Votes  int         `json:"votes"`
				} `json:"_source"`
			} `json:"hits"`
		} `json:"hits"`
	}
	if err := json.Unmarshal(r.Body, &answer); err != nil {
		return err
	}
	fmt.Fprintln(stdout, "The best of the second edition")
	for _, h := range answer.Hits.Hits {
		f := h.Source
		fmt.Fprintf(stdout, "  %.1f  %-42s %s  %s, %d votes\n", f.Rating, f.Title, cmp.Or(f.Year, "   ?"), strings.Join(slices.Sorted(slices.Values(f.Genres)), ", "), f.Votes)
	}
	return nil
}
