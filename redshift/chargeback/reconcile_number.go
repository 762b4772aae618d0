package chargeback

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// What a decimal number of AWS may have: Cost Explorer writes ten decimals, and small
// numbers with an exponent.
const (
	mostDigits   = 60
	mostExponent = 40
)

// billedNumber reads a decimal number exactly.
func billedNumber(s string) (*big.Rat, error) {
	mantissa, exponent, scientific := strings.Cut(strings.ReplaceAll(s, "e", "E"), "E")
	whole, fraction, pointed := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	if !digits(whole) || pointed && !digits(fraction) || len(s) > mostDigits {
		return nil, fmt.Errorf("%q is no decimal number", s)
	}
	if scientific {
		n, err := strconv.Atoi(exponent)
		if err != nil || n > mostExponent || n < -mostExponent {
			return nil, fmt.Errorf("%q is no decimal number", s)
		}
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, fmt.Errorf("%q is no decimal number", s)
	}
	return r, nil
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

var millionths = big.NewRat(perOne, 1)

// billedAmount reads a cost, rounded to millionths, half to even, and tells whether that
// lost nothing.
func billedAmount(s string) (a Amount, exact bool, err error) {
	r, err := billedNumber(s)
	if err != nil {
		return 0, false, err
	}
	r.Mul(r, millionths)
	a, ok := roundRat(r)
	if !ok {
		return 0, false, fmt.Errorf("%s is more than can be counted", s)
	}
	return a, r.IsInt(), nil
}

// largestAmount keeps sums of two amounts in an int64.
const largestAmount = 1 << 61

// roundRat rounds half to even. It is not ok if the result is too large.
func roundRat(r *big.Rat) (Amount, bool) {
	quotient, rest := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int)) // rest is not negative
	up := rest.Lsh(rest, 1).Cmp(r.Denom())
	if up > 0 || up == 0 && quotient.Bit(0) == 1 {
		quotient.Add(quotient, big.NewInt(1))
	}
	if quotient.CmpAbs(big.NewInt(largestAmount)) > 0 {
		return 0, false
	}
	return Amount(quotient.Int64()), true
}

// ratText writes a number with at most n decimals, without zeros at the end.
func ratText(r *big.Rat, n int) string {
	text := r.FloatString(n)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
}

// moneyText writes an amount exactly, with at least two decimals.
func moneyText(a Amount) string {
	text := new(big.Rat).SetFrac64(int64(a), 1_000_000).FloatString(6)
	trimmed := strings.TrimRight(text, "0")
	return text[:max(len(trimmed), len(text)-4)]
}
