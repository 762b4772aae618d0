package dag_test

import (
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

// A graph of tables that come from elsewhere than dbt can be asked and written
// all the same.
func ExampleNewGraph() {
	g, err := dag.NewGraph([]dag.Node{
		{ID: "lake/orders", Project: "lake", Type: "table", Name: "orders"},
		{ID: "dwh/revenue", Project: "dwh", Type: "table", Name: "revenue"},
		{ID: "dwh/board", Project: "dwh", Type: "report", Name: "board"},
	}, []dag.Edge{
		{From: "lake/orders", To: "dwh/revenue"},
		{From: "dwh/revenue", To: "dwh/board"},
	})
	if err != nil {
		log.Fatal(err)
	}
	impact, err := g.Impact("lake/orders")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(impact.Total, impact.Counts)
	if _, err := g.WriteMermaid(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 2 [{dwh report 1} {dwh table 1}]
	// flowchart LR
	//   classDef p0 fill:#009e73,color:#101820,stroke:#888
	//   classDef p1 fill:#cc79a7,color:#101820,stroke:#888
	//   n2["orders"]:::p1
	//   n1["revenue"]:::p0
	//   n2 --> n1
	//   n0["board"]:::p0
	//   n1 --> n0
}

// An error tells the file and the byte.
func ExampleReadManifest() {
	_, err := dag.ReadManifest(strings.NewReader("{\"nodes\": {\n<<<<<<< HEAD\n"), "target/manifest.json")
	fmt.Println(err)
	// Output:
	// target/manifest.json: byte 12: a git conflict marker (<<<<<<<): resolve the merge and let dbt write the file again
}
