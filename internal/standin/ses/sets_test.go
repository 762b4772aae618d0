package ses

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// A try is one call and the code of the error that it should end in.
type try struct {
	name string
	call func(context.Context) error
	want string
}

func run(t *testing.T, tries []try) {
	t.Helper()
	for _, test := range tries {
		if got := codeOf(test.call(t.Context())); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// of makes a call of an operation, without its answer.
func of[In, Out any, Opt any](op func(context.Context, *In, ...Opt) (*Out, error), in *In) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := op(ctx, in)
		return err
	}
}

// must makes a call that succeeds.
func must[In, Out any, Opt any](t *testing.T, op func(context.Context, *In, ...Opt) (*Out, error), in *In) *Out {
	t.Helper()
	out, err := op(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCreateConfigurationSet(t *testing.T) {
	w, client := serve(t)
	r := w.Region(account, primary)
	archive := r.AddArchive("a-1")
	r.AddSelfSigned("example.com")
	must(t, client.CreateDedicatedIpPool, &sesv2.CreateDedicatedIpPoolInput{PoolName: aws.String("pool")})
	named := func(change func(*sesv2.CreateConfigurationSetInput)) func(context.Context) error {
		in := &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("bad")}
		change(in)
		return of(client.CreateConfigurationSet, in)
	}
	run(t, []try{
		{"everything", named(func(in *sesv2.CreateConfigurationSetInput) {
			in.ConfigurationSetName = aws.String("full")
			in.ArchivingOptions = &sestypes.ArchivingOptions{ArchiveArn: &archive}
			in.DeliveryOptions = &sestypes.DeliveryOptions{SendingPoolName: aws.String("pool"), TlsPolicy: "REQUIRE", MaxDeliverySeconds: aws.Int64(300)}
			in.MessageSecurityOptions = &sestypes.MessageSecurityOptions{SigningScheme: &sestypes.SigningSchemeMemberDefaultScheme{}}
			in.ReputationOptions = &sestypes.ReputationOptions{ReputationMetricsEnabled: true}
			in.SendingOptions = &sestypes.SendingOptions{}
			in.SuppressionOptions = &sestypes.SuppressionOptions{SuppressedReasons: []sestypes.SuppressionListReason{}, SuppressionScope: "TENANT"}
			in.TrackingOptions = &sestypes.TrackingOptions{CustomRedirectDomain: aws.String("click.example.com"), HttpsPolicy: "REQUIRE"}
			in.VdmOptions = &sestypes.VdmOptions{GuardianOptions: &sestypes.GuardianOptions{OptimizedSharedDelivery: "ENABLED"}}
			in.Tags = []sestypes.Tag{tag("k", "v")}
		}), ""},
		{"again", named(func(in *sesv2.CreateConfigurationSetInput) { in.ConfigurationSetName = aws.String("full") }), exists},
		{"no name", named(func(in *sesv2.CreateConfigurationSetInput) { in.ConfigurationSetName = aws.String("") }), bad},
		{"space", named(func(in *sesv2.CreateConfigurationSetInput) { in.ConfigurationSetName = aws.String("a b") }), bad},
		{"long", named(func(in *sesv2.CreateConfigurationSetInput) {
			in.ConfigurationSetName = aws.String(strings.Repeat("x", 65))
		}), bad},
		{"no such pool", named(func(in *sesv2.CreateConfigurationSetInput) {
			in.DeliveryOptions = &sestypes.DeliveryOptions{SendingPoolName: aws.String("none")}
		}), missing},
		{"domain not verified", named(func(in *sesv2.CreateConfigurationSetInput) {
			in.TrackingOptions = &sestypes.TrackingOptions{CustomRedirectDomain: aws.String("click.example.org")}
		}), bad},
		{"archive elsewhere", named(func(in *sesv2.CreateConfigurationSetInput) {
			in.ArchivingOptions = &sestypes.ArchivingOptions{ArchiveArn: aws.String(strings.Replace(archive, primary, secondary, 1))}
		}), bad},
		{"no such archive", named(func(in *sesv2.CreateConfigurationSetInput) {
			in.ArchivingOptions = &sestypes.ArchivingOptions{ArchiveArn: aws.String(archive + "x")}
		}), missing},
		{"reserved tag", named(func(in *sesv2.CreateConfigurationSetInput) { in.Tags = []sestypes.Tag{tag("aws:x", "")} }), bad},
		{"VDM status", named(func(in *sesv2.CreateConfigurationSetInput) {
			in.VdmOptions = &sestypes.VdmOptions{DashboardOptions: &sestypes.DashboardOptions{EngagementMetrics: "ON"}}
		}), bad},
	})
	if got := must(t, client.ListConfigurationSets, &sesv2.ListConfigurationSetsInput{}).ConfigurationSets; !slices.Equal(got, []string{"full"}) {
		t.Errorf("what was refused is there: %q", got)
	}
	out := must(t, client.GetConfigurationSet, &sesv2.GetConfigurationSetInput{ConfigurationSetName: aws.String("full")})
	got := fmt.Sprintln(*out.ArchivingOptions.ArchiveArn == archive, *out.DeliveryOptions.SendingPoolName, out.DeliveryOptions.TlsPolicy,
		*out.DeliveryOptions.MaxDeliverySeconds, out.MessageSecurityOptions.SigningScheme != nil, out.ReputationOptions.ReputationMetricsEnabled,
		out.SendingOptions.SendingEnabled, out.SuppressionOptions.SuppressedReasons != nil, out.SuppressionOptions.SuppressionScope,
		*out.TrackingOptions.CustomRedirectDomain, out.TrackingOptions.HttpsPolicy, out.VdmOptions.GuardianOptions.OptimizedSharedDelivery, *out.Tags[0].Key)
	if want := "true pool REQUIRE 300 true true false true TENANT click.example.com REQUIRE ENABLED k\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A set that was made with its name only has the defaults of SES.
func TestConfigurationSetDefaults(t *testing.T) {
	_, client := serve(t)
	must(t, client.CreateConfigurationSet, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("s")})
	out := must(t, client.GetConfigurationSet, &sesv2.GetConfigurationSetInput{ConfigurationSetName: aws.String("s")})
	if !out.SendingOptions.SendingEnabled || out.ReputationOptions.ReputationMetricsEnabled || out.DeliveryOptions.TlsPolicy != "OPTIONAL" ||
		out.DeliveryOptions.SendingPoolName != nil || out.DeliveryOptions.MaxDeliverySeconds != nil || out.SuppressionOptions != nil ||
		out.TrackingOptions != nil || out.VdmOptions != nil || out.ArchivingOptions != nil || out.MessageSecurityOptions != nil || len(out.Tags) > 0 {
		t.Errorf("got %+v", out)
	}
}

func TestConfigurationSetOptions(t *testing.T) {
	w, client := serve(t)
	r := w.Region(account, primary)
	r.AddSelfSigned("example.com")
	archive := r.AddArchive("a-1")
	set, other := aws.String("s"), aws.String("none")
	must(t, client.CreateConfigurationSet, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: set})
	must(t, client.CreateDedicatedIpPool, &sesv2.CreateDedicatedIpPoolInput{PoolName: aws.String("pool")})
	threshold := func(enabled, verdict string) *sestypes.SuppressionValidationOptions {
		return &sestypes.SuppressionValidationOptions{ConditionThreshold: &sestypes.SuppressionConditionThreshold{
			ConditionThresholdEnabled:  sestypes.FeatureStatus(enabled),
			OverallConfidenceThreshold: &sestypes.SuppressionConfidenceThreshold{ConfidenceVerdictThreshold: sestypes.SuppressionConfidenceVerdictThreshold(verdict)},
		}}
	}
	type (
		delivery    = sesv2.PutConfigurationSetDeliveryOptionsInput
		tracking    = sesv2.PutConfigurationSetTrackingOptionsInput
		suppression = sesv2.PutConfigurationSetSuppressionOptionsInput
	)
	run(t, []try{
		{"delivery", of(client.PutConfigurationSetDeliveryOptions, &delivery{ConfigurationSetName: set, SendingPoolName: aws.String("pool")}), ""},
		{"shared pool", of(client.PutConfigurationSetDeliveryOptions, &delivery{ConfigurationSetName: set, SendingPoolName: aws.String("ses-shared-pool")}), ""},
		{"delivery of nothing", of(client.PutConfigurationSetDeliveryOptions, &delivery{ConfigurationSetName: other}), missing},
		{"no such pool", of(client.PutConfigurationSetDeliveryOptions, &delivery{ConfigurationSetName: set, SendingPoolName: other}), missing},
		{"TLS", of(client.PutConfigurationSetDeliveryOptions, &delivery{ConfigurationSetName: set, TlsPolicy: "Require"}), bad},
		{"too soon", of(client.PutConfigurationSetDeliveryOptions, &delivery{ConfigurationSetName: set, MaxDeliverySeconds: aws.Int64(299)}), bad},
		{"too late", of(client.PutConfigurationSetDeliveryOptions, &delivery{ConfigurationSetName: set, MaxDeliverySeconds: aws.Int64(50_401)}), bad},
		{"tracking", of(client.PutConfigurationSetTrackingOptions, &tracking{ConfigurationSetName: set, CustomRedirectDomain: aws.String("Example.com")}), ""},
		{"tracking of nothing", of(client.PutConfigurationSetTrackingOptions, &tracking{ConfigurationSetName: other}), missing},
		{"tracking domain", of(client.PutConfigurationSetTrackingOptions, &tracking{ConfigurationSetName: set, CustomRedirectDomain: aws.String("example.net")}), bad},
		{"HTTPS policy", of(client.PutConfigurationSetTrackingOptions, &tracking{ConfigurationSetName: set, HttpsPolicy: "ALWAYS"}), bad},
		{"suppression", of(client.PutConfigurationSetSuppressionOptions, &suppression{ConfigurationSetName: set, ValidationOptions: threshold("ENABLED", "HIGH")}), ""},
		{"suppression of nothing", of(client.PutConfigurationSetSuppressionOptions, &suppression{ConfigurationSetName: other}), missing},
		{"reason", of(client.PutConfigurationSetSuppressionOptions, &suppression{ConfigurationSetName: set, SuppressedReasons: []sestypes.SuppressionListReason{"SPAM"}}), bad},
		{"scope", of(client.PutConfigurationSetSuppressionOptions, &suppression{ConfigurationSetName: set, SuppressionScope: "ALL"}), bad},
		{"verdict", of(client.PutConfigurationSetSuppressionOptions, &suppression{ConfigurationSetName: set, ValidationOptions: threshold("ENABLED", "LOW")}), bad},
		{"threshold", of(client.PutConfigurationSetSuppressionOptions, &suppression{ConfigurationSetName: set, ValidationOptions: threshold("ON", "HIGH")}), bad},
		{"reputation", of(client.PutConfigurationSetReputationOptions, &sesv2.PutConfigurationSetReputationOptionsInput{ConfigurationSetName: set, ReputationMetricsEnabled: true}), ""},
		{"reputation of nothing", of(client.PutConfigurationSetReputationOptions, &sesv2.PutConfigurationSetReputationOptionsInput{ConfigurationSetName: other}), missing},
		{"sending", of(client.PutConfigurationSetSendingOptions, &sesv2.PutConfigurationSetSendingOptionsInput{ConfigurationSetName: set}), ""},
		{"sending of nothing", of(client.PutConfigurationSetSendingOptions, &sesv2.PutConfigurationSetSendingOptionsInput{ConfigurationSetName: other}), missing},
		{"VDM", of(client.PutConfigurationSetVdmOptions, &sesv2.PutConfigurationSetVdmOptionsInput{ConfigurationSetName: set, VdmOptions: &sestypes.VdmOptions{}}), ""},
		{"VDM of nothing", of(client.PutConfigurationSetVdmOptions, &sesv2.PutConfigurationSetVdmOptionsInput{ConfigurationSetName: other}), missing},
		{"archiving", of(client.PutConfigurationSetArchivingOptions, &sesv2.PutConfigurationSetArchivingOptionsInput{ConfigurationSetName: set, ArchiveArn: &archive}), ""},
		{"archiving of nothing", of(client.PutConfigurationSetArchivingOptions, &sesv2.PutConfigurationSetArchivingOptionsInput{ConfigurationSetName: other}), missing},
		{"security", of(client.UpdateConfigurationSet, &sesv2.UpdateConfigurationSetInput{ConfigurationSetName: set,
			MessageSecurityOptions: &sestypes.MessageSecurityOptions{SigningScheme: &sestypes.SigningSchemeMemberSmimeScheme{}}}), ""},
		{"security of nothing", of(client.UpdateConfigurationSet, &sesv2.UpdateConfigurationSetInput{ConfigurationSetName: other}), missing},
		{"get nothing", of(client.GetConfigurationSet, &sesv2.GetConfigurationSetInput{ConfigurationSetName: other}), missing},
	})
	out := must(t, client.GetConfigurationSet, &sesv2.GetConfigurationSetInput{ConfigurationSetName: set})
	if *out.DeliveryOptions.SendingPoolName != "ses-shared-pool" || *out.TrackingOptions.CustomRedirectDomain != "Example.com" ||
		out.SuppressionOptions.SuppressedReasons != nil || out.SuppressionOptions.ValidationOptions == nil ||
		!out.ReputationOptions.ReputationMetricsEnabled || out.SendingOptions.SendingEnabled || out.VdmOptions == nil || out.ArchivingOptions == nil {
		t.Errorf("got %+v", out)
	}
	// Each replaces all options of its kind, and what is left out is not set any more.
	must(t, client.PutConfigurationSetDeliveryOptions, &delivery{ConfigurationSetName: set})
	must(t, client.PutConfigurationSetTrackingOptions, &tracking{ConfigurationSetName: set})
	must(t, client.PutConfigurationSetArchivingOptions, &sesv2.PutConfigurationSetArchivingOptionsInput{ConfigurationSetName: set})
	must(t, client.PutConfigurationSetSuppressionOptions, &suppression{ConfigurationSetName: set, SuppressedReasons: []sestypes.SuppressionListReason{}})
	out = must(t, client.GetConfigurationSet, &sesv2.GetConfigurationSetInput{ConfigurationSetName: set})
	if out.DeliveryOptions.SendingPoolName != nil || out.TrackingOptions != nil || out.ArchivingOptions != nil ||
		out.SuppressionOptions.SuppressedReasons == nil || out.SuppressionOptions.ValidationOptions != nil {
		t.Errorf("got %+v", out)
	}
	must(t, client.PutConfigurationSetSuppressionOptions, &suppression{ConfigurationSetName: set})
	if out = must(t, client.GetConfigurationSet, &sesv2.GetConfigurationSetInput{ConfigurationSetName: set}); out.SuppressionOptions != nil {
		t.Errorf("not as its account: %+v", out.SuppressionOptions)
	}
}

