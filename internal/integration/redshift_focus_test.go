package integration_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// focusInDuckDB reads tables of costs as any tool that takes FOCUS would, with the types of the
// specification, and asks the questions of a chargeback.
const focusInDuckDB = `
import duckdb, json, sys
db = duckdb.connect()
db.execute("""
create table costs as select * from read_csv(?, header = true, nullstr = '', types = {
	'BilledCost': 'decimal(38, 6)', 'EffectiveCost': 'decimal(38, 6)', 'ContractedCost': 'decimal(38, 6)', 'ListCost': 'decimal(38, 6)',
	'ConsumedQuantity': 'decimal(38, 6)', 'PricingQuantity': 'decimal(38, 15)', 'ContractedUnitPrice': 'decimal(38, 15)', 'ListUnitPrice': 'decimal(38, 15)',
	'BillingPeriodStart': 'timestamptz', 'BillingPeriodEnd': 'timestamptz', 'ChargePeriodStart': 'timestamptz', 'ChargePeriodEnd': 'timestamptz',
	'BillingAccountId': 'varchar', 'SubAccountId': 'varchar', 'Tags': 'json', 'x_CostCenter': 'varchar', 'x_Provisional': 'boolean'})
""", [sys.argv[1]])
ask = lambda query: db.execute(query).fetchall()
json.dump({
	"rows": ask("select count(*) from costs")[0][0],
	"total": str(ask("select sum(BilledCost) from costs")[0][0]),
	"units": {u or "": str(c) for u, c in ask("select x_Unit, sum(EffectiveCost) from costs group by all")},
	"days": ask("select count(distinct ChargePeriodStart) from costs where ChargePeriodEnd - ChargePeriodStart = interval 1 day")[0][0],
	"team": ask("select count(*) from costs where json_extract_string(Tags, '$.team') = 'marketing & \"brand\"'")[0][0],
	"centers": ask("select count(distinct x_CostCenter) from costs")[0][0],
	"unnamed": ask("select count(*) from costs where SubAccountId is null")[0][0],
}, sys.stdout)
`

// TestFOCUSInDuckDB: a bill in the columns of FOCUS is read with their types, and adds up.
func TestFOCUSInDuckDB(t *testing.T) {
	python := engine(t, "duckdb", "bin/python")
	b := novemberBill(t)
	var table bytes.Buffer
	if err := b.WriteFOCUS(&table, chargeback.FOCUSOptions{BillingAccount: "999999999999"}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "focus.csv")
	if err := os.WriteFile(file, table.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), python, "-c", focusInDuckDB, file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var got struct {
		Rows, Days, Team, Centers, Unnamed int
		Total                              string
		Units                              map[string]string
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	units := map[string]chargeback.Amount{}
	marketing, unnamed := 0, 0
	for _, l := range b.Lines {
		units[l.Unit] += l.Amount
		if l.Unit == "marketing" {
			marketing++
		}
		if l.Warehouse == "" {
			unnamed++
		}
	}
	decimal := func(a chargeback.Amount) string { return fmt.Sprintf("%d.%06d", a/1_000_000, a%1_000_000) }
	if got.Rows != len(b.Lines) || got.Total != decimal(b.Total) || got.Days != 30 || got.Team != marketing || got.Centers != 2 || got.Unnamed != unnamed {
		t.Errorf("got %+v", got)
	}
	if len(got.Units) != len(units) {
		t.Errorf("units are %q", got.Units)
	}
	for unit, amount := range units {
		if got.Units[unit] != decimal(amount) {
			t.Errorf("%q pays %s, want %s", unit, got.Units[unit], decimal(amount))
		}
	}
}
