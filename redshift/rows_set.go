package redshift

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"time"

	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
)

// scanner is what package database/sql calls Scanner.
type scanner interface{ Scan(any) error }

var (
	timeType    = reflect.TypeFor[time.Time]()
	ratType     = reflect.TypeFor[big.Rat]()
	scannerType = reflect.TypeFor[scanner]()
)

var errNullValue = errors.New("it is NULL: make the field a pointer")

// setterOf returns how a value of type t is set from fields of column c.
func setterOf(t reflect.Type, c Column) (setter, error) {
	switch {
	case reflect.PointerTo(t).Implements(scannerType):
		return c.scan, nil
	case t.Kind() == reflect.Interface && t.NumMethod() == 0:
		return c.setAny, nil
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return c.setBytes, nil
	case t.Kind() == reflect.Pointer:
		return c.pointer(t.Elem())
	}
	set, err := c.plain(t)
	if err != nil {
		return nil, err
	}
	return func(v reflect.Value, f datatypes.Field) error {
		if isNull(f) {
			return errNullValue
		}
		return set(v, f)
	}, nil
}

func (c Column) pointer(t reflect.Type) (setter, error) {
	set, err := setterOf(t, c)
	if err != nil {
		return nil, err
	}
	return func(v reflect.Value, f datatypes.Field) error {
		if isNull(f) {
			return nil // v is new
		}
		v.Set(reflect.New(t))
		return set(v.Elem(), f)
	}, nil
}

// plain returns how a value is set from a field that is not NULL.
func (c Column) plain(t reflect.Type) (setter, error) {
	switch {
	case t == timeType && c.kind() == kindTime:
		return c.setTime, nil
	case t == ratType:
		return c.setRat, nil
	}
	floating := t.Kind() == reflect.Float64 || t.Kind() == reflect.Float32
	if floating && c.kind() == kindNumeric {
		return nil, fmt.Errorf("a %s has more digits than a %v: take *big.Rat or string", c.Type, t)
	}
	switch t.Kind() {
	case reflect.String:
		if c.kind() == kindBytes {
			break
		}
		return c.setString, nil
	case reflect.Bool:
		return c.setBool, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return c.setInt, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return c.setUint, nil
	case reflect.Float64, reflect.Float32:
		return c.setFloat, nil
	}
	return nil, fmt.Errorf("a %s does not go into a %v", c.Type, t)
}

func (c Column) scan(v reflect.Value, f datatypes.Field) error {
	x, err := fieldValue(c, f)
	if err != nil {
		return err
	}
	return v.Addr().Interface().(scanner).Scan(x)
}

func (c Column) setAny(v reflect.Value, f datatypes.Field) error {
	x, err := fieldValue(c, f)
	if err == nil && x != nil {
		v.Set(reflect.ValueOf(x))
	}
	return err
}

func (c Column) setBytes(v reflect.Value, f datatypes.Field) error {
	if isNull(f) {
		return nil
	}
	x, err := fieldValue(c, f)
	switch x := x.(type) {
	case []byte:
		v.SetBytes(x)
	case string:
		v.SetBytes([]byte(x))
	default:
		if err == nil {
			err = c.mismatch(v, f)
		}
	}
	return err
}

func (c Column) mismatch(v reflect.Value, f datatypes.Field) error {
	if x, err := fieldValue(c, f); err != nil {
		return err
	} else if s, ok := x.(fmt.Stringer); ok {
		return fmt.Errorf("%v does not go into a %v", s, v.Type())
	} else {
		return fmt.Errorf("%#v does not go into a %v", x, v.Type())
	}
}

func (c Column) setString(v reflect.Value, f datatypes.Field) error {
	switch f := f.(type) {
	case *datatypes.FieldMemberStringValue:
		v.SetString(c.trim(f.Value))
	case *datatypes.FieldMemberLongValue:
		v.SetString(strconv.FormatInt(f.Value, 10))
	default:
		return c.mismatch(v, f)
	}
	return nil
}

func (c Column) setBool(v reflect.Value, f datatypes.Field) error {
	b, ok := f.(*datatypes.FieldMemberBooleanValue)
	if !ok {
		return c.mismatch(v, f)
	}
	v.SetBool(b.Value)
	return nil
}

func (c Column) setTime(v reflect.Value, f datatypes.Field) error {
	s, ok := f.(*datatypes.FieldMemberStringValue)
	if !ok {
		return c.mismatch(v, f)
	}
	t, err := parseTime(s.Value)
	if err == nil {
		v.Set(reflect.ValueOf(t))
	}
	return err
}

func (c Column) setRat(v reflect.Value, f datatypes.Field) error {
	return c.rat(v.Addr().Interface().(*big.Rat), v, f)
}

// rat sets r to a number that is exact; v is where it goes.
func (c Column) rat(r *big.Rat, v reflect.Value, f datatypes.Field) error {
	switch f := f.(type) {
	case *datatypes.FieldMemberLongValue:
		r.SetInt64(f.Value)
		return nil
	case *datatypes.FieldMemberStringValue:
		if c.kind() == kindNumeric {
			return setNumeric(r, f.Value)
		}
	}
	return c.mismatch(v, f)
}

func (c Column) setInt(v reflect.Value, f datatypes.Field) error {
	if l, ok := f.(*datatypes.FieldMemberLongValue); ok && !v.OverflowInt(l.Value) {
		v.SetInt(l.Value)
		return nil
	}
	r := new(big.Rat)
	if err := c.rat(r, v, f); err != nil {
		return err
	}
	if !r.IsInt() || !r.Num().IsInt64() || v.OverflowInt(r.Num().Int64()) {
		return c.mismatch(v, f)
	}
	v.SetInt(r.Num().Int64())
	return nil
}

func (c Column) setUint(v reflect.Value, f datatypes.Field) error {
	r := new(big.Rat)
	if err := c.rat(r, v, f); err != nil {
		return err
	}
	if !r.IsInt() || !r.Num().IsUint64() || v.OverflowUint(r.Num().Uint64()) {
		return c.mismatch(v, f)
	}
	v.SetUint(r.Num().Uint64())
	return nil
}

func (c Column) setFloat(v reflect.Value, f datatypes.Field) error {
	switch f := f.(type) {
	case *datatypes.FieldMemberDoubleValue:
		if v.OverflowFloat(f.Value) && !math.IsInf(f.Value, 0) {
			return c.mismatch(v, f)
		}
		v.SetFloat(f.Value)
		return nil
	case *datatypes.FieldMemberLongValue:
		most := int64(1) << 53
		if v.Kind() == reflect.Float32 {
			most = 1 << 24
		}
		if f.Value >= -most && f.Value <= most {
			v.SetFloat(float64(f.Value))
			return nil
		}
	}
	return c.mismatch(v, f)
}
