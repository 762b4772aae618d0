package costexplorer_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/costexplorer"
)

func day(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }

func world(t *testing.T) (*costexplorer.World, *sdk.Client) {
	t.Helper()
	row := func(d int, usageType, record, unit, quantity, measure, cost string) costexplorer.Row {
		return costexplorer.Row{
			Day: day(d), Account: "111122223333", Region: "eu-west-1", Service: "Amazon Redshift", UsageType: usageType, RecordType: record,
			Tags: map[string]string{"unit": unit}, Quantity: quantity, Unit: measure, Cost: cost,
		}
	}
	w := &costexplorer.World{Now: day(20), ActiveTags: []string{"unit"}, Rows: []costexplorer.Row{
		row(1, "a", "Usage", "sales", "1", "Hrs", "0.1"),
		row(1, "a", "Usage", "sales", "2", "Hrs", "0.2"),
		row(1, "b", "Usage", "", "5", "GB-Mo", "1"),
		row(2, "a", "Credit", "sales", "", "", "-0.0000000001"),
	}}
	cloud := awstest.New(t)
	costexplorer.Serve(cloud, w)
	return w, sdk.NewFromConfig(cloud.Config("eu-west-1", "111122223333"))
}

func asked(groups ...types.GroupDefinition) *sdk.GetCostAndUsageInput {
	return &sdk.GetCostAndUsageInput{
		Granularity: types.GranularityDaily, Metrics: []string{"UnblendedCost", "UsageQuantity"},
		TimePeriod: &types.DateInterval{Start: aws.String("2026-11-01"), End: aws.String("2026-11-04")}, GroupBy: groups,
	}
}

func byDimension(d types.Dimension) types.GroupDefinition {
	return types.GroupDefinition{Type: types.GroupDefinitionTypeDimension, Key: aws.String(string(d))}
}

func byTag(key string) types.GroupDefinition {
	return types.GroupDefinition{Type: types.GroupDefinitionTypeTag, Key: &key}
}

func dimension(d types.Dimension, values ...string) *types.Expression {
	return &types.Expression{Dimensions: &types.DimensionValues{Key: d, Values: values}}
}

// all reads all pages, as "day keys cost quantity unit".
func all(t *testing.T, c *sdk.Client, in *sdk.GetCostAndUsageInput) (lines []string, pages int) {
	t.Helper()
	text := func(m map[string]types.MetricValue) string {
		return fmt.Sprintf("%s %s %s", *m["UnblendedCost"].Amount, *m["UsageQuantity"].Amount, *m["UsageQuantity"].Unit)
	}
	for {
		out, err := c.GetCostAndUsage(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, r := range out.ResultsByTime {
			if r.Total != nil {
				lines = append(lines, *r.TimePeriod.Start+" "+text(r.Total))
			}
			for _, g := range r.Groups {
				lines = append(lines, fmt.Sprintf("%s %q %s", *r.TimePeriod.Start, g.Keys, text(g.Metrics)))
			}
		}
		if out.NextPageToken == nil {
			return lines, pages
		}
		in.NextPageToken = out.NextPageToken
	}
}

func TestGetCostAndUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*costexplorer.World, *sdk.GetCostAndUsageInput)
		groups []types.GroupDefinition
		want   []string
	}{
		{name: "totals", want: []string{
			"2026-11-01 1.3000000000 8.0000000000 N/A", "2026-11-02 -0.0000000001 0.0000000000 N/A", "2026-11-03 0.0000000000 0.0000000000 ",
		}},
		{name: "usage type and tag", groups: []types.GroupDefinition{byDimension(types.DimensionUsageType), byTag("unit")}, want: []string{
			`2026-11-01 ["a" "unit$sales"] 0.3000000000 3.0000000000 Hrs`, `2026-11-01 ["b" "unit$"] 1.0000000000 5.0000000000 GB-Mo`,
			`2026-11-02 ["a" "unit$sales"] -0.0000000001 0.0000000000 N/A`,
		}},
		{name: "a tag that is not active", groups: []types.GroupDefinition{byTag("unit")}, want: []string{
			`2026-11-01 ["unit$"] 1.3000000000 8.0000000000 N/A`, `2026-11-02 ["unit$"] -0.0000000001 0.0000000000 N/A`,
		}, change: func(w *costexplorer.World, _ *sdk.GetCostAndUsageInput) { w.ActiveTags = nil }},
		{name: "month", groups: []types.GroupDefinition{byDimension(types.DimensionRecordType)}, want: []string{
			`2026-11-01 ["Credit"] -0.0000000001 0.0000000000 N/A`, `2026-11-01 ["Usage"] 1.3000000000 8.0000000000 N/A`,
		}, change: func(_ *costexplorer.World, in *sdk.GetCostAndUsageInput) { in.Granularity = types.GranularityMonthly }},
		{name: "and, not", groups: []types.GroupDefinition{byDimension(types.DimensionUsageType)}, want: []string{
			`2026-11-01 ["b"] 1.0000000000 5.0000000000 GB-Mo`,
		}, change: func(_ *costexplorer.World, in *sdk.GetCostAndUsageInput) {
			in.Filter = &types.Expression{And: []types.Expression{
				*dimension(types.DimensionService, "Amazon Redshift"), {Not: dimension(types.DimensionUsageType, "a")},
			}}
		}},
		{name: "or, tags", groups: []types.GroupDefinition{byDimension(types.DimensionUsageType)}, want: []string{
			`2026-11-01 ["a"] 0.3000000000 3.0000000000 Hrs`, `2026-11-02 ["a"] -0.0000000001 0.0000000000 N/A`,
		}, change: func(_ *costexplorer.World, in *sdk.GetCostAndUsageInput) {
			in.Filter = &types.Expression{Or: []types.Expression{
				*dimension(types.DimensionService, "none"), {Tags: &types.TagValues{Key: aws.String("unit"), Values: []string{"sales"}}},
			}}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, size := range []int{0, 1, 2} {
				w, c := world(t)
				w.PageSize = size
				in := asked(test.groups...)
				if test.change != nil {
					test.change(w, in)
				}
				got, pages := all(t, c, in)
				if !slices.Equal(got, test.want) || size == 1 && pages < len(got) {
					t.Errorf("pages of %d: %d pages\n%s\nwant\n%s", size, pages, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
				}
			}
		})
	}
}

