package ses

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// looked returns an identity as SES tells it.
func looked(t *testing.T, client *sesv2.Client, name string) *sesv2.GetEmailIdentityOutput {
	t.Helper()
	return must(t, client.GetEmailIdentity, &sesv2.GetEmailIdentityInput{EmailIdentity: &name})
}

// told is what an identity's verification looks like: "PENDING PENDING false", and an error.
func told(out *sesv2.GetEmailIdentityOutput) string {
	return strings.TrimSpace(fmt.Sprintln(out.DkimAttributes.Status, out.VerificationStatus, out.VerifiedForSendingStatus, out.VerificationInfo.ErrorType))
}

func replicaOf(region string) *sestypes.DkimSigningAttributes {
	return &sestypes.DkimSigningAttributes{DomainSigningAttributesOrigin: sestypes.DkimSigningAttributesOrigin(
		"AWS_SES_" + strings.ToUpper(strings.ReplaceAll(region, "-", "_")))}
}

func ownKey(selector string) *sestypes.DkimSigningAttributes {
	return &sestypes.DkimSigningAttributes{DomainSigningSelector: &selector, DomainSigningPrivateKey: aws.String(base64.StdEncoding.EncodeToString([]byte("key")))}
}

func TestCreateEmailIdentity(t *testing.T) {
	_, client := serve(t)
	must(t, client.CreateConfigurationSet, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("s")})
	type attributes = sestypes.DkimSigningAttributes
	tests := []struct {
		name, identity, set string
		keys                *attributes
		tags                []sestypes.Tag
		want                string
	}{
		{name: "domain", identity: "Example.com", set: "s", tags: []sestypes.Tag{tag("k", "v")}},
		{name: "again, in small letters", identity: "example.com", want: exists},
		{name: "address", identity: "Jo.Doe+x@example.org"},
		{name: "another address", identity: "jo.doe+x@example.org"},
		{name: "no domain", identity: "localhost", want: bad},
		{name: "bad domain", identity: "-a.example.com", want: bad},
		{name: "bad address", identity: "a b@example.com", want: bad},
		{name: "address without domain", identity: "a@", want: bad},
		{name: "no such set", identity: "b.example.com", set: "none", want: missing},
		{name: "1024 bits", identity: "c.example.com", keys: &attributes{NextSigningKeyLength: "RSA_1024_BIT"}},
		{name: "other length", identity: "d.example.com", keys: &attributes{NextSigningKeyLength: "RSA_4096_BIT"}, want: bad},
		{name: "own key", identity: "e.example.com", keys: ownKey("sel1")},
		{name: "own key with origin", identity: "f.example.com", keys: &attributes{DomainSigningAttributesOrigin: "EXTERNAL",
			DomainSigningSelector: aws.String("s"), DomainSigningPrivateKey: aws.String("a2V5")}},
		{name: "no selector", identity: "g.example.com", keys: &attributes{DomainSigningPrivateKey: aws.String("a2V5")}, want: bad},
		{name: "key not in base64", identity: "g.example.com", keys: &attributes{DomainSigningSelector: aws.String("s"), DomainSigningPrivateKey: aws.String("-----")}, want: bad},
		{name: "key of address", identity: "a@example.com", keys: ownKey("sel1"), want: bad},
		{name: "replica of nothing", identity: "h.example.com", keys: replicaOf(secondary)},
		{name: "replica with length", identity: "i.example.com", keys: &attributes{DomainSigningAttributesOrigin: "AWS_SES_US_EAST_1", NextSigningKeyLength: "RSA_2048_BIT"}, want: bad},
		{name: "replica with selector", identity: "i.example.com", keys: &attributes{DomainSigningAttributesOrigin: "AWS_SES_US_EAST_1", DomainSigningSelector: aws.String("s")}, want: bad},
		{name: "no origin", identity: "i.example.com", keys: &attributes{DomainSigningAttributesOrigin: "us-east-1"}, want: bad},
		{name: "reserved tag", identity: "i.example.com", tags: []sestypes.Tag{tag("aws:k", "v")}, want: bad},
	}
	for _, test := range tests {
		in := &sesv2.CreateEmailIdentityInput{EmailIdentity: &test.identity, DkimSigningAttributes: test.keys, Tags: test.tags}
		if test.set != "" {
			in.ConfigurationSetName = &test.set
		}
		if _, err := client.CreateEmailIdentity(t.Context(), in); codeOf(err) != test.want {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
	var names []string
	for _, i := range must(t, client.ListEmailIdentities, &sesv2.ListEmailIdentitiesInput{}).EmailIdentities {
		names = append(names, *i.IdentityName)
	}
	want := "Jo.Doe+x@example.org c.example.com e.example.com example.com f.example.com h.example.com jo.doe+x@example.org"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	out := looked(t, client, "EXAMPLE.com")
	if *out.ConfigurationSetName != "s" || *out.Tags[0].Key != "k" || !out.FeedbackForwardingStatus || !out.DkimAttributes.SigningEnabled ||
		out.DkimAttributes.SigningAttributesOrigin != "AWS_SES" || len(out.DkimAttributes.Tokens) != 3 || out.DkimAttributes.CurrentSigningKeyLength != "RSA_2048_BIT" ||
		out.MailFromAttributes.MailFromDomain != nil || out.IdentityType != "DOMAIN" || told(out) != "PENDING PENDING false" {
		t.Errorf("got %+v", out)
	}
	if out := looked(t, client, "e.example.com"); out.DkimAttributes.SigningAttributesOrigin != "EXTERNAL" || !slices.Equal(out.DkimAttributes.Tokens, []string{"sel1"}) {
		t.Errorf("got %+v", out.DkimAttributes)
	}
	if _, err := client.GetEmailIdentity(t.Context(), &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("JO.doe+x@example.org")}); codeOf(err) != missing {
		t.Errorf("addresses are not case-sensitive: %v", err)
	}
}

