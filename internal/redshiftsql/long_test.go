package redshiftsql

import (
	"strings"
	"testing"
)

// TestParseLong: an error shows a part of what is long.
func TestParseLong(t *testing.T) {
	long := strings.Repeat("A", 1<<20)
	for _, sql := range []string{
		long, `GRANT ` + long + ` ON TABLE "d"."s"."t" TO "u"`, `GRANT SELECT ON TABLE "d"."s"."t" TO "` + long + `"`,
		`SHOW ` + strings.ToLower(long), `REVOKE ` + strings.Repeat("SELECT, ", 1<<17) + `SELECT ON TABLE "d"."s"."t" FROM "u"`,
		`GRANT EXECUTE ON FUNCTION "d"."s"."f"(` + strings.ToLower(long) + `) TO "u"`, `GRANT SELECT ON TABLE "d"."s"."t" TO ` + strings.Repeat("1", 1<<20),
		`GRANT EXECUTE ON FUNCTION "d"."s"."f"(` + strings.Repeat("integer, ", 1<<16) + `integer) TO "u"`,
	} {
		_, err := Parse(sql)
		if err == nil {
			t.Fatalf("%.60s… is taken", sql)
		}
		if n := len(err.Error()); n > 500 {
			t.Errorf("%.60s…: an error of %d bytes", sql, n)
		}
	}
}
