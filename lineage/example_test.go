package lineage_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/awspatterns/awspatterns/lineage"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// Two projects, one on Athena and one on Redshift, become one graph. Redshift
// shows the tables of the Glue Data Catalog in its database main.
func ExampleMergeDAG() {
	result, err := lineage.MergeDAG(context.Background(), lineage.Clients{}, lineage.MergeDAGOptions{
		Projects: []lineage.Project{
			{Name: "lake", Manifest: lineage.Document{Reader: strings.NewReader(lake)}}, // or File: "target/manifest.json"
			{Name: "dwh", Manifest: lineage.Document{Reader: strings.NewReader(warehouse)}},
		},
		MergeOptions: dag.MergeOptions{
			Aliases: []dag.DatabaseAlias{{Project: "dwh", Database: "main", As: "awsdatacatalog"}},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range result.Graph.Report.Matches {
		fmt.Printf("%v is %v (%s)\n", m.From, m.To, m.Level)
	}
	steps, err := result.Graph.Downstream("lake/source.lake.raw.orders", dag.Walk{})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range steps {
		fmt.Println(s.Depth, s.Node.Relation)
	}
	// Output:
	// dwh/source.dwh.lake.orders is lake/model.lake.orders (alias)
	// 1 awsdatacatalog.dw.orders
	// 2 main.bi.report
}

// In a pull request, the graph before and the graph after tell what breaks.
func ExampleMergeDAG_diff() {
	graph := func(manifest string) *dag.Graph {
		result, err := lineage.MergeDAG(context.Background(), lineage.Clients{}, lineage.MergeDAGOptions{
			Projects: []lineage.Project{
				{Manifest: lineage.Document{Reader: strings.NewReader(manifest)}},
				{Manifest: lineage.Document{Reader: strings.NewReader(warehouse)}},
			},
		})
		if err != nil {
			log.Fatal(err)
		}
		return result.Graph
	}
	changes := dag.Diff(graph(lake), graph(strings.Replace(lake, `"id": {"name": "id", "description": "key"}`, "", 1)))
	if err := changes.WriteMarkdown(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// # Lineage changes
	//
	// | | added | removed | changed | breaking |
	// |---|--:|--:|--:|--:|
	// | nodes | 0 | 0 | 1 | 1 |
	// | edges | 0 | 0 | 0 | |
	//
	// ## Breaking
	//
	// - `lake/model.lake.orders`: column id removed (1 node downstream)
	//
	// ## Changed nodes
	//
	// - `lake/model.lake.orders`: column id `id key` → none
}

func ExamplePlanPublish() {
	ctx := context.Background()
	clients := exampleClients() // in a program: lineage.NewClients(cfg)
	merged, err := lineage.MergeDAG(ctx, clients, lineage.MergeDAGOptions{
		Projects: []lineage.Project{{Manifest: text(lake)}, {Manifest: text(warehouse)}},
	})
	if err != nil {
		log.Fatal(err)
	}
	opts := lineage.PublishOptions{Graph: merged.Graph, Bucket: "graphs", Prefix: "lineage/"}
	plan, err := lineage.PlanPublish(ctx, clients, opts) // only reads; fmt.Print(plan) shows it
	if err != nil {
		log.Fatal(err)
	}
	result, err := lineage.ApplyPublish(ctx, clients, plan)
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range result.Outcomes {
		fmt.Println(o.State, o.Action, o.Resource)
	}
	again, err := lineage.PlanPublish(ctx, clients, opts)
	fmt.Println("again:", again.Empty(), err)
	// Output:
	// applied create S3 object s3://graphs/lineage/graph.json
	// applied create S3 object s3://graphs/lineage/report.md
	// applied create S3 object s3://graphs/lineage/index.html
	// again: true <nil>
}
