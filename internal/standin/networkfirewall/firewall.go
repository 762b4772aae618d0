package networkfirewall

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfw "github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A Firewall is what a test says of a firewall.
type Firewall struct {
	Name        string
	Description string
	PolicyARN   string
	VPC         string

	// Endpoints by Availability Zone.
	Endpoints map[string]Endpoint

	Logging        []types.LogDestinationConfig
	Dashboard      bool // the service's own monitoring dashboard is on
	Tags           map[string]string
	NotReady       bool   // its status is PROVISIONING
	TransitGateway string // that it is attached to, instead of subnets of the VPC
}

// An Endpoint is where a firewall is reached in an Availability Zone.
type Endpoint struct {
	Subnet, ID string
	Status     types.AttachmentStatus // Defaults to READY.
}

const firewallKind = "firewall"

// CreateFirewall makes a firewall, or replaces it, and returns its ARN.
func (s *Service) CreateFirewall(account, region string, f Firewall) (arn string) {
	arn, _ = arnOf(awstest.Caller{Account: account, Region: region}, firewallKind, nil, &f.Name)
	f = cloned(f)
	if f.Tags == nil {
		f.Tags = map[string]string{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.firewalls[arn] = &f
	return arn
}

func (s *Service) openFirewall(ctx context.Context, arn, name *string) (*Firewall, string, error) {
	id, err := arnOf(awstest.CallerOf(ctx), firewallKind, arn, name)
	if err != nil {
		return nil, "", err
	}
	f := s.firewalls[id]
	if f == nil || !owns(ctx, id) {
		return nil, "", notFound(id)
	}
	return f, id, nil
}

func (s *Service) describeFirewall(ctx context.Context, in *nfw.DescribeFirewallInput) (*nfw.DescribeFirewallOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, arn, err := s.openFirewall(ctx, in.FirewallArn, in.FirewallName)
	if err != nil {
		return nil, err
	}
	return &nfw.DescribeFirewallOutput{Firewall: f.describe(arn), FirewallStatus: f.status()}, nil
}

func (f *Firewall) describe(arn string) *types.Firewall {
	d := &types.Firewall{
		FirewallArn: &arn, FirewallId: aws.String("id-of-" + f.Name), FirewallName: aws.String(f.Name), FirewallPolicyArn: aws.String(f.PolicyARN),
		VpcId: aws.String(f.VPC), Description: set(f.Description), Tags: tagList(f.Tags), TransitGatewayId: set(f.TransitGateway),
		SubnetMappings: []types.SubnetMapping{},
	}
	for _, az := range slices.Sorted(maps.Keys(f.Endpoints)) {
		if f.TransitGateway != "" {
			d.AvailabilityZoneMappings = append(d.AvailabilityZoneMappings, types.AvailabilityZoneMapping{AvailabilityZone: aws.String(az)})
			continue
		}
		d.SubnetMappings = append(d.SubnetMappings, types.SubnetMapping{SubnetId: aws.String(f.Endpoints[az].Subnet)})
	}
	return d
}

func (f *Firewall) status() *types.FirewallStatus {
	s := &types.FirewallStatus{
		ConfigurationSyncStateSummary: types.ConfigurationSyncStateInSync,
		Status:                        types.FirewallStatusValueReady,
		SyncStates:                    map[string]types.SyncState{},
	}
	if f.NotReady {
		s.ConfigurationSyncStateSummary, s.Status = types.ConfigurationSyncStatePending, types.FirewallStatusValueProvisioning
	}
	for az, e := range f.Endpoints {
		status := e.Status
		if status == "" {
			status = types.AttachmentStatusReady
		}
		s.SyncStates[az] = types.SyncState{
			Attachment: &types.Attachment{SubnetId: set(e.Subnet), EndpointId: set(e.ID), Status: status},
			Config:     map[string]types.PerObjectStatus{f.PolicyARN: {SyncStatus: types.PerObjectSyncStatusInSync}},
		}
	}
	return s
}

func (s *Service) listFirewalls(ctx context.Context, in *nfw.ListFirewallsInput) (*nfw.ListFirewallsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []types.FirewallMetadata{}
	for _, arn := range slices.Sorted(maps.Keys(s.firewalls)) {
		f := s.firewalls[arn]
		if owns(ctx, arn) && (len(in.VpcIds) == 0 || slices.Contains(in.VpcIds, f.VPC)) {
			all = append(all, types.FirewallMetadata{FirewallArn: aws.String(arn), FirewallName: aws.String(f.Name)})
		}
	}
	page, next, err := pageOf(s, all, func(m types.FirewallMetadata) string { return *m.FirewallArn }, in.MaxResults, in.NextToken)
	return &nfw.ListFirewallsOutput{Firewalls: page, NextToken: next}, err
}

func (s *Service) describeLoggingConfiguration(ctx context.Context, in *nfw.DescribeLoggingConfigurationInput) (*nfw.DescribeLoggingConfigurationOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, arn, err := s.openFirewall(ctx, in.FirewallArn, in.FirewallName)
	if err != nil {
		return nil, err
	}
	out := &nfw.DescribeLoggingConfigurationOutput{FirewallArn: &arn, EnableMonitoringDashboard: aws.Bool(f.Dashboard)}
	if len(f.Logging) > 0 {
		out.LoggingConfiguration = &types.LoggingConfiguration{LogDestinationConfigs: cloned(f.Logging)}
	}
	return out, nil
}
