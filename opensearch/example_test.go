package opensearch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"

	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
	"github.com/awspatterns/awspatterns/rows"
	"github.com/awspatterns/awspatterns/state"
)

// A file is loaded into an index. One year is not a number, which the index refuses.
func ExampleIngest() {
	clients, folder, end := exampleCluster() // else Clients{Conn: conn}; see NewConn
	defer end()
	letters, err := opensearch.NewDeadLetterFile(filepath.Join(folder, "refused.jsonl"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer letters.Close()
	store, err := state.OpenFile(filepath.Join(folder, "state.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	result, err := opensearch.Ingest(context.Background(), clients, opensearch.IngestOptions{
		Index: "films",
		Files: []string{filepath.Join(folder, "films.tsv")},
		Fields: rows.Fields{
			Rename: map[string]string{"tconst": "id", "startYear": "year"},
			Types:  map[string]rows.Type{"runtimeMinutes": rows.Integer},
		},
		IDField:     "id",
		DeadLetters: letters,
		Checkpoint:  opensearch.NewCheckpoint(store, "films"),
	})
	fmt.Println(result.Read, "read,", result.Created, "created,", result.Rejected, "rejected,", result.Pending, "pending:", err)
	for _, r := range result.Rejections {
		fmt.Println(r.ID, r.Type)
	}
	// Output:
	// 3 read, 2 created, 1 rejected, 0 pending: <nil>
	// tt0000003 mapper_parsing_exception
}

// What the alias books shows is replaced by other content, all of it at once.
func ExamplePlanReplace() {
	clients, folder, end := exampleCluster() // else Clients{Conn: conn}; see NewConn
	defer end()
	ctx := context.Background()
	opts := opensearch.ReplaceOptions{
		Alias:  "books",
		Ingest: opensearch.IngestOptions{Files: []string{filepath.Join(folder, "books.jsonl")}, IDField: "isbn"},
		Body:   json.RawMessage(`{"mappings": {"properties": {"isbn": {"type": "keyword"}}}}`), // later ones take over that of the last
	}
	plan, err := opensearch.PlanReplace(ctx, clients, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range plan.Changes {
		fmt.Println(c.Action, c.Resource)
	}
	result, err := opensearch.ApplyReplace(ctx, clients, plan)
	fmt.Println(result.Index, "has", result.Verified.Documents, "documents, compared:", result.Verified.Compared, err)

	opts.Body = nil
	again, err := opensearch.PlanReplace(ctx, clients, opts)
	fmt.Println("planned again:", len(again.Changes), "changes", err)
	// Output:
	// create OpenSearch index books-000001
	// create OpenSearch alias books
	// books-000001 has 2 documents, compared: 2 <nil>
	// planned again: 0 changes <nil>
}

// exampleCluster stands for a cluster, in which the index films has a mapping, and for
// files that are there.
func exampleCluster() (clients opensearch.Clients, folder string, end func()) {
	node := httptest.NewServer(standin.New())
	conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{node.URL}})
	if err != nil {
		panic(err)
	}
	mapping := opensearch.Request{
		Method: "PUT", Path: "/films", Body: []byte(`{"mappings": {"properties": {"year": {"type": "integer"}}}}`),
	}
	if _, err := conn.Do(context.Background(), mapping); err != nil {
		panic(err)
	}
	if folder, err = os.MkdirTemp("", ""); err != nil {
		panic(err)
	}
	for name, text := range map[string]string{
		"films.tsv": "tconst\tstartYear\truntimeMinutes\n" +
			"tt0000001\t1894\t1\n" + "tt0000002\t1892\t\\N\n" + "tt0000003\tunknown\t4\n",
		"books.jsonl": `{"isbn": "1", "title": "One"}` + "\n" + `{"isbn": "2", "title": "Two"}` + "\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			panic(err)
		}
	}
	return opensearch.Clients{Conn: conn}, folder, func() {
		node.Close()
		os.RemoveAll(folder)
	}
}
