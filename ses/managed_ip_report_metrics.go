package ses

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cloudwatchsdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// A managedMetric is a metric of a pool.
type managedMetric struct {
	name           string
	pool, provider string
	dimensions     []cwtypes.Dimension
}

// metrics fills in what CloudWatch has.
func (r *managedReporter) metrics(ctx context.Context) {
	listed := map[string][]cwtypes.Metric{}
	for _, name := range []string{metricCapacity, metricDedicated, metricSend, metricSent24h} {
		found, err := listManagedMetrics(ctx, r.CloudWatch, name)
		if err != nil {
			r.unread("the metric "+name, err)
			continue
		}
		listed[name] = found
	}
	found, pool, provider := findManagedMetrics(listed, r.result.names(), r.opts.PoolDimension, r.opts.ProviderDimension)
	r.result.PoolDimension, r.result.ProviderDimension, r.result.Metrics = pool, provider, len(found)
	for batch := range slices.Chunk(found, maxManagedQueries) {
		values, err := r.values(ctx, batch)
		if err != nil {
			r.unread(fmt.Sprintf("data of %d metrics", len(batch)), err)
			continue
		}
		r.result.fill(batch, values)
	}
}

func (r *ManagedIPReportResult) names() (names []string) {
	for _, p := range r.Pools {
		names = append(names, p.Name)
	}
	return names
}

// listManagedMetrics lists the metrics of SES of a name.
func listManagedMetrics(ctx context.Context, c CloudWatchAPI, name string) (all []cwtypes.Metric, err error) {
	pages := cloudwatchsdk.NewListMetricsPaginator(c, &cloudwatchsdk.ListMetricsInput{Namespace: aws.String(sesNamespace), MetricName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Metrics...)
	}
	return all, nil
}

// findManagedMetrics tells which metrics are of the pools, and the names of the dimensions of
// the pool and of the provider. Names that are given are not found out.
func findManagedMetrics(listed map[string][]cwtypes.Metric, pools []string, poolDimension, providerDimension string) (found []managedMetric, pool, provider string) {
	if pool = poolDimension; pool == "" {
		pool = poolDimensionOf(listed, pools)
	}
	counts := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		for _, m := range listed[name] {
			of, rest := splitDimensions(m.Dimensions, pool)
			if !slices.Contains(pools, of) || name == metricSend && publishedBySets(rest) {
				continue
			}
			if providerDimension != "" && len(rest) > 0 && (len(rest) > 1 || aws.ToString(rest[0].Name) != providerDimension) {
				continue
			}
			for _, d := range rest {
				counts[aws.ToString(d.Name)]++
			}
			found = append(found, managedMetric{name: name, pool: of, provider: providerOf(rest), dimensions: m.Dimensions})
		}
	}
	return found, pool, mostFrequent(counts)
}

// poolDimensionOf finds the dimension whose values are names of pools. Only if the metrics
// that nothing else publishes do not tell, Send does.
func poolDimensionOf(listed map[string][]cwtypes.Metric, pools []string) string {
	counts := map[string]int{}
	count := func(name string) {
		for _, m := range listed[name] {
			for _, d := range m.Dimensions {
				if slices.Contains(pools, aws.ToString(d.Value)) && !(name == metricSend && publishedBySets([]cwtypes.Dimension{d})) {
					counts[aws.ToString(d.Name)]++
				}
			}
		}
	}
	for _, name := range []string{metricCapacity, metricDedicated, metricSent24h} {
		count(name)
	}
	if len(counts) == 0 {
		count(metricSend)
	}
	return mostFrequent(counts)
}

// publishedBySets reports whether there are dimensions that event destinations of configuration
// sets publish: those of message tags that SES makes begin so.
func publishedBySets(dimensions []cwtypes.Dimension) bool {
	return slices.ContainsFunc(dimensions, func(d cwtypes.Dimension) bool { return strings.HasPrefix(aws.ToString(d.Name), "ses:") })
}

// mostFrequent returns the name with the highest count, the first of equals; empty for none.
func mostFrequent(counts map[string]int) (name string) {
	for _, n := range slices.Sorted(maps.Keys(counts)) {
		if name == "" || counts[n] > counts[name] {
			name = n
		}
	}
	return name
}

// splitDimensions returns the value of a dimension, and the others.
func splitDimensions(all []cwtypes.Dimension, name string) (value string, rest []cwtypes.Dimension) {
	for _, d := range all {
		if aws.ToString(d.Name) == name {
			value = aws.ToString(d.Value)
		} else {
			rest = append(rest, d)
		}
	}
	return value, rest
}

