package cloudwatch_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatch"
)

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		world := cloudwatch.New(cloud)
		world.PageSize = 2
		hour := time.Now().Truncate(time.Hour)
		for _, isp := range []string{"a", "b", "c"} {
			world.AddMetric("123456789012", "eu-west-1", cloudwatch.Metric{
				Namespace: "N", Name: "M", Dimensions: map[string]string{"isp": isp},
				Points: map[time.Time]float64{hour: 1, hour.Add(time.Minute): 2, hour.Add(-time.Hour): 4},
			})
		}
		world.AddMetric("123456789012", "eu-west-1", cloudwatch.Metric{Namespace: "N", Name: "old", Points: map[time.Time]float64{hour.AddDate(0, -1, 0): 1}})
		world.AddMetric("123456789012", "eu-west-2", cloudwatch.Metric{Namespace: "N", Name: "M", Points: map[time.Time]float64{hour: 1}})
		client := sdk.NewFromConfig(cloud.Config("eu-west-1", "123456789012"))

		pages := sdk.NewListMetricsPaginator(client, &sdk.ListMetricsInput{Namespace: aws.String("N")})
		var isps []string
		calls := 0
		for ; pages.HasMorePages(); calls++ {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range page.Metrics {
				isps = append(isps, *m.Dimensions[0].Value)
			}
		}
		if got := strings.Join(isps, " "); got != "a b c" || calls != 2 {
			t.Errorf("listed %q in %d pages", got, calls)
		}

		in := &sdk.GetMetricDataInput{StartTime: aws.Time(hour.Add(-2 * time.Hour)), EndTime: aws.Time(hour.Add(time.Hour))}
		for _, stat := range []string{"Sum", "Average", "Maximum"} {
			in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{Id: aws.String("q" + stat), MetricStat: &types.MetricStat{
				Period: aws.Int32(3600), Stat: &stat,
				Metric: &types.Metric{Namespace: aws.String("N"), MetricName: aws.String("M"), Dimensions: []types.Dimension{{Name: aws.String("isp"), Value: aws.String("a")}}},
			}})
		}
		data := sdk.NewGetMetricDataPaginator(client, in)
		got := map[string]string{}
		for data.HasMorePages() {
			page, err := data.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.MetricDataResults {
				got[*r.Id] += fmt.Sprint(r.Values)
			}
		}
		for _, id := range slices.Sorted(maps.Keys(got)) {
			want := map[string]string{"qSum": "[3 4][][]", "qAverage": "[][1.5 4][]", "qMaximum": "[][][2 4]"}[id]
			if got[id] != want {
				t.Errorf("%s: got %s, want %s", id, got[id], want)
			}
		}
	})
}

func TestMetricDataRefused(t *testing.T) {
	good := func() *sdk.GetMetricDataInput {
		return &sdk.GetMetricDataInput{
			StartTime: aws.Time(time.Unix(0, 0)), EndTime: aws.Time(time.Unix(3600, 0)),
			MetricDataQueries: []types.MetricDataQuery{{Id: aws.String("q"), MetricStat: &types.MetricStat{
				Period: aws.Int32(60), Stat: aws.String("Sum"), Metric: &types.Metric{Namespace: aws.String("N"), MetricName: aws.String("M")},
			}}},
		}
	}
	cloud := awstest.New(t)
	cloudwatch.New(cloud)
	client := sdk.NewFromConfig(cloud.Config("eu-west-1", "123456789012"))
	if _, err := client.GetMetricData(t.Context(), good()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(in *sdk.GetMetricDataInput){
		"too many":   func(in *sdk.GetMetricDataInput) { in.MetricDataQueries = slices.Repeat(in.MetricDataQueries, 501) },
		"twice":      func(in *sdk.GetMetricDataInput) { in.MetricDataQueries = slices.Repeat(in.MetricDataQueries, 2) },
		"upper case": func(in *sdk.GetMetricDataInput) { in.MetricDataQueries[0].Id = aws.String("Q") },
		"backwards":  func(in *sdk.GetMetricDataInput) { in.EndTime = in.StartTime },
		"period":     func(in *sdk.GetMetricDataInput) { in.MetricDataQueries[0].MetricStat.Period = aws.Int32(61) },
		"expression": func(in *sdk.GetMetricDataInput) { in.MetricDataQueries[0].Expression = aws.String("SUM(METRICS())") },
	} {
		in := good()
		spoil(in)
		if _, err := client.GetMetricData(t.Context(), in); err == nil || !strings.Contains(err.Error(), "ValidationError") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
