package vector

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"testing"
)

// A chart is well-formed and has no NaN, whatever there is to be drawn.
func TestChartsOfLittle(t *testing.T) {
	row := func(e Encoding, memory int64, recalls ...float64) TechniqueRecall {
		r := TechniqueRecall{Technique: Technique{FAISS, HNSW, OnDisk, e}, Name: e.String(), Memory: memory, FirstPassK: 100}
		for i, x := range recalls {
			r.Measured = append(r.Measured, RecallAt{Vectors: int64(1000 << i), Recall: x, Low: x, High: x})
		}
		if len(recalls) > 0 {
			r.Target = r.Measured[len(recalls)-1]
		}
		return r
	}
	base := MeasureRecallResult{Vectors: 8000, Queries: 10, Dimension: 4, K: 10, Space: L2, Version: "<b>3.6</b>", Shards: 1, Segments: 1, Target: 8000}
	for name, techniques := range map[string][]TechniqueRecall{
		"none":          nil,
		"one point":     {row(Encoding{Encoder: OSQ}, 1000, 0.5)},
		"not measured":  {row(Encoding{Encoder: OSQ}, 1000)},
		"equal memory":  {row(Encoding{Encoder: OSQ}, 1000, 0.5, 0.4), row(Encoding{Encoder: FP16}, 1000, 1, 1), row(Encoding{Encoder: Binary, Bits: 4}, 1000, 0.9, 0.8)},
		"recall 0":      {row(Encoding{Encoder: OSQ}, 1000, 0, 0), row(Encoding{Encoder: FP16}, 2000, 0, 0)},
		"memory 0":      {row(Encoding{Encoder: OSQ}, 0, 0.9, 0.8), row(Encoding{Encoder: FP16}, 0, 1, 1)},
		"all recall 1":  {row(Encoding{Encoder: OSQ}, 1000, 1, 1), row(Encoding{Encoder: FP16}, 2000, 1, 1)},
		"hostile names": {{Technique: Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: "<script>alert(1)</script>"}}, Name: `"><script>`, Memory: 5, Measured: []RecallAt{{Vectors: 5}}, Target: RecallAt{Vectors: 5}}},
	} {
		for _, wish := range []float64{0, 0.3, 1} {
			r := base
			r.Techniques, r.Wish, r.Why, r.Notes = techniques, wish, "<script>alert(2)", []string{"<script>alert(3)"}
			var svg, html bytes.Buffer
			if err := errors.Join(r.WriteSVG(&svg), r.WriteHTML(&html)); err != nil {
				t.Fatal(err)
			}
			for _, bad := range []string{"NaN", "Inf", "<script>alert", "\"><script>", "<b>3.6"} {
				if bytes.Contains(svg.Bytes(), []byte(bad)) || bytes.Contains(html.Bytes(), []byte(bad)) {
					t.Errorf("%s, wish %v: there is %q", name, wish, bad)
				}
			}
			if at := (axes{low: lowestRecall(r.points())}).y(wish); at > plotBottom && bytes.Contains(svg.Bytes(), []byte("wish")) {
				t.Errorf("%s, wish %v: is drawn below the axis", name, wish)
			}
			for d := xml.NewDecoder(&svg); ; {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Errorf("%s: %v", name, err)
					break
				}
			}
		}
	}
}

// A result goes through JSON and back, and SizeVectorIndex takes it.
func TestMeasureRecallForSizing(t *testing.T) {
	sample := structured(t, 10_300, 8, 4, 5)
	for _, opts := range []MeasureRecallOptions{
		{Version: "3.6", TargetVectors: 1e6, Oversample: []float64{3}},
		{Version: "2.17", TargetVectors: 5000},
		{Version: Serverless, TargetVectors: 1e6, Space: InnerProduct},
	} {
		opts.NumQueries, opts.SegmentsPerShard, opts.Size.PricePerGBHour = 20, 1, 0.01
		result, err := MeasureRecall(t.Context(), sample, opts)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(result)
		if err != nil {
			t.Fatal(err)
		}
		var back MeasureRecallResult
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if back.Recommendation == nil {
			t.Fatalf("%s: %s", opts.Version, back.Why)
		}
		size := opts.Size
		size.Vectors, size.Dimension, size.Space, size.Version, size.MinRecall = opts.TargetVectors, 8, back.Space, opts.Version, back.Wish
		size.Recalls, size.Recommendation = back.Techniques, back.Recommendation
		sized, err := SizeVectorIndex(size)
		if err != nil {
			t.Fatal(err)
		}
		first := sized.Techniques[0]
		if first.Technique != back.Recommendation.Technique || len(first.Excluded) > 0 || first.Recall == nil || *first.Recall != back.Recommendation.Recall {
			t.Errorf("%s: %+v recommended, %+v first", opts.Version, back.Recommendation, first)
		}
	}
}