func TestIdentityLimit(t *testing.T) {
	w, client := serve(t)
	for i := range maxIdentities {
		w.Region(account, primary).identities[fmt.Sprint(i)] = &identity{}
	}
	_, err := client.CreateEmailIdentity(t.Context(), &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("example.com")})
	if codeOf(err) != tooMany {
		t.Error(err)
	}
}

func TestVerification(t *testing.T) {
	w, client := serve(t)
	r := w.Region(account, primary)
	for _, name := range []string{"easy.example", "jo@easy.example", "jo@example.org"} {
		must(t, client.CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: &name})
	}
	must(t, client.CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("own.example"), DkimSigningAttributes: ownKey("sel")})
	r.AddSelfSigned("self.example")
	steps := []struct {
		name     string
		do       func()
		identity string
		want     string
	}{
		{"nothing published", func() {}, "easy.example", "PENDING PENDING false"},
		{"nothing published", func() {}, "own.example", "PENDING PENDING false"},
		{"not confirmed", func() {}, "jo@example.org", "NOT_STARTED PENDING false"},
		{"self-signed", func() {}, "self.example", "NOT_STARTED SUCCESS true"},
		{"published", func() { r.PublishDNS("easy.example") }, "easy.example", "SUCCESS SUCCESS true"},
		{"address of a domain", func() {}, "jo@easy.example", "NOT_STARTED PENDING false"},
		{"selector published", func() { r.PublishDNS("own.example") }, "own.example", "SUCCESS SUCCESS true"},
		{"confirmed", func() { r.ConfirmAddress("jo@example.org") }, "jo@example.org", "NOT_STARTED SUCCESS true"},
		{"withdrawn", func() { r.WithdrawDNS("easy.example") }, "easy.example", "FAILED FAILED false HOST_NOT_FOUND"},
		{"published again", func() { r.PublishDNS("easy.example") }, "easy.example", "SUCCESS SUCCESS true"},
	}
	for _, step := range steps {
		step.do()
		if got := told(looked(t, client, step.identity)); got != step.want {
			t.Errorf("%s: %s is %s, want %s", step.name, step.identity, got, step.want)
		}
	}
	for address, want := range map[string]bool{
		"jo@easy.example": true, "x@sub.easy.example": true, "X@EASY.example": true, "jo@example.org": true, "jo+l@example.org": true,
		"Jo@example.org": false, "jo@example.com": false, "x@example.org": false,
	} {
		if got := r.verifiedSender(address); got != want {
			t.Errorf("mail from %s: %t", address, got)
		}
	}
	for filter, want := range map[string]int{"VERIFICATION_STATUS=SUCCESS": 4, "IDENTITY_TYPE=EMAIL_ADDRESS": 2, "IDENTITY_NAME_CONTAINS=easy": 2} {
		key, value, _ := strings.Cut(filter, "=")
		out := must(t, client.ListEmailIdentities, &sesv2.ListEmailIdentitiesInput{Filter: map[string]string{key: value}})
		if len(out.EmailIdentities) != want {
			t.Errorf("%s: %d identities, want %d", filter, len(out.EmailIdentities), want)
		}
	}
}

