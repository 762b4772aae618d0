package vector_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// Recall is measured on vectors of a file, and the index planned with it.
func ExampleMeasureRecall() {
	ctx := context.Background()
	sample, err := vector.Open(ctx, "embeddings.npy", vector.OpenOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer sample.Close()
	result, err := vector.MeasureRecall(ctx, sample, vector.MeasureRecallOptions{
		Version: "3.8", Space: vector.Cosine, TargetVectors: 100_000_000, Shards: 20,
	})
	if err != nil {
		log.Fatal(err)
	}
	size, err := vector.SizeVectorIndex(vector.SizeVectorIndexOptions{
		Vectors: 100_000_000, Dimension: 384, Space: vector.Cosine, Version: "3.8", Shards: 20, Replicas: 1,
		Node: vector.Node{RAM: 64 << 30}, PricePerGBHour: 0.012,
		Recalls: result.Techniques, Recommendation: result.Recommendation,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(size)
	for _, step := range size.Techniques[0].Create {
		fmt.Printf("%s %s\n%s\n", step.Method, step.Path, step.Body)
	}
	page, err := os.Create("recall.html")
	if err != nil {
		log.Fatal(err)
	}
	defer page.Close()
	if err := result.WriteHTML(page); err != nil {
		log.Fatal(err)
	}
}
