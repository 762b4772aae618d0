package redshift_test

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/redshift"
)

func TestParseTime(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"2008-06-01", "2008-06-01T00:00:00Z"},
		{"2008-06-01 09:59:59", "2008-06-01T09:59:59Z"},
		{"2008-06-01T09:59:59", "2008-06-01T09:59:59Z"},
		{"2008-06-01 09:59:59.5", "2008-06-01T09:59:59.5Z"},
		{"2008-06-01 09:59:59.000001", "2008-06-01T09:59:59.000001Z"},
		{"2008-06-01 09:59:59+00", "2008-06-01T09:59:59Z"},
		{"2008-06-01 09:59:59.25+05:30", "2008-06-01T04:29:59.25Z"},
		{"2008-06-01 09:59:59-0330", "2008-06-01T13:29:59Z"},
		{"1890-01-01 00:00:00+05:53:28", "1889-12-31T18:06:32Z"},
		{"2008-06-01 09:59:59Z", "2008-06-01T09:59:59Z"},
		{"2024-02-29 23:59:59-01", "2024-03-01T00:59:59Z"},
		{"0001-01-01", "0001-01-01T00:00:00Z"},
		{"294276-12-31", "294276-12-31T00:00:00Z"},
		{"", ""}, {"infinity", ""}, {"-infinity", ""}, {"0044-03-15 BC", ""}, {"0000-01-01", ""},
		{"2023-02-29", ""}, {"2023-13-01", ""}, {"2023-00-01", ""}, {"2023-01-00", ""}, {"23-01-01", ""}, {"2023-1-1", ""},
		{"2023-01-01 ", ""}, {"2023-01-01 10", ""}, {"2023-01-01 24:00:00", ""}, {"2023-01-01 10:60:00", ""}, {"2023-01-01 10:00:60", ""},
		{"2023-01-01 10:00:00.", ""}, {"2023-01-01 10:00:00+", ""}, {"2023-01-01 10:00:00+1", ""}, {"2023-01-01 10:00:00+01:60", ""},
		{"2023-01-01 10:00:00 UTC", ""}, {"2023-01-01 10:00:00+01 ", ""}, {"2023-01-01 10:00:00+01:", ""}, {"+2023-01-01", ""}, {"2023-01-01\n", ""},
	} {
		got, err := redshift.ParseTime(test.text)
		if test.want == "" {
			if err == nil {
				t.Errorf("%q: got %v", test.text, got)
			}
			continue
		}
		if err != nil || got.Format(time.RFC3339Nano) != test.want || got.Location() != time.UTC {
			t.Errorf("%q: got %v, %v", test.text, got, err)
		}
	}
}

// FuzzParseTime compares with package time, where that reads the same, and makes sure that
// every time that is read is printed as it was.
func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2008-06-01", "2008-06-01 09:59:59.5+05:30", "infinity", "2023-02-29 24:00:00", "0044-03-15 BC", "294276-12-31 00:00:00-15:59:59"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := redshift.ParseTime(s)
		for _, layout := range []string{"2006-01-02", "2006-01-02 15:04:05", "2006-01-02 15:04:05-07", "2006-01-02 15:04:05-07:00"} {
			want, wrong := time.Parse(layout, s)
			// Package time takes hours of one digit, a comma, and more digits of a fraction.
			if _, fraction, _ := strings.Cut(s, "."); wrong != nil || want.Year() == 0 || strings.Contains(s, ",") || len(fraction) > 9 ||
				len(s) > len("2006-01-02") && s[len("2006-01-02 15")] != ':' {
				continue
			}
			if _, offset := want.Zone(); offset <= -24*3600 || offset >= 24*3600 {
				continue
			}
			if err != nil || !got.Equal(want) {
				t.Errorf("%q: got %v, %v, want %v", s, got, err, want)
			}
		}
		if err == nil && got.Location() != time.UTC {
			t.Errorf("%q: in %v", s, got.Location())
		}
		if err == nil && len(s) == len("2008-06-01 09:59:59") && got.Format(time.DateTime) != strings.Replace(s, "T", " ", 1) {
			t.Errorf("%q: got %v", s, got)
		}
	})
}

// FuzzParseNumeric makes sure that what is read is what is printed, digit by digit.
func FuzzParseNumeric(f *testing.F) {
	for _, s := range []string{"0", "-1", "1.50", "+.5", "1/3", "1e9", "-1.5E-10", "1e1000", "0x1", "1_0", "Inf", "12345678901234567890.123456789012345678", "--1", "1.", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := redshift.ParseNumeric(s)
		if err != nil {
			return
		}
		if strings.Trim(s, "0123456789.+-Ee") != "" || len(s) > 4 && len(got.String()) > 2*len(s)+260 {
			t.Fatalf("%q: got %v", s, got)
		}
		if strings.ContainsAny(s, "Ee") {
			if want, ok := new(big.Rat).SetString(s); !ok || want.Cmp(got) != 0 {
				t.Fatalf("%q: got %v", s, got)
			}
			return
		}
		_, fraction, _ := strings.Cut(s, ".")
		if again, ok := new(big.Rat).SetString(got.FloatString(len(fraction))); !ok || again.Cmp(got) != 0 {
			t.Errorf("%q: got %v", s, got)
		}
		digits := strings.TrimLeft(strings.Trim(s, "+-"), "0")
		printed := strings.TrimLeft(strings.Trim(got.FloatString(len(fraction)), "-"), "0")
		if digits != printed {
			t.Errorf("%q: printed %q", s, printed)
		}
	})
}