// A world with a parent in the primary Region, whose records are published.
func parent(t *testing.T) (*World, map[string]*sesv2.Client) {
	t.Helper()
	w, clients := serveBoth(t)
	must(t, clients[primary].CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("example.com")})
	w.Region(account, primary).PublishDNS("example.com")
	return w, clients
}

func TestReplica(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, clients := parent(t)
		w.Settle = time.Minute
		must(t, clients[secondary].CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("example.com"), DkimSigningAttributes: replicaOf(primary)})
		out := looked(t, clients[secondary], "example.com")
		if told(out) != "PENDING PENDING false" || out.DkimAttributes.SigningAttributesOrigin != "AWS_SES_EU_CENTRAL_1" {
			t.Errorf("at once: %s, %s", told(out), out.DkimAttributes.SigningAttributesOrigin)
		}
		time.Sleep(59 * time.Second)
		if out = looked(t, clients[secondary], "example.com"); told(out) != "PENDING PENDING false" {
			t.Errorf("before: %s", told(out))
		}
		time.Sleep(time.Second)
		out = looked(t, clients[secondary], "example.com")
		from := looked(t, clients[primary], "example.com")
		if told(out) != "SUCCESS SUCCESS true" || len(out.DkimAttributes.Tokens) != 3 || !slices.Equal(out.DkimAttributes.Tokens, from.DkimAttributes.Tokens) ||
			*out.DkimAttributes.SigningHostedZone != *from.DkimAttributes.SigningHostedZone {
			t.Errorf("after: %s, %+v", told(out), out.DkimAttributes)
		}
		// A new length of the parent's keys is the replica's, too.
		must(t, clients[primary].PutEmailIdentityDkimSigningAttributes, &sesv2.PutEmailIdentityDkimSigningAttributesInput{EmailIdentity: aws.String("example.com"),
			SigningAttributesOrigin: "AWS_SES", SigningAttributes: &sestypes.DkimSigningAttributes{NextSigningKeyLength: "RSA_1024_BIT"}})
		if got := looked(t, clients[secondary], "example.com").DkimAttributes.NextSigningKeyLength; got != "RSA_1024_BIT" {
			t.Errorf("the length is %s", got)
		}
		remove := &sesv2.DeleteEmailIdentityInput{EmailIdentity: aws.String("example.com")}
		run(t, []try{
			{"parent with a replica", of(clients[primary].DeleteEmailIdentity, remove), bad},
			{"replica", of(clients[secondary].DeleteEmailIdentity, remove), ""},
			{"replica again", of(clients[secondary].DeleteEmailIdentity, remove), missing},
			{"parent", of(clients[primary].DeleteEmailIdentity, remove), ""},
		})
	})
}

func TestReplicaFails(t *testing.T) {
	tests := []struct {
		name   string
		origin string // Region of the parent
		before func(t *testing.T, w *World, clients map[string]*sesv2.Client)
		want   string
	}{
		{"own Region", secondary, nil, "REPLICATION_PRIMARY_INVALID_REGION"},
		{"no Region", "xx-east-1", nil, "REPLICATION_PRIMARY_INVALID_REGION"},
		{"other partition", "us-gov-west-1", nil, "REPLICATION_PRIMARY_INVALID_REGION"},
		{"not there", "us-east-1", nil, "REPLICATION_PRIMARY_NOT_FOUND"},
		{"own key", primary, func(t *testing.T, w *World, clients map[string]*sesv2.Client) {
			must(t, clients[primary].PutEmailIdentityDkimSigningAttributes, &sesv2.PutEmailIdentityDkimSigningAttributesInput{
				EmailIdentity: aws.String("example.com"), SigningAttributesOrigin: "EXTERNAL", SigningAttributes: ownKey("s")})
		}, "REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED"},
		{"self-signed", "us-east-1", func(t *testing.T, w *World, clients map[string]*sesv2.Client) {
			w.Region(account, "us-east-1").AddSelfSigned("example.com")
		}, "REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED"},
		{"replica", primary, func(t *testing.T, w *World, clients map[string]*sesv2.Client) {
			must(t, clients[primary].PutEmailIdentityDkimSigningAttributes, &sesv2.PutEmailIdentityDkimSigningAttributesInput{
				EmailIdentity: aws.String("example.com"), SigningAttributesOrigin: "AWS_SES_US_EAST_1"})
		}, "REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED"},
		{"no policy", primary, func(t *testing.T, w *World, clients map[string]*sesv2.Client) {
			w.RequireReplicationPolicy = true
		}, "REPLICATION_ACCESS_DENIED"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, clients := parent(t)
				if test.before != nil {
					test.before(t, w, clients)
				}
				must(t, clients[secondary].CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("example.com"), DkimSigningAttributes: replicaOf(test.origin)})
				if got := told(looked(t, clients[secondary], "example.com")); got != "PENDING PENDING false" {
					t.Errorf("at once: %s", got)
				}
				time.Sleep(w.settleTime())
				if got := told(looked(t, clients[secondary], "example.com")); got != "FAILED FAILED false "+test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
			})
		})
	}
}

