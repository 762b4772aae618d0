package parquet

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// valueOf returns what makes a value of the bytes of PLAIN, in a column with this element of
// the schema. What
// an annotation says that does not go with the physical type is left out of account.
func valueOf(e *format.SchemaElement) (func([]byte) (any, error), error) {
	a := annotation(e)
	if d, ok := a.(*format.DecimalType); ok {
		return decimal(d, parquet.Kind(e.Type.V))
	}
	if u, ok := a.(*format.IntType); ok && !u.IsSigned {
		a = unsigned{}
	}
	switch parquet.Kind(e.Type.V) {
	case parquet.Boolean:
		return func(b []byte) (any, error) { return b[0] != 0, nil }, nil
	case parquet.Int32:
		return int32Of(a), nil
	case parquet.Int64:
		return int64Of(a), nil
	case parquet.Int96:
		return func(b []byte) (any, error) { return int96(b), nil }, nil
	case parquet.Float:
		return func(b []byte) (any, error) { return math.Float32frombits(binary.LittleEndian.Uint32(b)), nil }, nil
	case parquet.Double:
		return func(b []byte) (any, error) { return math.Float64frombits(binary.LittleEndian.Uint64(b)), nil }, nil
	case parquet.ByteArray:
		return bytesOf(a), nil
	}
	return fixedOf(a, e), nil
}

type (
	unsigned struct{}
	interval struct{}
)

// annotation returns the logical type, also of files that have only the older
// converted type.
func annotation(e *format.SchemaElement) any {
	if e.LogicalType.Value != nil || !e.ConvertedType.Valid {
		return e.LogicalType.Value
	}
	millis := format.TimeUnit{Value: &format.MilliSeconds{}}
	micros := format.TimeUnit{Value: &format.MicroSeconds{}}
	switch e.ConvertedType.V {
	case deprecated.UTF8:
		return &format.StringType{}
	case deprecated.Enum:
		return &format.EnumType{}
	case deprecated.Json:
		return &format.JsonType{}
	case deprecated.Decimal:
		return &format.DecimalType{Scale: e.Scale.V, Precision: e.Precision.V}
	case deprecated.Date:
		return &format.DateType{}
	case deprecated.TimeMillis:
		return &format.TimeType{Unit: millis}
	case deprecated.TimeMicros:
		return &format.TimeType{Unit: micros}
	case deprecated.TimestampMillis:
		return &format.TimestampType{Unit: millis}
	case deprecated.TimestampMicros:
		return &format.TimestampType{Unit: micros}
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		return &format.IntType{}
	case deprecated.Interval:
		return interval{}
	}
	return nil
}

func int32Of(a any) func([]byte) (any, error) {
	switch a := a.(type) {
	case *format.DateType:
		return func(b []byte) (any, error) { return time.Unix(int64(int32Bits(b))*86400, 0).UTC(), nil }
	case *format.TimeType:
		if unit := a.Unit.Value; unit != nil {
			return func(b []byte) (any, error) { return timeOfDay(int64(int32Bits(b)), unit.Duration()) }
		}
	case unsigned:
		return func(b []byte) (any, error) { return uint64(binary.LittleEndian.Uint32(b)), nil }
	}
	return func(b []byte) (any, error) { return int64(int32Bits(b)), nil }
}

func int64Of(a any) func([]byte) (any, error) {
	switch a := a.(type) {
	case *format.TimestampType:
		if unit := a.Unit.Value; unit != nil {
			return func(b []byte) (any, error) { return timestamp(int64Bits(b), unit.Duration()), nil }
		}
	case *format.TimeType:
		if unit := a.Unit.Value; unit != nil {
			return func(b []byte) (any, error) { return timeOfDay(int64Bits(b), unit.Duration()) }
		}
	case unsigned:
		return func(b []byte) (any, error) { return binary.LittleEndian.Uint64(b), nil }
	}
	return func(b []byte) (any, error) { return int64Bits(b), nil }
}

func bytesOf(a any) func([]byte) (any, error) {
	switch a.(type) {
	case *format.StringType, *format.EnumType, *format.JsonType:
		return func(b []byte) (any, error) { return string(b), nil }
	}
	return func(b []byte) (any, error) { return append([]byte{}, b...), nil }
}

