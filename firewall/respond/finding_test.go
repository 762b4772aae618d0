package respond

import (
	"encoding/json"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"
)

// event is a finding as EventBridge sends it, with that action.
func event(action string) string {
	return `{"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": {
		"schemaVersion": "2.0", "accountId": "111122223333", "region": "eu-west-1", "partition": "aws",
		"id": "f1", "arn": "arn:aws:guardduty:eu-west-1:111122223333:detector/d/finding/f1",
		"type": "UnauthorizedAccess:EC2/SSHBruteForce", "severity": 5, "title": "a title",
		"updatedAt": "2026-11-01T10:00:00.123Z",
		"resource": {"resourceType": "Instance", "instanceDetails": {"instanceId": "i-0123456789abcdef0"}},
		"service": {"serviceName": "guardduty", "action": ` + action + `, "additionalInfo": {"type": "default", "value": "{\"sample\":true}"}}}}`
}

const remoteIP = `"remoteIpDetails": {"ipAddressV4": "198.51.100.7", "organization": {"asn": "64496", "isp": "x"},
	"country": {"countryName": "Nowhere"}, "city": {"cityName": ""}, "geoLocation": {"lat": 1.5, "lon": 2}}`

// The shapes are those of the members of types.Action.
func TestParseFinding(t *testing.T) {
	remote := func(from, addr string) []Remote { return []Remote{{netip.MustParseAddr(addr), from}} }
	tests := []struct {
		name, action string
		remote       []Remote
		domains      []string
	}{
		{
			"network connection",
			`{"actionType": "NETWORK_CONNECTION", "networkConnectionAction": {"connectionDirection": "INBOUND", "blocked": false,
			"protocol": "TCP", "localPortDetails": {"port": 22, "portName": "SSH"}, "localIpDetails": {"ipAddressV4": "10.0.0.9"},
			"remotePortDetails": {"port": 40000, "portName": "Unknown"}, ` + remoteIP + `}}`,
			remote("networkConnectionAction", "198.51.100.7"), nil,
		},
		{
			"IPv6",
			`{"networkConnectionAction": {"remoteIpDetails": {"ipAddressV6": "2001:db8::7", "ipAddressV4": ""}}}`,
			remote("networkConnectionAction", "2001:db8::7"), nil,
		},
		{
			"API call",
			`{"actionType": "AWS_API_CALL", "awsApiCallAction": {"api": "PutObject", "serviceName": "s3.amazonaws.com",
			"affectedResources": {"AWS::S3::Bucket": "b"}, "domainDetails": {"domain": "Evil.example."}, ` + remoteIP + `}}`,
			remote("awsApiCallAction", "198.51.100.7"), []string{"evil.example"},
		},
		{
			"DNS request",
			`{"actionType": "DNS_REQUEST", "dnsRequestAction": {"domain": "pool.minergate.com", "protocol": "UDP", "blocked": false}}`,
			nil, []string{"pool.minergate.com"},
		},
		{
			"port probe, the same address twice",
			`{"portProbeAction": {"blocked": false, "portProbeDetails": [{` + remoteIP + `}, {` + remoteIP + `}, {"remoteIpDetails": {"ipAddressV4": "198.51.100.8"}}]}}`,
			append(remote("portProbeAction", "198.51.100.7"), remote("portProbeAction", "198.51.100.8")...), nil,
		},
		{
			"Kubernetes",
			`{"kubernetesApiCallAction": {"requestUri": "/x", "verb": "get", "statusCode": 200, "sourceIps": ["10.0.0.1"], ` + remoteIP + `}}`,
			remote("kubernetesApiCallAction", "198.51.100.7"), nil,
		},
		{
			"login at a database", `{"rdsLoginAttemptAction": {"loginAttributes": [{"user": "u"}], ` + remoteIP + `}}`,
			remote("rdsLoginAttemptAction", "198.51.100.7"), nil,
		},
		{"none", `null`, nil, nil},
		{"a kind that is not known yet", `{"newAction": {"x": 1}}`, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseFinding([]byte(event(test.action)))
			want := Finding{
				ID: "f1", Type: "UnauthorizedAccess:EC2/SSHBruteForce", Title: "a title", Account: "111122223333",
				Region: "eu-west-1", Severity: 5, Updated: time.Date(2026, 11, 1, 10, 0, 0, 123e6, time.UTC), Sample: true,
				Instance: "i-0123456789abcdef0", Remote: test.remote, Domains: test.domains,
			}
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
			}
		})
	}
}

