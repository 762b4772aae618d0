package opensearch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strings"
)

// digestJSON returns a hash that two JSON texts share if they have the same value:
// numbers are compared exactly, however they are written.
func digestJSON(text []byte) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return "", errors.New("there is more behind the JSON value")
	}
	hash := sha256.New()
	if err := json.NewEncoder(hash).Encode(canonical(value)); err != nil { // sorts the keys
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// canonical rewrites the numbers of a value in place.
func canonical(value any) any {
	switch v := value.(type) {
	case json.Number:
		return canonicalNumber(v.String())
	case []any:
		for i := range v {
			v[i] = canonical(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = canonical(v[key])
		}
	}
	return value
}

// canonicalNumber returns a number as a whole one that does not end with 0, and an
// exponent.
func canonicalNumber(text string) json.Number {
	digits, negative := strings.CutPrefix(text, "-")
	exponent := new(big.Int)
	if e := strings.IndexAny(digits, "eE"); e >= 0 {
		exponent.SetString(strings.TrimPrefix(digits[e+1:], "+"), 10) // it is JSON
		digits = digits[:e]
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	exponent.Sub(exponent, big.NewInt(int64(len(fraction))))
	digits = strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return "0"
	}
	short := strings.TrimRight(digits, "0")
	exponent.Add(exponent, big.NewInt(int64(len(digits)-len(short))))
	if negative {
		short = "-" + short
	}
	return json.Number(short + "e" + exponent.String())
}

// equalJSON reports whether two texts are JSON of the same value.
func equalJSON(a, b []byte) bool {
	x, err := digestJSON(a)
	y, other := digestJSON(b)
	return err == nil && other == nil && x == y
}
