package redshift

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
)

// Collect returns all rows of a result as values of T, a struct whose fields have tags:
//
//	type share struct {
//		Name    string     `redshift:"share_name"`
//		Created *time.Time `redshift:"createdate"`
//	}
//
// Each column has one field and each field one column; fields without a tag, and with "-",
// are left alone, and embedded structs are looked into, but not pointers to them. T may also
// be the type of the one column itself.
//
// A field has one of these types, or is a pointer to one:
//
//   - string, for columns of all types but bool, numbers of floating point and varbyte: text
//     as it is sent, without the spaces that fill up a character(n) column
//   - bool
//   - any integer, for integers and for numeric values that are whole; what does not fit is
//     an error
//   - float64 and float32, for numbers of floating point and integers up to 2⁵³ and 2²⁴;
//     not for numeric, which would not be
//   - [big.Rat] (as *big.Rat), for numeric and integers
//   - [time.Time], in UTC, for timestamp, timestamptz and date
//   - []byte, for varbyte, and for text as it is sent
//   - any, for what [Row.Value] returns
//   - a type with a method Scan(any) error, such as [database/sql.Null], which gets what
//     Row.Value returns
//
// NULL is nil for pointers, []byte, any and Scan, and an error for others.
//
// All rows are in memory at the same time; see [Result.Rows] for many, and for the IAM
// actions.
func Collect[T any](ctx context.Context, r *Result) ([]T, error) {
	plan, err := rowPlanOf(reflect.TypeFor[T](), r.Columns)
	if err != nil {
		return nil, fmt.Errorf("redshift: collect: %w", err)
	}
	list := make([]T, 0, len(r.page.records))
	n, failed := 0, error(nil)
	err = r.each(ctx, func(row Row) bool {
		var v T
		n++
		if failed = plan.fill(reflect.ValueOf(&v).Elem(), row); failed != nil {
			failed = fmt.Errorf("row %d: %w", n, failed)
			return false
		}
		list = append(list, v)
		return true
	})
	if err = errors.Join(err, failed); err != nil {
		return nil, fmt.Errorf("redshift: collect: statement %s: %w", r.ID, err)
	}
	return list, nil
}

// A rowPlan is where the columns go.
type rowPlan []columnTarget

// A columnTarget is where the value of a column goes: a field by its path, and how it is set.
type columnTarget struct {
	path []int
	set  setter
}

func (p rowPlan) fill(v reflect.Value, row Row) error {
	for i, t := range p {
		field := v
		if t.path != nil {
			field = v.FieldByIndex(t.path)
		}
		if err := t.set(field, row.fields[i]); err != nil {
			return fmt.Errorf("column %q: %w", row.columns[i].Name, err)
		}
	}
	return nil
}

func rowPlanOf(t reflect.Type, columns []Column) (rowPlan, error) {
	if len(columns) == 0 {
		return nil, errors.New("the statement has no result set")
	}
	if !isRowStruct(t) {
		if len(columns) != 1 {
			return nil, fmt.Errorf("%v is no struct, and there are %d columns", t, len(columns))
		}
		set, err := setterOf(t, columns[0])
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", columns[0].Name, err)
		}
		return rowPlan{{set: set}}, nil
	}
	fields, err := taggedFields(t)
	if err != nil {
		return nil, err
	}
	return matchColumns(t, fields, columns)
}

// isRowStruct reports whether the fields of t are what columns go to.
func isRowStruct(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != timeType && t != ratType && !reflect.PointerTo(t).Implements(scannerType)
}

type taggedField struct {
	name string
	path []int
	of   reflect.Type
}

// fieldsOf returns the fields of t with a tag, those of embedded structs included.
func taggedFields(t reflect.Type) ([]taggedField, error) {
	var list []taggedField
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("redshift")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			inner, err := taggedFields(f.Type)
			if err != nil {
				return nil, err
			}
			for _, in := range inner {
				list = append(list, taggedField{in.name, append([]int{i}, in.path...), in.of})
			}
		case name == "" || name == "-":
		case !f.IsExported():
			return nil, fmt.Errorf("field %s of %v has a tag, but is not exported", f.Name, t)
		default:
			list = append(list, taggedField{name, []int{i}, f.Type})
		}
	}
	return list, nil
}

// matchColumns finds the field of each column. What is on one side only is an error, all of it.
func matchColumns(t reflect.Type, fields []taggedField, columns []Column) (rowPlan, error) {
	byName, errs := map[string]taggedField{}, []error(nil)
	for _, f := range fields {
		if _, twice := byName[f.name]; twice {
			errs = append(errs, fmt.Errorf("column %q: %v has two fields for it", f.name, t))
		}
		byName[f.name] = f
	}
	p, seen := rowPlan{}, map[string]bool{}
	for _, c := range columns {
		f, ok := byName[c.Name]
		if seen[c.Name] || !ok {
			errs = append(errs, unmatchedColumn(t, c.Name, seen[c.Name]))
			continue
		}
		seen[c.Name] = true
		set, err := setterOf(f.of, c)
		if err != nil {
			errs = append(errs, fmt.Errorf("column %q: %w", c.Name, err))
		}
		p = append(p, columnTarget{f.path, set})
	}
	for _, f := range fields {
		if !seen[f.name] {
			errs = append(errs, fmt.Errorf("column %q: the result has no such column; it has %s", f.name, columnNames(columns)))
		}
	}
	return p, errors.Join(errs...)
}

func unmatchedColumn(t reflect.Type, name string, twice bool) error {
	if twice {
		return fmt.Errorf("column %q: the result has two of that name", name)
	}
	return fmt.Errorf("column %q: %v has no field for it", name, t)
}

func columnNames(columns []Column) string {
	var list []string
	for _, c := range columns {
		list = append(list, c.Name)
	}
	return strings.Join(list, ", ")
}

// A setter sets a value of one type from a field of one column.
type setter func(reflect.Value, datatypes.Field) error
