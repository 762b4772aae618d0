// Package guardduty stands in for Amazon GuardDuty, as far as detectors and sample findings
// go. Samples name what those of GuardDuty name: the instance i-99999999 and the address
// 198.51.100.0. Findings that a test adds may be any.
package guardduty

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that calls of Amazon GuardDuty need ("Actions, resources,
// and condition keys for Amazon GuardDuty" in the service authorization reference).
var Actions = awstest.Actions{
	"GuardDuty.CreateSampleFindings": {"guardduty:CreateSampleFindings"},
	"GuardDuty.GetFindings":          {"guardduty:GetFindings"},
	"GuardDuty.ListDetectors":        {"guardduty:ListDetectors"},
	"GuardDuty.ListFindings":         {"guardduty:ListFindings"},
}

// A Service is GuardDuty in all accounts and Regions of a Cloud. Its methods are not
// calls: the log of the Cloud does not hold them and faults do not meet them.
type Service struct {
	// PageSize, if not zero, is the most ids that one answer of ListFindings has, up to 50.
	PageSize int

	// Types are those that samples can be made of. Set it before the first call.
	Types []string

	// Delay is how long a sample takes to be listed.
	Delay time.Duration

	// OnEvent, if set, gets the event of each sample, as EventBridge sends it, while it
	// is made.
	OnEvent func(event []byte)

	mu        sync.Mutex
	detectors map[string][]string // by account and Region
	findings  map[string][]stored // by detector
}

type stored struct {
	types.Finding
	visible time.Time
}

// New returns a GuardDuty without detectors, and makes it answer the calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{
		Types:     []string{"CryptoCurrency:EC2/BitcoinTool.B!DNS", "UnauthorizedAccess:EC2/SSHBruteForce", "Policy:S3/BucketPublicAccessGranted"},
		detectors: map[string][]string{}, findings: map[string][]stored{},
	}
	awstest.Handle(c, s.listDetectors)
	awstest.Handle(c, s.createSampleFindings)
	awstest.Handle(c, s.listFindings)
	awstest.Handle(c, s.getFindings)
	return s
}

// CreateDetector makes a detector, and returns its ID. GuardDuty lets an account have one
// in a Region.
func (s *Service) CreateDetector(account, region string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := account + " " + region
	id := fmt.Sprintf("%032x", len(s.detectors)+len(s.detectors[key])+1)
	s.detectors[key] = append(s.detectors[key], id)
	return id
}

// AddFinding adds a finding that is there from now on.
func (s *Service) AddFinding(detector string, f types.Finding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.findings[detector] = append(s.findings[detector], stored{f, time.Now()})
}

func (s *Service) listDetectors(ctx context.Context, _ *sdk.ListDetectorsInput) (*sdk.ListDetectorsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := awstest.CallerOf(ctx)
	return &sdk.ListDetectorsOutput{DetectorIds: slices.Concat([]string{}, s.detectors[c.Account+" "+c.Region])}, nil
}

// owned returns an error unless the caller has the detector. The caller of owned holds s.mu.
func (s *Service) owned(ctx context.Context, detector string) error {
	c := awstest.CallerOf(ctx)
	if slices.Contains(s.detectors[c.Account+" "+c.Region], detector) {
		return nil
	}
	return bad("The request is rejected because the input detectorId is not owned by the current account.")
}

func bad(message string) error {
	return awstest.Status(http.StatusBadRequest, &types.BadRequestException{Message: &message, Type: aws.String("InvalidInputException")})
}

// maxIDs is the most ids of GetFindings, and results of ListFindings (API reference).
const maxIDs = 50

func (s *Service) createSampleFindings(ctx context.Context, in *sdk.CreateSampleFindingsInput) (*sdk.CreateSampleFindingsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.owned(ctx, *in.DetectorId); err != nil {
		return nil, err
	}
	for _, t := range in.FindingTypes {
		if !slices.Contains(s.Types, t) {
			return nil, bad("The request is rejected because an invalid or out-of-range value is specified as an input parameter.")
		}
	}
	all := in.FindingTypes
	if len(all) == 0 {
		all = s.Types
	}
	for _, t := range all {
		f := sample(awstest.CallerOf(ctx), *in.DetectorId, t)
		s.findings[*in.DetectorId] = slices.DeleteFunc(s.findings[*in.DetectorId], func(old stored) bool { return *old.Id == *f.Id })
		s.findings[*in.DetectorId] = append(s.findings[*in.DetectorId], stored{f, time.Now().Add(s.Delay)})
		if s.OnEvent != nil {
			s.OnEvent(event(f))
		}
	}
	return &sdk.CreateSampleFindingsOutput{}, nil
}

