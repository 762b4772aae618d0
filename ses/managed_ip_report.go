package ses

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// ManagedIPReportOptions say what a report is about.
type ManagedIPReportOptions struct {
	// Pools are the names of pools. Without any, all managed pools of the Region are meant.
	Pools []string

	// Span is what time is reported on, up to 15 days. Defaults to 7 days, as the console
	// shows. Until is its end, now if it is zero.
	Span  time.Duration
	Until time.Time

	// PoolDimension and ProviderDimension are names of dimensions of SES's metrics, for when
	// they are not found out rightly: see [ManagedIPReport].
	PoolDimension     string
	ProviderDimension string

	// Rates are calls per second, where an account has others than the usual ones.
	Rates Rates
}

// ManagedIPReportResult tells how managed pools are used.
type ManagedIPReportResult struct {
	Region string              `json:"region"`
	From   time.Time           `json:"from"`
	To     time.Time           `json:"to"`
	Pools  []ManagedPoolReport `json:"pools"` // sorted by name

	// PoolDimension and ProviderDimension are the names of dimensions that were found, empty
	// for none.
	PoolDimension     string `json:"poolDimension,omitempty"`
	ProviderDimension string `json:"providerDimension,omitempty"`

	Metrics int      `json:"metrics"`          // that were read; CloudWatch charges for each
	Unread  []string `json:"unread,omitempty"` // what could not be read, and why
	Notes   []string `json:"notes,omitempty"`  // what the numbers mean
}

// A ManagedPoolReport is about one pool.
type ManagedPoolReport struct {
	Name string `json:"name"`
	Mode string `json:"mode,omitempty"` // MANAGED or STANDARD; empty if it could not be read

	// Addresses is how many there are now, nil if that could not be read. SES does not tell
	// how warm those of a managed pool are.
	Addresses *int `json:"addresses"`

	// Providers are the mailbox providers, by what was sent to them, most first. One without
	// a name stands for all together.
	Providers []ManagedProviderReport `json:"providers,omitempty"`
}

// A ManagedProviderReport is about mail of a pool to one mailbox provider. A number is nil if
// CloudWatch has none.
type ManagedProviderReport struct {
	Provider string `json:"provider,omitempty"`

	Send       *float64 `json:"send"`       // mails in the whole time, through dedicated and shared addresses
	Dedicated  *float64 `json:"dedicated"`  // about how many percent went through dedicated addresses, latest
	Sent24h    *float64 `json:"sent24h"`    // mails through dedicated addresses in 24 hours, latest
	Capacity24 *float64 `json:"capacity24"` // mails in 24 hours that the addresses are fit for, latest
}

// The metrics of managed pools ("Viewing managed IP pool sending and capacity" in
// https://docs.aws.amazon.com/ses/latest/dg/managed-dedicated-sending.html).
const (
	sesNamespace    = "AWS/SES"
	metricSend      = "Send"
	metricDedicated = "ApproximateDedicatedSendingPercentage"
	metricSent24h   = "SentLast24Hours"
	metricCapacity  = "Available24HourSend"
)

// ManagedIPReport tells of managed pools how many addresses they have, and by mailbox provider
// how much was sent and how much of it through dedicated addresses, from the metrics of SES in
// CloudWatch. It only reads. CloudWatch charges for each metric that is read (GetMetricData).
//
// AWS does not say what the dimensions of these metrics are called. The one whose values are
// names of pools is taken for the pool, and what remains for the provider; the options may
// name them. Send is also what configuration sets may publish, with dimensions of their own,
// so that it follows the other three if they are there.
//
// What cannot be read is in Unread. Errors are bad options and the end of ctx, and, unless the
// options name the pools, that pools cannot be listed.
//
// IAM actions: [ManagedIPReportPermissions].
func ManagedIPReport(ctx context.Context, c Clients, opts ManagedIPReportOptions) (ManagedIPReportResult, error) {
	result, err := managedIPReport(ctx, c, opts)
	if err != nil {
		return ManagedIPReportResult{}, fmt.Errorf("ses: managed IP report: %w", reason.Cause(ctx, err))
	}
	return result, nil
}

func managedIPReport(ctx context.Context, c Clients, opts ManagedIPReportOptions) (ManagedIPReportResult, error) {
	if err := errors.Join(opts.validate(), opts.Rates.check(), checkReportClients(c)); err != nil {
		return ManagedIPReportResult{}, err
	}
	to := opts.Until
	if to.IsZero() {
		to = time.Now()
	}
	to = to.UTC().Truncate(time.Hour).Add(time.Hour) // the hour that is not over has data, too
	r := managedReporter{site: newSite(c, opts.Rates), opts: opts, result: ManagedIPReportResult{
		Region: c.Region, From: to.Add(-cmp.Or(opts.Span, defaultReportSpan)), To: to,
	}}
	if err := r.pools(ctx); err != nil {
		return ManagedIPReportResult{}, err
	}
	r.metrics(ctx)
	if ctx.Err() != nil {
		return ManagedIPReportResult{}, ctx.Err()
	}
	r.result.Notes = r.result.notes()
	return r.result, nil
}