func TestEstimated(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		now  time.Time
		want bool
	}{{day(20), true}, {time.Date(2026, 12, 4, 0, 0, 0, 0, time.UTC), true}, {time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC), false}} {
		w, c := world(t)
		w.Now = test.now
		out, err := c.GetCostAndUsage(t.Context(), asked())
		if err != nil || out.ResultsByTime[0].Estimated != test.want {
			t.Errorf("on %s: %+v, %v", test.now.Format(time.DateOnly), out, err)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	type change = func(*costexplorer.World, *sdk.GetCostAndUsageInput)
	dates := func(from, to string) change {
		return func(_ *costexplorer.World, in *sdk.GetCostAndUsageInput) {
			in.TimePeriod = &types.DateInterval{Start: &from, End: &to}
		}
	}
	filter := func(e types.Expression) change {
		return func(_ *costexplorer.World, in *sdk.GetCostAndUsageInput) { in.Filter = &e }
	}
	service := *dimension(types.DimensionService, "Amazon Redshift")
	tests := []struct {
		name   string
		change change
		code   string
	}{
		{"backwards", dates("2026-11-02", "2026-11-01"), "ValidationException"},
		{"no days", dates("2026-11-02", "2026-11-02"), "ValidationException"},
		{"no date", dates("2026-11-2", "2026-11-03"), "ValidationException"},
		{"not begun", dates("2026-11-21", "2026-11-22"), "ValidationException"},
		{"next month", dates("2026-11-01", "2026-12-02"), "ValidationException"},
		{"long ago", dates("2025-08-31", "2026-11-01"), "ValidationException"},
		{"three groups", func(_ *costexplorer.World, in *sdk.GetCostAndUsageInput) {
			in.GroupBy = []types.GroupDefinition{byTag("a"), byTag("b"), byTag("c")}
		}, "ValidationException"},
		{"group", func(_ *costexplorer.World, in *sdk.GetCostAndUsageInput) {
			in.GroupBy = []types.GroupDefinition{byDimension("NONE")}
		}, "ValidationException"},
		{"granularity", func(_ *costexplorer.World, in *sdk.GetCostAndUsageInput) { in.Granularity = "WEEKLY" }, "ValidationException"},
		{"hours", func(_ *costexplorer.World, in *sdk.GetCostAndUsageInput) { in.Granularity = types.GranularityHourly }, "NotImplemented"},
		{"metric", func(_ *costexplorer.World, in *sdk.GetCostAndUsageInput) { in.Metrics = []string{"BlendedCost"} }, "NotImplemented"},
		{"no metric", func(_ *costexplorer.World, in *sdk.GetCostAndUsageInput) { in.Metrics = []string{} }, "ValidationException"},
		{"token", func(_ *costexplorer.World, in *sdk.GetCostAndUsageInput) { in.NextPageToken = aws.String("from-99") }, "InvalidNextTokenException"},
		{"one operand", filter(types.Expression{And: []types.Expression{service}}), "ValidationException"},
		{"two roots", filter(types.Expression{Dimensions: service.Dimensions, Not: &service}), "ValidationException"},
		{"inside", filter(types.Expression{Not: &types.Expression{Or: []types.Expression{service, {}}}}), "ValidationException"},
		{"no values", filter(*dimension(types.DimensionService)), "ValidationException"},
		{"categories", filter(types.Expression{CostCategories: &types.CostCategoryValues{}}), "NotImplemented"},
		{"match", filter(types.Expression{Tags: &types.TagValues{Key: aws.String("a"), MatchOptions: []types.MatchOption{types.MatchOptionAbsent}}}), "NotImplemented"},
		{"disabled", func(w *costexplorer.World, _ *sdk.GetCostAndUsageInput) { w.Disabled = true }, "AccessDeniedException"},
		{"unavailable", func(w *costexplorer.World, _ *sdk.GetCostAndUsageInput) { w.Unavailable = true }, "DataUnavailableException"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w, c := world(t)
			in := asked()
			test.change(w, in)
			_, err := c.GetCostAndUsage(t.Context(), in, func(o *sdk.Options) { o.Retryer = aws.NopRetryer{} })
			if refused, ok := errors.AsType[smithy.APIError](err); !ok || refused.ErrorCode() != test.code {
				t.Errorf("error %v, want %s", err, test.code)
			}
		})
	}
}
