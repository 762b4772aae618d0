package servicequotas

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
)

const account = "123456789012"

func newWorld(t *testing.T) (*awstest.Cloud, *Service, func(region, account string) *sdk.Client) {
	cloud := awstest.New(t)
	return cloud, New(cloud), func(region, account string) *sdk.Client {
		return sdk.NewFromConfig(cloud.Config(region, account))
	}
}

func codeOf(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestGet(t *testing.T) {
	_, s, client := newWorld(t)
	s.Set(account, "eu-central-1", DetectDocumentText, 50)
	tests := []struct {
		region, account, service, code, want string
		value, standard                      float64
	}{
		{"eu-central-1", account, "textract", DetectDocumentText, "", 50, 1},
		{"eu-central-1", account, "textract", StartDocumentTextDetection, "NoSuchResourceException", 0, 1},
		{"eu-central-1", "210987654321", "textract", DetectDocumentText, "NoSuchResourceException", 0, 1},
		{"us-east-1", account, "textract", DetectDocumentText, "NoSuchResourceException", 0, 25},
		{"us-east-1", account, "textract", DocumentTextDetectionJobs, "NoSuchResourceException", 0, 600},
		{"us-east-2", account, "textract", StartDocumentTextDetection, "NoSuchResourceException", 0, 5},
		{"eu-west-3", account, "textract", GetDocumentTextDetection, "NoSuchResourceException", 0, 5},
		{"eu-north-1", account, "textract", DetectDocumentText, "NoSuchResourceException", 0, 0},
		{"us-east-1", account, "textract", "L-00000000", "NoSuchResourceException", 0, 0},
		{"us-east-1", account, "ec2", DetectDocumentText, "NoSuchResourceException", 0, 0},
		{"us-east-1", account, "textract", "?", "IllegalArgumentException", 0, 0},
	}
	for _, test := range tests {
		c := client(test.region, test.account)
		got, err := c.GetServiceQuota(t.Context(), &sdk.GetServiceQuotaInput{ServiceCode: &test.service, QuotaCode: &test.code})
		if codeOf(err) != test.want {
			t.Errorf("%v: got %v", test, err)
		} else if err == nil && (*got.Quota.Value != test.value || got.Quota.QuotaAppliedAtLevel != types.AppliedLevelEnumAccount) {
			t.Errorf("%v: got %v", test, *got.Quota.Value)
		}
		standard, err := c.GetAWSDefaultServiceQuota(t.Context(), &sdk.GetAWSDefaultServiceQuotaInput{ServiceCode: &test.service, QuotaCode: &test.code})
		if (err == nil) != (test.standard > 0) || err == nil && *standard.Quota.Value != test.standard {
			t.Errorf("%v: got %v, %v", test, standard, err)
		}
	}
	s.AllApplied = true
	got, err := client("us-east-1", account).GetServiceQuota(t.Context(), &sdk.GetServiceQuotaInput{
		ServiceCode: aws.String("textract"), QuotaCode: aws.String(StartDocumentTextDetection),
	})
	if err != nil || *got.Quota.Value != 15 || *got.Quota.QuotaArn != "arn:aws:servicequotas:us-east-1:123456789012:textract/L-AE9E2453" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestList(t *testing.T) {
	_, s, client := newWorld(t)
	s.PageSize = 3
	s.Set(account, "us-east-1", DetectDocumentText, 50)
	c := client("us-east-1", account)
	names := map[string]float64{}
	pages := 0
	defaults := sdk.NewListAWSDefaultServiceQuotasPaginator(c, &sdk.ListAWSDefaultServiceQuotasInput{ServiceCode: aws.String("textract")})
	for defaults.HasMorePages() {
		page, err := defaults.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, q := range page.Quotas {
			names[*q.QuotaName] = *q.Value
		}
	}
	if pages != 3 || len(names) != len(quotas) || names["DetectDocumentText throttle limit in transactions per second"] != 25 {
		t.Errorf("got %d pages: %v", pages, names)
	}
	applied, err := c.ListServiceQuotas(t.Context(), &sdk.ListServiceQuotasInput{ServiceCode: aws.String("textract")})
	if err != nil || len(applied.Quotas) != 1 || *applied.Quotas[0].Value != 50 || applied.NextToken != nil {
		t.Errorf("got %v, %v", applied, err)
	}
	s.AllApplied = true
	applied, err = c.ListServiceQuotas(t.Context(), &sdk.ListServiceQuotasInput{ServiceCode: aws.String("textract"), MaxResults: aws.Int32(2)})
	if err != nil || len(applied.Quotas) != 2 || applied.NextToken == nil {
		t.Errorf("got %v, %v", applied, err)
	}
	applied, err = c.ListServiceQuotas(t.Context(), &sdk.ListServiceQuotasInput{
		ServiceCode: aws.String("textract"), QuotaCode: aws.String(DocumentTextDetectionJobs),
	})
	if err != nil || len(applied.Quotas) != 1 || *applied.Quotas[0].Value != 600 {
		t.Errorf("got %v, %v", applied, err)
	}
}

func TestListRefuses(t *testing.T) {
	_, _, client := newWorld(t)
	tests := []struct {
		region string
		in     sdk.ListServiceQuotasInput
		want   string
	}{
		{"us-east-1", sdk.ListServiceQuotasInput{ServiceCode: aws.String("nothing")}, "NoSuchResourceException"},
		{"eu-north-1", sdk.ListServiceQuotasInput{ServiceCode: aws.String("textract")}, "NoSuchResourceException"},
		{"us-east-1", sdk.ListServiceQuotasInput{ServiceCode: aws.String("")}, "IllegalArgumentException"},
		{"us-east-1", sdk.ListServiceQuotasInput{ServiceCode: aws.String("textract"), MaxResults: aws.Int32(101)}, "IllegalArgumentException"},
		{"us-east-1", sdk.ListServiceQuotasInput{ServiceCode: aws.String("textract"), NextToken: aws.String("x")}, "InvalidPaginationTokenException"},
		{"us-east-1", sdk.ListServiceQuotasInput{ServiceCode: aws.String("textract"), QuotaAppliedAtLevel: types.AppliedLevelEnumResource}, "NotImplemented"},
	}
	for _, test := range tests {
		_, err := client(test.region, account).ListServiceQuotas(t.Context(), &test.in, func(o *sdk.Options) { o.Retryer = aws.NopRetryer{} })
		if codeOf(err) != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestSetOfAnUnknownQuota(t *testing.T) {
	_, s, _ := newWorld(t)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	s.Set(account, "us-east-1", "L-00000000", 1)
}

func TestActions(t *testing.T) {
	cloud, _, client := newWorld(t)
	c := client("us-east-1", account)
	c.ListServiceQuotas(t.Context(), &sdk.ListServiceQuotasInput{ServiceCode: aws.String("textract")})
	c.GetServiceQuota(t.Context(), &sdk.GetServiceQuotaInput{ServiceCode: aws.String("textract"), QuotaCode: aws.String(DetectDocumentText)})
	c.ListAWSDefaultServiceQuotas(t.Context(), &sdk.ListAWSDefaultServiceQuotasInput{ServiceCode: aws.String("textract")})
	c.GetAWSDefaultServiceQuota(t.Context(), &sdk.GetAWSDefaultServiceQuotaInput{ServiceCode: aws.String("textract"), QuotaCode: aws.String(DetectDocumentText)})
	c.RequestServiceQuotaIncrease(t.Context(), &sdk.RequestServiceQuotaIncreaseInput{
		ServiceCode: aws.String("ses"), QuotaCode: aws.String(SendingRate), DesiredValue: aws.Float64(2),
	})
	c.ListRequestedServiceQuotaChangeHistoryByQuota(t.Context(), &sdk.ListRequestedServiceQuotaChangeHistoryByQuotaInput{
		ServiceCode: aws.String("ses"), QuotaCode: aws.String(SendingRate),
	})
	var policy awspatterns.Policy
	for _, action := range Actions {
		policy = append(policy, awspatterns.Permission{Action: action[0], Resources: []string{"*"}})
	}
	awstest.CheckPermissions(t, policy, cloud.Calls(), Actions)
}