// providerOf names what the remaining dimensions, if any, stand for.
func providerOf(rest []cwtypes.Dimension) string {
	sorted := slices.SortedFunc(slices.Values(rest), func(a, b cwtypes.Dimension) int {
		return strings.Compare(aws.ToString(a.Name), aws.ToString(b.Name))
	})
	var values []string
	for _, d := range sorted {
		values = append(values, aws.ToString(d.Value))
	}
	return strings.Join(values, ", ")
}

// maxManagedQueries is the most metrics in one call (GetMetricData in the API reference).
const maxManagedQueries = 500

// values reads the data of metrics: the sum of a Send, and the latest of the others, whose hours
// are averaged. Nil is no data, or, which Unread then tells, data that is not whole.
func (r *managedReporter) values(ctx context.Context, batch []managedMetric) ([]*float64, error) {
	values, whole := make([]*float64, len(batch)), make([]bool, len(batch))
	pages := cloudwatchsdk.NewGetMetricDataPaginator(r.CloudWatch, r.query(batch))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, result := range page.MetricDataResults {
			i, err := strconv.Atoi(strings.TrimPrefix(aws.ToString(result.Id), "m"))
			if err != nil || i < 0 || i >= len(batch) {
				continue
			}
			whole[i] = result.StatusCode == cwtypes.StatusCodeComplete
			for _, v := range result.Values {
				switch {
				case values[i] == nil:
					values[i] = aws.Float64(v)
				case batch[i].name == metricSend:
					*values[i] += v
				}
			}
		}
	}
	for i, m := range batch {
		switch {
		case !whole[i]:
			values[i] = nil
			r.unread("the data of "+m.name+" of "+m.pool, errors.New("CloudWatch did not give all of it"))
		case values[i] != nil && (math.IsNaN(*values[i]) || math.IsInf(*values[i], 0)):
			values[i] = nil
			r.unread("the data of "+m.name+" of "+m.pool, errors.New("CloudWatch gave what is no number"))
		}
	}
	return values, nil
}

// query asks for the data of metrics, newest first.
func (r *managedReporter) query(batch []managedMetric) *cloudwatchsdk.GetMetricDataInput {
	in := &cloudwatchsdk.GetMetricDataInput{StartTime: &r.result.From, EndTime: &r.result.To, ScanBy: cwtypes.ScanByTimestampDescending}
	for i, m := range batch {
		stat := "Average"
		if m.name == metricSend {
			stat = "Sum"
		}
		in.MetricDataQueries = append(in.MetricDataQueries, cwtypes.MetricDataQuery{Id: aws.String(fmt.Sprint("m", i)), MetricStat: &cwtypes.MetricStat{
			Stat: &stat, Period: aws.Int32(3600),
			Metric: &cwtypes.Metric{Namespace: aws.String(sesNamespace), MetricName: aws.String(m.name), Dimensions: m.dimensions},
		}})
	}
	return in
}

// fill puts values where they belong, and sorts providers by what was sent to them.
func (r *ManagedIPReportResult) fill(found []managedMetric, values []*float64) {
	for i, m := range found {
		at := r.provider(m.pool, m.provider)
		switch m.name {
		case metricSend:
			at.Send = values[i]
		case metricDedicated:
			at.Dedicated = values[i]
		case metricSent24h:
			at.Sent24h = values[i]
		case metricCapacity:
			at.Capacity24 = values[i]
		}
	}
	for _, p := range r.Pools {
		slices.SortStableFunc(p.Providers, func(a, b ManagedProviderReport) int {
			return cmp.Or(cmp.Compare(deref(b.Send), deref(a.Send)), cmp.Compare(deref(b.Sent24h), deref(a.Sent24h)), strings.Compare(a.Provider, b.Provider))
		})
	}
}

// provider returns where the numbers of a provider are kept. The pool is one of the report.
func (r *ManagedIPReportResult) provider(pool, name string) *ManagedProviderReport {
	p := &r.Pools[slices.IndexFunc(r.Pools, func(p ManagedPoolReport) bool { return p.Name == pool })]
	i := slices.IndexFunc(p.Providers, func(v ManagedProviderReport) bool { return v.Provider == name })
	if i < 0 {
		i = len(p.Providers)
		p.Providers = append(p.Providers, ManagedProviderReport{Provider: name})
	}
	return &p.Providers[i]
}
