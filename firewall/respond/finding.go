package respond

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"
)

// A Finding is what responses look at in a finding of Amazon GuardDuty.
type Finding struct {
	ID       string    `json:"id"`
	Type     string    `json:"type"` // such as CryptoCurrency:EC2/BitcoinTool.B!DNS
	Title    string    `json:"title,omitempty"`
	Account  string    `json:"account"`
	Region   string    `json:"region"`
	Severity float64   `json:"severity"` // 1 to 10
	Updated  time.Time `json:"updated"`  // when GuardDuty changed it last

	// Sample: it was made by CreateSampleFindings; what it names does not exist.
	Sample bool `json:"sample,omitempty"`

	Instance string   `json:"instance,omitempty"` // ID of the EC2 instance
	Remote   []Remote `json:"remote,omitempty"`   // addresses at the other end, once each
	Domains  []string `json:"domains,omitempty"`  // names that were asked for, in lower case, once each
}

// A Remote is an address that a finding names as the other end, and where.
type Remote struct {
	Addr netip.Addr `json:"addr"`
	From string     `json:"from"` // the member of the finding, such as networkConnectionAction
}

// ErrNotFinding is wrapped by the error of [ParseFinding] for what is no finding of
// GuardDuty.
var ErrNotFinding = errors.New("no finding of GuardDuty")

// ParseFinding reads a finding as EventBridge sends it: the event, or its detail.
func ParseFinding(event []byte) (Finding, error) {
	var e struct {
		Source     string          `json:"source"`
		DetailType string          `json:"detail-type"`
		Detail     json.RawMessage `json:"detail"`
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return Finding{}, fmt.Errorf("respond: finding: %w", err)
	}
	if e.Detail != nil {
		if e.Source != "aws.guardduty" || e.DetailType != "GuardDuty Finding" {
			return Finding{}, fmt.Errorf("respond: %w, but %q of %q", ErrNotFinding, e.DetailType, e.Source)
		}
		event = e.Detail
	}
	// The names are those of the SDK's types but for the case of the first letter, which
	// encoding/json does not look at.
	var f finding
	if err := json.Unmarshal(event, &f); err != nil {
		return Finding{}, fmt.Errorf("respond: finding: %w", err)
	}
	return f.read()
}

// FindingOf reads a finding of the SDK, as GetFindings returns it.
func FindingOf(f types.Finding) (Finding, error) {
	out := finding{
		ID: aws.ToString(f.Id), Type: aws.ToString(f.Type), Title: aws.ToString(f.Title),
		AccountID: aws.ToString(f.AccountId), Region: aws.ToString(f.Region),
		Severity: aws.ToFloat64(f.Severity), UpdatedAt: aws.ToString(f.UpdatedAt),
	}
	if f.Resource != nil && f.Resource.InstanceDetails != nil {
		out.Resource.InstanceDetails.InstanceID = aws.ToString(f.Resource.InstanceDetails.InstanceId)
	}
	if s := f.Service; s != nil {
		out.Service.Action = s.Action
		if s.Detection != nil && s.Detection.Sequence != nil {
			for _, e := range s.Detection.Sequence.Endpoints {
				out.Service.Detection.Sequence.Endpoints = append(out.Service.Detection.Sequence.Endpoints,
					endpoint{aws.ToString(e.Ip), aws.ToString(e.Domain)})
			}
		}
		if s.AdditionalInfo != nil {
			out.Service.AdditionalInfo.Value = aws.ToString(s.AdditionalInfo.Value)
		}
	}
	return out.read()
}

// finding is the part of a finding that is read, in the form of its JSON.
type finding struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Title     string `json:"title"`
	AccountID string `json:"accountId"`
	Region    string `json:"region"`
	Severity  float64
	UpdatedAt string `json:"updatedAt"`
	Resource  struct {
		InstanceDetails struct {
			InstanceID string `json:"instanceId"`
		} `json:"instanceDetails"`
	} `json:"resource"`
	Service struct {
		Action         *types.Action  `json:"action"`
		AdditionalInfo additionalInfo `json:"additionalInfo"`
		Detection      struct {
			Sequence struct {
				Endpoints []endpoint `json:"endpoints"`
			} `json:"sequence"`
		} `json:"detection"`
	} `json:"service"`
}

