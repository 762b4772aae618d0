package redshift_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cesdk "github.com/aws/aws-sdk-go-v2/service/costexplorer"
	cetypes "github.com/aws/aws-sdk-go-v2/service/costexplorer/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/costexplorer"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// The clock of a bubble begins at midnight of 2000-01-01; the costs are of the days before.
func costDay(day int) time.Time { return time.Date(1999, 12, day, 0, 0, 0, 0, time.UTC) }

// A costWorld has costs of three days, of two units and of none.
type costWorld struct {
	cloud  *awstest.Cloud
	costs  *costexplorer.World
	opts   redshift.ReconcileOptions
	result redshift.ReconcileResult
}

const serverless = "EUC1-Redshift:ServerlessUsage"

func newCostWorld(cloud *awstest.Cloud) *costWorld {
	w := &costWorld{cloud: cloud, costs: &costexplorer.World{ActiveTags: []string{"unit"}}}
	costexplorer.Serve(cloud, w.costs)
	b := chargeback.Bill{Currency: "USD", Period: chargeback.Interval{From: costDay(10), To: costDay(13)}}
	for day := 10; day < 13; day++ {
		for _, unit := range []string{"sales", "marketing"} {
			w.cost(costDay(day), serverless, "Usage", unit, "2", "RPU-Hr", "0.81")
			b.Lines = append(b.Lines, chargeback.Line{
				Unit: unit, Day: costDay(day), Kind: chargeback.Compute, Charge: 0, Quantity: 7200_000_000, Amount: 900_000,
			})
			b.Total += 900_000
		}
		w.cost(costDay(day), "EUC1-Redshift:PaidSnapshots", "Usage", "", "1.5", "GB-Mo", "0.0369")
	}
	w.cost(costDay(10), serverless, "Credit", "sales", "", "", "-0.5")
	w.cost(costDay(11), "EUC1-Node:ra3.4xlarge", "DiscountedUsage", "", "24", "Hrs", "0")
	w.cost(costDay(11), "EUC1-HeavyUsage:ra3.4xlarge", "Recurring", "", "24", "Hrs", "30")
	w.cost(costDay(9), serverless, "Usage", "sales", "100", "RPU-Hr", "45") // another period
	w.costs.Rows = append(w.costs.Rows, costexplorer.Row{
		Day: costDay(10), Account: company, Region: region, Service: "Amazon Athena", UsageType: "EUC1-DataScannedInTB", RecordType: "Usage", Cost: "5", Quantity: "1", Unit: "TB",
	})
	b.Charges = []chargeback.Charge{{Kind: chargeback.Compute, Quantity: 6 * 7200_000_000, Amount: b.Total, Price: chargeback.Price{Amount: "0.45", Unit: "RPU-hour"}}}
	w.opts = redshift.ReconcileOptions{Bill: b, TagKey: "unit"}
	return w
}

// cost adds a row of Redshift.
func (w *costWorld) cost(day time.Time, usageType, recordType, unit, quantity, measure, cost string) {
	w.costs.Rows = append(w.costs.Rows, costexplorer.Row{
		Day: day, Account: company, Region: region, Service: "Amazon Redshift", UsageType: usageType, RecordType: recordType,
		Tags: map[string]string{"unit": unit}, Quantity: quantity, Unit: measure, Cost: cost,
	})
}

func (w *costWorld) reconcile(ctx context.Context) (err error) {
	clients := redshift.NewClients(w.cloud.Config(region, company))
	w.result, err = redshift.Reconcile(ctx, clients, w.opts)
	return err
}

// inCostWorld runs f in a world of its own.
func inCostWorld(t *testing.T, f func(t *testing.T, w *costWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newCostWorld(awstest.New(t))) })
}

func findings(r redshift.ReconcileResult) (all []string) {
	for _, f := range r.Findings {
		text := fmt.Sprintf("%s %s %d %d:", f.Unit, f.Kind, f.Ours, f.Billed)
		for _, c := range f.Causes {
			text += fmt.Sprintf(" %s %d", c.Reason, c.Amount)
		}
		all = append(all, text)
	}
	return all
}

