package servicequotas

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Codes of the sending quotas of Amazon SES. Requests for increases are only taken for them,
// and nothing else is known of them: what an account may send, SES itself tells.
const (
	SendingQuota = "L-804C8AE8" // recipients in 24 hours
	SendingRate  = "L-CDEF9B6B" // recipients in a second
)

const sesCode = "ses"

// A request is one for an increase.
type request struct {
	id      string
	value   float64
	status  types.RequestStatus
	created time.Time
	support bool
}

// open reports whether AWS has not decided on the request.
func (r request) open() bool {
	return r.status == types.RequestStatusPending || r.status == types.RequestStatusCaseOpened
}

// Decide sets the status of the newest request for a quota.
func (s *Service) Decide(account, region, code string, status types.RequestStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.requests[place{awstest.Caller{Account: account, Region: region}, code}]
	if len(all) == 0 {
		panic("servicequotas: no request for " + code)
	}
	all[len(all)-1].status = status
}

// Requests returns the requests of an account in a Region, a line each, the oldest first.
func (s *Service) Requests(account, region, code string) (lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests[place{awstest.Caller{Account: account, Region: region}, code}] {
		lines = append(lines, fmt.Sprintf("%s in %s: %v %s, support case allowed: %t", code, region, r.value, r.status, r.support))
	}
	return lines
}

// requestIncrease takes a request. One at a time is taken for a quota.
func (s *Service) requestIncrease(ctx context.Context, in *sdk.RequestServiceQuotaIncreaseInput) (*sdk.RequestServiceQuotaIncreaseOutput, error) {
	if in.ContextId != nil {
		return nil, notImplemented("quotas of resources")
	}
	if err := checkSending(in.ServiceCode, in.QuotaCode); err != nil {
		return nil, err
	}
	if *in.DesiredValue <= 0 {
		return nil, illegalArgument()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{awstest.CallerOf(ctx), *in.QuotaCode}
	if slices.ContainsFunc(s.requests[at], request.open) {
		return nil, refuse(http.StatusBadRequest, &types.ResourceAlreadyExistsException{}, "Only one open service quota increase request is allowed per quota.")
	}
	s.requested++
	r := request{
		id: fmt.Sprintf("%032x", s.requested), value: *in.DesiredValue, status: types.RequestStatusPending, created: time.Now(),
		support: in.SupportCaseAllowed == nil || *in.SupportCaseAllowed,
	}
	s.requests[at] = append(s.requests[at], r)
	change := r.change(at)
	return &sdk.RequestServiceQuotaIncreaseOutput{RequestedQuota: &change}, nil
}

// listRequests lists the requests for a quota. Their order is not documented: the oldest come
// first here.
func (s *Service) listRequests(ctx context.Context, in *sdk.ListRequestedServiceQuotaChangeHistoryByQuotaInput) (*sdk.ListRequestedServiceQuotaChangeHistoryByQuotaOutput, error) {
	if err := checkSending(in.ServiceCode, in.QuotaCode); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{awstest.CallerOf(ctx), *in.QuotaCode}
	var all []types.RequestedServiceQuotaChange
	for _, r := range s.requests[at] {
		if in.Status == "" || in.Status == r.status {
			all = append(all, r.change(at))
		}
	}
	page, next, err := s.requestsPage(all, in.MaxResults, in.NextToken)
	return &sdk.ListRequestedServiceQuotaChangeHistoryByQuotaOutput{RequestedQuotas: page, NextToken: next}, err
}

// requestsPage returns a page of requests, and the token of the next.
func (s *Service) requestsPage(all []types.RequestedServiceQuotaChange, asked *int32, token *string) ([]types.RequestedServiceQuotaChange, *string, error) {
	size, from := maxPage, 0
	if asked != nil {
		if *asked < 1 || *asked > maxPage {
			return nil, nil, illegalArgument()
		}
		size = int(*asked)
	}
	if s.PageSize > 0 {
		size = min(size, s.PageSize)
	}
	if token != nil {
		n, err := strconv.Atoi(strings.TrimPrefix(*token, tokenPrefix))
		if err != nil || n < 1 || n >= len(all) {
			return nil, nil, refuse(http.StatusBadRequest, &types.InvalidPaginationTokenException{}, "Invalid token")
		}
		from = n
	}
	if to := from + size; to < len(all) {
		return all[from:to], aws.String(tokenPrefix + strconv.Itoa(to)), nil
	}
	return all[from:], nil, nil
}

// change returns a request as the service tells of it.
func (r request) change(at place) types.RequestedServiceQuotaChange {
	return types.RequestedServiceQuotaChange{
		Id: aws.String(r.id), Created: aws.Time(r.created), DesiredValue: aws.Float64(r.value), Status: r.status,
		ServiceCode: aws.String(sesCode), QuotaCode: aws.String(at.code),
		QuotaArn: aws.String(fmt.Sprintf("arn:%s:servicequotas:%s:%s:%s/%s", at.Partition(), at.Region, at.Account, sesCode, at.code)),
	}
}

// checkSending refuses what is no sending quota of SES.
func checkSending(service, code *string) error {
	if !validCode(service, maxServiceCode) || !validCode(code, maxQuotaCode) {
		return illegalArgument()
	}
	if *service != sesCode || *code != SendingQuota && *code != SendingRate {
		return noSuchResource()
	}
	return nil
}