// What a caller got or gave is not what the World keeps.
func TestCopies(t *testing.T) {
	_, client := serve(t)
	in := &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("s"), DeliveryOptions: &sestypes.DeliveryOptions{TlsPolicy: "REQUIRE"}}
	must(t, client.CreateConfigurationSet, in)
	in.DeliveryOptions.TlsPolicy, *in.ConfigurationSetName = "OPTIONAL", "x"
	get := &sesv2.GetConfigurationSetInput{ConfigurationSetName: aws.String("s")}
	must(t, client.GetConfigurationSet, get).DeliveryOptions.TlsPolicy = "OPTIONAL"
	if out := must(t, client.GetConfigurationSet, get); out.DeliveryOptions.TlsPolicy != "REQUIRE" || *out.ConfigurationSetName != "s" {
		t.Errorf("got %s, %s", *out.ConfigurationSetName, out.DeliveryOptions.TlsPolicy)
	}
}

func TestConfigurationSetLimit(t *testing.T) {
	w, client := serve(t)
	r := w.Region(account, primary)
	for i := range maxSets {
		r.sets[fmt.Sprint(i)] = &configurationSet{}
	}
	_, err := client.CreateConfigurationSet(t.Context(), &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("more")})
	if codeOf(err) != tooMany {
		t.Error(err)
	}
}

