package ses_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

const (
	replicaAccount   = "123456789012"
	replicaPrimary   = "eu-west-1"
	replicaSecondary = "eu-central-1"
)

// A replicaWorld is an account with two verified domains, example.com and example.org, in
// the primary Region, and a configuration set in the secondary.
type replicaWorld struct {
	*awstest.Cloud
	ses  *standin.World
	file []byte // that a plan is kept in
}

func newReplicaWorld(c *awstest.Cloud) *replicaWorld {
	sts.Handle(c)
	w := &replicaWorld{Cloud: c, ses: standin.Serve(c)}
	w.ses.RequireReplicationPolicy = true
	for _, domain := range []string{"example.com", "example.org"} {
		w.identity(replicaPrimary, domain, "", nil)
	}
	_, err := w.api(replicaSecondary).CreateConfigurationSet(context.Background(), &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("outbound")})
	w.must(err)
	w.allow("example.org", "eu-north-1")
	return w
}

// must stops the test: what it sets up is right.
func (w *replicaWorld) must(err error) {
	if err != nil {
		panic(err)
	}
}

func (w *replicaWorld) api(in string) *sesv2.Client {
	return sesv2.NewFromConfig(w.Config(in, replicaAccount))
}

// identity makes a domain. Its records are published if it is of Easy DKIM or of the owner.
func (w *replicaWorld) identity(in, domain string, origin sestypes.DkimSigningAttributesOrigin, tags map[string]string) {
	input := &sesv2.CreateEmailIdentityInput{EmailIdentity: &domain}
	if origin != "" {
		input.DkimSigningAttributes = &sestypes.DkimSigningAttributes{DomainSigningAttributesOrigin: origin}
	}
	if origin == "EXTERNAL" {
		input.DkimSigningAttributes.DomainSigningSelector = aws.String("mine")
		input.DkimSigningAttributes.DomainSigningPrivateKey = aws.String(base64.StdEncoding.EncodeToString([]byte("key")))
	}
	for key, value := range tags {
		input.Tags = append(input.Tags, sestypes.Tag{Key: &key, Value: &value})
	}
	_, err := w.api(in).CreateEmailIdentity(context.Background(), input)
	w.must(err)
	if !strings.HasPrefix(string(origin), "AWS_SES_") {
		w.ses.Region(replicaAccount, in).PublishDNS(domain)
	}
}

// allow writes a policy of ours to a parent.
func (w *replicaWorld) allow(domain string, replicas ...string) {
	w.policy(domain, region.PolicyName, region.ReplicationPolicy("aws", replicaAccount, replicaPrimary, domain, replicas))
}

func (w *replicaWorld) policy(domain, name, document string) {
	_, err := w.api(replicaPrimary).CreateEmailIdentityPolicy(context.Background(), &sesv2.CreateEmailIdentityPolicyInput{
		EmailIdentity: &domain, PolicyName: &name, Policy: &document,
	})
	w.must(err)
}

// policyOf returns the policy of a parent, as it is written.
func (w *replicaWorld) policyOf(domain, name string) string {
	out, err := w.api(replicaPrimary).GetEmailIdentity(context.Background(), &sesv2.GetEmailIdentityInput{EmailIdentity: &domain})
	w.must(err)
	return out.Policies[name]
}

func (w *replicaWorld) clients() (primary, secondary ses.Clients) {
	return ses.NewClients(w.Config(replicaPrimary, replicaAccount)), ses.NewClients(w.Config(replicaSecondary, replicaAccount))
}

func (w *replicaWorld) dump() string {
	var out strings.Builder
	w.ses.Dump(&out)
	return out.String()
}

func (w *replicaWorld) plan(ctx context.Context, opts ses.ReplicaOptions) (ses.ReplicaPlan, error) {
	primary, secondary := w.clients()
	return ses.PlanReplica(ctx, primary, secondary, opts)
}

// run plans and applies.
func (w *replicaWorld) run(ctx context.Context, opts ses.ReplicaOptions) (ses.ReplicaResult, error) {
	plan, err := w.plan(ctx, opts)
	if err != nil {
		return ses.ReplicaResult{}, err
	}
	primary, secondary := w.clients()
	return ses.ApplyReplica(ctx, primary, secondary, plan)
}

func (w *replicaWorld) planRemoval(ctx context.Context, opts ses.ReplicaRemovalOptions) (ses.ReplicaRemovalPlan, error) {
	primary, secondary := w.clients()
	return ses.PlanReplicaRemoval(ctx, primary, secondary, opts)
}

// remove plans and applies a removal.
func (w *replicaWorld) remove(ctx context.Context, opts ses.ReplicaRemovalOptions) (ses.ReplicaRemovalResult, error) {
	plan, err := w.planRemoval(ctx, opts)
	if err != nil {
		return ses.ReplicaRemovalResult{}, err
	}
	primary, secondary := w.clients()
	return ses.ApplyReplicaRemoval(ctx, primary, secondary, plan)
}

// inReplicaWorld runs a test in a world of its own, in virtual time.
func inReplicaWorld(t *testing.T, f func(t *testing.T, w *replicaWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newReplicaWorld(awstest.New(t))) })
}

// replicaMark is the tag of replicas of the primary.
func replicaMark() map[string]string { return map[string]string{region.MarkTag: replicaPrimary} }

// withReplicas is a world in which both domains have replicas of ours, with their policies.
func withReplicas(c *awstest.Cloud) *replicaWorld {
	w := newReplicaWorld(c)
	w.allow("example.com", replicaSecondary)
	w.identity(replicaSecondary, "example.com", "AWS_SES_EU_WEST_1", replicaMark())
	document := region.ReplicationPolicy("aws", replicaAccount, replicaPrimary, "example.org", []string{"eu-north-1", replicaSecondary})
	_, err := w.api(replicaPrimary).UpdateEmailIdentityPolicy(context.Background(), &sesv2.UpdateEmailIdentityPolicyInput{
		EmailIdentity: aws.String("example.org"), PolicyName: aws.String(region.PolicyName), Policy: &document,
	})
	w.must(err)
	w.identity(replicaSecondary, "example.org", "AWS_SES_EU_WEST_1", replicaMark())
	return w
}

// withForeignIdentities is a world in which the secondary has both domains, one with Easy
// DKIM and the other with a key of its owner.
func withForeignIdentities(c *awstest.Cloud) *replicaWorld {
	w := newReplicaWorld(c)
	w.identity(replicaSecondary, "example.com", "", map[string]string{"team": "web"})
	w.identity(replicaSecondary, "example.org", "EXTERNAL", nil)
	return w
}

// withForeignReplica is a world with a replica that another hand made.
func withForeignReplica(c *awstest.Cloud) *replicaWorld {
	w := newReplicaWorld(c)
	w.allow("example.com", replicaSecondary)
	w.identity(replicaSecondary, "example.com", "AWS_SES_EU_WEST_1", nil)
	return w
}

func bothDomains() []string { return []string{"example.com", "example.org"} }

// everyReplicaOption makes replicas with all that there is to have.
func everyReplicaOption() ses.ReplicaOptions {
	return ses.ReplicaOptions{Identities: bothDomains(), Policy: true, ConfigurationSet: "outbound", Tags: map[string]string{"team": "mail"}}
}
