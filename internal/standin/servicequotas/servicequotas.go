// Package servicequotas stands in for Service Quotas.
//
// It knows some quotas of one service, Amazon Textract, in the Regions that have
// it, and answers GetServiceQuota, ListServiceQuotas and their counterparts for
// AWS default values. Of the sending quotas of Amazon SES it takes requests for increases,
// and lists these. Applied are only the quotas that a test has set: "For some
// quotas, only the default values are available. If the applied quota value is not
// available for a quota, the quota is not retrieved" (both operations in the API
// reference). Which quotas of Textract those are is not documented: see
// [Service].AllApplied.
//
// Assumed is that a service that is not in the Region is answered with
// NoSuchResourceException. Not known, and refused, are quotas of resources.
package servicequotas

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A Service is Service Quotas in all accounts and Regions of a Cloud. Set its
// fields before the first call. Its methods may be called from several goroutines.
type Service struct {
	// AllApplied makes quotas that were never set have an applied value, too: the
	// default.
	AllApplied bool

	// PageSize, if not zero, is the most quotas that one page holds, up to 100.
	PageSize int

	mu        sync.Mutex
	applied   map[place]float64
	requests  map[place][]request // for increases, the oldest first
	requested int                 // so far
}

type place struct {
	awstest.Caller
	code string
}

// New returns a Service in which no quota was changed, and makes it answer the
// calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{applied: map[place]float64{}, requests: map[place][]request{}}
	awstest.Handle(c, s.getServiceQuota)
	awstest.Handle(c, s.listServiceQuotas)
	awstest.Handle(c, s.getAWSDefaultServiceQuota)
	awstest.Handle(c, s.listAWSDefaultServiceQuotas)
	awstest.Handle(c, s.requestIncrease)
	awstest.Handle(c, s.listRequests)
	return s
}

// Set sets the applied value of a quota, such as [DetectDocumentText], of an
// account in a Region.
func (s *Service) Set(account, region, code string, value float64) {
	if !slices.ContainsFunc(quotas, func(q quota) bool { return q.code == code }) {
		panic("servicequotas: no quota " + code)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.applied[place{awstest.Caller{Account: account, Region: region}, code}] = value
}

func (s *Service) getServiceQuota(ctx context.Context, in *sdk.GetServiceQuotaInput) (*sdk.GetServiceQuotaOutput, error) {
	if in.ContextId != nil {
		return nil, notImplemented("quotas of resources")
	}
	q, err := find(s.appliedQuotas(awstest.CallerOf(ctx)), in.ServiceCode, in.QuotaCode)
	return &sdk.GetServiceQuotaOutput{Quota: q}, err
}

func (s *Service) getAWSDefaultServiceQuota(ctx context.Context, in *sdk.GetAWSDefaultServiceQuotaInput) (*sdk.GetAWSDefaultServiceQuotaOutput, error) {
	q, err := find(defaultQuotas(awstest.CallerOf(ctx)), in.ServiceCode, in.QuotaCode)
	return &sdk.GetAWSDefaultServiceQuotaOutput{Quota: q}, err
}

func find(all []types.ServiceQuota, service, code *string) (*types.ServiceQuota, error) {
	if !validCode(service, maxServiceCode) || !validCode(code, maxQuotaCode) {
		return nil, illegalArgument()
	}
	i := slices.IndexFunc(all, func(q types.ServiceQuota) bool { return *q.ServiceCode == *service && *q.QuotaCode == *code })
	if i < 0 {
		return nil, noSuchResource()
	}
	return &all[i], nil
}

func (s *Service) listServiceQuotas(ctx context.Context, in *sdk.ListServiceQuotasInput) (*sdk.ListServiceQuotasOutput, error) {
	if in.QuotaAppliedAtLevel != "" && in.QuotaAppliedAtLevel != types.AppliedLevelEnumAccount {
		return nil, notImplemented("quotas of resources")
	}
	caller := awstest.CallerOf(ctx)
	all := s.appliedQuotas(caller)
	if in.QuotaCode != nil {
		all = slices.DeleteFunc(all, func(q types.ServiceQuota) bool { return *q.QuotaCode != *in.QuotaCode })
	}
	page, next, err := s.page(caller, all, in.ServiceCode, in.MaxResults, in.NextToken)
	return &sdk.ListServiceQuotasOutput{Quotas: page, NextToken: next}, err
}

func (s *Service) listAWSDefaultServiceQuotas(ctx context.Context, in *sdk.ListAWSDefaultServiceQuotasInput) (*sdk.ListAWSDefaultServiceQuotasOutput, error) {
	caller := awstest.CallerOf(ctx)
	page, next, err := s.page(caller, defaultQuotas(caller), in.ServiceCode, in.MaxResults, in.NextToken)
	return &sdk.ListAWSDefaultServiceQuotasOutput{Quotas: page, NextToken: next}, err
}

// maxPage is the most that MaxResults may be (API reference).
const maxPage = 100

// page returns a page of the quotas of a service, and the token of the next.
func (s *Service) page(caller awstest.Caller, all []types.ServiceQuota, service *string, asked *int32, token *string) ([]types.ServiceQuota, *string, error) {
	size := maxPage
	switch {
	case !validCode(service, maxServiceCode), asked != nil && (*asked < 1 || *asked > maxPage):
		return nil, nil, illegalArgument()
	case *service != serviceCode, !slices.Contains(regions, caller.Region):
		return nil, nil, noSuchResource()
	case asked != nil:
		size = int(*asked)
	}
	if s.PageSize > 0 {
		size = min(size, s.PageSize)
	}
	from := 0
	if token != nil {
		digits, ours := strings.CutPrefix(*token, tokenPrefix)
		n, err := strconv.Atoi(digits)
		if !ours || err != nil || n < 1 || n >= len(all) {
			return nil, nil, refuse(http.StatusBadRequest, &types.InvalidPaginationTokenException{}, "Invalid token")
		}
		from = n
	}
	if to := from + size; to < len(all) {
		return all[from:to], aws.String(tokenPrefix + strconv.Itoa(to)), nil
	}
	return all[from:], nil, nil
}

const tokenPrefix = "pageFrom"

const serviceCode = "textract"

// regions are where Textract is ("Amazon Textract endpoints and quotas" in the AWS
// general reference).
var regions = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-gov-east-1", "us-gov-west-1", "ca-central-1",
	"eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-south-2",
	"ap-south-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2",
}

