package redshift

import (
	"context"

	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cesdk "github.com/aws/aws-sdk-go-v2/service/costexplorer"
	pricingsdk "github.com/aws/aws-sdk-go-v2/service/pricing"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	serverlesssdk "github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	stssdk "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/awspatterns/awspatterns/internal/useragent"
)

// Clients are the AWS clients that this package works with, all of one account and Region.
// A pattern needs those that its permissions name; others may be nil.
type Clients struct {
	Data       DataAPI
	Redshift   RedshiftAPI
	Serverless ServerlessAPI
	STS        STSAPI
	Pricing    PricingAPI
	Costs      CostsAPI

	// Region that the clients are in. Plans are made for it.
	Region string
}

// A ClientsFunc returns the clients of an account in a Region. It stands where [Clients]
// stands in patterns over several warehouses, and is the place to assume a role. Account
// and Region are those of a warehouse as it was described, empty for the caller's own.
type ClientsFunc func(account, region string) (Clients, error)

// Only returns a ClientsFunc for warehouses that are all in the account and Region of c.
// Patterns compare the account that they reach with the one of the warehouse, if it has one.
func (c Clients) Only() ClientsFunc {
	return func(string, string) (Clients, error) { return c, nil }
}

// NewClients returns clients for cfg, which name this library in their user agent.
func NewClients(cfg aws.Config) Clients {
	cfg = useragent.Add(cfg)
	return Clients{
		Data:       datasdk.NewFromConfig(cfg),
		Redshift:   redshiftsdk.NewFromConfig(cfg),
		Serverless: serverlesssdk.NewFromConfig(cfg),
		STS:        stssdk.NewFromConfig(cfg),
		Pricing:    pricingsdk.NewFromConfig(cfg, func(o *pricingsdk.Options) { o.Region = pricingRegion(cfg.Region) }),
		Costs:      cesdk.NewFromConfig(cfg),
		Region:     cfg.Region,
	}
}

// pricingRegion is where the price list of a Region's partition is asked for: it has
// endpoints in few Regions ("AWS Price List endpoints and quotas").
func pricingRegion(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return "cn-northwest-1"
	}
	return "us-east-1"
}

// DataAPI is what this package needs of *redshiftdata.Client.
type DataAPI interface {
	BatchExecuteStatement(context.Context, *datasdk.BatchExecuteStatementInput, ...func(*datasdk.Options)) (*datasdk.BatchExecuteStatementOutput, error)
	CancelStatement(context.Context, *datasdk.CancelStatementInput, ...func(*datasdk.Options)) (*datasdk.CancelStatementOutput, error)
	DescribeStatement(context.Context, *datasdk.DescribeStatementInput, ...func(*datasdk.Options)) (*datasdk.DescribeStatementOutput, error)
	ExecuteStatement(context.Context, *datasdk.ExecuteStatementInput, ...func(*datasdk.Options)) (*datasdk.ExecuteStatementOutput, error)
	GetStatementResult(context.Context, *datasdk.GetStatementResultInput, ...func(*datasdk.Options)) (*datasdk.GetStatementResultOutput, error)
}

// RedshiftAPI is what this package needs of *redshift.Client.
type RedshiftAPI interface {
	AssociateDataShareConsumer(context.Context, *redshiftsdk.AssociateDataShareConsumerInput, ...func(*redshiftsdk.Options)) (*redshiftsdk.AssociateDataShareConsumerOutput, error)
	AuthorizeDataShare(context.Context, *redshiftsdk.AuthorizeDataShareInput, ...func(*redshiftsdk.Options)) (*redshiftsdk.AuthorizeDataShareOutput, error)
	DeauthorizeDataShare(context.Context, *redshiftsdk.DeauthorizeDataShareInput, ...func(*redshiftsdk.Options)) (*redshiftsdk.DeauthorizeDataShareOutput, error)
	DescribeClusters(context.Context, *redshiftsdk.DescribeClustersInput, ...func(*redshiftsdk.Options)) (*redshiftsdk.DescribeClustersOutput, error)
	DescribeDataShares(context.Context, *redshiftsdk.DescribeDataSharesInput, ...func(*redshiftsdk.Options)) (*redshiftsdk.DescribeDataSharesOutput, error)
	DescribeReservedNodes(context.Context, *redshiftsdk.DescribeReservedNodesInput, ...func(*redshiftsdk.Options)) (*redshiftsdk.DescribeReservedNodesOutput, error)
	DisassociateDataShareConsumer(context.Context, *redshiftsdk.DisassociateDataShareConsumerInput, ...func(*redshiftsdk.Options)) (*redshiftsdk.DisassociateDataShareConsumerOutput, error)
}

// ServerlessAPI is what this package needs of *redshiftserverless.Client.
type ServerlessAPI interface {
	GetNamespace(context.Context, *serverlesssdk.GetNamespaceInput, ...func(*serverlesssdk.Options)) (*serverlesssdk.GetNamespaceOutput, error)
	ListReservations(context.Context, *serverlesssdk.ListReservationsInput, ...func(*serverlesssdk.Options)) (*serverlesssdk.ListReservationsOutput, error)
	GetWorkgroup(context.Context, *serverlesssdk.GetWorkgroupInput, ...func(*serverlesssdk.Options)) (*serverlesssdk.GetWorkgroupOutput, error)
}

// STSAPI is what this package needs of *sts.Client.
type STSAPI interface {
	GetCallerIdentity(context.Context, *stssdk.GetCallerIdentityInput, ...func(*stssdk.Options)) (*stssdk.GetCallerIdentityOutput, error)
}

// PricingAPI is what this package needs of *pricing.Client.
type PricingAPI interface {
	GetProducts(context.Context, *pricingsdk.GetProductsInput, ...func(*pricingsdk.Options)) (*pricingsdk.GetProductsOutput, error)
}

// CostsAPI is what this package needs of *costexplorer.Client.
type CostsAPI interface {
	GetCostAndUsage(context.Context, *cesdk.GetCostAndUsageInput, ...func(*cesdk.Options)) (*cesdk.GetCostAndUsageOutput, error)
}
