package main

import (
	"fmt"
	"io"
	"os"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// writeChart writes the chart as a page and as a picture.
func (s *settings) writeChart(stdout io.Writer, r vector.MeasureRecallResult) error {
	for _, part := range []struct {
		name  string
		write func(io.Writer) error
	}{{s.out + ".html", r.WriteHTML}, {s.out + ".svg", r.WriteSVG}} {
		if err := writeFile(part.name, part.write); err != nil {
			return err
		}
		fmt.Fprintln(stdout, "wrote", part.name)
	}
	return nil
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		_ = f.Close() // the error says what is wrong
		return err
	}
	return f.Close()
}
