package ses_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatch"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses"
)

const (
	managedAccount = "123456789012"
	managedRegion  = "eu-west-1"
)

// A managedWorld is an account with SES in one Region.
type managedWorld struct {
	*awstest.Cloud
	ses     *standin.World
	region  *standin.Region
	metrics *cloudwatch.Service
	file    []byte // that a plan is kept in
}

// newManagedWorld has the domains example.com, with no default configuration set, and
// example.org, with the set "other", which sends through no pool.
func newManagedWorld(c *awstest.Cloud) *managedWorld {
	sts.Handle(c)
	w := &managedWorld{Cloud: c, ses: standin.Serve(c), metrics: cloudwatch.New(c)}
	w.ses.PageSize = 2
	w.region = w.ses.Region(managedAccount, managedRegion)
	w.set("other", "", false)
	for domain, set := range map[string]*string{"example.com": nil, "example.org": aws.String("other")} {
		_, err := w.sdk().CreateEmailIdentity(context.Background(), &sesv2.CreateEmailIdentityInput{EmailIdentity: &domain, ConfigurationSetName: set})
		w.must(err)
	}
	return w
}

func (w *managedWorld) must(err error) {
	if err != nil {
		panic(err)
	}
}

func (w *managedWorld) sdk() *sesv2.Client {
	return sesv2.NewFromConfig(w.Config(managedRegion, managedAccount))
}

func (w *managedWorld) clients() ses.Clients {
	return ses.NewClients(w.Config(managedRegion, managedAccount))
}

func managedTags(ours bool) []sestypes.Tag {
	if !ours {
		return nil
	}
	return []sestypes.Tag{{Key: aws.String("awspatterns:managed-ips"), Value: aws.String("fast")}}
}

// pool makes a pool by another hand, unless it is ours.
func (w *managedWorld) pool(name string, mode sestypes.ScalingMode, ips int, ours bool) {
	_, err := w.sdk().CreateDedicatedIpPool(context.Background(), &sesv2.CreateDedicatedIpPoolInput{PoolName: &name, ScalingMode: mode, Tags: managedTags(ours)})
	w.must(err)
	w.region.AddIPs(name, ips, 0)
}

// set makes a configuration set by another hand, unless it is ours.
func (w *managedWorld) set(name, pool string, ours bool) {
	in := &sesv2.CreateConfigurationSetInput{ConfigurationSetName: &name, Tags: managedTags(ours), DeliveryOptions: &sestypes.DeliveryOptions{
		TlsPolicy: sestypes.TlsPolicyRequire, MaxDeliverySeconds: aws.Int64(300),
	}}
	if pool != "" {
		in.DeliveryOptions.SendingPoolName = &pool
	}
	_, err := w.sdk().CreateConfigurationSet(context.Background(), in)
	w.must(err)
}

// with makes more in a world.
func managedWith(more func(w *managedWorld)) func(*awstest.Cloud) *managedWorld {
	return func(c *awstest.Cloud) *managedWorld {
		w := newManagedWorld(c)
		more(w)
		return w
	}
}

func (w *managedWorld) dump() string {
	var out strings.Builder
	w.ses.Dump(&out)
	return out.String()
}

// apply plans and applies.
func (w *managedWorld) apply(ctx context.Context, opts ses.ManagedIPsOptions) error {
	plan, err := ses.PlanManagedIPs(ctx, w.clients(), opts)
	if err == nil {
		_, err = ses.ApplyManagedIPs(ctx, w.clients(), plan)
	}
	return err
}

// keptPlan returns the plan of the file. If there is none, it plans, and keeps the plan
// unless it is incomplete.
func (w *managedWorld) keptPlan(ctx context.Context, opts ses.ManagedIPsOptions) (plan ses.ManagedIPsPlan, err error) {
	if w.file == nil {
		if plan, err = ses.PlanManagedIPs(ctx, w.clients(), opts); err != nil || plan.Incomplete {
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
	plan = ses.ManagedIPsPlan{}
	return plan, json.Unmarshal(w.file, &plan)
}

// inManagedWorld runs a test in a world of its own, in virtual time.
func inManagedWorld(t *testing.T, start func(*awstest.Cloud) *managedWorld, f func(t *testing.T, w *managedWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, start(awstest.New(t))) })
}

// A managedCase is a world, and what there should be in it.
type managedCase struct {
	start func(*awstest.Cloud) *managedWorld
	opts  ses.ManagedIPsOptions
}

// managedCases are worlds in which applying a plan changes something.
func managedCases() map[string]managedCase {
	const man, std = sestypes.ScalingModeManaged, sestypes.ScalingModeStandard
	all := ses.ManagedIPsOptions{
		Pool: "fast", ConfigurationSet: "bulk", Identities: []string{"example.com"}, Tags: map[string]string{"team": "mail"},
	}
	pool := ses.ManagedIPsOptions{Pool: "fast"}
	adopt, convert := all, all
	adopt.Adopt, adopt.Identities = true, []string{"example.com", "example.org"}
	convert.ConvertStandard, convert.Adopt = true, true
	remove, removeAny := ses.ManagedIPsOptions{Pool: "fast", Remove: true}, ses.ManagedIPsOptions{Pool: "fast", Remove: true, Adopt: true}
	return map[string]managedCase{
		"create":   {newManagedWorld, all},
		"the pool": {newManagedWorld, pool},
		"the set": {managedWith(func(w *managedWorld) {
			w.pool("fast", man, 0, false)
			w.pool("slow", std, 1, false)
			w.set("bulk", "slow", true)
		}), all},
		"adopt": {managedWith(func(w *managedWorld) {
			w.pool("fast", man, 0, false)
			w.pool("slow", std, 1, false)
			w.set("bulk", "slow", false)
		}), adopt},
		"tags": {managedWith(func(w *managedWorld) {
			w.pool("fast", man, 0, true)
			w.set("bulk", "fast", true)
		}), all},
		"convert": {managedWith(func(w *managedWorld) {
			w.pool("fast", std, 3, false)
			w.set("bulk", "fast", false)
		}), convert},
		"remove": {managedWith(func(w *managedWorld) {
			w.pool("fast", man, 1, true)
			w.pool("slow", std, 1, false)
			w.set("bulk", "fast", true)
			w.set("news", "slow", false)
		}), remove},
		"remove any": {managedWith(func(w *managedWorld) {
			w.pool("fast", man, 1, false)
			w.pool("slow", man, 1, false)
			w.set("bulk", "fast", false)
			w.set("news", "fast", true)
		}), removeAny},
	}
}
