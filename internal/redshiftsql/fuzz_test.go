package redshiftsql

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzQuote has every name and string that is taken read back, as a server reads it, to
// itself.
func FuzzQuote(f *testing.F) {
	for _, name := range hostile(f) {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, s string) {
		quoted, err := Identifier(s)
		if err == nil {
			// With something behind it that could be taken for part of it.
			frame, values := readQuoted(t, `x `+quoted+` "y" 'z'`)
			if frame != `x " " '` || len(values) != 3 || values[0] != s {
				t.Errorf("%q is read as %q, %q", quoted, frame, values)
			}
		}
		if (err == nil) != (quoted != "") || err == nil && len(s) > 127 {
			t.Errorf("%q: %q, %v", s, quoted, err)
		}
		quoted, err = Literal(s)
		if (err == nil) != (utf8.ValidString(s) && !strings.Contains(s, "\x00")) {
			t.Errorf("%q: %v", s, err)
		}
		if err == nil {
			frame, values := readQuoted(t, `x `+quoted+` "y" 'z'`)
			if frame != `x ' " '` || len(values) != 3 || values[0] != s {
				t.Errorf("%q is read as %q, %q", quoted, frame, values)
			}
		}
	})
}

// FuzzParse has every text that is taken be the text of what it is taken for.
func FuzzParse(f *testing.F) {
	for _, s := range accepted() {
		f.Add(s)
	}
	f.Add("GRANT \"a\" ; -- 'b\\' /* $$")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Parse(s)
		if err != nil {
			parse, ok := errors.AsType[*ParseError](err)
			if !ok || got != nil || parse.Offset < 0 || parse.Offset > len(s) {
				t.Fatalf("%q: %#v, %#v", s, got, err)
			}
			return
		}
		if got.Check() != nil || got.String() != s {
			t.Fatalf("%q is taken for %q, %v", s, got.String(), got.Check())
		}
		if again, err := Parse(got.String()); err != nil || !reflect.DeepEqual(again, got) {
			t.Fatalf("%q: %#v, then %#v, %v", s, got, again, err)
		}
	})
}

// FuzzStatement has every statement of random fields be refused, or be the same when its
// text is parsed.
func FuzzStatement(f *testing.F) {
	f.Add(uint8(0), false, "USAGE", "DATABASE", "d", "", "", "", "ROLE", "r")
	f.Add(uint8(0), true, "INSERT,SELECT", "TABLE", "d", "s", "t", "", "USER", "u")
	f.Add(uint8(0), false, "EXECUTE", "FUNCTION", "d", "s", "f", "integer;varchar(20)", "DATASHARE", "ds")
	f.Add(uint8(0), false, "SELECT", "TABLES", "d", "s", "", "", "USER", "IAM:a@b")
	f.Add(uint8(0), false, "USAGE", "DATASHARE", "", "", "d", "", "NAMESPACE", guid)
	f.Add(uint8(0), false, "USAGE", "DATASHARE", "", "", "d", "", "ACCOUNT", "111122223333")
	for kind := range uint8(13) {
		f.Add(kind, kind%2 == 0, guid, "SCHEMA", "d", "s", "", "111122223333", "ROLE", "r")
	}
	f.Fuzz(func(t *testing.T, kind uint8, flag bool, privileges, scope, database, schema, name, arguments, grantee, to string) {
		o := Object{Scope: Scope(scope), Database: database, Schema: schema, Name: name}
		if arguments != "" {
			o.Arguments = strings.Split(arguments, ";")
		}
		g := Grantee{GranteeType(grantee), to}
		statements := []Statement{
			Grant{Revoke: flag, Privileges: strings.Split(privileges, ","), Object: o, Grantee: g},
			GrantRole{Revoke: flag, Role: name, Grantee: g},
			CreateRole{name}, DropRole{name},
			CreateDatashare{name, flag}, AlterDatashare{name, flag}, DropDatashare{name},
			CreateDatabase{Name: database, WithPermissions: flag, Datashare: name, Account: arguments, Namespace: privileges},
			DropDatabase{database},
			ShowGrants{On: &o}, ShowGrants{For: &g, Database: database}, ShowSetting{name}, SetQueryGroup{name},
		}
		checkStatement(t, statements[int(kind)%len(statements)])
	})
}

// FuzzClassify has no text be taken for one that only reads and for one that cannot run in
// a transaction, nor comments make a difference.
func FuzzClassify(f *testing.F) {
	for _, test := range classified {
		f.Add(test.sql)
	}
	f.Fuzz(func(t *testing.T, s string) {
		reads, outside := Reads(s), NoTransaction(s)
		if reads && outside {
			t.Errorf("%q reads, and cannot run in a transaction", s)
		}
		commented := "-- VACUUM\n/* SELECT 1 */ " + s
		if Reads(commented) != reads || NoTransaction(commented) != outside {
			t.Errorf("%q is another behind comments", s)
		}
		if reads && Reads(s+"\n; DELETE FROM t") {
			t.Errorf("%q reads, with a statement behind it", s)
		}
	})
}
