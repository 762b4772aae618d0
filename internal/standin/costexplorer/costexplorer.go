// Package costexplorer stands in for AWS Cost Explorer.
//
// It answers GetCostAndUsage by days and months, from rows of a [World]: filters by
// dimensions and tags, groups by two things at most, sums and pages. Not known, and refused,
// are hours, cost categories, billing views, BlendedCost and NormalizedUsageAmount.
//
// Assumed are the texts of errors, except those about dates, that sums are written with ten
// decimals, that UsageQuantity of several units has the unit N/A, and that months are
// estimated until the fifth of the next one.
package costexplorer

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A Row is what was charged on a day.
type Row struct {
	Day        time.Time // midnight UTC
	Account    string
	Region     string
	Service    string // such as Amazon Redshift
	UsageType  string
	Operation  string
	RecordType string // such as Usage
	Tags       map[string]string
	Quantity   string // decimal number of Unit; empty for none
	Unit       string
	Cost       string            // decimal number
	Costs      map[string]string // by metric, where it is not Cost
}

// A World is the costs of an organization, as its payer account sees them. Set its fields
// before the first call.
type World struct {
	Rows       []Row
	ActiveTags []string  // cost allocation tags; costs have no value of others
	Now        time.Time // defaults to the clock
	PageSize   int       // groups on a page; defaults to 5,000

	// Unavailable answers with DataUnavailableException, Disabled as AWS does for an
	// account in which Cost Explorer was never enabled.
	Unavailable, Disabled bool
}

// Serve makes w answer the calls of c.
func Serve(c *awstest.Cloud, w *World) { awstest.Handle(c, w.getCostAndUsage) }

// Actions are the IAM actions that calls of Cost Explorer need ("Actions, resources, and
// condition keys for AWS Cost Explorer Service" in the Service Authorization Reference).
var Actions = awstest.Actions{"Cost Explorer.GetCostAndUsage": {"ce:GetCostAndUsage"}}

func (w *World) now() time.Time {
	if w.Now.IsZero() {
		return time.Now().UTC()
	}
	return w.Now
}

func (w *World) getCostAndUsage(_ context.Context, in *sdk.GetCostAndUsageInput) (*sdk.GetCostAndUsageOutput, error) {
	switch {
	case w.Disabled:
		return nil, awstest.Error(http.StatusBadRequest, "AccessDeniedException", "User not enabled for cost explorer access")
	case w.Unavailable:
		return nil, awstest.Status(http.StatusBadRequest, &types.DataUnavailableException{Message: aws.String("The requested data is unavailable.")})
	}
	from, to, err := w.validate(in)
	if err != nil {
		return nil, err
	}
	return w.page(in, w.groups(in, from, to))
}

// A group is one of a time.
type group struct {
	start, end time.Time
	keys       []string
	rows       []Row
}