// The detail alone is a finding, too, and the SDK's type says the same.
func TestFindingForms(t *testing.T) {
	whole := event(`{"networkConnectionAction": {` + remoteIP + `}, "dnsRequestAction": {"domain": "a.example"}}`)
	whole = strings.Replace(whole, `"additionalInfo"`,
		`"detection": {"sequence": {"uid": "s", "signals": [{"createdAt": 1.7e9}], "endpoints": [{"id": "e", "ip": "198.51.100.9", "domain": "B.example"}]}}, "additionalInfo"`, 1)
	want, err := ParseFinding([]byte(whole))
	if err != nil || len(want.Remote) != 2 || len(want.Domains) != 2 {
		t.Fatal(want, err)
	}
	var parts struct{ Detail json.RawMessage }
	if err := json.Unmarshal([]byte(whole), &parts); err != nil {
		t.Fatal(err)
	}
	if got, err := ParseFinding(parts.Detail); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("detail: %v\n got %+v\nwant %+v", err, got, want)
	}
	got, err := FindingOf(types.Finding{
		Id: aws.String("f1"), Type: aws.String(want.Type), Title: aws.String(want.Title), AccountId: aws.String(want.Account),
		Region: aws.String(want.Region), Severity: aws.Float64(5), UpdatedAt: aws.String("2026-11-01T10:00:00.123Z"),
		Resource: &types.Resource{InstanceDetails: &types.InstanceDetails{InstanceId: aws.String(want.Instance)}},
		Service: &types.Service{
			Action: &types.Action{
				NetworkConnectionAction: &types.NetworkConnectionAction{RemoteIpDetails: &types.RemoteIpDetails{IpAddressV4: aws.String("198.51.100.7")}},
				DnsRequestAction:        &types.DnsRequestAction{Domain: aws.String("a.example")},
			},
			AdditionalInfo: &types.ServiceAdditionalInfo{Value: aws.String(`{"sample":true}`)},
			Detection: &types.Detection{Sequence: &types.Sequence{Endpoints: []types.NetworkEndpoint{
				{Ip: aws.String("198.51.100.9"), Domain: aws.String("B.example")},
			}}},
		},
	})
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("SDK: %v\n got %+v\nwant %+v", err, got, want)
	}
}

func TestParseFindingRefuses(t *testing.T) {
	good := event(`{"networkConnectionAction": {` + remoteIP + `}}`)
	tests := map[string]struct {
		event   string
		foreign bool // it is no finding at all
		want    string
	}{
		"no JSON":         {`{`, false, "unexpected end"},
		"another source":  {strings.Replace(good, "aws.guardduty", "aws.macie", 1), true, "aws.macie"},
		"another event":   {strings.Replace(good, "GuardDuty Finding", "GuardDuty Malware Protection Object Scan Result", 1), true, "Malware"},
		"empty":           {`{}`, true, "it has no"},
		"without type":    {strings.Replace(good, `"type": "Unauth`, `"tipe": "Unauth`, 1), true, "it has no type"},
		"without a time":  {strings.Replace(good, "2026-11-01T", "yesterday ", 1), false, "updatedAt"},
		"no address":      {strings.Replace(good, "198.51.100.7", "198.51.100.777", 1), false, "networkConnectionAction"},
		"another account": {strings.Replace(good, `"111122223333"`, `7`, 1), false, "accountId"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := ParseFinding([]byte(test.event))
			if err == nil || !strings.Contains(err.Error(), test.want) || errors.Is(err, ErrNotFinding) != test.foreign {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func FuzzParseFinding(f *testing.F) {
	f.Add([]byte(event(`{"networkConnectionAction": {` + remoteIP + `}}`)))
	f.Add([]byte(`{"id":"a","type":"b","accountId":"c","region":"d","updatedAt":"2026-11-01T10:00:00Z","service":{"action":{"portProbeAction":{"portProbeDetails":[{}]}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ParseFinding(data)
		if err != nil {
			return
		}
		if got.ID == "" || got.Type == "" || got.Updated.IsZero() && !strings.Contains(string(data), "0001-01-01") {
			t.Errorf("incomplete: %+v", got)
		}
		for _, r := range got.Remote {
			if !r.Addr.IsValid() || r.Addr.Is4In6() || r.Addr.Zone() != "" {
				t.Errorf("address %v", r.Addr)
			}
		}
	})
}
