package redshiftsql

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestCheckTransaction(t *testing.T) {
	grant := Grant{Privileges: []string{"USAGE"}, Object: Object{Scope: OnDatabase, Database: "d"}, Grantee: Grantee{Role, "r"}}
	create := CreateDatabase{Name: "d", Datashare: "s", Namespace: guid}
	for _, test := range []struct {
		name  string
		block []Statement
		index int // of what is refused, -1 for nothing
	}{
		{"nothing", nil, -1},
		{"grants", []Statement{grant, grant, CreateDatashare{Name: "s"}, QueryRoles}, -1},
		{"a database", []Statement{create}, 0},
		{"a database among grants", []Statement{grant, create, grant}, 1},
		{"two", []Statement{grant, grant, DropDatabase{Name: "d"}, create}, 2},
	} {
		err := CheckTransaction(test.block)
		refused, ok := errors.AsType[*TransactionError](err)
		switch {
		case test.index < 0 && err != nil:
			t.Errorf("%s: got %v", test.name, err)
		case test.index >= 0 && (!ok || refused.Index != test.index || refused.Statement != test.block[test.index]):
			t.Errorf("%s: got %v", test.name, err)
		case ok && !strings.Contains(err.Error(), "cannot run in a transaction block"):
			t.Errorf("%s: got %v", test.name, err)
		}
	}
}

