package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
	"github.com/awspatterns/awspatterns/state"
)

// A demo is AnyCompany, and what it shares.
type demo struct {
	*settings
	w     io.Writer
	world *world
	opts  redshift.ShareOptions
	plan  redshift.SharePlan // the last
	acts  int
}

// demonstrate shows sharing as a plan, with Redshift in this process.
func (s *settings) demonstrate(ctx context.Context, w io.Writer) error {
	description, err := parseDescription(anyCompanyJSON)
	if err != nil {
		return err
	}
	world, err := newWorld(awstest.New(nil))
	if err != nil {
		return err
	}
	d := &demo{settings: s, w: w, world: world}
	d.opts = redshift.ShareOptions{Description: description, Name: "anycompany", Store: state.NewMemory()}
	for _, act := range []func(context.Context) error{d.show, d.apply, d.later, d.byHand, d.agency, d.audit, d.pause} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(w, "\nThat was Redshift in this process; -h tells how to do it with the account of the environment.")
	return err
}

// act begins an act with a line that says what it shows.
func (d *demo) act(format string, args ...any) {
	d.acts++
	fmt.Fprintf(d.w, "\n%d. %s\n\n", d.acts, fmt.Sprintf(format, args...))
}

// planNow plans what is to be done now.
func (d *demo) planNow(ctx context.Context) (err error) {
	d.plan, err = redshift.PlanShare(ctx, d.world.clients, d.opts)
	return err
}

func (d *demo) show(ctx context.Context) error {
	if err := d.planNow(ctx); err != nil {
		return err
	}
	d.act("The plan: sales and marketing are to write into the cluster etl, each into its own schema")
	showPlan(d.w, d.plan)
	d.act("The same as a script, word for word as it is going to be sent")
	_, err := io.WriteString(d.w, d.plan.Script())
	return err
}

func (d *demo) apply(ctx context.Context) error {
	d.act("It is applied, and planned again")
	return d.makeSo(ctx)
}

// makeSo applies the plan, counts what is done, and plans again.
func (d *demo) makeSo(ctx context.Context) error {
	made := map[string]int{}
	d.plan.Options.Progress = func(o awspatterns.Outcome) { made[fmt.Sprintf("%s %s: %s", o.Action, o.Resource.Type, o.State)]++ }
	result, err := redshift.ApplyShare(ctx, d.world.clients, d.plan)
	if err != nil {
		return err
	}
	for _, what := range slices.Sorted(maps.Keys(made)) {
		fmt.Fprintf(d.w, "  %3d × %s\n", made[what], what)
	}
	fmt.Fprintf(d.w, "  %s\n", outcomes(result))
	return d.planAgain(ctx)
}

func (d *demo) planAgain(ctx context.Context) error {
	if err := d.planNow(ctx); err != nil {
		return err
	}
	if !d.plan.Empty() {
		return fmt.Errorf("planned again, and there is something to do:\n%s", d.plan)
	}
	_, err := fmt.Fprintln(d.w, "  planned again: no changes")
	return err
}

// later adds a table, here and where the tables were shared as in the article.
func (d *demo) later(ctx context.Context) error {
	d.act("A table is added: sales can write it at once. With INCLUDENEW, as in the article, sales could only read it")
	as, err := asInArticle(ctx, d.opts.Description)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(d.w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  sales.returns, for role sales_etl\tSELECT\tINSERT\tUPDATE\tDELETE")
	for _, row := range []struct {
		how string
		in  *world
	}{{"as planned above", d.world}, {"as in the article", as}} {
		row.in.etl.AddTable("prod", "sales", "returns", standin.TableOptions{})
		fmt.Fprintf(t, "  %s", row.how)
		for _, privilege := range []string{"SELECT", "INSERT", "UPDATE", "DELETE"} {
			fmt.Fprintf(t, "\t%s", yes(row.in.sales.Can("sales_db", "sam", privilege, "sales", "returns")))
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return d.planAgain(ctx)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// asInArticle returns a world whose tables are shared one by one, with those to come
// included by ALTER DATASHARE.
func asInArticle(ctx context.Context, d share.Description) (*world, error) {
	w, err := newWorld(awstest.New(nil))
	if err != nil {
		return nil, err
	}
	d.Datashares = slices.Clone(d.Datashares[:1])
	ds := &d.Datashares[0]
	ds.Schemas = slices.Clone(ds.Schemas)
	for i := range ds.Schemas {
		s := &ds.Schemas[i]
		if s.Name == "sales" {
			s.Tables = []share.Table{{Name: "store_sales", Privileges: s.AllTables}, {Name: "web_sales", Privileges: s.AllTables}}
			s.AllTables = nil
		}
	}
	plan, err := redshift.PlanShare(ctx, w.clients, redshift.ShareOptions{Description: d})
	if err != nil {
		return nil, err
	}
	_, err = redshift.ApplyShare(ctx, w.clients, plan)
	w.etl.SetIncludeNew(ds.Name, "sales", true)
	return w, err
}

// byHand changes grants as somebody does who does not know of the description.
func (d *demo) byHand(ctx context.Context) error {
	revoke := `REVOKE INSERT ON TABLE "prod"."etl"."etl_audit_logs" FROM DATASHARE "sales_ds"`
	d.act("Somebody revokes a grant by hand: the plan says what has drifted, and mends it")
	fmt.Fprintf(d.w, "  %s;\n\n", revoke)
	if err := byHand(d.world.etl, "prod", revoke); err != nil {
		return err
	}
	if err := d.planNow(ctx); err != nil {
		return err
	}
	short := d.plan
	short.Notes = nil // as above
	showPlan(d.w, short)
	fmt.Fprintln(d.w)
	return d.makeSo(ctx)
}

// agency has another account read what it is to promote.
func (d *demo) agency(ctx context.Context) error {
	d.act("An agency in account %s gets one table to read: authorized here, associated there", agency)
	objects := share.Objects{Schemas: []share.Schema{{Name: "marketing", Tables: []share.Table{{Name: "promotion", Privileges: []share.Privilege{share.Select}}}}}}
	d.opts.Datashares = append(slices.Clone(d.opts.Datashares), share.Datashare{
		Name: "agency_ds", Objects: objects,
		Consumers: []share.Consumer{{
			Warehouse: &share.Warehouse{Account: agency, Workgroup: "agency"}, Database: "anycompany",
			Grants: []share.ConsumerGrant{{Role: "buyers", Objects: objects}},
		}},
	})
	if err := d.planNow(ctx); err != nil {
		return err
	}
	return d.makeSo(ctx)
}

func (d *demo) audit(ctx context.Context) error {
	d.act("Who may read and write what, as the warehouses tell it")
	result, err := auditOf(ctx, d.world.clients, d.opts.Description)
	if err != nil {
		return err
	}
	if err := writeMatrix(d.w, result); err != nil {
		return err
	}
	return d.writePage(d.w, result)
}

func (d *demo) pause(ctx context.Context) error {
	d.act("If the cluster etl were paused, who could still write?")
	result, err := drillOf(ctx, d.world.clients, d.opts.Description, d.opts.Producer)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(d.w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  WAREHOUSE\tWHO\tWRITES NOW\tTHEN\tBASIS")
	for _, u := range result.Units {
		if u.Write.Before == "" || u.Identity.Type == share.Superusers && u.Datashare != "" {
			continue
		}
		fmt.Fprintf(t, "  %s\t%s %s\t%s\t%s\t%s\n", u.Warehouse, u.Identity.Type, u.Identity.Name, u.Write.Before, u.Write.After, u.Write.Basis)
	}
	return t.Flush()
}