var foundByUnit = []string{
	"marketing compute 2700000 2430000: price -270000",
	"sales compute 2700000 2430000: price -270000",
	"sales other 0 -500000: credit -500000",
	" nodes 0 0:",
	" unused-nodes 0 30000000: reservation 30000000",
	" snapshots 0 110700: unseen 110700",
}

func TestReconcile(t *testing.T) {
	t.Parallel()
	t.Run("by unit", func(t *testing.T) {
		t.Parallel()
		inCostWorld(t, func(t *testing.T, w *costWorld) {
			if err := w.reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := findings(w.result); !slices.Equal(got, foundByUnit) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(foundByUnit, "\n"))
			}
			if w.result.Requests != 4 || len(w.result.External) != 3 || w.result.External[0].Kind != chargeback.Snapshots {
				t.Errorf("%d requests, external %+v", w.result.Requests, w.result.External)
			}
			for _, call := range w.cloud.Calls() {
				if call.Region != "us-east-1" || !strings.Contains(call.Target, "//ce.us-east-1.") {
					t.Errorf("asked in %s: %s", call.Region, call.Target)
				}
			}
		})
	})
	t.Run("by kind", func(t *testing.T) {
		t.Parallel()
		inCostWorld(t, func(t *testing.T, w *costWorld) {
			w.opts.TagKey = ""
			if err := w.reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := []string{
				" compute 5400000 4360000: price -540000 credit -500000", " nodes 0 0:",
				" unused-nodes 0 30000000: reservation 30000000", " snapshots 0 110700: unseen 110700",
			}
			if got := findings(w.result); !slices.Equal(got, want) || w.result.Requests != 1 {
				t.Errorf("%d requests, got\n%s\nwant\n%s", w.result.Requests, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	})
	t.Run("pages of one group", func(t *testing.T) {
		t.Parallel()
		inCostWorld(t, func(t *testing.T, w *costWorld) {
			w.costs.PageSize = 1
			if err := w.reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := findings(w.result); !slices.Equal(got, foundByUnit) || w.result.Requests != len(w.cloud.Calls()) || w.result.Requests < 20 {
				t.Errorf("%d requests, got\n%s", w.result.Requests, strings.Join(got, "\n"))
			}
		})
	})
	t.Run("a part of the period, another metric, an account", func(t *testing.T) {
		t.Parallel()
		inCostWorld(t, func(t *testing.T, w *costWorld) {
			for i := range w.costs.Rows {
				w.costs.Rows[i].Costs = map[string]string{"NetAmortizedCost": "0.5"}
			}
			w.costs.Rows[0].Account = partner
			w.opts.Period = chargeback.Interval{From: costDay(10), To: costDay(11)}
			w.opts.TagKey, w.opts.Metric, w.opts.Accounts, w.opts.Regions = "", "NetAmortizedCost", []string{company}, []string{region}
			if err := w.reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := []string{" compute 1800000 1000000: usage -900000 price -400000 credit 500000", " snapshots 0 500000: unseen 500000"}
			if got := findings(w.result); !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	})
	t.Run("the tag is not active", func(t *testing.T) {
		t.Parallel()
		inCostWorld(t, func(t *testing.T, w *costWorld) {
			w.costs.ActiveTags = nil
			if err := w.reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(w.result.Notes) == 0 || !strings.Contains(w.result.Notes[0], "no cost has a value of the tag unit: activate it") {
				t.Errorf("notes %q", w.result.Notes)
			}
		})
	})
	t.Run("days that are not counted yet", func(t *testing.T) {
		t.Parallel()
		inCostWorld(t, func(t *testing.T, w *costWorld) {
			time.Sleep(time.Until(time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC)))
			line := w.opts.Bill.Lines[0]
			line.Day = costDay(31)
			w.opts.Bill.Lines = append(w.opts.Bill.Lines, line)
			w.opts.Bill.Period.To = costDay(32)
			if err := w.reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := "sales compute 3600000 2430000: late -900000 price -270000"
			if got := findings(w.result); !slices.Contains(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
			}
			if len(w.result.Rows) == 0 || !w.result.Rows[0].Estimated {
				t.Errorf("rows are not estimated: %+v", w.result.Rows)
			}
		})
	})
}

// Values of tags are what anybody writes there.
func TestReconcileHostileTags(t *testing.T) {
	t.Parallel()
	values := []string{"unit$x", "$", "a\x1b[2J\nb", "\u202esales", "=1+1", strings.Repeat("x", 256), "Über", "sales "}
	inCostWorld(t, func(t *testing.T, w *costWorld) {
		for _, value := range values {
			w.cost(costDay(10), serverless, "Usage", value, "1", "RPU-Hr", "0.405")
		}
		w.opts.TagKey = "unit"
		w.opts.UnitOf = map[string]string{"$": "dollar"}
		if err := w.reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		units := map[string]bool{}
		for _, f := range w.result.Findings {
			units[f.Unit] = true
		}
		want := map[string]bool{"": true, "sales": true, "marketing": true}
		for _, value := range values {
			if value == "$" {
				value = "dollar"
			}
			want[value] = true
		}
		if !maps.Equal(units, want) {
			t.Errorf("units %q, want %q", slices.Sorted(maps.Keys(units)), slices.Sorted(maps.Keys(want)))
		}
		if text := w.result.String(); strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("the text has control characters: %q", text)
		}
	})
}

func TestReconcileRetries(t *testing.T) {
	awstest.Proof[*costWorld]{
		Start: func(c *awstest.Cloud) *costWorld {
			w := newCostWorld(c)
			w.costs.PageSize = 10
			return w
		},
		Run:   func(ctx context.Context, _ *awstest.Cloud, w *costWorld) error { return w.reconcile(ctx) },
		State: func(w *costWorld) string { return fmt.Sprint(w.result.String(), w.result.Requests, w.result.External) },
	}.Retries(t)
}

// Each call fails in turn: there is an error, and no half result.
func TestReconcileFailures(t *testing.T) {
	awstest.Proof[*costWorld]{
		Start: newCostWorld,
		Run: func(ctx context.Context, _ *awstest.Cloud, w *costWorld) error {
			err := w.reconcile(ctx)
			if err != nil && (len(w.result.Findings) > 0 || len(w.result.Rows) > 0) {
				return nil // which the proof takes for a finding
			}
			return err
		},
		State: func(w *costWorld) string { return w.result.String() },
	}.Failures(t)
}

func TestReconcileErrors(t *testing.T) {
	t.Parallel()
	fault := func(err error) func(w *costWorld) {
		return func(w *costWorld) {
			w.cloud.Inject(awstest.Fault{Operation: "Cost Explorer.GetCostAndUsage", Err: err})
		}
	}
	answer := func(change func(*cesdk.GetCostAndUsageOutput)) func(w *costWorld) {
		return func(w *costWorld) {
			awstest.Handle(w.cloud, func(_ context.Context, in *cesdk.GetCostAndUsageInput) (*cesdk.GetCostAndUsageOutput, error) {
				value := func(amount, unit string) cetypes.MetricValue {
					return cetypes.MetricValue{Amount: &amount, Unit: &unit}
				}
				out := &cesdk.GetCostAndUsageOutput{ResultsByTime: []cetypes.ResultByTime{{
					TimePeriod: &cetypes.DateInterval{Start: aws.String("1999-12-10"), End: aws.String("1999-12-11")},
					Groups:     []cetypes.Group{{Keys: []string{serverless, "unit$sales"}, Metrics: map[string]cetypes.MetricValue{"UnblendedCost": value("1", "USD"), "UsageQuantity": value("1", "RPU-Hr")}}},
				}}}
				change(out)
				return out, nil
			})
		}
	}
	tests := []struct {
		name   string
		change func(*costWorld)
		want   string
		is     error
		calls  int
	}{
		{name: "denied", change: fault(awstest.Error(400, "AccessDeniedException", "not authorized to perform: ce:GetCostAndUsage")), want: "costs, usage:", calls: 1},
		{name: "not enabled", change: func(w *costWorld) { w.costs.Disabled = true }, want: "enable it once in the console", is: redshift.ErrNoCosts, calls: 1},
		{name: "no data", change: func(w *costWorld) { w.costs.Unavailable = true }, want: "enable it once in the console", is: redshift.ErrNoCosts, calls: 1},
		{name: "throttled", change: fault(&cetypes.LimitExceededException{}), want: "too many requests to Cost Explorer", calls: 3},
		{name: "expired", change: fault(&cetypes.BillExpirationException{}), want: "costs changed while they were read: call again", calls: 1},
		{name: "too many requests", change: func(w *costWorld) { w.costs.PageSize, w.opts.MaxRequests = 1, 5 }, want: "more than MaxRequests allows", calls: 5},
		{name: "other currency", change: func(w *costWorld) { w.opts.Bill.Currency = "CNY" }, want: `its currency is "USD", the bill's "CNY"`, calls: 4},
		{name: "same token", change: answer(func(o *cesdk.GetCostAndUsageOutput) { o.NextPageToken = aws.String("x") }), want: "same page token twice", calls: 2},
		{name: "no day", change: answer(func(o *cesdk.GetCostAndUsageOutput) { o.ResultsByTime[0].TimePeriod = nil }), want: "left the day out", calls: 1},
		{name: "odd day", change: answer(func(o *cesdk.GetCostAndUsageOutput) { o.ResultsByTime[0].TimePeriod.Start = aws.String("x") }), want: `the day "x"`, calls: 1},
		{name: "one key", change: answer(func(o *cesdk.GetCostAndUsageOutput) { o.ResultsByTime[0].Groups[0].Keys = []string{"x"} }), want: "gave 1 keys, not 2", calls: 1},
		{name: "other tag", change: answer(func(o *cesdk.GetCostAndUsageOutput) { o.ResultsByTime[0].Groups[0].Keys[1] = "team$x" }), want: `no value of the tag "unit"`, calls: 1},
		{name: "no cost", change: answer(func(o *cesdk.GetCostAndUsageOutput) { delete(o.ResultsByTime[0].Groups[0].Metrics, "UnblendedCost") }), want: "left UnblendedCost out", calls: 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inCostWorld(t, func(t *testing.T, w *costWorld) {
				test.change(w)
				err := w.reconcile(t.Context())
				if err == nil || !strings.HasPrefix(err.Error(), "redshift: reconcile: ") || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error %v, want %q", err, test.want)
				}
				if test.is != nil && !errors.Is(err, test.is) {
					t.Errorf("%v is not %v", err, test.is)
				}
				if n := len(w.cloud.Calls()); n != test.calls {
					t.Errorf("%d calls, want %d", n, test.calls)
				}
				if len(w.result.Rows) > 0 || len(w.result.Findings) > 0 || w.result.Requests == 0 {
					t.Errorf("result with an error: %+v", w.result)
				}
			})
		})
	}
}

func TestReconcileCancelled(t *testing.T) {
	t.Parallel()
	stopped := errors.New("stopped")
	inCostWorld(t, func(t *testing.T, w *costWorld) {
		w.costs.PageSize = 1
		ctx, cancel := context.WithCancelCause(t.Context())
		w.cloud.Inject(awstest.Fault{Skip: 3, Times: 1, Latency: time.Hour})
		time.AfterFunc(time.Minute, func() { cancel(stopped) })
		if err := w.reconcile(ctx); !errors.Is(err, stopped) {
			t.Errorf("error %v", err)
		}
		if n := len(w.cloud.Calls()); n != 4 {
			t.Errorf("%d calls", n)
		}
	})
}

// What is refused costs no request.
func TestReconcileRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*redshift.ReconcileOptions)
		want   string
	}{
		{"no period", func(o *redshift.ReconcileOptions) { o.Bill.Period = chargeback.Interval{} }, "it has no days"},
		{"backwards", func(o *redshift.ReconcileOptions) { o.Period = chargeback.Interval{From: costDay(12), To: costDay(11)} }, "it has no days"},
		{"a time", func(o *redshift.ReconcileOptions) {
			o.Period = chargeback.Interval{From: costDay(10).Add(time.Hour), To: costDay(11)}
		}, "want whole days"},
		{"outside the bill", func(o *redshift.ReconcileOptions) { o.Period = chargeback.Interval{From: costDay(10), To: costDay(14)} }, "not within the bill's"},
		{"too old", func(o *redshift.ReconcileOptions) { o.Bill.Period.From = time.Date(1998, 10, 1, 0, 0, 0, 0, time.UTC) }, "keeps days for 14 months"},
		{"too new", func(o *redshift.ReconcileOptions) { o.Bill.Period.To = time.Date(2000, 2, 2, 0, 0, 0, 0, time.UTC) }, "until the end of this month"},
		{"not begun", func(o *redshift.ReconcileOptions) {
			o.Bill.Period = chargeback.Interval{From: time.Date(2000, 1, 20, 0, 0, 0, 0, time.UTC), To: time.Date(2000, 1, 21, 0, 0, 0, 0, time.UTC)}
		}, "it has not begun"},
		{"metric", func(o *redshift.ReconcileOptions) { o.Metric = "BlendedCost" }, `metric "BlendedCost"`},
		{"requests", func(o *redshift.ReconcileOptions) { o.MaxRequests = -1 }, "MaxRequests is -1"},
		{"tag key", func(o *redshift.ReconcileOptions) { o.TagKey = "user:unit" }, "without user:"},
		{"tag key of no characters", func(o *redshift.ReconcileOptions) { o.TagKey = "\xff" }, "want UTF-8"},
		{"units without a tag", func(o *redshift.ReconcileOptions) { o.TagKey, o.UnitOf = "", map[string]string{"a": "b"} }, "without a TagKey"},
		{"account", func(o *redshift.ReconcileOptions) { o.Accounts = []string{"12345678901x"} }, "want 12 digits"},
		{"region", func(o *redshift.ReconcileOptions) { o.Regions = []string{"Frankfurt"} }, "want a name such as"},
		{"many", func(o *redshift.ReconcileOptions) { o.Accounts = slices.Repeat([]string{company}, 101) }, "more than 100"},
		{"currency", func(o *redshift.ReconcileOptions) { o.Bill.Currency = "" }, "no currency"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inCostWorld(t, func(t *testing.T, w *costWorld) {
				test.change(&w.opts)
				if err := w.reconcile(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error %v, want %q", err, test.want)
				}
				if n := len(w.cloud.Calls()); n != 0 {
					t.Errorf("%d calls", n)
				}
			})
		})
	}
	inCostWorld(t, func(t *testing.T, w *costWorld) {
		if _, err := redshift.Reconcile(t.Context(), redshift.Clients{}, w.opts); err == nil || !strings.Contains(err.Error(), "the client Costs is nil") {
			t.Errorf("without a client: %v", err)
		}
	})
}

func TestReconcilePermissions(t *testing.T) {
	t.Parallel()
	inCostWorld(t, func(t *testing.T, w *costWorld) {
		if err := w.reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		awstest.CheckPermissions(t, redshift.ReconcilePermissions(w.opts).Apply, w.cloud.Calls(), costexplorer.Actions)
	})
}

// Cost Explorer has one endpoint in a partition, which the client finds from any Region.
func TestReconcileEndpoint(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"us-east-1": "https://ce.us-east-1.amazonaws.com/", "ap-southeast-4": "https://ce.us-east-1.amazonaws.com/",
		"cn-north-1": "https://ce.cn-northwest-1.amazonaws.com.cn/",
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newCostWorld(awstest.New(t))
			clients := redshift.NewClients(w.cloud.Config(from, company))
			if _, err := redshift.Reconcile(t.Context(), clients, w.opts); err != nil {
				t.Fatal(err)
			}
			if got := w.cloud.Calls()[0].Target; got != "POST "+want {
				t.Errorf("from %s: %s, want %s", from, got, want)
			}
		})
	}
}
