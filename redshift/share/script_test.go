package share_test

import (
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// TestScript renders one step of each kind, with names and reasons of an enemy.
func TestScript(t *testing.T) {
	etl, sales := share.Warehouse{Cluster: "etl", Database: "prod"}, share.Warehouse{Workgroup: "sales\nDROP"}
	change := func(action awspatterns.Action) awspatterns.Change {
		return awspatterns.Change{Action: action, Resource: awspatterns.Resource{Type: "Redshift database", ID: "a\nDROP DATABASE prod;"}}
	}
	told := func(action awspatterns.Action) awspatterns.Change {
		c := change(action)
		c.Reason, c.Steps = "denied\r\nDROP DATABASE prod;", []string{"ask\u2028DROP DATABASE prod;", "wait"}
		return c
	}
	arn := "arn:aws:redshift:eu-west-1:" + company + ":datashare:" + etlGUID + "/it's \"one\""
	steps := []share.Step{
		{Change: change(awspatterns.Create), Warehouse: etl, SQL: `CREATE DATASHARE "a;b--c" SET PUBLICACCESSIBLE FALSE`},
		{Change: change(awspatterns.Update), Warehouse: etl, Call: &share.Call{Operation: "AuthorizeDataShare", DatashareARN: arn, Consumer: partner, AllowWrites: true}},
		{Change: change(awspatterns.Create), Warehouse: sales, Call: &share.Call{Operation: "AssociateDataShareConsumer", DatashareARN: arn, ConsumerARN: "arn:x"}},
		{Change: change(awspatterns.Create), Warehouse: etl, SQL: `GRANT USAGE ON SCHEMA "prod"."s" TO DATASHARE "a;b--c"`},
		{Change: change(awspatterns.Create), Warehouse: sales, SQL: `CREATE DATABASE "it's" WITH PERMISSIONS FROM DATASHARE "a;b--c" OF NAMESPACE '` + etlGUID + `'`},
		{Change: change(awspatterns.Delete), Warehouse: sales, SQL: `DROP DATABASE "it's"`},
		{Change: change(awspatterns.Delete), Warehouse: sales, Call: &share.Call{Operation: "DisassociateDataShareConsumer", DatashareARN: arn, ConsumerARN: ""}},
		{Change: change(awspatterns.Delete), Warehouse: etl, Call: &share.Call{Operation: "DeauthorizeDataShare", DatashareARN: arn, Consumer: partner}},
		{Change: change(awspatterns.Update), Warehouse: etl}, // adopted: nothing to run
		{Change: told(awspatterns.Unknown), Warehouse: etl},
		{Change: told(awspatterns.Manual), Warehouse: etl},
		{Change: told(awspatterns.Blocked), Warehouse: etl},
	}
	script := share.Script(steps)
	golden.Equal(t, "testdata/all-steps-script.sql", script)
	want := []string{steps[0].SQL, steps[3].SQL, steps[4].SQL, steps[5].SQL}
	if got := scripted(t, script); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if share.Script(nil) != "" {
		t.Error("a script of nothing is something")
	}
}