// What is converted to a replica goes on sending, while its new keys are looked for.
func TestConvertToReplica(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, clients := parent(t)
		client := clients[secondary]
		must(t, client.CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("example.com")})
		own := looked(t, client, "example.com").DkimAttributes.Tokens
		w.Region(account, secondary).PublishDNS("example.com")
		put := &sesv2.PutEmailIdentityDkimSigningAttributesInput{EmailIdentity: aws.String("example.com"), SigningAttributesOrigin: "AWS_SES_EU_CENTRAL_1"}
		if out := must(t, client.PutEmailIdentityDkimSigningAttributes, put); out.DkimStatus != "PENDING" {
			t.Errorf("got %s", out.DkimStatus)
		}
		time.Sleep(w.settleTime() / 2)
		must(t, client.PutEmailIdentityDkimSigningAttributes, put) // again: it does not begin anew
		if got := told(looked(t, client, "example.com")); got != "PENDING PENDING true" {
			t.Errorf("in between: %s", got)
		}
		time.Sleep(w.settleTime() / 2)
		out := looked(t, client, "example.com")
		if told(out) != "SUCCESS SUCCESS true" || slices.Equal(out.DkimAttributes.Tokens, own) {
			t.Errorf("got %s, tokens %q", told(out), out.DkimAttributes.Tokens)
		}
		put.SigningAttributesOrigin = "AWS_SES"
		must(t, client.PutEmailIdentityDkimSigningAttributes, put)
		if out := looked(t, client, "example.com"); !slices.Equal(out.DkimAttributes.Tokens, own) {
			t.Errorf("and back: %q, want %q", out.DkimAttributes.Tokens, own)
		}
		must(t, client.CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("jo@example.com")})
		type keys = sesv2.PutEmailIdentityDkimSigningAttributesInput
		run(t, []try{
			{"address", of(client.PutEmailIdentityDkimSigningAttributes, &keys{EmailIdentity: aws.String("jo@example.com"), SigningAttributesOrigin: "AWS_SES"}), bad},
			{"nothing", of(client.PutEmailIdentityDkimSigningAttributes, &keys{EmailIdentity: aws.String("example.org"), SigningAttributesOrigin: "AWS_SES"}), missing},
			{"origin in the wrong place", of(client.PutEmailIdentityDkimSigningAttributes, &keys{EmailIdentity: aws.String("example.com"), SigningAttributesOrigin: "AWS_SES", SigningAttributes: replicaOf(primary)}), bad},
			{"no key", of(client.PutEmailIdentityDkimSigningAttributes, &keys{EmailIdentity: aws.String("example.com"), SigningAttributesOrigin: "EXTERNAL"}), bad},
			{"no origin", of(client.PutEmailIdentityDkimSigningAttributes, &keys{EmailIdentity: aws.String("example.com"), SigningAttributesOrigin: "NONE"}), bad},
		})
	})
}

// Mail is rejected for the MAIL FROM domain of the most specific identity.
func TestMailFromRejects(t *testing.T) {
	w, clients := parent(t)
	r := w.Region(account, primary)
	must(t, clients[primary].CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("jo@example.com")})
	rejects := func(address string) bool { return r.rejectsMail(r.senderIdentity(address)) }
	must(t, clients[primary].PutEmailIdentityMailFromAttributes, &sesv2.PutEmailIdentityMailFromAttributesInput{
		EmailIdentity: aws.String("example.com"), MailFromDomain: aws.String("mail.example.com"), BehaviorOnMxFailure: "REJECT_MESSAGE"})
	if !rejects("x@sub.example.com") || !rejects("jo@example.com") {
		t.Error("not rejected without an MX record")
	}
	r.ConfirmAddress("jo@example.com")
	if rejects("jo+label@example.com") {
		t.Error("rejected, though the address has no MAIL FROM domain")
	}
	r.PublishMX("mail.example.com")
	if rejects("x@example.com") {
		t.Error("rejected with an MX record")
	}
}

