package redshift_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	standinsts "github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// harvestDatabases harvests etl, with schemas in two databases, and measures those of names.
func harvestDatabases(t *testing.T, w *harvestWorld, names ...string) (redshift.HarvestOptions, redshift.HarvestResult) {
	t.Helper()
	w.etl.AddDatabase("prod", "")
	usage := w.etl.Usage()
	usage.SchemaSizes = []chargeback.SchemaSize{{Database: "dev", Schema: "public", MB: 1}, {Database: "prod", Schema: "etl", MB: 2}}
	w.etl.SetUsage(usage)
	opts := redshift.HarvestOptions{Warehouses: both[1:], Usage: w.usage, Databases: map[string][]string{both[1].Key(): names}}
	result, err := redshift.Harvest(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return opts, result
}

func sizesIn(t *testing.T, w *harvestWorld, warehouse share.Warehouse) (all []string) {
	t.Helper()
	in := chargeback.Interval{From: time.Now().Add(-time.Hour), To: time.Now().Add(time.Hour)}
	for row, err := range chargeback.Read[chargeback.SchemaSize](t.Context(), w.usage, warehouse.Key(), in) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, row.Database+"."+row.Schema)
	}
	return all
}

// TestHarvestDatabases measures schemas in several databases, with what is declared for it.
func TestHarvestDatabases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		opts, _ := harvestDatabases(t, w, "dev", "prod")
		if got := sizesIn(t, w, both[1]); !slices.Equal(got, []string{"dev.public", "prod.etl"}) {
			t.Errorf("sizes of %q", got)
		}
		var policy awspatterns.Policy
		for _, p := range redshift.HarvestPermissions(opts).Apply {
			if p.Action != "redshift-data:CancelStatement" { // when the context ends
				policy = append(policy, p)
			}
		}
		calls := slices.DeleteFunc(w.cloud.Calls(), func(c awstest.Call) bool { return c.Service == "local" })
		awstest.CheckPermissions(t, policy, calls, standin.Actions, standinsts.Actions)
	})
}

// TestHarvestDroppedDatabase has a database that is not there: sizes are not known, and all
// else is harvested.
func TestHarvestDroppedDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		_, result := harvestDatabases(t, w, "dev", "none")
		if got := result.Warehouses[0].Denied[chargeback.SchemaSizes]; got != `database "none": FATAL: database "none" does not exist` {
			t.Errorf("denied: %q", got)
		}
		c, err := w.usage.Coverage(t.Context(), both[1].Key())
		if err != nil || len(c.Covered[chargeback.Queries]) == 0 || len(c.Taken[chargeback.SchemaSizes]) > 0 || len(sizesIn(t, w, both[1])) > 0 {
			t.Errorf("coverage %+v, sizes of %q, %v", c, sizesIn(t, w, both[1]), err)
		}
	})
}
