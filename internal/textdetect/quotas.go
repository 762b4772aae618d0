package textdetect

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"

	"github.com/awspatterns/awspatterns/internal/reason"
)

// QuotasAPI is what [Quotas] needs of *servicequotas.Client.
type QuotasAPI interface {
	ListServiceQuotas(context.Context, *servicequotas.ListServiceQuotasInput, ...func(*servicequotas.Options)) (*servicequotas.ListServiceQuotasOutput, error)
}

// A quota is one of the figures of a Config.
type quota struct {
	name  string         // of the field
	named *regexp.Regexp // in Service Quotas
	set   func(*Config, float64)
	get   func(Config) float64
}

// quotas have the names that Service Quotas lists for the service "textract", such as
// "DetectDocumentText throttle limit in transactions per second" and "Async
// DocumentTextDetection throttle limit for max number of concurrent jobs".
var quotas = []quota{
	{"DetectTPS", perSecond("DetectDocumentText"),
		func(c *Config, v float64) { c.DetectTPS = v }, func(c Config) float64 { return c.DetectTPS }},
	{"StartTPS", perSecond("StartDocumentTextDetection"),
		func(c *Config, v float64) { c.StartTPS = v }, func(c Config) float64 { return c.StartTPS }},
	{"GetTPS", perSecond("GetDocumentTextDetection"),
		func(c *Config, v float64) { c.GetTPS = v }, func(c Config) float64 { return c.GetTPS }},
	{"Jobs", regexp.MustCompile(`(?i)TextDetection\b.*\bjobs\b|\bjobs\b.*TextDetection\b`),
		func(c *Config, v float64) { c.Jobs = int(v) }, func(c Config) float64 { return float64(c.Jobs) }},
}

func perSecond(operation string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b` + operation + `\b.*per second|per second.*\b` + operation + `\b`)
}

// Quotas returns the quotas of the account in a Region, as Service Quotas has them.
// Those that it does not have, or all if it may not be asked (or api is nil), are what
// AWS documents as the default of the Region. The source tells which is which.
//
// The Config is valid also with an error, which is that of a service that is in
// trouble or a context that has ended.
//
// IAM action: servicequotas:ListServiceQuotas.
func Quotas(ctx context.Context, api QuotasAPI, region string) (cfg Config, source string, err error) {
	var applied map[string]float64
	if api != nil {
		applied, err = appliedQuotas(ctx, api, region)
	}
	why := ""
	if err != nil {
		why = "; Service Quotas could not be read: " + reason.Of(err)
		if denied(err) {
			err = nil
		} else {
			err = fmt.Errorf("quotas of Textract in %s: %w", region, reason.Cause(ctx, err))
		}
	}
	cfg = defaultsOf(region)
	var sources []string
	for _, q := range quotas {
		from := "default of " + region
		if v, ok := applied[q.name]; ok {
			q.set(&cfg, v)
			from = "Service Quotas"
		}
		sources = append(sources, fmt.Sprintf("%s %v (%s)", q.name, q.get(cfg), from))
	}
	return cfg, strings.Join(sources, ", ") + why, err
}

// denied reports whether asking again would be no use: no permission, or no Service
// Quotas for Textract or in the Region.
func denied(err error) bool {
	return slices.Contains([]string{"NoSuchResourceException", "IllegalArgumentException"}, codeOf(err)) || Fatal(err)
}

// appliedQuotas returns quotas by the names of their fields.
func appliedQuotas(ctx context.Context, api QuotasAPI, region string) (map[string]float64, error) {
	found := map[string]float64{}
	pages := servicequotas.NewListServiceQuotasPaginator(api, &servicequotas.ListServiceQuotasInput{ServiceCode: aws.String("textract")},
		func(o *servicequotas.ListServiceQuotasPaginatorOptions) { o.StopOnDuplicateToken = true })
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, func(o *servicequotas.Options) { o.Region = region })
		if err != nil {
			return found, err
		}
		for _, listed := range page.Quotas {
			for _, q := range quotas {
				if v := aws.ToFloat64(listed.Value); q.named.MatchString(aws.ToString(listed.QuotaName)) && v > 0 && v < math.MaxInt32 {
					found[q.name] = v
				}
			}
		}
	}
	return found, nil
}

// defaultsOf returns what "Amazon Textract endpoints and quotas" in the AWS General
// Reference has as default (https://docs.aws.amazon.com/general/latest/gr/textract.html).
func defaultsOf(region string) Config {
	switch region {
	case "us-east-1", "us-west-2":
		return Config{DetectTPS: 25, StartTPS: 15, GetTPS: 25, Jobs: 600}
	case "us-east-2":
		return Config{DetectTPS: 10, StartTPS: 5, GetTPS: 10, Jobs: 100}
	case "eu-west-1", "ap-south-1":
		return Config{DetectTPS: 5, StartTPS: 5, GetTPS: 5, Jobs: 100}
	}
	return Config{DetectTPS: 1, StartTPS: 1, GetTPS: 5, Jobs: 100}
}

// Regions of the same page, as read in 2026, and the other Regions there were then.
var (
	textractRegions = []string{
		"ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
		"eu-central-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3",
		"us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
	}
	otherRegions = []string{
		"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-3", "ap-south-2",
		"ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-west-1",
		"cn-north-1", "cn-northwest-1", "eu-central-2", "eu-north-1", "eu-south-1", "il-central-1",
		"me-central-1", "me-south-1", "mx-central-1", "sa-east-1",
	}
)

// Available reports whether a Region has Textract, by what AWS has documented, and
// whether the Region is known here at all. It is for messages, not for decisions:
// Textract comes to Regions.
func Available(region string) (available, known bool) {
	available = slices.Contains(textractRegions, region)
	return available, available || slices.Contains(otherRegions, region)
}