// classified are texts of others, with what is found of each.
var classified = []struct {
	sql          string
	outside, get bool // NoTransaction, Reads
}{
	{"VACUUM", true, false},
	{"vacuum full sales to 75 percent;", true, false},
	{"  /* nightly */ -- all\n\tVacuum\n", true, false},
	{"CREATE DATABASE d", true, false},
	{"create\ndatabase \"d\" FROM DATASHARE s OF NAMESPACE 'x'", true, false},
	{"CREATE/**/DATABASE d", true, false},
	{"DROP DATABASE d", true, false},
	{"ALTER DATABASE d ISOLATION LEVEL SNAPSHOT", true, false},
	{"ALTER DATABASE d COLLATE CI ISOLATION LEVEL SNAPSHOT", true, false},
	{"ALTER DATABASE d RENAME TO e", false, false},
	{"ALTER DATABASE \"isolation level\" OWNER TO u", false, false},
	{"CREATE EXTERNAL TABLE s.t (c int) STORED AS PARQUET LOCATION 's3://b/'", true, false},
	{"CREATE EXTERNAL SCHEMA s FROM DATA CATALOG DATABASE 'd'", false, false},
	{"CREATE LIBRARY f LANGUAGE plpythonu FROM 's3://b/k'", true, false},
	{"CREATE OR REPLACE LIBRARY f LANGUAGE plpythonu FROM 's3://b/k'", true, false},
	{"DROP LIBRARY f", true, false},
	{"ALTER TABLE t APPEND FROM u", true, false},
	{"ALTER TABLE \"a\".\"b\" APPEND FROM u", true, false},
	{"ALTER TABLE d.s.t ALTER COLUMN c TYPE varchar(300)", true, false},
	{"ALTER TABLE s.t SET LOCATION 's3://b/'", true, false},
	{"ALTER TABLE s.t SET FILE FORMAT PARQUET", true, false},
	{"ALTER TABLE s.t SET TABLE PROPERTIES ('numRows'='1')", true, false},
	{"ALTER TABLE s.t ADD IF NOT EXISTS PARTITION (d='x') LOCATION 's3://b/'", true, false},
	{"ALTER TABLE s.t ADD PARTITION (d='x') LOCATION 's3://b/'", true, false},
	{"ALTER TABLE s.t DROP PARTITION (d='x')", true, false},
	{"ALTER TABLE s.t PARTITION (d='x') SET LOCATION 's3://b/'", true, false},
	{"ALTER TABLE t ADD COLUMN append int", false, false},
	{"ALTER TABLE \"append\" RENAME TO x", false, false},
	{"ALTER TABLE append OWNER TO x", false, false},
	{"ALTER TABLE t ALTER DISTSTYLE ALL", false, false},
	{"ALTER TABLE", false, false},
	{"ALTER TABLE t.", false, false},
	{"GRANT SELECT ON EXTERNAL TABLE s.t TO IAM_ROLE 'arn:x'", true, false},
	{"GRANT SELECT ON s.t TO r", false, false},
	{"GRANT SELECT ON \"external\" TO r", false, false},
	{"DROP TABLE t", false, false},
	{"CREATE TABLE database (c int)", false, false},
	{"CREATE TABLE t AS SELECT 1", false, false},
	{"-- VACUUM\nDELETE FROM t", false, false},
	{"/* VACUUM", false, false},
	{"'VACUUM'", false, false},
	{"\"VACUUM\"", false, false},
	{"VACUUMS", false, false},
	{"INSERT INTO t VALUES (1)", false, false},
	{"BEGIN", false, false},
	{"", false, false},
	{";", false, false},

	{"SELECT 1", false, true},
	{"select * from t;", false, true},
	{"/* a */ SELECT 1 -- b", false, true},
	{"(SELECT 1) UNION (SELECT 2)", false, true},
	{"SELECT 'INTO', \"into\", x FROM t WHERE y = 'it''s \\' INTO '", false, true},
	{"SELECT pinto FROM into_t", false, true},
	{"WITH a AS (SELECT 1) SELECT * FROM a", false, true},
	{"WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM a) SELECT n FROM a", false, true},
	{"SHOW GRANTS ON DATABASE d", false, true},
	{"DESC DATASHARE s", false, true},
	{"EXPLAIN DELETE FROM t", false, true},
	{"SELECT :id", false, true},

	{"SELECT * INTO u FROM t", false, false},
	{"WITH a AS (SELECT 1) SELECT * INTO b FROM a", false, false},
	{"WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a", false, false},
	{"WITH a AS (SELECT 1) DELETE FROM b USING a", false, false},
	{"WITH a AS (SELECT 1) UPDATE b SET c = 1", false, false},
	{"SELECT 1; DROP TABLE t", false, false},
	{"SELECT 1;;", false, false},
	{"SELECT 1 /* /* */ INTO t FROM u --*/", false, false},
	{"SELECT 1 /*/*/ INTO t --*/", false, false},
	{"SELECT 1 /* /*/ FROM t", false, false},
	{"SELECT 1 /* ", false, false},
	{"SELECT 'a", false, false},
	{"SELECT 'a\\'", false, false},
	{"SELECT \"a", false, false},
	{"SELECT $$a$$", false, false},
	{"SELECT $1", false, false},
	{"SELECT 1\x00", false, false},
	{"SELECT pg_terminate_backend(1)", false, false},
	{"SELECT Pg_Cancel_Backend (1)", false, false},
	{"SELECT \"pg_terminate_backend\"(1)", false, false},
	{"SELECT set_config('a.b', 'c', false)", false, false},
	{"SELECT REBOOT_CLUSTER()", false, false},
	{"SELECT change_query_priority(1, 'Critical')", false, false},
	{"SELECT change_session_priority(1, 'Lowest')", false, false},
	{"SELECT change_user_priority('alice', 'low')", false, false},
	{"EXPLAIN ANALYZE DELETE FROM t", false, false},
	{"SELECT\u00a01", false, false},
	{"ſelect 1", false, false},
	{"CALL p()", false, false},
	{"FETCH ALL FROM c", false, false},
	{"UNLOAD ('SELECT 1') TO 's3://b/'", false, false},
	{"SET x TO y", false, false},
	{"DESCRIBE t", false, false},
}

func TestClassified(t *testing.T) {
	for _, test := range classified {
		if got := NoTransaction(test.sql); got != test.outside {
			t.Errorf("NoTransaction(%q) = %v", test.sql, got)
		}
		if got := Reads(test.sql); got != test.get {
			t.Errorf("Reads(%q) = %v", test.sql, got)
		}
	}
}

// TestClassifiedOwn has what is known of our own statements found in their texts, too.
func TestClassifiedOwn(t *testing.T) {
	for _, s := range shapes() {
		if got := NoTransaction(s.statement.String()); got == s.statement.Transaction() {
			t.Errorf("%s: NoTransaction %v", s.name, got)
		}
		shows := strings.HasPrefix(s.statement.String(), "SHOW ")
		if got := Reads(s.statement.String()); got != shows {
			t.Errorf("%s: Reads %v", s.name, got)
		}
	}
	for _, q := range slices.Concat(Queries(), UsageQueries()) {
		if !Reads(q.SQL) || NoTransaction(q.SQL) {
			t.Errorf("%s: not found to be a query", q.Name)
		}
	}
}
