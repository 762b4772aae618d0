package redshift_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// TestConnPermissions makes all calls that a connection makes, for each way to connect.
func TestConnPermissions(t *testing.T) {
	for _, w := range []share.Warehouse{
		{Cluster: "etl"}, {Cluster: "etl", User: "loader"}, {Cluster: "etl", Secret: "s"}, {Workgroup: "etl"}, {Workgroup: "etl", Secret: "s"},
	} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			newDataWorld(cloud, func(sql string) reply {
				r := count(1)
				if sql == "CALL load()" {
					r.takes = time.Hour
				}
				return r
			})
			c := newConn(t, cloud, func(o *redshift.ConnOptions) { o.Warehouse = w })
			s := newSession(t, c, time.Minute)
			if _, err := s.RunAll(t.Context(), two, redshift.RunAllOptions{}); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Run(ending(t, time.Minute), redshift.Statement{SQL: "CALL load()"}); err == nil {
				t.Fatal("ended")
			}
			policy := redshift.ConnPermissions(redshift.ConnOptions{Warehouse: w}).Apply
			awstest.CheckPermissions(t, policy, cloud.Calls(), standin.Actions)
			var implied []string
			for _, p := range policy {
				if p.ImpliedBy != "" {
					implied = append(implied, p.Action)
				}
			}
			if want := standin.Implied(cloud.Calls()); len(implied) != 1 || len(want) != 1 || implied[0] != want[0] {
				t.Errorf("%+v: implies %q, want %q", w, implied, want)
			}
		})
	}
}

func TestWakeCost(t *testing.T) {
	want := awspatterns.Cost{Item: "Redshift Serverless, waking for at least 60 seconds", Quantity: 8. / 60, Unit: "RPU-hour", Price: 0.36}
	if got := share.WakeCost(8, 0.36); got != want || got.String() != "Redshift Serverless, waking for at least 60 seconds: 0.133333 (at 0.36 per RPU-hour): 0.048" {
		t.Errorf("got %v", got)
	}
}
