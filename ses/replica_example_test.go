package ses_test

import (
	"context"
	"fmt"
	"log"
	"net"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

func ExamplePlanReplica() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion("eu-west-1"))
	if err != nil {
		log.Fatal(err)
	}
	primary := ses.NewClients(cfg)
	cfg.Region = "eu-central-1"
	secondary := ses.NewClients(cfg)

	plan, err := ses.PlanReplica(ctx, primary, secondary, ses.ReplicaOptions{
		Identities: []string{"example.com", "example.org"},
		Policy:     true, // the parents' policies name eu-central-1
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(plan)
	result, err := ses.ApplyReplica(ctx, primary, secondary, plan)
	for _, replica := range result.Replicas {
		fmt.Println(replica.Domain, replica.Ready, replica.Differs)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// fixedDNS has CNAME records, by name.
type fixedDNS map[string]string

func (d fixedDNS) LookupCNAME(_ context.Context, name string) (string, error) {
	if target := d[name]; target != "" {
		return target, nil
	}
	return "", &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (fixedDNS) LookupTXT(context.Context, string) ([]string, error) { return nil, nil }
func (fixedDNS) LookupMX(context.Context, string) ([]*net.MX, error) { return nil, nil }

func ExampleVerifyDNS() {
	id := region.Identity{
		Name: "example.com",
		DKIM: region.DKIM{Origin: "AWS_SES", Tokens: []string{"abc", "def"}, HostedZone: "dkim.amazonses.com"},
	}
	dns := fixedDNS{
		"abc._domainkey.example.com.": "abc.dkim.amazonses.com.",
		"def._domainkey.example.com.": "def.dkim.amazonses.com.example.com.",
	}
	// A nil resolver asks the DNS servers of the system.
	result, err := ses.VerifyDNS(context.Background(), dns, ses.VerifyDNSOptions{Records: region.DKIMRecords(id)})
	if err != nil {
		log.Fatal(err)
	}
	for _, check := range result.Checks {
		fmt.Println(check)
	}
	// Output:
	// OK: abc._domainkey.example.com CNAME abc.dkim.amazonses.com
	// different: def._domainkey.example.com CNAME: want def.dkim.amazonses.com, found ["def.dkim.amazonses.com.example.com."]: the target has example.com appended: enter it with a dot at its end
}

var _ ses.Resolver = (*net.Resolver)(nil)
