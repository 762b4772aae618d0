package textdetect_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/textdetect"
)

// listed are quotas by the names that Service Quotas has for them.
type listed map[string]float64

const tps = " throttle limit in transactions per second"

// serve answers with a page for each quota.
func (l listed) serve(t *testing.T, cloud *awstest.Cloud) *servicequotas.Client {
	var pages [][]types.ServiceQuota
	for name, value := range l {
		pages = append(pages, []types.ServiceQuota{{QuotaName: &name, Value: &value}})
	}
	pages = append(pages, []types.ServiceQuota{{}, {QuotaName: aws.String("DetectDocumentText" + tps)}})
	awstest.Handle(cloud, func(ctx context.Context, in *servicequotas.ListServiceQuotasInput) (*servicequotas.ListServiceQuotasOutput, error) {
		if *in.ServiceCode != "textract" || awstest.CallerOf(ctx).Region != region {
			t.Errorf("asked for the quotas of %s in %s", *in.ServiceCode, awstest.CallerOf(ctx).Region)
		}
		n := len(aws.ToString(in.NextToken))
		out := &servicequotas.ListServiceQuotasOutput{Quotas: pages[n]}
		if n+1 < len(pages) {
			out.NextToken = aws.String(string(make([]byte, n+1)))
		}
		return out, nil
	})
	return servicequotas.NewFromConfig(cloud.Config("eu-west-1", account))
}

func TestQuotas(t *testing.T) {
	all := listed{
		"AnalyzeDocument" + tps:            1,
		"DetectDocumentText" + tps:         2.5,
		"StartDocumentAnalysis" + tps:      3,
		"StartDocumentTextDetection" + tps: 4,
		"GetDocumentTextDetection" + tps:   6,
		"Async DocumentAnalysis throttle limit for max number of concurrent jobs":      7,
		"Async DocumentTextDetection throttle limit for max number of concurrent jobs": 8,
	}
	noHost := errors.New("something else")
	for _, test := range []struct {
		name   string
		listed listed
		fault  error
		want   textdetect.Config
		source string
		fails  bool
	}{
		{"all", all, nil, textdetect.Config{DetectTPS: 2.5, StartTPS: 4, GetTPS: 6, Jobs: 8},
			"DetectTPS 2.5 (Service Quotas), StartTPS 4 (Service Quotas), GetTPS 6 (Service Quotas), Jobs 8 (Service Quotas)", false},
		{"other words", listed{"Transactions per second per account for the DetectDocumentText operation": 9, "Jobs of StartDocumentTextDetection": 3}, nil,
			textdetect.Config{DetectTPS: 9, StartTPS: 15, GetTPS: 25, Jobs: 3},
			"DetectTPS 9 (Service Quotas), StartTPS 15 (default of us-east-1), GetTPS 25 (default of us-east-1), Jobs 3 (Service Quotas)", false},
		{"no figures", listed{"DetectDocumentText" + tps: 0, "StartDocumentTextDetection" + tps: -1}, nil,
			textdetect.Config{DetectTPS: 25, StartTPS: 15, GetTPS: 25, Jobs: 600},
			"DetectTPS 25 (default of us-east-1), StartTPS 15 (default of us-east-1), GetTPS 25 (default of us-east-1), Jobs 600 (default of us-east-1)", false},
		{"denied", all, awstest.Error(403, "AccessDeniedException", "no"), textdetect.Config{DetectTPS: 25, StartTPS: 15, GetTPS: 25, Jobs: 600},
			"DetectTPS 25 (default of us-east-1), StartTPS 15 (default of us-east-1), GetTPS 25 (default of us-east-1), Jobs 600 (default of us-east-1)" +
				"; Service Quotas could not be read: Service Quotas ListServiceQuotas: AccessDeniedException: no", false},
		{"no such service", nil, awstest.Status(400, &types.NoSuchResourceException{}), textdetect.Config{DetectTPS: 25, StartTPS: 15, GetTPS: 25, Jobs: 600}, "", false},
		{"in trouble", all, awstest.Error(500, "ServiceException", ""), textdetect.Config{DetectTPS: 25, StartTPS: 15, GetTPS: 25, Jobs: 600}, "", true},
		{"no network", all, noHost, textdetect.Config{DetectTPS: 25, StartTPS: 15, GetTPS: 25, Jobs: 600}, "", true},
	} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			client := test.listed.serve(t, cloud)
			if test.fault != nil {
				cloud.Inject(awstest.Fault{Err: test.fault})
			}
			got, source, err := textdetect.Quotas(t.Context(), client, region)
			if got != test.want || test.source != "" && source != test.source || source == "" || (err != nil) != test.fails {
				t.Errorf("%s: got %+v, %q, %v", test.name, got, source, err)
			}
		})
	}
}

// TestQuotasHalf has a list that breaks off: what was read counts.
func TestQuotasHalf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		client := listed{"DetectDocumentText" + tps: 7}.serve(t, cloud)
		cloud.Inject(awstest.Fault{Skip: 1, Err: awstest.Throttled()})
		if got, source, err := textdetect.Quotas(t.Context(), client, region); err == nil || got.DetectTPS != 7 || got.Jobs != 600 {
			t.Errorf("got %+v, %q, %v", got, source, err)
		}
	})
}

func TestQuotasCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		client := listed{}.serve(t, cloud)
		why := errors.New("enough")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, why)
		defer cancel()
		cloud.Inject(awstest.Fault{Latency: time.Minute})
		if got, _, err := textdetect.Quotas(ctx, client, region); !errors.Is(err, why) || got.Jobs != 600 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestNoQuotasClient(t *testing.T) {
	for region, want := range map[string]textdetect.Config{
		"us-east-1":    {DetectTPS: 25, StartTPS: 15, GetTPS: 25, Jobs: 600},
		"us-west-2":    {DetectTPS: 25, StartTPS: 15, GetTPS: 25, Jobs: 600},
		"us-east-2":    {DetectTPS: 10, StartTPS: 5, GetTPS: 10, Jobs: 100},
		"eu-west-1":    {DetectTPS: 5, StartTPS: 5, GetTPS: 5, Jobs: 100},
		"eu-central-1": {DetectTPS: 1, StartTPS: 1, GetTPS: 5, Jobs: 100},
	} {
		if got, source, err := textdetect.Quotas(t.Context(), nil, region); got != want || err != nil || source == "" {
			t.Errorf("%s: got %+v, %q, %v", region, got, source, err)
		}
	}
}

func TestAvailable(t *testing.T) {
	for region, want := range map[string][2]bool{
		"us-east-1":  {true, true},
		"eu-south-2": {true, true},
		"eu-north-1": {false, true},
		"mars-1":     {false, false},
		"":           {false, false},
	} {
		if available, known := textdetect.Available(region); available != want[0] || known != want[1] {
			t.Errorf("%s: got %v, %v", region, available, known)
		}
	}
}
