package chargeback

import (
	"encoding/json"
	"math"
	"testing"
)

func TestAmountText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a           Amount
		text, cents string
	}{
		{0, "0.00", "0.00"},
		{1, "0.000001", "0.00"},
		{-1, "-0.000001", "0.00"},
		{4_999, "0.004999", "0.00"},
		{5_000, "0.005", "0.01"},
		{-5_000, "-0.005", "-0.01"},
		{12_345_678, "12.345678", "12.35"},
		{12_500_000, "12.50", "12.50"},
		{-3_000_000, "-3.00", "-3.00"},
		{999_999, "0.999999", "1.00"},
		{math.MaxInt64, "9223372036854.775807", "9223372036854.78"},
		{math.MinInt64, "-9223372036854.775808", "-9223372036854.78"},
	} {
		if got := tt.a.String(); got != tt.text {
			t.Errorf("%d: text %q, want %q", int64(tt.a), got, tt.text)
		}
		if got := tt.a.Cents(); got != tt.cents {
			t.Errorf("%d: cents %q, want %q", int64(tt.a), got, tt.cents)
		}
	}
}

func TestParseAmount(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Amount{
		"12.345678": 12_345_678, "-3": -3_000_000, "0.5": 500_000, "007": 7_000_000, "-0": 0,
		"9223372036854.775807": math.MaxInt64, "-9223372036854.775808": math.MinInt64,
	} {
		if got, err := ParseAmount(s); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "-", ".", "1.", ".5", "1.0000001", "1e3", "+1", "--1", " 1", "1,5", "0x1", "1_0", "9223372036854.775808", "-9223372036854.775809", "99999999999999999999", "١"} {
		if got, err := ParseAmount(s); err == nil {
			t.Errorf("%q: %d, want an error", s, got)
		}
	}
}

func TestAmountInJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(map[string]Amount{"total": 12_345_678})
	if err != nil || string(text) != `{"total":"12.345678"}` {
		t.Errorf("%s, %v", text, err)
	}
	var a Amount
	for _, bad := range []string{`1.5`, `null1`, `"x"`, `[]`} {
		if err := json.Unmarshal([]byte(bad), &a); err == nil {
			t.Errorf("%s: want an error", bad)
		}
	}
}

func FuzzAmount(f *testing.F) {
	for _, s := range []string{"0", "-1.5", "12.345678", "9223372036854.775807", "-9223372036854.775808", "1e9", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAmount(s)
		if err != nil {
			return
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var back Amount
		if err := json.Unmarshal(text, &back); err != nil || back != a {
			t.Errorf("%q is %d, and from %s %d, %v", s, a, text, back, err)
		}
	})
}
