package rows

import (
	"fmt"
	"path"
	"strings"
)

// ByName returns the format that the extension of a name tells, with or without
// .gz behind it: JSONLines for .json, .jsonl and .ndjson, CSV for .csv, TSV for
// .tsv, all without options. Case does not matter.
func ByName(name string) (Format, error) {
	lower := strings.TrimSuffix(strings.ToLower(name), ".gz")
	switch ext := path.Ext(lower); ext {
	case ".json", ".jsonl", ".ndjson":
		return JSONLines(JSONLinesOptions{}), nil
	case ".csv":
		return CSV(CSVOptions{}), nil
	case ".tsv":
		return TSV(TSVOptions{}), nil
	case ".parquet":
		return nil, fmt.Errorf("rows: %s: give the format: rows.Of(parquet.Open) with github.com/awspatterns/awspatterns/parquet", name)
	default:
		return nil, fmt.Errorf("rows: %s: extension %q tells no format: want .json, .jsonl, .ndjson, .csv or .tsv, also with .gz, or give the format", name, ext)
	}
}
