package redshift_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	standinsts "github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// A keptShare world has a file that the plan is kept in.
type keptShare struct {
	*shareWorld
	file []byte
}

// A shareVariant is a way to share.
type shareVariant struct {
	name     string
	samePlan bool // the plan is kept in a file, and applied again after a crash
	fails    bool // each call fails, where otherwise the program is killed at it
	start    func(w *shareWorld) error
	wanted   share.Description
}

// fewer is a description of little, so that every call can be killed.
func fewer() share.Description {
	d := anyCompany()
	d.Datashares = d.Datashares[1:]
	return d
}

// other is another description of the same, with something added, changed and taken away.
func other() share.Description {
	d := fewer()
	d.Datashares[0].PublicAccessible = true
	d.Datashares[0].Schemas = d.Datashares[0].Schemas[1:]
	d.Datashares[0].Schemas[0].AllTables = []share.Privilege{share.Select, share.Truncate, share.Insert}
	d.Datashares[0].Consumers[0].Grants = []share.ConsumerGrant{
		{Role: "campaigns", Objects: share.Objects{Schemas: []share.Schema{{Name: "marketing", AllTables: []share.Privilege{share.Truncate}}}}},
	}
	return d
}

func shareVariants() []shareVariant {
	agency := withAgency()
	agency.Datashares = agency.Datashares[:1]
	agency.Datashares[0].Consumers = agency.Datashares[0].Consumers[1:]
	none := fewer()
	none.Datashares = nil
	return []shareVariant{
		{name: "from nothing, the same plan", wanted: fewer(), samePlan: true},
		{name: "from nothing, each call fails", wanted: fewer(), fails: true},
		{name: "another account", wanted: agency},
		{name: "changes", wanted: other(), start: before(fewer())},
		{name: "to nothing", wanted: none, start: before(agency)},
		{name: "to nothing, each call fails", wanted: none, start: before(fewer()), fails: true},
	}
}

// before makes a world in which something is shared.
func before(d share.Description) func(*shareWorld) error {
	return func(w *shareWorld) error {
		_, err := w.shared(context.Background(), w.options(d))
		return err
	}
}

func (v shareVariant) proof() awstest.Proof[*keptShare] {
	return awstest.Proof[*keptShare]{
		Start: func(c *awstest.Cloud) *keptShare {
			w := newShareWorld(c)
			if v.start != nil {
				if err := v.start(w); err != nil {
					panic(err)
				}
			}
			return &keptShare{shareWorld: w}
		},
		Run: func(ctx context.Context, _ *awstest.Cloud, w *keptShare) error {
			plan, err := w.plan(ctx, v)
			if err != nil {
				return err
			}
			_, err = redshift.ApplyShare(ctx, w.clients, plan)
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *keptShare) (awspatterns.Plan, error) {
			plan, err := redshift.PlanShare(ctx, w.clients, w.options(v.wanted))
			return plan.Plan, err
		},
		State: func(w *keptShare) string { return w.state() },
		Same: func(w *keptShare, c awstest.Call) string {
			switch in := c.Input.(type) {
			case *datasdk.DescribeStatementInput:
				return w.data.Text(*in.Id)
			case *datasdk.GetStatementResultInput:
				return w.data.Text(*in.Id)
			}
			return ""
		},
		Reads: func(c awstest.Call) bool { return !sends(c, "") },
		Deletes: func(c awstest.Call) bool {
			return sends(c, "REVOKE", "DROP") || c.Name() == "Redshift.DeauthorizeDataShare" || c.Name() == "Redshift.DisassociateDataShareConsumer"
		},
	}
}

// plan returns the plan of the file. If there is none, it plans, and keeps the plan unless
// it is incomplete.
func (w *keptShare) plan(ctx context.Context, v shareVariant) (plan redshift.SharePlan, err error) {
	if w.file != nil {
		err := json.Unmarshal(w.file, &plan)
		plan.Options.Store = w.store
		return plan, err
	}
	plan, err = redshift.PlanShare(ctx, w.clients, w.options(v.wanted))
	if err != nil || plan.Incomplete || !v.samePlan {
		return plan, err
	}
	w.file, err = json.Marshal(plan)
	return plan, err
}

