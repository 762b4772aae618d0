package opensearch

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/awspatterns/awspatterns/rows"
)

// formatByName is to be replaced by rows.ByName.
func formatByName(name string) (rows.Format, error) {
	for _, end := range []string{".json", ".jsonl", ".ndjson"} {
		if strings.HasSuffix(name, end) {
			return jsonLines{}, nil
		}
	}
	return nil, fmt.Errorf("the name of %s tells no format", name)
}

// jsonLines is to be replaced by rows.JSONLines.
type jsonLines struct{}

func (jsonLines) Records(ctx context.Context, in rows.Input, from int64) iter.Seq2[rows.Record, error] {
	return func(yield func(rows.Record, error) bool) {
		f, err := in.Open(ctx)
		if err != nil {
			yield(rows.Record{}, err)
			return
		}
		defer f.Close()
		r := bufio.NewReader(f)
		for n := int64(0); ; {
			line, err := r.ReadBytes('\n')
			if line = bytes.TrimSpace(line); len(line) > 0 {
				if n >= from && !yield(rows.Record{Number: n, JSON: line}, nil) {
					return
				}
				n++
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(rows.Record{}, err)
				return
			}
		}
	}
}
