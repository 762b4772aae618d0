package redshift

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
)

func (d *Data) getStatementResult(ctx context.Context, in *datasdk.GetStatementResultInput) (*datasdk.GetStatementResultOutput, error) {
	r, part, err := d.open(ctx, *in.Id)
	switch {
	case err != nil:
		return nil, err
	case r.csv:
		return nil, dataInvalid("The result is in CSV format. Use GetStatementResultV2 to get it.")
	case part != nil:
		err = d.poll(ctx, in.WaitTimeSeconds, &part.dataWaits)
	default:
		err = d.poll(ctx, in.WaitTimeSeconds, &r.dataWaits)
	}
	if err != nil {
		return nil, err
	}
	if part == nil && !r.batch {
		part = r.parts[0]
	}
	if part == nil || !part.hasResult() {
		return nil, dataNoResult(*in.Id)
	}
	return d.page(*in.Id, in.NextToken, part.outcome.Result)
}

// page returns some rows of a result. Its token is good for that result alone.
func (d *Data) page(id string, token *string, result Result) (*datasdk.GetStatementResultOutput, error) {
	from, prefix := 0, "page-"+id+"-"
	if token != nil {
		digits, ours := strings.CutPrefix(*token, prefix)
		n, err := strconv.Atoi(digits)
		if !ours || err != nil || n < 1 || n >= len(result.Rows) {
			return nil, dataInvalid("NextToken is invalid")
		}
		from = n
	}
	to := min(from+cmp.Or(d.PageSize, 1000), len(result.Rows))
	out := &datasdk.GetStatementResultOutput{Records: [][]datatypes.Field{}, TotalNumRows: int64(len(result.Rows))}
	for _, c := range result.Columns {
		out.ColumnMetadata = append(out.ColumnMetadata, c.metadata())
	}
	for _, row := range result.Rows[from:to] {
		record := make([]datatypes.Field, len(row))
		for i, value := range row {
			record[i] = dataField(value)
		}
		out.Records = append(out.Records, record)
	}
	if to < len(result.Rows) {
		out.NextToken = aws.String(prefix + strconv.Itoa(to))
	}
	return out, nil
}

// dataPrecision is the precision that metadata tells of types that have one of their own.
var dataPrecision = map[string]int32{"bool": 1, "int2": 5, "int4": 10, "int8": 19, "float4": 8, "float8": 17, "date": 13, "timestamp": 29, "timestamptz": 35}

func (c Column) metadata() datatypes.ColumnMetadata {
	text := c.Type == "varchar" || c.Type == "bpchar"
	m := datatypes.ColumnMetadata{
		Name: aws.String(c.Name), Label: aws.String(c.Name), TypeName: aws.String(c.Type), SchemaName: aws.String(""), TableName: aws.String(""),
		Nullable: 1, IsCaseSensitive: text, IsSigned: strings.HasPrefix(c.Type, "int") || strings.HasPrefix(c.Type, "float") || c.Type == "numeric",
		Precision: dataPrecision[c.Type],
	}
	switch {
	case text:
		m.Precision = 256
	case c.Type == "numeric":
		m.Precision, m.Scale = 38, 2
	case strings.HasPrefix(c.Type, "timestamp"):
		m.Scale = 6
	}
	return m
}

// dataField returns a value as the union that the Data API knows. Decimals, dates and
// times are strings.
func dataField(value any) datatypes.Field {
	switch v := value.(type) {
	case nil:
		return &datatypes.FieldMemberIsNull{Value: true}
	case bool:
		return &datatypes.FieldMemberBooleanValue{Value: v}
	case int64:
		return &datatypes.FieldMemberLongValue{Value: v}
	case float64:
		return &datatypes.FieldMemberDoubleValue{Value: v}
	case []byte:
		return &datatypes.FieldMemberBlobValue{Value: append([]byte{}, v...)}
	case string:
		return &datatypes.FieldMemberStringValue{Value: v}
	}
	panic(fmt.Sprintf("redshift: a result holds a %T", value))
}

// tooLarge returns the error of a result that the Data API does not keep
// ("Troubleshooting issues for Amazon Redshift Data API").
func (d *Data) tooLarge(result Result) error {
	most := cmp.Or(d.MaxRow, 64<<10)
	for _, row := range result.Rows {
		if n := dataRowSize(row); n > most {
			return fail(internal, "Packet for query is too large (%d > %d)", n, most)
		}
	}
	if dataSize(result) > cmp.Or(d.MaxResult, 500<<20) {
		return fail(internal, "Database response exceeded size limit")
	}
	return nil
}

// dataSize returns how many bytes a result has, about.
func dataSize(result Result) (n int) {
	for _, row := range result.Rows {
		n += dataRowSize(row)
	}
	return n
}

func dataRowSize(row []any) (n int) {
	for _, value := range row {
		switch v := value.(type) {
		case string:
			n += len(v)
		case []byte:
			n += len(v)
		default:
			n += 8
		}
	}
	return n
}