// groups returns all groups, by time and keys. Each time has one without keys, for its
// total, before the others.
func (w *World) groups(in *sdk.GetCostAndUsageInput, from, to time.Time) (all []group) {
	for start := from; start.Before(to); {
		end := start.AddDate(0, 0, 1)
		if in.Granularity == types.GranularityMonthly {
			end = time.Date(start.Year(), start.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		}
		if end.After(to) {
			end = to
		}
		all = append(all, w.groupsOf(in, start, end)...)
		start = end
	}
	return all
}

func (w *World) groupsOf(in *sdk.GetCostAndUsageInput, start, end time.Time) []group {
	total := group{start: start, end: end}
	byKeys := map[string]*group{}
	for _, row := range w.Rows {
		if row.Day.Before(start) || !row.Day.Before(end) || !w.matches(row, in.Filter) {
			continue
		}
		total.rows = append(total.rows, row)
		var keys []string
		for _, by := range in.GroupBy {
			keys = append(keys, w.keyOf(row, by))
		}
		name := fmt.Sprintf("%q", keys)
		if byKeys[name] == nil {
			byKeys[name] = &group{start: start, end: end, keys: keys}
		}
		byKeys[name].rows = append(byKeys[name].rows, row)
	}
	if len(in.GroupBy) == 0 {
		return []group{total}
	}
	all := []group{{start: start, end: end}}
	for _, name := range slices.Sorted(maps.Keys(byKeys)) {
		all = append(all, *byKeys[name])
	}
	return all
}

// page returns a page of groups, as results by time.
func (w *World) page(in *sdk.GetCostAndUsageInput, all []group) (*sdk.GetCostAndUsageOutput, error) {
	first, err := w.pageStart(in.NextPageToken, len(all))
	if err != nil {
		return nil, err
	}
	last := min(first+w.pageSize(), len(all))
	out := &sdk.GetCostAndUsageOutput{GroupDefinitions: in.GroupBy}
	for _, g := range all[first:last] {
		n := len(out.ResultsByTime)
		if n == 0 || *out.ResultsByTime[n-1].TimePeriod.Start != g.start.Format(time.DateOnly) {
			out.ResultsByTime = append(out.ResultsByTime, w.result(g))
			n++
		}
		result := &out.ResultsByTime[n-1]
		switch {
		case g.keys != nil:
			result.Groups = append(result.Groups, types.Group{Keys: g.keys, Metrics: sums(in.Metrics, g.rows)})
		case len(in.GroupBy) == 0:
			result.Total = sums(in.Metrics, g.rows)
		}
	}
	if last < len(all) {
		out.NextPageToken = aws.String(tokenPrefix + strconv.Itoa(last))
	}
	return out, nil
}

const tokenPrefix = "from-"

func (w *World) pageSize() int {
	if w.PageSize > 0 {
		return w.PageSize
	}
	return 5000
}

func (w *World) pageStart(token *string, groups int) (int, error) {
	if token == nil {
		return 0, nil
	}
	digits, ours := strings.CutPrefix(*token, tokenPrefix)
	n, err := strconv.Atoi(digits)
	if !ours || err != nil || n < 1 || n >= groups {
		return 0, awstest.Status(http.StatusBadRequest, &types.InvalidNextTokenException{Message: aws.String("Invalid pagination token")})
	}
	return n, nil
}

// result is a time without its groups. The bill of a month is closed some days after it.
func (w *World) result(g group) types.ResultByTime {
	closed := time.Date(g.start.Year(), g.start.Month()+1, 5, 0, 0, 0, 0, time.UTC)
	return types.ResultByTime{
		Estimated:  w.now().Before(closed),
		TimePeriod: &types.DateInterval{Start: aws.String(g.start.Format(time.DateOnly)), End: aws.String(g.end.Format(time.DateOnly))},
	}
}

// sums adds rows up, by metric.
func sums(metrics []string, rows []Row) map[string]types.MetricValue {
	values := map[string]types.MetricValue{}
	for _, metric := range metrics {
		sum, unit := new(big.Rat), ""
		for _, row := range rows {
			number, of := row.metric(metric)
			sum.Add(sum, number)
			if unit != "" && unit != of {
				of = "N/A"
			}
			unit = of
		}
		values[metric] = types.MetricValue{Amount: aws.String(sum.FloatString(10)), Unit: aws.String(unit)}
	}
	return values
}

// metric returns a number of a row, and its unit.
func (r Row) metric(name string) (*big.Rat, string) {
	text, unit := r.Cost, "USD"
	if special, ok := r.Costs[name]; ok {
		text = special
	}
	if name == "UsageQuantity" {
		text, unit = r.Quantity, r.Unit
	}
	if text == "" {
		text = "0"
	}
	if unit == "" {
		unit = "N/A"
	}
	number, ok := new(big.Rat).SetString(text)
	if !ok {
		panic("costexplorer: " + text + " is no number")
	}
	return number, unit
}