func fixedOf(a any, e *format.SchemaElement) func([]byte) (any, error) {
	size := e.TypeLength.V
	switch a.(type) {
	case *format.UUIDType:
		if size == 16 {
			return func(b []byte) (any, error) { return uuid(b), nil }
		}
	case *format.Float16Type:
		if size == 2 {
			return func(b []byte) (any, error) { return float16(b), nil }
		}
	case interval:
		if size == 12 {
			return func(b []byte) (any, error) { return intervalText(b), nil }
		}
	}
	return bytesOf(a)
}

func timestamp(n int64, unit time.Duration) time.Time {
	perSecond := int64(time.Second / unit)
	return time.Unix(n/perSecond, n%perSecond*int64(unit)).UTC()
}

// int96 is nanoseconds of a day and its Julian day, as Impala and older Sparks write
// timestamps.
func int96(b []byte) time.Time {
	const epoch = 2440588 // Julian day of 1970-01-01
	day := int64(binary.LittleEndian.Uint32(b[8:]))
	return time.Unix((day-epoch)*86400, 0).Add(time.Duration(int64Bits(b))).UTC()
}

func int32Bits(b []byte) int32 { return int32(binary.LittleEndian.Uint32(b)) }

func int64Bits(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b)) }

func timeOfDay(n int64, unit time.Duration) (any, error) {
	const day = 24 * time.Hour
	if n < 0 || n >= int64(day/unit) {
		return nil, fmt.Errorf("%d times %v is no time of a day", n, unit)
	}
	return time.Unix(0, n*int64(unit)).UTC().Format("15:04:05.999999999"), nil
}

func uuid(b []byte) string {
	var out [36]byte
	hex.Encode(out[:8], b[:4])
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:], b[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// float16 is IEEE 754's half precision.
func float16(b []byte) float32 {
	bits := binary.LittleEndian.Uint16(b)
	sign, exponent, fraction := bits>>15, int(bits>>10&0x1f), float64(bits&0x3ff)
	var f float64
	switch exponent {
	case 0:
		f = math.Ldexp(fraction, -24)
	case 0x1f:
		f = math.Inf(1)
		if fraction != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(fraction+1024, exponent-25)
	}
	if sign != 0 {
		f = math.Copysign(f, -1)
	}
	return float32(f)
}

// intervalText is months, days and milliseconds as ISO 8601 writes a duration.
func intervalText(b []byte) string {
	months, days, millis := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])
	seconds := strconv.FormatUint(uint64(millis/1000), 10)
	if rest := millis % 1000; rest != 0 {
		seconds += strings.TrimRight(fmt.Sprintf(".%03d", rest), "0")
	}
	return fmt.Sprintf("P%dM%dDT%sS", months, days, seconds)
}

var errDecimal = errors.New("a decimal of more than 1,000 bytes")

func decimal(d *format.DecimalType, kind parquet.Kind) (func([]byte) (any, error), error) {
	if d.Scale < 0 || d.Scale > 10_000 {
		return nil, fmt.Errorf("a decimal with a scale of %d", d.Scale)
	}
	scale := int(d.Scale)
	switch kind {
	case parquet.Int32:
		return func(b []byte) (any, error) {
			return scaled(strconv.FormatInt(int64(int32Bits(b)), 10), scale), nil
		}, nil
	case parquet.Int64:
		return func(b []byte) (any, error) { return scaled(strconv.FormatInt(int64Bits(b), 10), scale), nil }, nil
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return func(b []byte) (any, error) {
			if len(b) > 1000 {
				return nil, errDecimal
			}
			return scaled(bigEndian(b).String(), scale), nil
		}, nil
	}
	return nil, fmt.Errorf("a decimal of the physical type %v", kind)
}

// bigEndian reads a number in two's complement.
func bigEndian(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(b)*8)))
	}
	return n
}

// scaled puts the point into digits.
func scaled(digits string, scale int) json.Number {
	if scale == 0 {
		return json.Number(digits)
	}
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	if missing := scale + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - scale
	return json.Number(sign + digits[:point] + "." + digits[point:])
}