// An endpoint was seen in an attack sequence.
type endpoint struct {
	IP     string `json:"ip"`
	Domain string `json:"domain"`
}

// additionalInfo says whether it is a sample, itself or in a JSON text.
type additionalInfo struct {
	Sample bool   `json:"sample"`
	Value  string `json:"value"`
}

func (a additionalInfo) sample() bool {
	var inner struct {
		Sample bool `json:"sample"`
	}
	_ = json.Unmarshal([]byte(a.Value), &inner) // other findings have other texts there
	return a.Sample || inner.Sample
}

func (f finding) read() (Finding, error) {
	out := Finding{
		ID: f.ID, Type: f.Type, Title: f.Title, Account: f.AccountID, Region: f.Region, Severity: f.Severity,
		Sample: f.Service.AdditionalInfo.sample(), Instance: f.Resource.InstanceDetails.InstanceID,
	}
	for _, member := range [][2]string{{"id", f.ID}, {"type", f.Type}, {"accountId", f.AccountID}, {"region", f.Region}} {
		if member[1] == "" {
			return Finding{}, fmt.Errorf("respond: %w: it has no %s", ErrNotFinding, member[0])
		}
	}
	updated, err := time.Parse(time.RFC3339, f.UpdatedAt)
	if err != nil {
		return Finding{}, fmt.Errorf("respond: finding %s: updatedAt: %w", f.ID, err)
	}
	out.Updated = updated.UTC()
	err = out.addAction(f.Service.Action)
	for _, e := range f.Service.Detection.Sequence.Endpoints {
		err = errors.Join(err, out.addAddress("sequence", e.IP))
		out.addDomain(&e.Domain)
	}
	if err != nil {
		return Finding{}, fmt.Errorf("respond: finding %s: %w", f.ID, err)
	}
	return out, nil
}

// addAction takes what the members of types.Action say of the other end.
func (f *Finding) addAction(a *types.Action) error {
	if a == nil {
		return nil
	}
	var errs []error
	remote := func(from string, ip *types.RemoteIpDetails) { errs = append(errs, f.addRemote(from, ip)) }
	if c := a.NetworkConnectionAction; c != nil {
		remote("networkConnectionAction", c.RemoteIpDetails)
	}
	if c := a.AwsApiCallAction; c != nil {
		remote("awsApiCallAction", c.RemoteIpDetails)
		if c.DomainDetails != nil {
			f.addDomain(c.DomainDetails.Domain)
		}
	}
	if c := a.KubernetesApiCallAction; c != nil {
		remote("kubernetesApiCallAction", c.RemoteIpDetails)
	}
	if c := a.RdsLoginAttemptAction; c != nil {
		remote("rdsLoginAttemptAction", c.RemoteIpDetails)
	}
	if c := a.PortProbeAction; c != nil {
		for _, probe := range c.PortProbeDetails {
			remote("portProbeAction", probe.RemoteIpDetails)
		}
	}
	if c := a.DnsRequestAction; c != nil {
		f.addDomain(c.Domain)
	}
	return errors.Join(errs...)
}

func (f *Finding) addRemote(from string, ip *types.RemoteIpDetails) error {
	if ip == nil {
		return nil
	}
	return errors.Join(
		f.addAddress(from, aws.ToString(ip.IpAddressV4)), f.addAddress(from, aws.ToString(ip.IpAddressV6)))
}

func (f *Finding) addAddress(from, text string) error {
	if text == "" {
		return nil
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return fmt.Errorf("%s: remote address: %w", from, err)
	}
	addr = addr.Unmap().WithZone("")
	if !slices.ContainsFunc(f.Remote, func(r Remote) bool { return r.Addr == addr }) {
		f.Remote = append(f.Remote, Remote{addr, from})
	}
	return nil
}

func (f *Finding) addDomain(name *string) {
	domain := strings.ToLower(strings.TrimSuffix(aws.ToString(name), "."))
	if domain != "" && !slices.Contains(f.Domains, domain) {
		f.Domains = append(f.Domains, domain)
	}
}
