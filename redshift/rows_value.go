package redshift

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
)

// isNull reports whether f is NULL.
func isNull(f datatypes.Field) bool {
	n, ok := f.(*datatypes.FieldMemberIsNull)
	return ok && n.Value
}

// fieldValue returns a field as [Row.Value] does.
func fieldValue(c Column, f datatypes.Field) (any, error) {
	switch f := f.(type) {
	case *datatypes.FieldMemberStringValue:
		return textValue(c, f.Value)
	case *datatypes.FieldMemberLongValue:
		return f.Value, nil
	case *datatypes.FieldMemberBooleanValue:
		return f.Value, nil
	case *datatypes.FieldMemberDoubleValue:
		return f.Value, nil
	case *datatypes.FieldMemberBlobValue:
		return f.Value, nil
	}
	if isNull(f) {
		return nil, nil
	}
	return nil, errUnknownField
}

func textValue(c Column, text string) (any, error) {
	switch c.kind() {
	case kindNumeric:
		return parseNumeric(text)
	case kindTime:
		return parseTime(text)
	case kindBytes:
		return parseBytes(text)
	}
	return c.trim(text), nil
}

// A columnKind is what the text of a value is read as.
type columnKind int

const (
	kindText columnKind = iota
	kindPadded
	kindNumeric
	kindTime
	kindBytes
)

func (c Column) kind() columnKind {
	switch strings.ToLower(c.Type) {
	case "bpchar", "char", "character":
		return kindPadded
	case "numeric", "decimal":
		return kindNumeric
	case "timestamp", "timestamptz", "date":
		return kindTime
	case "varbyte", "varbinary":
		return kindBytes
	}
	return kindText
}

// trim takes away what fills up a character(n) column. Its spaces mean nothing ("Character
// types", Database Developer Guide).
func (c Column) trim(text string) string {
	if c.kind() == kindPadded {
		return strings.TrimRight(text, " ")
	}
	return text
}

// parseNumeric reads a decimal number, exactly.
func parseNumeric(text string) (*big.Rat, error) {
	r := new(big.Rat)
	return r, setNumeric(r, text)
}

// setNumeric sets r to a decimal number. It takes nothing else of what package big takes: not
// 1/3. Exponents are those with which Java, which the Data API speaks of, prints numbers of
// up to 38 digits, such as 0E-10: others may stand for more digits than there is memory.
func setNumeric(r *big.Rat, text string) error {
	number, exponent, wrong := text, "", error(nil)
	if i := strings.IndexAny(text, "Ee"); i >= 0 {
		number, exponent = text[:i], text[i+1:]
		_, wrong = strconv.ParseInt(exponent, 10, 8)
	}
	digits := strings.TrimLeft(number, "+-")
	whole, fraction, point := strings.Cut(digits, ".")
	if wrong != nil || len(number)-len(digits) > 1 || whole+fraction == "" || point && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return fmt.Errorf("%q is no decimal number", text)
	}
	if n, err := strconv.ParseInt(whole+fraction, 10, 64); exponent == "" && err == nil && len(fraction) <= 18 {
		if text[0] == '-' {
			n = -n
		}
		r.SetFrac64(n, int64(math.Pow10(len(fraction)))) // powers up to 10¹⁸ are exact
		return nil
	}
	if _, ok := r.SetString(text); !ok {
		return fmt.Errorf("%q is no decimal number", text)
	}
	return nil
}

// parseBytes reads a varbyte, which is sent in hexadecimal digits.
func parseBytes(text string) ([]byte, error) {
	b, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%q is no varbyte in hexadecimal digits", text)
	}
	return b, nil
}

// parseTime reads a timestamp, timestamptz or date as Redshift prints them in ISO style:
// 2008-06-01, 2008-06-01 09:59:59.123456, 2008-06-01 09:59:59+05:30.
func parseTime(text string) (time.Time, error) {
	p := timeText{rest: text}
	year := p.digits(4, 6)
	p.expect("-")
	month := p.digits(2, 2)
	p.expect("-")
	day := p.digits(2, 2)
	var hour, minute, second, nano, offset int
	if p.rest != "" {
		p.expect(" T")
		hour = p.digits(2, 2)
		p.expect(":")
		minute = p.digits(2, 2)
		p.expect(":")
		second = p.digits(2, 2)
		nano = p.fraction()
		offset = p.offset()
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nano, time.UTC)
	normal := t.Month() == time.Month(month) && t.Day() == day && t.Hour() == hour && t.Minute() == minute && t.Second() == second
	if p.wrong || p.rest != "" || !normal || year == 0 {
		return time.Time{}, notTime(text)
	}
	return t.Add(-time.Duration(offset) * time.Second), nil
}

func notTime(text string) error {
	switch {
	case strings.Contains(text, "infinity"):
		return fmt.Errorf("%q is no point in time: read it as text", text)
	case strings.HasSuffix(text, " BC"):
		return fmt.Errorf("%q is before the year 1: read it as text", text)
	}
	return fmt.Errorf("%q is no date or time as Redshift prints it", text)
}

// timeText is what is left to read of a time.
type timeText struct {
	rest  string
	wrong bool
}

// digits reads a number of so many digits.
func (p *timeText) digits(least, most int) (n int) {
	i := 0
	for ; i < len(p.rest) && i < most && p.rest[i] >= '0' && p.rest[i] <= '9'; i++ {
		n = 10*n + int(p.rest[i]-'0')
	}
	p.wrong = p.wrong || i < least
	p.rest = p.rest[i:]
	return n
}

// expect reads one of the bytes of any.
func (p *timeText) expect(any string) {
	if p.rest == "" || strings.IndexByte(any, p.rest[0]) < 0 {
		p.wrong = true
		return
	}
	p.rest = p.rest[1:]
}

// fraction reads a fraction of a second, as nanoseconds.
func (p *timeText) fraction() int {
	if !strings.HasPrefix(p.rest, ".") {
		return 0
	}
	p.rest = p.rest[1:]
	before := len(p.rest)
	n := p.digits(1, 9)
	for i := before - len(p.rest); i < 9; i++ {
		n *= 10
	}
	return n
}

// offset reads a time zone, as seconds east of UTC: +05, +0530, +05:30, +05:30:15 or Z.
func (p *timeText) offset() int {
	if p.rest == "" || p.rest == "Z" {
		p.rest = ""
		return 0
	}
	sign := 1
	if p.rest[0] == '-' {
		sign = -1
	}
	p.expect("+-")
	seconds := 0
	for i, unit := range []int{3600, 60, 1} {
		if i > 0 && p.rest == "" {
			break
		}
		if i > 0 && p.rest[0] == ':' {
			p.rest = p.rest[1:]
		}
		n := p.digits(2, 2)
		p.wrong = p.wrong || i > 0 && n > 59
		seconds += n * unit
	}
	return sign * seconds
}
