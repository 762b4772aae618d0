package share

import (
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

func TestAtLeast(t *testing.T) {
	for _, test := range []struct {
		version, least string
		reached, ok    bool
	}{
		{"1.0.78881", "1.0.78881", true, true},
		{"1.0.78880", "1.0.78881", false, true},
		{"1.0.100000", "1.0.78881", true, true},
		{"1.0.9", "1.0.78881", false, true},
		{"2.0", "1.0.78881", true, true},
		{"1.0", "1.0.78881", false, true},
		{"1.1.0", "1.0.78881", true, true},
		{"1.0.78881.3", "1.0.78881", true, true},
		{"", "1.0.78881", false, false},
		{"1", "1.0.78881", false, false},
		{"1.0.", "1.0.78881", false, false},
		{"1.0.-5", "1.0.78881", false, false},
		{"1.0.99999999999999999999", "1.0.78881", false, false},
		{"PostgreSQL 8.0.2", "1.0.78881", false, false},
		{"1.0.78881\n", "1.0.78881", false, false},
	} {
		if reached, ok := atLeast(test.version, test.least); reached != test.reached || ok != test.ok {
			t.Errorf("%+v: got %t, %t", test, reached, ok)
		}
	}
}

func FuzzAtLeast(f *testing.F) {
	for _, s := range []string{"1.0.78881", "1.0", "", "1..0", "9.9.9.9.9.9", "1.0.999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		reached, ok := atLeast(s, s)
		if ok != reached {
			t.Errorf("%q: %t, %t: a version is at least itself", s, reached, ok)
		}
		if higher, known := atLeast("999999999."+s, s); ok && (!known && strings.Count(s, ".") < 4 || known && !higher) {
			t.Errorf("%q: got %t, %t", s, higher, known)
		}
	})
}

// FuzzSplitFunction puts functions together and takes them apart.
func FuzzSplitFunction(f *testing.F) {
	for _, s := range []string{"f()", "f(integer,numeric(10,2))", "f( )", "f", "(", "f(a,b", "f((,),)", "f 1(character varying)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, arguments := splitFunction(s)
		if strings.Contains(name, "(") {
			t.Errorf("%q: name %q", s, name)
		}
		checked := redshiftsql.CheckIdentifier("function", name) == nil && !slices.ContainsFunc(arguments, func(a string) bool { return redshiftsql.CheckArgument(a) != nil })
		if !checked {
			return
		}
		again, types := splitFunction(function(name, arguments))
		if again != name || len(types) != len(arguments) || function(again, types) != function(name, arguments) {
			t.Errorf("%q: %q, %q", s, again, types)
		}
	})
}
