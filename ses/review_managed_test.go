package ses_test

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	cloudwatchsdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
)

// TestManagedIPReportOfNoNumbers has values that are no numbers: they are not kept in a JSON
// document, and are no data.
func TestManagedIPReportOfNoNumbers(t *testing.T) {
	inManagedWorld(t, reportWorld, func(t *testing.T, w *managedWorld) {
		awstest.Handle(w.Cloud, func(_ context.Context, in *cloudwatchsdk.GetMetricDataInput) (*cloudwatchsdk.GetMetricDataOutput, error) {
			out := &cloudwatchsdk.GetMetricDataOutput{}
			for i, q := range in.MetricDataQueries {
				odd := []float64{math.NaN(), math.Inf(1), math.MaxFloat64}[i%3]
				out.MetricDataResults = append(out.MetricDataResults, cwtypes.MetricDataResult{
					Id: q.Id, StatusCode: cwtypes.StatusCodeComplete, Values: []float64{odd, odd}, Timestamps: []time.Time{time.Now(), time.Now()},
				})
			}
			return out, nil
		})
		report, err := ses.ManagedIPReport(t.Context(), w.clients(), ses.ManagedIPReportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(report); err != nil {
			t.Error(err)
		}
		if text := report.String(); strings.Contains(text, "NaN") || strings.Contains(text, "Inf") || len(report.Unread) == 0 {
			t.Errorf("got\n%s", text)
		}
	})
}