// appliedQuotas returns the quotas of a caller that have an applied value.
func (s *Service) appliedQuotas(caller awstest.Caller) (all []types.ServiceQuota) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, d := range defaultQuotas(caller) {
		value, ok := s.applied[place{caller, quotas[i].code}]
		if ok {
			d.Value = &value
		}
		if ok || s.AllApplied {
			d.QuotaArn = aws.String(arn(caller, caller.Account, quotas[i].code))
			d.QuotaAppliedAtLevel = types.AppliedLevelEnumAccount
			all = append(all, d)
		}
	}
	return all
}

func defaultQuotas(caller awstest.Caller) (all []types.ServiceQuota) {
	if !slices.Contains(regions, caller.Region) {
		return nil
	}
	for _, q := range quotas {
		all = append(all, types.ServiceQuota{
			Adjustable: true, ServiceCode: aws.String(serviceCode), ServiceName: aws.String("Amazon Textract"),
			QuotaCode: aws.String(q.code), QuotaName: aws.String(q.name), Unit: aws.String("None"),
			QuotaArn: aws.String(arn(caller, "", q.code)), Value: aws.Float64(q.defaultIn(caller.Region)),
		})
	}
	return all
}

func arn(caller awstest.Caller, account, code string) string {
	return fmt.Sprintf("arn:%s:servicequotas:%s:%s:%s/%s", caller.Partition(), caller.Region, account, serviceCode, code)
}

// Codes have this pattern and at most so many characters in the SDK's model.
var code = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]+$`)

const (
	maxServiceCode = 63
	maxQuotaCode   = 128
)

func validCode(c *string, longest int) bool {
	return c != nil && len(*c) <= longest && code.MatchString(*c)
}

func illegalArgument() error {
	return refuse(http.StatusBadRequest, &types.IllegalArgumentException{}, "Invalid input was provided.")
}

func noSuchResource() error {
	return refuse(http.StatusBadRequest, &types.NoSuchResourceException{}, "The request failed because the specified service quota does not exist.")
}

func notImplemented(what string) error {
	return awstest.Error(http.StatusNotImplemented, "NotImplemented", "the stand-in for Service Quotas does not know "+what)
}

// refuse answers with an error type of the service.
func refuse(status int, err error, message string) error {
	reflect.ValueOf(err).Elem().FieldByName("Message").Set(reflect.ValueOf(&message))
	return awstest.Status(status, err)
}

// Actions are the IAM actions that calls of Service Quotas need ("Actions,
// resources, and condition keys for Service Quotas" in the Service Authorization
// Reference).
var Actions = awstest.Actions{
	"Service Quotas.GetServiceQuota":             {"servicequotas:GetServiceQuota"},
	"Service Quotas.ListServiceQuotas":           {"servicequotas:ListServiceQuotas"},
	"Service Quotas.GetAWSDefaultServiceQuota":   {"servicequotas:GetAWSDefaultServiceQuota"},
	"Service Quotas.ListAWSDefaultServiceQuotas": {"servicequotas:ListAWSDefaultServiceQuotas"},
	"Service Quotas.RequestServiceQuotaIncrease": {"servicequotas:RequestServiceQuotaIncrease"},

	"Service Quotas.ListRequestedServiceQuotaChangeHistoryByQuota": {"servicequotas:ListRequestedServiceQuotaChangeHistoryByQuota"},
}