// sends reports whether a call sends a statement that begins with one of some words; with
// "", one that changes something.
func sends(c awstest.Call, words ...string) bool {
	var statements []string
	switch in := c.Input.(type) {
	case *datasdk.ExecuteStatementInput:
		statements = []string{*in.Sql}
	case *datasdk.BatchExecuteStatementInput:
		statements = in.Sqls
	default:
		return len(words) == 1 && words[0] == "" && !strings.HasPrefix(c.Name(), "Redshift Data.Cancel")
	}
	for _, sql := range statements {
		for _, word := range words {
			if word == "" && !strings.HasPrefix(sql, "SELECT ") && !strings.HasPrefix(sql, "SHOW ") || word != "" && strings.HasPrefix(sql, word) {
				return true
			}
		}
	}
	return false
}

// TestShareProof kills planning and applying at each call, makes each call fail, throttles
// all, and denies each read.
func TestShareProof(t *testing.T) {
	for _, v := range shareVariants() {
		proof := v.proof()
		t.Run(v.name, func(t *testing.T) {
			t.Run("retries", proof.Retries)
			t.Run("plan reads", proof.PlanReads)
			t.Run("calls", func(t *testing.T) {
				sweep(t)
				if v.fails {
					t.Run("failures", proof.Failures)
				} else {
					t.Run("converges", proof.Converges)
				}
			})
		})
	}
	t.Run("denied reads", func(t *testing.T) {
		sweep(t)
		v := shareVariant{wanted: other(), start: before(fewer())}
		v.proof().DeniedReads(t)
	})
}

// stop ends planning while a statement runs, which is then cancelled.
func (w *shareWorld) stop(t *testing.T, opts redshift.ShareOptions) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w.data.Block = func(sql string) bool { return strings.Contains(sql, "svv_rls_relation") }
	if _, err := redshift.PlanShare(ctx, w.clients, opts); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("stopped: %v", err)
	}
	w.data.Block = nil
}

// checkImplied compares what is declared of what the Data API does in the name of the
// caller with what the calls needed, both ways.
func checkImplied(t *testing.T, p awspatterns.Policy, calls []awstest.Call) {
	t.Helper()
	var declared []string
	for _, one := range p {
		if one.ImpliedBy != "" {
			declared = append(declared, one.Action)
		}
	}
	slices.Sort(declared)
	if needed := standin.Implied(calls); !slices.Equal(declared, needed) {
		t.Errorf("implied are %q, declared %q", needed, declared)
	}
}

// TestSharePermissions compares what is declared with what is called, both ways.
func TestSharePermissions(t *testing.T) {
	tables := []awstest.Actions{standin.Actions, standinsts.Actions}
	inShareWorld(t, "cluster and workgroups", func(t *testing.T, w *shareWorld) {
		opts := w.options(withAgency())
		permissions := redshift.SharePermissions(opts)
		if _, err := w.shared(t.Context(), opts); err != nil {
			t.Fatal(err)
		}
		applied := len(w.cloud.Calls())
		w.stop(t, opts)
		w.mustBeDone(t, opts)
		awstest.CheckPermissions(t, permissions.Plan, w.cloud.Calls()[applied:], tables...)
		checkImplied(t, permissions.Plan, w.cloud.Calls()[applied:])
		none := w.options(anyCompany())
		none.Datashares = nil
		if _, err := w.shared(t.Context(), none); err != nil {
			t.Fatal(err)
		}
		awstest.CheckPermissions(t, permissions.Apply, w.cloud.Calls(), tables...)
		checkImplied(t, permissions.Apply, w.cloud.Calls())
	})
	inShareWorld(t, "a secret and a database user", func(t *testing.T, w *shareWorld) {
		opts := w.options(fewer())
		opts.Producer.User = "awsuser"
		opts.Datashares[0].Consumers[0].Warehouse.Secret = "marketing-admin"
		w.data.Secrets = map[string]standin.DataSecret{"marketing-admin": {User: "admin"}}
		if _, err := w.shared(t.Context(), opts); err != nil {
			t.Fatal(err)
		}
		checkImplied(t, redshift.SharePermissions(opts).Apply, w.cloud.Calls())
	})
}
