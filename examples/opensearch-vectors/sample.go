package main

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// The sentences and their vectors are made by embed.py, which says what they are.
var (
	//go:embed vectors.npy
	vectorsFile []byte
	//go:embed texts.txt.gz
	textsFile []byte
	//go:embed LICENSE.wordnet
	textsLicense string
)

// A sample is vectors, and what they are of, if that is known.
type sample struct {
	vector.Vectors
	name  string
	texts []string
	close func()
}

// sample returns the vectors to measure with.
func (s *settings) sample(ctx context.Context) (*sample, error) {
	if s.file == "" {
		return sentences()
	}
	f, err := vector.Open(ctx, s.file, vector.OpenOptions{Field: s.field, TempDir: s.temp})
	if err != nil {
		return nil, err
	}
	return &sample{Vectors: f, name: s.file, close: func() { _ = f.Close() }}, nil
}

// sentences returns those that come with this program. Their vectors have length 1, as
// the model gave them; the file has them in 8 bits, without their length.
func sentences() (*sample, error) {
	f, err := vector.OpenNPY(bytes.NewReader(vectorsFile), int64(len(vectorsFile)))
	if err != nil {
		return nil, err
	}
	values := make([]float32, f.Len()*f.Dimension())
	if err := f.ReadVectors(values, 0); err != nil {
		return nil, err
	}
	for i := 0; i < len(values); i += f.Dimension() {
		toLength1(values[i : i+f.Dimension()])
	}
	vectors, err := vector.FromValues(f.Dimension(), values)
	if err != nil {
		return nil, err
	}
	texts, err := unpackTexts()
	if err == nil && len(texts) != vectors.Len() {
		err = fmt.Errorf("%d sentences for %d vectors", len(texts), vectors.Len())
	}
	return &sample{Vectors: vectors, name: "WordNet 3.0, Copyright 2006 by Princeton University (-license)", texts: texts, close: func() {}}, err
}

func toLength1(v []float32) {
	square := 0.0
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(square))
	}
}

func unpackTexts() ([]string, error) {
	r, err := gzip.NewReader(bytes.NewReader(textsFile))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(r)
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), err
}
