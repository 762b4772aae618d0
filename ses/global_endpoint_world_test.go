package ses_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses"
)

const (
	endpointAccount   = "123456789012"
	endpointPrimary   = "eu-west-1"
	endpointSecondary = "eu-central-1"
)

// An endpointWorld is an account with SES in two Regions.
type endpointWorld struct {
	*awstest.Cloud
	ses     *standin.World
	primary *standin.Region
	file    []byte // that a plan is kept in
}

func newEndpointWorld(c *awstest.Cloud) *endpointWorld {
	sts.Handle(c)
	w := &endpointWorld{Cloud: c, ses: standin.Serve(c)}
	w.primary = w.ses.Region(endpointAccount, endpointPrimary)
	return w
}

// endpointThere is an account with an endpoint "mail".
func endpointThere(secondary string, status sestypes.Status, tags ...sestypes.Tag) func(*awstest.Cloud) *endpointWorld {
	return func(c *awstest.Cloud) *endpointWorld {
		w := newEndpointWorld(c)
		w.primary.MakeEndpoint("mail", secondary, status, tags...)
		return w
	}
}

// endpointMark is the tag of our endpoints.
func endpointMark(secondary string) sestypes.Tag {
	return sestypes.Tag{Key: aws.String("awspatterns:global-endpoint"), Value: &secondary}
}

func (w *endpointWorld) clients() (primary, secondary ses.Clients) {
	return ses.NewClients(w.Config(endpointPrimary, endpointAccount)), ses.NewClients(w.Config(endpointSecondary, endpointAccount))
}

func (w *endpointWorld) dump() string {
	var out strings.Builder
	w.ses.Dump(&out)
	return out.String()
}

func (w *endpointWorld) plan(ctx context.Context, opts ses.GlobalEndpointOptions) (ses.GlobalEndpointPlan, error) {
	primary, secondary := w.clients()
	return ses.PlanGlobalEndpoint(ctx, primary, secondary, opts)
}

func (w *endpointWorld) applyPlan(ctx context.Context, plan ses.GlobalEndpointPlan) (ses.GlobalEndpointResult, error) {
	primary, secondary := w.clients()
	return ses.ApplyGlobalEndpoint(ctx, primary, secondary, plan)
}

// apply plans and applies.
func (w *endpointWorld) apply(ctx context.Context, opts ses.GlobalEndpointOptions) (ses.GlobalEndpointResult, error) {
	plan, err := w.plan(ctx, opts)
	if err != nil {
		return ses.GlobalEndpointResult{}, err
	}
	return w.applyPlan(ctx, plan)
}

// keptPlan returns the plan of the file. If there is none, it plans, and keeps the plan
// unless it is incomplete.
func (w *endpointWorld) keptPlan(ctx context.Context, opts ses.GlobalEndpointOptions) (plan ses.GlobalEndpointPlan, err error) {
	if w.file == nil {
		if plan, err = w.plan(ctx, opts); err != nil || plan.Incomplete {
			return plan, err
		}
		text, err := json.Marshal(plan)
		if err != nil {
			return plan, err
		}
		if err := w.Local(ctx, "Write", "plan.json", func() error { w.file = text; return nil }); err != nil {
			return plan, err
		}
	}
	plan = ses.GlobalEndpointPlan{}
	return plan, json.Unmarshal(w.file, &plan)
}

// inEndpointWorld runs a test in a world of its own, in virtual time.
func inEndpointWorld(t *testing.T, start func(*awstest.Cloud) *endpointWorld, f func(t *testing.T, w *endpointWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, start(awstest.New(t))) })
}

// An endpointCase is a world, and what there should be in it.
type endpointCase struct {
	start func(*awstest.Cloud) *endpointWorld
	opts  ses.GlobalEndpointOptions
}

// endpointCases are worlds in which applying a plan changes something.
func endpointCases() map[string]endpointCase {
	mark, wrong := endpointMark(endpointSecondary), endpointMark("us-east-1")
	opts := ses.GlobalEndpointOptions{Name: "mail", Tags: map[string]string{"team": "mail"}}
	replace, adopt, adoptAndReplace, remove, removeAny := opts, opts, opts, opts, opts
	replace.Replace, adopt.Adopt, remove.Delete = true, true, true
	adoptAndReplace.Replace, adoptAndReplace.Adopt = true, true
	removeAny.Delete, removeAny.Adopt = true, true
	return map[string]endpointCase{
		"create":                       {newEndpointWorld, opts},
		"create after a deletion":      {endpointThere("us-east-1", sestypes.StatusDeleting), opts},
		"wait":                         {endpointThere(endpointSecondary, sestypes.StatusCreating, mark), opts},
		"wait for one that is foreign": {endpointThere(endpointSecondary, sestypes.StatusCreating, sestypes.Tag{Key: aws.String("team"), Value: aws.String("mail")}), opts},
		"tag":                          {endpointThere(endpointSecondary, sestypes.StatusReady, mark), opts},
		"adopt":                        {endpointThere(endpointSecondary, sestypes.StatusReady), adopt},
		"replace":                      {endpointThere("us-east-1", sestypes.StatusReady, wrong), replace},
		"replace a failed one":         {endpointThere(endpointSecondary, sestypes.StatusFailed, mark), replace},
		"replace a new one":            {endpointThere("us-east-1", sestypes.StatusCreating, wrong), replace},
		"adopt and replace":            {endpointThere("us-east-1", sestypes.StatusReady), adoptAndReplace},
		"delete":                       {endpointThere("us-east-1", sestypes.StatusReady, wrong), remove},
		"delete a failed one":          {endpointThere(endpointSecondary, sestypes.StatusFailed, mark), remove},
		"delete a foreign one":         {endpointThere(endpointSecondary, sestypes.StatusReady), removeAny},
		"wait for a deletion":          {endpointThere(endpointSecondary, sestypes.StatusDeleting), remove},
	}
}