const (
	defaultReportSpan = 7 * 24 * time.Hour
	maxReportSpan     = 15 * 24 * time.Hour // older data is not kept by the minute
)

func (o ManagedIPReportOptions) validate() error {
	var errs []error
	for i, p := range o.Pools {
		if !managedPoolNames.MatchString(p) || slices.Contains(o.Pools[:i], p) {
			errs = append(errs, fmt.Errorf("the pool %q is no name of a pool, or is there twice", p))
		}
	}
	if o.Span != 0 && o.Span < time.Hour || o.Span > maxReportSpan {
		errs = append(errs, fmt.Errorf("the Span %v; want an hour to 15 days, or 0 for 7 days", o.Span))
	}
	if o.PoolDimension != "" && o.PoolDimension == o.ProviderDimension {
		errs = append(errs, fmt.Errorf("the PoolDimension and the ProviderDimension are both %q", o.PoolDimension))
	}
	return errors.Join(errs...)
}

func checkReportClients(c Clients) error {
	switch {
	case c.SES == nil:
		return errors.New("the Clients have no SES client")
	case c.CloudWatch == nil:
		return errors.New("the Clients have no CloudWatch client")
	case c.Region == "":
		return errors.New("the Clients have no Region")
	}
	return nil
}

// ManagedIPReportPermissions returns what [ManagedIPReport] needs. Options that it refuses
// need nothing.
func ManagedIPReportPermissions(opts ManagedIPReportOptions) awspatterns.Permissions {
	if opts.validate() != nil {
		return awspatterns.Permissions{}
	}
	var p awspatterns.Policy
	if len(opts.Pools) == 0 {
		p = append(sesAllow("*", "ListDedicatedIpPools"), sesAllow(anyPool, "GetDedicatedIpPool", "GetDedicatedIps")...)
	}
	for _, pool := range opts.Pools {
		p = append(p, sesAllow("dedicated-ip-pool/"+pool, "GetDedicatedIpPool", "GetDedicatedIps")...)
	}
	const source = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html"
	return awspatterns.Permissions{Apply: append(p,
		awspatterns.Permission{Action: "cloudwatch:ListMetrics", Resources: []string{"*"}, Source: source},
		awspatterns.Permission{Action: "cloudwatch:GetMetricData", Resources: []string{"*"}, Source: source})}
}

// A managedReporter makes a report.
type managedReporter struct {
	*site
	opts   ManagedIPReportOptions
	result ManagedIPReportResult
}

func (r *managedReporter) unread(what string, err error) {
	r.result.Unread = append(r.result.Unread, what+": "+reason.Of(err))
}

// pools finds the pools, and counts their addresses.
func (r *managedReporter) pools(ctx context.Context) error {
	names := slices.Sorted(slices.Values(r.opts.Pools))
	if len(names) == 0 {
		var err error
		if names, err = r.listPools(ctx); err != nil {
			return err
		}
	}
	for _, name := range names {
		if p := r.poolReport(ctx, name); p != nil {
			r.result.Pools = append(r.result.Pools, *p)
		}
	}
	return nil
}

// poolReport reads a pool. It is nil for one that is not asked for: a standard one, unless the
// options name it, and one that is not there.
func (r *managedReporter) poolReport(ctx context.Context, name string) *ManagedPoolReport {
	p := &ManagedPoolReport{Name: name}
	out, err := r.SES.GetDedicatedIpPool(ctx, &sesv2.GetDedicatedIpPoolInput{PoolName: &name}, r.turn("GetDedicatedIpPool"))
	switch {
	case err != nil && len(r.opts.Pools) == 0 && endpointMissing(err): // deleted since it was listed
		return nil
	case err != nil:
		r.unread("the pool "+name, err)
	case out.DedicatedIpPool != nil:
		p.Mode = string(out.DedicatedIpPool.ScalingMode)
	}
	if p.Mode == modeStandard && len(r.opts.Pools) == 0 {
		return nil
	}
	ips, err := readPages(ctx, sesv2.NewGetDedicatedIpsPaginator(r.SES, &sesv2.GetDedicatedIpsInput{PoolName: &name}),
		r.turn("GetDedicatedIps"), func(o *sesv2.GetDedicatedIpsOutput) []sestypes.DedicatedIp { return o.DedicatedIps })
	if err != nil {
		r.unread("the addresses of "+name, err)
		return p
	}
	n := len(ips)
	p.Addresses = &n
	return p
}