func TestDeleteConfigurationSet(t *testing.T) {
	w, client := serve(t)
	set := aws.String("s")
	must(t, client.CreateConfigurationSet, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: set})
	arn := w.Region(account, primary).arn("configuration-set/s")
	run(t, []try{
		{"tags", of(client.ListTagsForResource, &sesv2.ListTagsForResourceInput{ResourceArn: &arn}), ""},
		{"delete", of(client.DeleteConfigurationSet, &sesv2.DeleteConfigurationSetInput{ConfigurationSetName: set}), ""},
		{"again", of(client.DeleteConfigurationSet, &sesv2.DeleteConfigurationSetInput{ConfigurationSetName: set}), missing},
		{"no tags", of(client.ListTagsForResource, &sesv2.ListTagsForResourceInput{ResourceArn: &arn}), missing},
	})
}

func TestPaging(t *testing.T) {
	w, client := serve(t)
	w.PageSize = 2
	var want []string
	for i := range 5 {
		name := fmt.Sprintf("name%d", i)
		want = append(want, name)
		must(t, client.CreateConfigurationSet, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: &name})
		must(t, client.CreateDedicatedIpPool, &sesv2.CreateDedicatedIpPoolInput{PoolName: &name})
		w.Region(account, primary).AddIPs(name, 1, 1)
		must(t, client.CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String(name + ".example.com")})
		w.Region(account, primary).AddCertificate("name0.example.com", name+"@name0.example.com", "arn:"+name)
	}
	lists := map[string]func(token *string) ([]string, *string){
		"sets": func(token *string) ([]string, *string) {
			out := must(t, client.ListConfigurationSets, &sesv2.ListConfigurationSetsInput{NextToken: token})
			return out.ConfigurationSets, out.NextToken
		},
		"pools": func(token *string) ([]string, *string) {
			out := must(t, client.ListDedicatedIpPools, &sesv2.ListDedicatedIpPoolsInput{NextToken: token})
			return out.DedicatedIpPools, out.NextToken
		},
		"addresses": func(token *string) (names []string, next *string) {
			out := must(t, client.GetDedicatedIps, &sesv2.GetDedicatedIpsInput{NextToken: token})
			for _, ip := range out.DedicatedIps {
				names = append(names, *ip.PoolName)
			}
			return names, out.NextToken
		},
		"identities": func(token *string) (names []string, next *string) {
			out := must(t, client.ListEmailIdentities, &sesv2.ListEmailIdentitiesInput{NextToken: token})
			for _, i := range out.EmailIdentities {
				names = append(names, strings.TrimSuffix(*i.IdentityName, ".example.com"))
			}
			return names, out.NextToken
		},
		"certificates": func(token *string) (names []string, next *string) {
			out := must(t, client.ListEmailIdentityCertificates, &sesv2.ListEmailIdentityCertificatesInput{EmailIdentity: aws.String("name0.example.com"), NextToken: token})
			for _, c := range out.Certificates {
				names = append(names, strings.TrimPrefix(*c.CertificateArn, "arn:"))
			}
			return names, out.NextToken
		},
	}
	for name, list := range lists {
		var got []string
		pages := 0
		for token := (*string)(nil); pages == 0 || token != nil; pages++ {
			var page []string
			page, token = list(token)
			got = append(got, page...)
		}
		if !slices.Equal(got, want) || pages != 3 {
			t.Errorf("%s: got %q in %d pages, want %q in 3", name, got, pages, want)
		}
	}
	one := must(t, client.ListConfigurationSets, &sesv2.ListConfigurationSetsInput{PageSize: aws.Int32(1)})
	if len(one.ConfigurationSets) != 1 {
		t.Errorf("a page of 1 has %d", len(one.ConfigurationSets))
	}
	run(t, []try{
		{"a token of another list", of(client.ListDedicatedIpPools, &sesv2.ListDedicatedIpPoolsInput{NextToken: one.NextToken}), bad},
		{"no token", of(client.ListConfigurationSets, &sesv2.ListConfigurationSetsInput{NextToken: aws.String("x")}), bad},
		{"too large a page", of(client.ListEmailIdentities, &sesv2.ListEmailIdentitiesInput{PageSize: aws.Int32(1001)}), bad},
		{"unknown filter", of(client.ListConfigurationSets, &sesv2.ListConfigurationSetsInput{Filter: map[string]string{"X": "1"}}), bad},
	})
	filtered := must(t, client.ListConfigurationSets, &sesv2.ListConfigurationSetsInput{Filter: map[string]string{"CONFIGURATION_SET_NAME_CONTAINS": "e3"}})
	if !slices.Equal(filtered.ConfigurationSets, []string{"name3"}) {
		t.Errorf("filtered: %q", filtered.ConfigurationSets)
	}
}
