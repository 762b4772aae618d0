package firewall_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/internal/standin/fms"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
)

const (
	policyAdmin  = "123456789012"
	policyRegion = "eu-central-1"
)

// An fmsWorld is an organization whose firewalls policyAdmin administers.
type fmsWorld struct {
	*awstest.Cloud
	fms *fms.Service
}

func newFMSWorld(c *awstest.Cloud) *fmsWorld {
	sts.Handle(c)
	return &fmsWorld{c, fms.New(c, policyAdmin)}
}

func (w *fmsWorld) clients() firewall.Clients { return w.clientsOf(policyAdmin) }

func (w *fmsWorld) clientsOf(account string) firewall.Clients {
	return firewall.NewClients(w.Config(policyRegion, account))
}

// createPolicy makes a policy by another hand, and returns its ID.
func (w *fmsWorld) createPolicy(name string, tags map[string]string, change ...func(*types.Policy)) string {
	p := types.Policy{
		PolicyName: &name, ResourceType: aws.String("AWS::ElasticLoadBalancingV2::LoadBalancer"), RemediationEnabled: true,
		SecurityServicePolicyData: &types.SecurityServicePolicyData{
			Type: types.SecurityServiceTypeWafv2, ManagedServiceData: aws.String(`{"type": "WAFV2", "defaultAction": {"type": "ALLOW"}}`),
		},
	}
	for _, f := range change {
		f(&p)
	}
	return w.fms.CreatePolicy(policyAdmin, policyRegion, p, tags)
}

// violator returns a violator without details.
func violator(kind, id string, why types.ViolationReason) fms.Violator {
	return fms.Violator{ComplianceViolator: types.ComplianceViolator{ResourceType: &kind, ResourceId: &id, ViolationReason: why}}
}

const (
	webACLType       = "AWS::WAFv2::WebACL"
	loadBalancerType = "AWS::ElasticLoadBalancingV2::LoadBalancer"
)

func webACLARN(account, name string) string {
	return fmt.Sprintf("arn:aws:wafv2:%s:%s:regional/webacl/%s/1", policyRegion, account, name)
}

func loadBalancerARN(account, name string) string {
	return fmt.Sprintf("arn:aws:elasticloadbalancing:%s:%s:loadbalancer/app/%s/1", policyRegion, account, name)
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}
