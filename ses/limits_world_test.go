package ses_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	quotastypes "github.com/aws/aws-sdk-go-v2/service/servicequotas/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/servicequotas"
	sesworld "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

const (
	readyAccount   = "123456789012"
	readyPrimary   = "eu-west-1"
	readySecondary = "us-east-1"
)

// A limitsWorld is an account with two Regions, whose secondary is small.
type limitsWorld struct {
	*awstest.Cloud
	ses    *sesworld.World
	quotas *servicequotas.Service
	file   []byte // a plan that is kept
}

func newLimitsWorld(c *awstest.Cloud) *limitsWorld {
	w := &limitsWorld{Cloud: c, ses: sesworld.Serve(c), quotas: servicequotas.New(c)}
	w.quotas.PageSize = 1
	sts.Handle(c)
	for _, name := range []string{readyPrimary, readySecondary} {
		w.ses.Region(readyAccount, name).ProductionAccess(true)
	}
	w.ses.Region(readyAccount, readyPrimary).SetQuota(50_000, 14, 30_000)
	w.ses.Region(readyAccount, readySecondary).SetQuota(200, 1, 0)
	return w
}

// bothShort is a world in which both Regions are too small for what the options ask for.
var bothShort = ses.LimitsOptions{LimitsOptions: region.LimitsOptions{Max24HourSend: 100_000, MaxSendRate: 50}}

func (w *limitsWorld) clients() (primary, secondary ses.Clients) {
	return ses.NewClients(w.Config(readyPrimary, readyAccount)), ses.NewClients(w.Config(readySecondary, readyAccount))
}

// plan plans, and fails the test if it cannot.
func (w *limitsWorld) plan(t *testing.T, opts ses.LimitsOptions) ses.LimitsPlan {
	t.Helper()
	primary, secondary := w.clients()
	plan, err := ses.PlanLimits(t.Context(), primary, secondary, opts)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// run plans and applies.
func (w *limitsWorld) run(ctx context.Context, opts ses.LimitsOptions) error {
	primary, secondary := w.clients()
	plan, err := ses.PlanLimits(ctx, primary, secondary, opts)
	if err != nil {
		return err
	}
	_, err = ses.ApplyLimits(ctx, primary, secondary, plan)
	return err
}

// state is which increases were requested.
func (w *limitsWorld) state() string {
	var lines []string
	for _, name := range []string{readyPrimary, readySecondary} {
		for _, code := range []string{servicequotas.SendingQuota, servicequotas.SendingRate} {
			lines = append(lines, w.quotas.Requests(readyAccount, name, code)...)
		}
	}
	return strings.Join(lines, "\n")
}

// decide has AWS decide on the newest request.
func (w *limitsWorld) decide(name, code string, status quotastypes.RequestStatus) {
	w.quotas.Decide(readyAccount, name, code, status)
}

// inLimitsWorld runs a test in virtual time.
func inLimitsWorld(t *testing.T, f func(t *testing.T, w *limitsWorld)) {
	synctest.Test(t, func(t *testing.T) { f(t, newLimitsWorld(awstest.New(t))) })
}