// sample returns the sample of a type, whose ID is always the same: another call updates it.
func sample(c awstest.Caller, detector, kind string) types.Finding {
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	id := fmt.Sprintf("%032x", []byte(kind))[:32]
	action := &types.Action{ActionType: aws.String("NETWORK_CONNECTION"), NetworkConnectionAction: &types.NetworkConnectionAction{
		ConnectionDirection: aws.String("INBOUND"), RemoteIpDetails: &types.RemoteIpDetails{IpAddressV4: aws.String("198.51.100.0")},
	}}
	resource := &types.Resource{ResourceType: aws.String("Instance"), InstanceDetails: &types.InstanceDetails{InstanceId: aws.String("i-99999999")}}
	switch {
	case strings.HasSuffix(kind, "!DNS"):
		action = &types.Action{ActionType: aws.String("DNS_REQUEST"), DnsRequestAction: &types.DnsRequestAction{Domain: aws.String("GeneratedFindingDomainName.example"), Protocol: aws.String("UDP")}}
	case strings.Contains(kind, ":S3/"):
		action = nil
		resource = &types.Resource{ResourceType: aws.String("S3Bucket")}
	}
	return types.Finding{
		Id: &id, Type: &kind, AccountId: aws.String(c.Account), Region: aws.String(c.Region), Partition: aws.String(c.Partition()),
		Arn:           aws.String("arn:" + c.Partition() + ":guardduty:" + c.Region + ":" + c.Account + ":detector/" + detector + "/finding/" + id),
		SchemaVersion: aws.String("2.0"), Severity: aws.Float64(8), CreatedAt: &now, UpdatedAt: &now, Title: aws.String("[SAMPLE] " + kind),
		Description: aws.String("a sample"), Resource: resource,
		Service: &types.Service{
			Action: action, DetectorId: &detector, ServiceName: aws.String("guardduty"), Archived: aws.Bool(false), Count: aws.Int32(1),
			AdditionalInfo: &types.ServiceAdditionalInfo{Type: aws.String("default"), Value: aws.String(`{"sample":true}`)},
		},
	}
}

// event returns the event of a sample, with what responses look at.
func event(f types.Finding) []byte {
	action := map[string]any{}
	if a := f.Service.Action; a != nil && a.NetworkConnectionAction != nil {
		action["networkConnectionAction"] = map[string]any{"remoteIpDetails": map[string]any{"ipAddressV4": *a.NetworkConnectionAction.RemoteIpDetails.IpAddressV4}}
	} else if a != nil {
		action["dnsRequestAction"] = map[string]any{"domain": *a.DnsRequestAction.Domain}
	}
	resource := map[string]any{"resourceType": *f.Resource.ResourceType}
	if i := f.Resource.InstanceDetails; i != nil {
		resource["instanceDetails"] = map[string]any{"instanceId": *i.InstanceId}
	}
	text, err := json.Marshal(map[string]any{
		"version": "0", "id": "e-" + *f.Id, "source": "aws.guardduty", "detail-type": "GuardDuty Finding", "account": *f.AccountId,
		"region": *f.Region, "time": *f.UpdatedAt, "resources": []any{},
		"detail": map[string]any{
			"id": *f.Id, "type": *f.Type, "title": *f.Title, "severity": *f.Severity, "accountId": *f.AccountId, "region": *f.Region,
			"updatedAt": *f.UpdatedAt, "resource": resource,
			"service": map[string]any{"action": action, "additionalInfo": map[string]any{"type": "default", "value": `{"sample":true}`}},
		},
	})
	if err != nil {
		panic(err) // strings and numbers
	}
	return text
}

// listFindings knows the criteria type and updatedAt.
func (s *Service) listFindings(ctx context.Context, in *sdk.ListFindingsInput) (*sdk.ListFindingsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.owned(ctx, *in.DetectorId); err != nil {
		return nil, err
	}
	ids := []string{}
	for _, f := range s.findings[*in.DetectorId] {
		if meets, err := meets(f, in.FindingCriteria); err != nil {
			return nil, err
		} else if meets {
			ids = append(ids, *f.Id)
		}
	}
	size, from := maxIDs, 0
	if in.MaxResults != nil {
		size = min(size, int(*in.MaxResults))
	}
	if s.PageSize > 0 {
		size = min(size, s.PageSize)
	}
	if token := aws.ToString(in.NextToken); token != "" {
		if _, err := fmt.Sscanf(token, "from-%d", &from); err != nil || from > len(ids) {
			return nil, bad("The request is rejected because the nextToken is invalid.")
		}
	}
	out := &sdk.ListFindingsOutput{FindingIds: ids[from:], NextToken: aws.String("")}
	if len(out.FindingIds) > size {
		out.FindingIds, out.NextToken = out.FindingIds[:size], aws.String(fmt.Sprintf("from-%d", from+size))
	}
	return out, nil
}

func meets(f stored, criteria *types.FindingCriteria) (bool, error) {
	if f.visible.After(time.Now()) {
		return false, nil
	}
	if criteria == nil {
		return true, nil
	}
	for name, c := range criteria.Criterion {
		switch name {
		case "type":
			if len(c.Equals) > 50 {
				return false, bad("The request is rejected because a condition has too many values.")
			}
			if !slices.Contains(c.Equals, *f.Type) {
				return false, nil
			}
		case "updatedAt":
			at, err := time.Parse(time.RFC3339, *f.UpdatedAt)
			if err != nil || c.GreaterThanOrEqual != nil && at.UnixMilli() < *c.GreaterThanOrEqual {
				return false, err
			}
		default:
			return false, awstest.Error(http.StatusNotImplemented, "NotImplemented", "the stand-in for GuardDuty does not know the criterion "+name)
		}
	}
	return true, nil
}

func (s *Service) getFindings(ctx context.Context, in *sdk.GetFindingsInput) (*sdk.GetFindingsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.owned(ctx, *in.DetectorId); err != nil {
		return nil, err
	}
	if n := len(in.FindingIds); n == 0 || n > maxIDs {
		return nil, bad("The request is rejected because the parameter findingIds has too many or too few elements.")
	}
	out := &sdk.GetFindingsOutput{Findings: []types.Finding{}}
	for _, f := range s.findings[*in.DetectorId] {
		if slices.Contains(in.FindingIds, *f.Id) {
			out.Findings = append(out.Findings, f.Finding)
		}
	}
	return out, nil
}
