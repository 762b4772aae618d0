package ses

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// Two runs that end in the same are the same in a dump, whenever they are looked at.
func TestDumpHasNoTimes(t *testing.T) {
	dumped := func(wait time.Duration) (text string) {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(wait)
			w, clients := parent(t)
			must(t, clients[secondary].CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("example.com"), DkimSigningAttributes: replicaOf(primary)})
			w.Region(account, primary).AddSelfSigned("example.net")
			must(t, clients[primary].CreateConfigurationSet, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("s"),
				MessageSecurityOptions: &sestypes.MessageSecurityOptions{SigningScheme: &sestypes.SigningSchemeMemberSmimeScheme{}}})
			time.Sleep(wait)
			var all strings.Builder
			w.Dump(&all)
			if got := told(looked(t, clients[secondary], "example.com")); wait == 0 && got != "PENDING PENDING false" {
				t.Errorf("a dump made a replica %s", got)
			}
			text = all.String()
		})
		return text
	}
	soon, late := dumped(0), dumped(time.Hour)
	if soon != late {
		t.Errorf("at once:\n%s\nan hour later:\n%s", soon, late)
	}
	for _, want := range []string{"SES of 123456789012 in eu-central-1\n", "SES of 123456789012 in eu-west-1\n", "AWS_SES_EU_CENTRAL_1", "Smime", "SUCCESS"} {
		if !strings.Contains(soon, want) {
			t.Errorf("the dump lacks %q:\n%s", want, soon)
		}
	}
}

// Whatever is changed shows in a dump.
func TestDumpShows(t *testing.T) {
	w, client := serve(t)
	r := w.Region(account, primary)
	set, name := aws.String("s"), aws.String("example.com")
	must(t, client.CreateConfigurationSet, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: set})
	must(t, client.CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: name})
	reasons := &sesv2.PutConfigurationSetSuppressionOptionsInput{ConfigurationSetName: set, SuppressedReasons: []sestypes.SuppressionListReason{}}
	changes := []try{
		{"no reasons", of(client.PutConfigurationSetSuppressionOptions, reasons), ""},
		{"no options", of(client.PutConfigurationSetSuppressionOptions, &sesv2.PutConfigurationSetSuppressionOptionsInput{ConfigurationSetName: set}), ""},
		{"sending", of(client.PutConfigurationSetSendingOptions, &sesv2.PutConfigurationSetSendingOptionsInput{ConfigurationSetName: set}), ""},
		{"tags", of(client.TagResource, &sesv2.TagResourceInput{ResourceArn: aws.String(r.arn("configuration-set/s")), Tags: []sestypes.Tag{tag("k", "v")}}), ""},
		{"destination", of(client.CreateConfigurationSetEventDestination, &sesv2.CreateConfigurationSetEventDestinationInput{
			ConfigurationSetName: set, EventDestinationName: aws.String("d"), EventDestination: topic(goodTopic)}), ""},
		{"default set", of(client.PutEmailIdentityConfigurationSetAttributes, &sesv2.PutEmailIdentityConfigurationSetAttributesInput{EmailIdentity: name, ConfigurationSetName: set}), ""},
		{"forwarding", of(client.PutEmailIdentityFeedbackAttributes, &sesv2.PutEmailIdentityFeedbackAttributesInput{EmailIdentity: name}), ""},
		{"signing", of(client.PutEmailIdentityDkimAttributes, &sesv2.PutEmailIdentityDkimAttributesInput{EmailIdentity: name}), ""},
		{"MAIL FROM", of(client.PutEmailIdentityMailFromAttributes, &sesv2.PutEmailIdentityMailFromAttributesInput{EmailIdentity: name, MailFromDomain: aws.String("m.example.com")}), ""},
		{"policy", of(client.CreateEmailIdentityPolicy, &sesv2.CreateEmailIdentityPolicyInput{EmailIdentity: name, PolicyName: aws.String("p"), Policy: aws.String(sendPolicy)}), ""},
		{"pool", of(client.CreateDedicatedIpPool, &sesv2.CreateDedicatedIpPoolInput{PoolName: aws.String("p")}), ""},
		{"mode", of(client.PutDedicatedIpPoolScalingAttributes, &sesv2.PutDedicatedIpPoolScalingAttributesInput{PoolName: aws.String("p"), ScalingMode: "MANAGED"}), ""},
		{"account sending", of(client.PutAccountSendingAttributes, &sesv2.PutAccountSendingAttributesInput{}), ""},
		{"deletion", of(client.DeleteEmailIdentity, &sesv2.DeleteEmailIdentityInput{EmailIdentity: name}), ""},
	}
	for _, change := range changes {
		before := r.Dump()
		run(t, []try{change})
		if r.Dump() == before {
			t.Errorf("%s does not show in\n%s", change.name, before)
		}
	}
}
