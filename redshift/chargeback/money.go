package chargeback

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

const (
	perOne  = 1_000_000 // of an Amount in the currency
	oneCent = 10_000    // of the currency, in millionths
)

// String returns the amount with two to six decimals, such as "12.50" or "0.000375". It is
// exact.
func (a Amount) String() string {
	sign, digits := a.digits()
	whole, decimals := digits[:len(digits)-6], digits[len(digits)-6:]
	return sign + whole + "." + decimals[:2] + strings.TrimRight(decimals[2:], "0")
}

// Cents returns the amount with two decimals, rounded half away from zero. Rounded one by
// one, amounts need not add up to their rounded sum: [Bill.ByUnit] rounds those that do.
func (a Amount) Cents() string {
	_, digits := a.digits()
	n, _ := strconv.ParseUint(digits, 10, 64) // at most 2^63
	n = (n + oneCent/2) / oneCent
	sign := ""
	if a < 0 && n > 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// digits returns the sign and at least seven digits.
func (a Amount) digits() (sign, digits string) {
	magnitude := uint64(a)
	if a < 0 {
		sign, magnitude = "-", -magnitude
	}
	return sign, fmt.Sprintf("%07d", magnitude)
}

// ParseAmount reads a decimal number with up to six decimals, such as "12.5" or "-3". It
// refuses others, and those that an Amount cannot hold.
func ParseAmount(s string) (Amount, error) {
	rest, negative := strings.CutPrefix(s, "-")
	n, err := parseDecimal(rest, 6)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is not an amount: %w", s, err)
	case negative && n <= 1<<63:
		return Amount(-n), nil
	case n < 1<<63:
		return Amount(n), nil
	}
	return 0, fmt.Errorf("%q is not an amount: it is too large", s)
}

// parseDecimal reads a decimal number without a sign, in units of its last decimal.
func parseDecimal(s string, decimals int) (uint64, error) {
	whole, fraction, point := strings.Cut(s, ".")
	if whole == "" || point && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return 0, fmt.Errorf("want a decimal number such as 12.5")
	}
	if len(fraction) > decimals {
		return 0, fmt.Errorf("more than %d decimals", decimals)
	}
	n, err := strconv.ParseUint(whole+fraction+strings.Repeat("0", decimals-len(fraction)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("it is too large")
	}
	return n, nil
}

// MarshalJSON writes the amount as a text, so that no reader makes a float of it.
func (a Amount) MarshalJSON() ([]byte, error) { return json.Marshal(a.String()) }

// UnmarshalJSON reads what MarshalJSON writes, and any decimal number in a text with up to
// six decimals.
func (a *Amount) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("an amount is a decimal number in a text, such as \"12.5\": %w", err)
	}
	parsed, err := ParseAmount(s)
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}
