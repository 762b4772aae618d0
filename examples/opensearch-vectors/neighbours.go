package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/quantizer"
	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// wanted are the words whose neighbours are shown.
var wanted = []string{"espresso", "procrastinate"}

// showNeighbours prints the sentences that are nearest to some, and which place each of
// them has if all that is kept of a number is one bit: that is why searches rescore.
func (s *sample) showNeighbours(ctx context.Context, stdout io.Writer) error {
	if s.texts == nil {
		return nil
	}
	codes, err := bitsOf(ctx, s.Vectors)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "\nThe nearest sentences, and their places by codes of 1 bit, which are 32 times smaller:")
	for _, word := range wanted {
		i := slices.IndexFunc(s.texts, func(t string) bool { return strings.HasPrefix(t, word+": ") })
		if i < 0 {
			return fmt.Errorf("no sentence is about %q", word)
		}
		if err := s.showNearest(ctx, stdout, i, codes); err != nil {
			return err
		}
	}
	return nil
}

func (s *sample) showNearest(ctx context.Context, stdout io.Writer, i int, codes bits) error {
	query := make([]float32, s.Dimension())
	if err := s.ReadVectors(query, i); err != nil {
		return err
	}
	queries, err := vector.FromValues(len(query), query)
	if err != nil {
		return err
	}
	found, err := vector.Nearest(ctx, s, queries, vector.NearestOptions{K: 7, Space: vector.Cosine})
	if err != nil {
		return err
	}
	places := codes.places(query)
	fmt.Fprintf(stdout, "\n  %s\n", s.texts[i])
	place := 0
	for _, n := range found[0] {
		if n.Number == i {
			continue
		}
		place++
		fmt.Fprintf(stdout, "    %d by exact search, cosine %.2f, %5d by bits  %s\n", place, n.Score, places[n.Number]-1, short(s.texts[n.Number], 70))
	}
	return nil
}

func short(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return text[:strings.LastIndexByte(text[:limit], ' ')] + " …"
}

// bits are the codes of vectors: of each number whether it is above the average. Users
// of this library need none of this: MeasureRecall does it.
type bits struct {
	quantizer quantizer.Quantizer
	codes     []byte
}

func bitsOf(ctx context.Context, vectors vector.Vectors) (bits, error) {
	q, err := quantizer.Binary{Bits: 1}.Train(ctx, vectors)
	if err != nil {
		return bits{}, err
	}
	values := make([]float32, vectors.Len()*vectors.Dimension())
	if err := vectors.ReadVectors(values, 0); err != nil {
		return bits{}, err
	}
	b := bits{q, make([]byte, vectors.Len()*q.CodeSize())}
	q.Encode(b.codes, values)
	return b, nil
}

// places returns at which place each vector is found for a query, from 1.
func (b bits) places(query []float32) []int {
	scores := make([]float32, len(b.codes)/b.quantizer.CodeSize())
	b.quantizer.Query(query).Score(scores, b.codes)
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case scores[i] > scores[j]:
			return -1
		case scores[i] < scores[j]:
			return 1
		}
		return 0
	})
	places := make([]int, len(order))
	for place, i := range order {
		places[i] = place + 1
	}
	return places
}