func TestIdentitySettings(t *testing.T) {
	w, client := serve(t)
	domain, address, other := aws.String("example.com"), aws.String("jo@example.org"), aws.String("example.net")
	must(t, client.CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: domain})
	must(t, client.CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: address})
	must(t, client.CreateConfigurationSet, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("s")})
	type (
		set      = sesv2.PutEmailIdentityConfigurationSetAttributesInput
		feedback = sesv2.PutEmailIdentityFeedbackAttributesInput
		signing  = sesv2.PutEmailIdentityDkimAttributesInput
		mailFrom = sesv2.PutEmailIdentityMailFromAttributesInput
	)
	run(t, []try{
		{"set", of(client.PutEmailIdentityConfigurationSetAttributes, &set{EmailIdentity: domain, ConfigurationSetName: aws.String("s")}), ""},
		{"no such set", of(client.PutEmailIdentityConfigurationSetAttributes, &set{EmailIdentity: domain, ConfigurationSetName: aws.String("x")}), missing},
		{"set of nothing", of(client.PutEmailIdentityConfigurationSetAttributes, &set{EmailIdentity: other}), missing},
		{"feedback", of(client.PutEmailIdentityFeedbackAttributes, &feedback{EmailIdentity: domain}), ""},
		{"feedback of nothing", of(client.PutEmailIdentityFeedbackAttributes, &feedback{EmailIdentity: other}), missing},
		{"signing", of(client.PutEmailIdentityDkimAttributes, &signing{EmailIdentity: domain}), ""},
		{"signing of nothing", of(client.PutEmailIdentityDkimAttributes, &signing{EmailIdentity: other}), missing},
		{"MAIL FROM", of(client.PutEmailIdentityMailFromAttributes, &mailFrom{EmailIdentity: domain, MailFromDomain: aws.String("Mail.example.com"), BehaviorOnMxFailure: "REJECT_MESSAGE"}), ""},
		{"MAIL FROM of an address", of(client.PutEmailIdentityMailFromAttributes, &mailFrom{EmailIdentity: address, MailFromDomain: aws.String("mail.example.org")}), ""},
		{"MAIL FROM of nothing", of(client.PutEmailIdentityMailFromAttributes, &mailFrom{EmailIdentity: other}), missing},
		{"not below", of(client.PutEmailIdentityMailFromAttributes, &mailFrom{EmailIdentity: domain, MailFromDomain: domain}), bad},
		{"elsewhere", of(client.PutEmailIdentityMailFromAttributes, &mailFrom{EmailIdentity: domain, MailFromDomain: aws.String("mail.example.net")}), bad},
		{"behaviour", of(client.PutEmailIdentityMailFromAttributes, &mailFrom{EmailIdentity: domain, BehaviorOnMxFailure: "RejectMessage"}), bad},
		{"certificates of nothing", of(client.ListEmailIdentityCertificates, &sesv2.ListEmailIdentityCertificatesInput{EmailIdentity: other}), missing},
	})
	state := func() string {
		out := looked(t, client, "example.com")
		m := out.MailFromAttributes
		return fmt.Sprintf("%s %t %t %s %s %s", aws.ToString(out.ConfigurationSetName), out.FeedbackForwardingStatus, out.DkimAttributes.SigningEnabled,
			aws.ToString(m.MailFromDomain), m.BehaviorOnMxFailure, m.MailFromDomainStatus)
	}
	if got, want := state(), "s false false mail.example.com REJECT_MESSAGE PENDING"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w.Region(account, primary).PublishMX("mail.example.com")
	if got, want := state(), "s false false mail.example.com REJECT_MESSAGE SUCCESS"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w.Region(account, secondary).PublishMX("mail.example.com") // a domain has one such record
	if got, want := state(), "s false false mail.example.com REJECT_MESSAGE FAILED"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	must(t, client.PutEmailIdentityConfigurationSetAttributes, &set{EmailIdentity: domain})
	must(t, client.PutEmailIdentityMailFromAttributes, &mailFrom{EmailIdentity: domain})
	if got, want := state(), " false false  USE_DEFAULT_VALUE "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
