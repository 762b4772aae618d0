package vector_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// Fit an encoder to all vectors, look at what is lost, keep it, and encode.
func ExampleFitByteEncoder() {
	ctx := context.Background()
	vectors, err := vector.FromSlices([][]float32{{0.1, -0.4, 0.9}, {0.5, 0.5, -0.7}, {-0.2, 0.8, 0.6}})
	if err != nil {
		panic(err)
	}
	encoder, err := vector.FitByteEncoder(ctx, vectors, vector.FitByteEncoderOptions{Space: vector.Cosine})
	if err != nil {
		panic(err)
	}
	report, err := encoder.Report(ctx, vectors)
	if err != nil {
		panic(err)
	}
	fmt.Printf("cosine %.4f, of codes %.4f\n", report.Cosine, report.CodeCosine)

	kept, _ := json.Marshal(encoder)
	fmt.Println(string(kept))

	code := make([]int8, encoder.Dimension)
	clipped, err := encoder.EncodeQuery(code, []float32{0.3, -1, 0.2})
	field, _ := json.Marshal(code)
	fmt.Println(string(field), clipped, err)
	// Output:
	// cosine 1.0000, of codes 0.9950
	// {"space":"cosinesimil","dimension":3,"min":-0.7,"max":0.9}
	// [42,-128,28] 1 <nil>
}
