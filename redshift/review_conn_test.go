package redshift_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/redshift"
)

// TestTruncate has statements beside TRUNCATE, which commits its transaction: what is told
// to be rolled back must not be committed.
func TestTruncate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, nil)
		c := newConn(t, cloud)
		list := sqls("DELETE FROM a", "-- all\ntruncate TABLE t", "INSERT INTO t VALUES (1)", "DELETE FROM b")
		if _, err := c.RunAll(t.Context(), list, redshift.RunAllOptions{}); err != nil {
			t.Fatal(err)
		}
		var sizes []int
		for _, r := range w.runs {
			sizes = append(sizes, len(r.sqls))
		}
		if !slices.Equal(sizes, []int{1, 1, 2}) {
			t.Errorf("sent in %v", sizes)
		}
		_, err := c.RunAll(t.Context(), list, redshift.RunAllOptions{Mode: redshift.Transaction})
		if e, ok := errors.AsType[*redshift.InputError](err); !ok || e.Index != 1 {
			t.Errorf("got %v", err)
		}
	})
}
