package redshiftsql

import (
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// hostile returns the hostile names.
func hostile(t testing.TB) []string {
	t.Helper()
	corpus, err := os.ReadFile("testdata/hostile.txt")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(corpus)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "# ") {
			continue
		}
		name, err := strconv.Unquote(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		names = append(names, name)
	}
	return names
}

// places returns how many strings a statement holds, and calls visit with each and with a
// function that returns a copy of the statement with another string in its place.
func places(s Statement, visit func(was string, put func(string) Statement)) int {
	n := len(stringsOf(reflect.ValueOf(s)))
	for i := range n {
		visit(stringsOf(reflect.ValueOf(s))[i].String(), func(name string) Statement {
			c := clone(reflect.ValueOf(s))
			stringsOf(c)[i].SetString(name)
			return c.Interface().(Statement)
		})
	}
	return n
}

// stringsOf returns all strings in a value.
func stringsOf(v reflect.Value) (list []reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		return []reflect.Value{v}
	case reflect.Struct:
		for i := range v.NumField() {
			list = append(list, stringsOf(v.Field(i))...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			list = append(list, stringsOf(v.Index(i))...)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return stringsOf(v.Elem())
		}
	}
	return list
}

// clone returns a settable deep copy of a value.
func clone(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			c.Field(i).Set(clone(v.Field(i)))
		}
	case reflect.Slice:
		if !v.IsNil() {
			c.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				c.Index(i).Set(clone(v.Index(i)))
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			c.Set(reflect.New(v.Type().Elem()))
			c.Elem().Set(clone(v.Elem()))
		}
	}
	return c
}

// readQuoted is how a server reads a text: written from the rules of "Names and
// identifiers" and QUOTE_LITERAL, rune by rune, and apart from the package's own scanner.
// It returns the text with " and ' in place of names and strings, and what these hold.
func readQuoted(t testing.TB, sql string) (frame string, values []string) {
	t.Helper()
	const outside = 0
	var b strings.Builder
	var state, value = rune(outside), []rune{}
	runes := []rune(sql)
	for i := 0; i < len(runes); i++ {
		r, next := runes[i], rune(-1)
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case state == outside && (r == '"' || r == '\''):
			state, value = r, nil
		case state == outside:
			b.WriteRune(r)
		case r == state && next == state, state == '\'' && r == '\\':
			value = append(value, next)
			i++
		case r == state:
			b.WriteRune(r)
			values = append(values, string(value))
			state = outside
		default:
			value = append(value, r)
		}
	}
	if state != outside {
		t.Fatalf("%q does not end", sql)
	}
	return b.String(), values
}

// checkStatement fails unless a statement is refused without a text, or has one that is
// parsed back to it and that a server reads as the same names.
func checkStatement(t testing.TB, s Statement) (taken bool) {
	t.Helper()
	text := s.String()
	if err := s.Check(); err != nil {
		if text != "" {
			t.Fatalf("%#v is refused (%v) and has the text %q", s, err, text)
		}
		return false
	}
	got, err := Parse(text)
	if err != nil || !reflect.DeepEqual(got, withoutEmpty(s)) {
		t.Fatalf("%#v has the text %q, which is parsed to %#v, %v", s, text, got, err)
	}
	if !utf8.ValidString(text) {
		t.Fatalf("%q is not UTF-8", text)
	}
	frame, _ := readQuoted(t, text)
	if strings.Trim(frame, `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_ .,()"'`) != "" || strings.Contains(frame, "  ") {
		t.Fatalf("%q leaves %q outside of quotation marks", text, frame)
	}
	return true
}

// withoutEmpty returns a statement with an empty list of arguments as none.
func withoutEmpty(s Statement) Statement {
	switch g := s.(type) {
	case Grant:
		if len(g.Object.Arguments) == 0 {
			g.Object.Arguments = nil
		}
		return g
	case ShowGrants:
		if g.On != nil && len(g.On.Arguments) == 0 {
			on := *g.On
			on.Arguments = nil
			g.On = &on
		}
		return g
	}
	return s
}

// TestHostile puts every hostile name into every place of every statement: it is refused, or
// the text has the same frame as before and the same names but for that one.
func TestHostile(t *testing.T) {
	names := hostile(t)
	if len(names) < 60 {
		t.Fatalf("%d names", len(names))
	}
	taken, refused, all := 0, 0, 0
	for _, s := range shapes() {
		frame, values := readQuoted(t, s.statement.String())
		all += places(s.statement, func(was string, put func(string) Statement) {
			for _, name := range names {
				changed := put(name)
				if !checkStatement(t, changed) {
					refused++
					continue
				}
				taken++
				gotFrame, got := readQuoted(t, changed.String())
				switch {
				case was == "" || name == "": // of another shape: with a schema or account, or without
				case gotFrame != frame && !slices.Equal(values, got): // another privilege, type or setting
					t.Errorf("%s: %q in place of %q gives %s", s.name, name, was, changed)
				case gotFrame == frame && !slices.Equal(replaced(values, was, name, got), got):
					t.Errorf("%s: %q in place of %q gives the names %q", s.name, name, was, got)
				}
			}
		})
	}
	if taken == 0 || refused == 0 {
		t.Errorf("%d taken, %d refused", taken, refused)
	}
	t.Logf("%d names in %d places of %d shapes: %d taken, %d refused", len(names), all, len(shapes()), taken, refused)
}

// TestHostileTaken makes sure that TestHostile meets what is taken: a name that is harmless
// within quotation marks is taken in every place that names something of the user's.
func TestHostileTaken(t *testing.T) {
	for _, name := range []string{`"; DROP DATABASE "prod`, `a\`, "--", "$$", ":name", "SELECT", "größe", "a.b"} {
		for _, s := range []Statement{
			Grant{Privileges: []string{"SELECT"}, Object: Object{Scope: OnTable, Database: name, Schema: name, Name: name}, Grantee: Grantee{User, name}},
			Grant{Revoke: true, Privileges: []string{"EXECUTE"}, Object: Object{Scope: OnFunction, Database: name, Schema: name, Name: name}, Grantee: Grantee{Role, name}},
			Grant{Privileges: []string{"SELECT"}, Object: Object{Scope: ForTables, Database: name, Schema: name}, Grantee: Grantee{Datashare, name}},
			Grant{Privileges: []string{"USAGE"}, Object: Object{Scope: OnDatashare, Name: name}, Grantee: Grantee{Namespace, guid}},
			GrantRole{Role: name, Grantee: Grantee{User, name}},
			CreateDatashare{Name: name}, AlterDatashare{Name: name}, DropDatashare{Name: name},
			CreateDatabase{Name: name, Datashare: name, Namespace: guid}, DropDatabase{Name: name},
			DropRole{Name: name}, ShowGrants{For: &Grantee{Role, name}, Database: name},
		} {
			if !checkStatement(t, s) {
				t.Errorf("%q: %v", name, s.Check())
			}
		}
	}
}

// replaced returns the values with the first that differs from got replaced by name, if it
// was what name is put in place of.
func replaced(values []string, was, name string, got []string) []string {
	values = slices.Clone(values)
	for i := range min(len(values), len(got)) {
		if values[i] != got[i] && values[i] == was {
			values[i] = name
			break
		}
	}
	return values
}
