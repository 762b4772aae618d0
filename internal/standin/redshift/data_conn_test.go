package redshift_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// TestDataConn has the library's own connection live with what the stand-in can do to it.
func TestDataConn(t *testing.T) {
	tests := map[string]func(*standin.Data){
		"at once":      func(*standin.Data) {},
		"small pages":  func(d *standin.Data) { d.PageSize = 1 },
		"no waits":     func(d *standin.Data) { d.RefuseWaits = true; d.Pace.Started.For = time.Minute },
		"by the clock": func(d *standin.Data) { d.Pace = pace(standin.DataStay{For: 45 * time.Second}) },
		"by calls":     func(d *standin.Data) { d.Pace = pace(standin.DataStay{Polls: 3}) },
		"at its rates": func(d *standin.Data) { d.Rates = standin.DataRates() },
		"at a low rate": func(d *standin.Data) {
			d.Rates = map[string]int{"ExecuteStatement": 1, "BatchExecuteStatement": 1, "DescribeStatement": 1, "GetStatementResult": 1}
		},
		"run early": func(d *standin.Data) {
			d.RunAt, d.Pace = datatypes.StatusStringSubmitted, pace(standin.DataStay{For: time.Second})
		},
		"one at a time": func(d *standin.Data) { d.MaxActive, d.Pace = 1, pace(standin.DataStay{For: time.Second}) },
	}
	for name, set := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud, world := awstest.New(t), standin.New()
				d := standin.Serve(cloud, world)
				set(d)
				world.AddSuperusers("IAM:awstest")
				etl := world.AddCluster(standin.Warehouse{Name: "etl"})
				for i := range 5 {
					etl.AddRole(fmt.Sprint("role", i))
				}
				conn, err := redshift.NewConn(redshift.NewClients(cloud.Config("eu-central-1", "123456789012")), redshift.ConnOptions{Warehouse: share.Warehouse{Cluster: "etl"}})
				if err != nil {
					t.Fatal(err)
				}
				done := make(chan error)
				for range 3 {
					go func() {
						_, err := conn.RunAll(t.Context(), []redshift.Statement{{SQL: redshiftsql.QueryRoles.SQL}, {SQL: redshiftsql.QueryUsers.SQL}}, redshift.RunAllOptions{})
						done <- err
					}()
				}
				for range 3 {
					if err := <-done; err != nil {
						t.Error(err)
					}
				}
				result, err := conn.Run(t.Context(), redshift.Statement{SQL: redshiftsql.QueryRoles.SQL})
				if err != nil {
					t.Fatal(err)
				}
				roles, err := redshift.Collect[string](t.Context(), result)
				if err != nil || !strings.HasPrefix(strings.Join(roles, " "), "role0 role1 role2 role3 role4") {
					t.Errorf("got %v, %v", roles, err)
				}
				if n := len(d.Statements()); n != 7 {
					t.Errorf("%d statements were run", n)
				}
			})
		})
	}
}

func pace(s standin.DataStay) standin.DataPace {
	return standin.DataPace{Submitted: s, Picked: s, Started: s}
}
