package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

// A demo makes the secondary Region of a world like its primary.
type demo struct {
	*world
	w                  io.Writer
	primary, secondary ses.Clients
	opts               ses.RegionSyncOptions
	acts               int
}

// demonstrate shows all of it with SES in this process.
func demonstrate(ctx context.Context, w io.Writer) error {
	world, err := newWorld()
	if err != nil {
		return err
	}
	d := &demo{world: world, w: w, primary: world.clients(primary), secondary: world.clients(secondary)}
	d.opts = ses.RegionSyncOptions{Options: demoOptions(), Rates: atOnce()}
	for _, act := range []func(context.Context) error{
		d.before, d.plan, d.byHand, d.rest, d.nothing, d.limits, d.endpoint, d.after,
	} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	if err := d.Err(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, "\nThat was SES in this process; -h tells how to do it with the account of the environment.")
	return err
}

// demoOptions tell what stands for what in the secondary Region, and what may be done.
func demoOptions() region.Options {
	return region.Options{
		ARNs:     map[string]string{topic(primary): topic(secondary), stream(primary): stream(secondary)},
		MailFrom: map[string]string{"example.com": "bounce-eu.example.com"},
		Adopt:    true, ManagedPools: true, ReplicationPolicy: true,
	}
}

// atOnce are rates at which nobody waits: SES itself allows one call in a second.
func atOnce() ses.Rates {
	rates := ses.Rates{}
	for _, api := range []reflect.Type{reflect.TypeFor[ses.SESAPI](), reflect.TypeFor[ses.NotificationsAPI]()} {
		for i := range api.NumMethod() {
			rates[api.Method(i).Name] = 1_000_000
		}
	}
	return rates
}

// act begins an act with a line that says what it shows.
func (d *demo) act(format string, args ...any) {
	d.acts++
	fmt.Fprintf(d.w, "\n%d. %s\n\n", d.acts, fmt.Sprintf(format, args...))
}

func (d *demo) before(ctx context.Context) error {
	d.act("Could either Region carry all mail if the other failed?")
	return d.readiness(ctx)
}

func (d *demo) readiness(ctx context.Context) error {
	result, err := ses.CheckReadiness(ctx, d.primary, d.secondary, ses.ReadinessOptions{
		ReadinessOptions: region.ReadinessOptions{Options: d.opts.Options}, Rates: atOnce(),
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(d.w, result.Readiness)
	return err
}

// plan shows the first plan, and applies it.
func (d *demo) plan(ctx context.Context) error {
	plan, err := ses.PlanRegionSync(ctx, d.primary, d.secondary, d.opts)
	if err != nil {
		return err
	}
	d.act("The plan that makes %s like %s", secondary, primary)
	fmt.Fprint(d.w, plan)
	d.act("It is applied")
	return d.apply(ctx, plan)
}

// apply applies a plan, and tells what becomes of each change. What is left to a person is
// no failure.
func (d *demo) apply(ctx context.Context, plan ses.RegionSyncPlan) error {
	told := 0
	plan.Progress = func(p ses.RegionSyncProgress) {
		if p.Outcome != nil { // of the changes, in their order
			showOutcome(d.w, *p.Outcome, plan.Steps[told])
			told++
		}
	}
	_, err := ses.ApplyRegionSync(ctx, d.primary, d.secondary, plan)
	if errors.Is(err, awspatterns.ErrIncomplete) {
		fmt.Fprintf(d.w, "%v\n", err)
		return nil
	}
	return err
}

// byHand does what only a person can do.
func (d *demo) byHand(ctx context.Context) error {
	d.act("A person does what only a person can do")
	for _, step := range []struct {
		what string
		do   func()
	}{
		{"leases two addresses in eu-west-1 for the pool own, which will have to be warmed up", func() { d.region(secondary).AddIPs("own", 2, 0) }},
		{"publishes the MX record of bounce-eu.example.com", func() { d.region(secondary).PublishMX("bounce-eu.example.com") }},
		{"has the same key of partner.example in eu-west-1", func() { d.ownKey(secondary) }},
		{"verifies billing@example.net there, by the link in a mail", d.verifyAddress},
		{"deletes the event destination to Amazon Pinpoint, which comes to its end", d.deletePinpoint},
	} {
		fmt.Fprintf(d.w, "  %s\n", step.what)
		step.do()
	}
	return d.err
}

func (d *demo) verifyAddress() {
	_, err := d.api(secondary).CreateEmailIdentity(context.Background(), &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("billing@example.net")})
	made(d.world, 0, err)
	d.region(secondary).ConfirmAddress("billing@example.net")
}

func (d *demo) deletePinpoint() {
	_, err := d.api(primary).DeleteConfigurationSetEventDestination(context.Background(), &sesv2.DeleteConfigurationSetEventDestinationInput{
		ConfigurationSetName: aws.String("newsletter"), EventDestinationName: aws.String("campaigns"),
	})
	made(d.world, 0, err)
}

// rest plans and applies what was blocked.
func (d *demo) rest(ctx context.Context) error {
	d.act("What was blocked is planned and applied")
	plan, err := ses.PlanRegionSync(ctx, d.primary, d.secondary, d.opts)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.w, "%s\n", plan.Plan)
	return d.apply(ctx, plan)
}

// nothing shows that there is nothing left.
func (d *demo) nothing(ctx context.Context) error {
	d.act("Planned again")
	plan, err := ses.PlanRegionSync(ctx, d.primary, d.secondary, d.opts)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(d.w, plan.Plan)
	return err
}

// limits asks for the quotas that it takes to carry all, and has AWS grant them.
func (d *demo) limits(ctx context.Context) error {
	d.act("Either Region is to carry all: higher quotas are requested, and AWS grants them a day later")
	plan, err := ses.PlanLimits(ctx, d.primary, d.secondary, ses.LimitsOptions{Rates: atOnce()})
	if err != nil {
		return err
	}
	fmt.Fprint(d.w, plan)
	if _, err := ses.ApplyLimits(ctx, d.primary, d.secondary, plan); err != nil {
		return err
	}
	for _, code := range []string{region.SendingQuota, region.SendingRate} {
		d.quotas.Decide(account, secondary, code, types.RequestStatusApproved)
	}
	d.region(secondary).SetQuota(500_000, 150, 0)
	return nil
}

// endpoint makes the global endpoint that spreads mail over both Regions.
func (d *demo) endpoint(ctx context.Context) error {
	d.act("The endpoint that spreads mail over both")
	plan, err := ses.PlanGlobalEndpoint(ctx, d.primary, d.secondary, ses.GlobalEndpointOptions{Name: "mail", Rates: atOnce()})
	if err != nil {
		return err
	}
	fmt.Fprint(d.w, plan)
	_, err = ses.ApplyGlobalEndpoint(ctx, d.primary, d.secondary, plan)
	return err
}

func (d *demo) after(ctx context.Context) error {
	d.act("And now: could either Region carry all mail if the other failed?")
	return d.readiness(ctx)
}
