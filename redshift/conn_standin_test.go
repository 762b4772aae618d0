package redshift_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// inWorld runs a test with a connection to a workgroup of the stand-in, which runs the
// statements that this library sends, and is as strict and as fast as AWS says it is.
func inWorld(t *testing.T, test func(*testing.T, *awstest.Cloud, *standin.Data, *redshift.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		world := standin.New()
		world.AddWorkgroup(standin.Warehouse{Name: "etl"})
		world.AddSuperusers("IAM:awstest")
		data := standin.Serve(cloud, world)
		data.Rates = standin.DataRates()
		data.PageSize = 7
		data.Pace = standin.DataPace{Submitted: standin.DataStay{For: 100 * time.Millisecond}, Started: standin.DataStay{For: time.Second}}
		test(t, cloud, data, newConn(t, cloud))
	})
}

func TestStandIn(t *testing.T) {
	inWorld(t, func(t *testing.T, cloud *awstest.Cloud, data *standin.Data, c *redshift.Conn) {
		var create, drop []redshift.Statement
		for i := range 50 {
			create = append(create, redshift.Statement{SQL: fmt.Sprintf(`CREATE ROLE "r%02d"`, i), Token: redshift.Token("plan", i)})
			drop = append(drop, redshift.Statement{SQL: fmt.Sprintf(`DROP ROLE "r%02d"`, i)})
		}
		for again := range 2 {
			outcomes, err := c.RunAll(t.Context(), create, redshift.RunAllOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for i, o := range outcomes {
				if o.Result.Deduplicated != (again == 1) {
					t.Errorf("role %d, call %d: %+v", i, again+1, o.Result)
				}
			}
			time.Sleep(time.Minute)
		}
		_, err := c.Run(t.Context(), redshift.Statement{SQL: `CREATE ROLE "r07"`})
		if !errors.Is(err, redshift.ErrExists) {
			t.Errorf("got %v", err)
		}
		r, err := c.Run(t.Context(), redshift.Statement{SQL: "SELECT BTRIM(role_name) AS role_name FROM svv_roles ORDER BY 1"})
		if err != nil {
			t.Fatal(err)
		}
		roles, err := redshift.Collect[string](t.Context(), r)
		if err != nil || strings.Count(strings.Join(roles, " "), "r0") != 10 || len(roles) < 50 || int64(len(roles)) != r.Affected {
			t.Errorf("got %q, %v", roles, err)
		}
		// The third of them is not there: the transaction is nothing, the others go on.
		drop = append(drop[:2:2], append([]redshift.Statement{{SQL: `DROP ROLE "none"`}}, drop[2:]...)...)
		outcomes, err := c.RunAll(t.Context(), drop, redshift.RunAllOptions{})
		if got := standInTold(outcomes); !errors.Is(err, redshift.ErrNotFound) || got != "back:2 failed:1 not:48" {
			t.Errorf("got %s, %v", got, err)
		}
		outcomes, err = c.RunAll(t.Context(), drop, redshift.RunAllOptions{Mode: redshift.AutoCommit})
		if got := standInTold(outcomes); !errors.Is(err, redshift.ErrNotFound) || got != "ok:2 failed:1 ok:48" {
			t.Errorf("got %s, %v", got, err)
		}
	})
}

// standInTold counts outcomes of one kind in a row.
func standInTold(outcomes []redshift.Outcome) string {
	var list []string
	kind, n := "", 0
	flush := func() {
		if n > 0 {
			list = append(list, fmt.Sprint(kind, ":", n))
		}
	}
	for _, o := range outcomes {
		now := "failed"
		switch {
		case o.Err == nil:
			now = "ok"
		case errors.Is(o.Err, redshift.ErrRolledBack):
			now = "back"
		case errors.Is(o.Err, redshift.ErrNotRun):
			now = "not"
		}
		if now != kind {
			flush()
			kind, n = now, 0
		}
		n++
	}
	flush()
	return strings.Join(list, " ")
}

// TestStandInRates has 60 readers at the same time, at the rates of AWS.
func TestStandInRates(t *testing.T) {
	inWorld(t, func(t *testing.T, cloud *awstest.Cloud, data *standin.Data, c *redshift.Conn) {
		errs := make(chan error)
		for range 60 {
			go func() {
				_, err := c.Run(t.Context(), redshift.Statement{SQL: "SELECT BTRIM(role_name) AS role_name FROM svv_roles ORDER BY 1"})
				errs <- err
			}()
		}
		for range 60 {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		throttled := 0
		for _, call := range cloud.Calls() {
			if call.Err != nil {
				throttled++
			}
		}
		if throttled > cloud.Count()/50 {
			t.Errorf("%d of %d calls were throttled", throttled, cloud.Count())
		}
	})
}

// TestStandInSession has a statement of a session cancelled, and the session go on.
func TestStandInSession(t *testing.T) {
	inWorld(t, func(t *testing.T, cloud *awstest.Cloud, data *standin.Data, c *redshift.Conn) {
		data.Block = func(sql string) bool { return sql == `CREATE ROLE "slow"` }
		s := newSession(t, c, time.Minute)
		if _, err := s.Run(t.Context(), redshift.Statement{SQL: `CREATE ROLE "a"`}); err != nil {
			t.Fatal(err)
		}
		_, err := s.Run(ending(t, time.Minute), redshift.Statement{SQL: `CREATE ROLE "slow"`})
		if e, ok := errors.AsType[*redshift.InterruptedError](err); !ok || e.State != redshift.StateStopped {
			t.Errorf("got %v", err)
		}
		if _, err := s.Run(t.Context(), redshift.Statement{SQL: `CREATE ROLE "b"`}); err != nil {
			t.Error(err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Close(ended); err != nil {
			t.Error(err)
		}
		ran := data.Statements()
		if last := ran[len(ran)-1].SQL; !strings.HasPrefix(last, "SHOW") || len(ran) != 3 {
			t.Errorf("ran %v", ran)
		}
		time.Sleep(2 * time.Second)
		if _, err := s.Run(t.Context(), redshift.Statement{SQL: `CREATE ROLE "c"`}); err == nil {
			t.Error("ran after Close")
		}
	})
}

// TestStandInRefused has warehouses that cannot be connected to.
func TestStandInRefused(t *testing.T) {
	inWorld(t, func(t *testing.T, cloud *awstest.Cloud, data *standin.Data, c *redshift.Conn) {
		for _, test := range []struct {
			w  share.Warehouse
			is error
		}{
			{share.Warehouse{Workgroup: "other"}, redshift.ErrNotFound},
			{share.Warehouse{Cluster: "etl"}, redshift.ErrNotFound},
			{share.Warehouse{Workgroup: "etl", Database: "none"}, redshift.ErrNotFound},
			{share.Warehouse{Workgroup: "etl", Secret: "none"}, nil},
		} {
			conn := newConn(t, cloud, func(o *redshift.ConnOptions) { o.Warehouse = test.w })
			_, err := conn.Run(t.Context(), redshift.Statement{SQL: `CREATE ROLE "a"`})
			if err == nil || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("%+v: got %v", test.w, err)
			}
		}
		if len(data.Statements()) != 0 {
			t.Errorf("ran %v", data.Statements())
		}
	})
}
