package opensearch

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
)

func TestEqualJSON(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{`{"a": 1, "b": [1, 2]}`, `{"b":[1.0,2e0],"a":10E-1}`, true},
		{`[1, 2]`, `[2, 1]`, false},
		{`0`, `-0.000e7`, true},
		{`100`, `1e2`, true},
		{`0.1`, `1e-1`, true},
		{`-1`, `1`, false},
		{`1`, `"1"`, false},
		{`1`, `"1e0"`, false},
		{`9007199254740993`, `9007199254740992`, false},
		{`0.1000000000000000055511151231257827`, `0.1`, false},
		{`1e400`, `1e401`, false},
		{`1e99999999999999999999`, `10e99999999999999999998`, true},
		{`"\u00fc"`, `"ü"`, true},
		{`null`, `{}`, false},
		{`{"a": null}`, `{}`, false},
		{`true`, `true`, true},
		{`{}`, `{} {}`, false},
		{`{}`, ``, false},
		{``, ``, false},
	}
	for _, test := range tests {
		if got := equalJSON([]byte(test.a), []byte(test.b)); got != test.want {
			t.Errorf("%s and %s: got %t", test.a, test.b, got)
		}
	}
}

// FuzzCanonicalNumber compares with exact arithmetic.
func FuzzCanonicalNumber(f *testing.F) {
	for _, n := range []string{"0", "-0.0", "1", "10", "1.50", "-1.5e0", "15e-1", "0.001e3", "12345678901234567890", "1E+5"} {
		f.Add(n, "1.5")
		f.Add(n, n+"0")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, n := range []string{a, b} {
			if !json.Valid([]byte(n)) || strings.Trim(n, "0123456789.+-eE") != "" || len(n) > 50 {
				return
			}
			if e := strings.IndexAny(n, "eE"); e >= 0 && len(n)-e > 5 {
				return
			}
		}
		x, ok := new(big.Rat).SetString(a)
		y, fine := new(big.Rat).SetString(b)
		if !ok || !fine {
			return
		}
		if same := canonicalNumber(a) == canonicalNumber(b); same != (x.Cmp(y) == 0) {
			t.Errorf("%s and %s: same %t", a, b, same)
		}
		if z, ok := new(big.Rat).SetString(string(canonicalNumber(a))); !ok || z.Cmp(x) != 0 || !json.Valid([]byte(canonicalNumber(a))) {
			t.Errorf("%s becomes %s", a, canonicalNumber(a))
		}
	})
}
