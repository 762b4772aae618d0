package region_test

import (
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/ses/region"
)

func TestDKIMRecords(t *testing.T) {
	easy := region.DKIM{Origin: "AWS_SES", Tokens: []string{"abc", "def", "ghi"}, HostedZone: "k1.dkim.eu-west-1.amazonses.com"}
	with := func(change func(*region.DKIM)) region.DKIM {
		d := easy
		change(&d)
		return d
	}
	want := []region.Record{
		{Name: "abc._domainkey.example.com", Type: "CNAME", Value: "abc.k1.dkim.eu-west-1.amazonses.com"},
		{Name: "def._domainkey.example.com", Type: "CNAME", Value: "def.k1.dkim.eu-west-1.amazonses.com"},
		{Name: "ghi._domainkey.example.com", Type: "CNAME", Value: "ghi.k1.dkim.eu-west-1.amazonses.com"},
	}
	for _, test := range []struct {
		name string
		id   region.Identity
		want []region.Record
	}{
		{"Easy DKIM", region.Identity{Name: "example.com", DKIM: easy}, want},
		{"replica", region.Identity{Name: "example.com", DKIM: with(func(d *region.DKIM) { d.Origin = "AWS_SES_EU_WEST_1" })}, want},
		{"dots", region.Identity{Name: "example.com.", DKIM: with(func(d *region.DKIM) { d.HostedZone = "." + d.HostedZone + "." })}, want},
		{"keys of the owner", region.Identity{Name: "example.com", DKIM: with(func(d *region.DKIM) { d.Origin = "EXTERNAL" })}, nil},
		{"no hosted zone", region.Identity{Name: "example.com", DKIM: with(func(d *region.DKIM) { d.HostedZone = "" })}, nil},
		{"no tokens yet", region.Identity{Name: "example.com", DKIM: with(func(d *region.DKIM) { d.Tokens = nil })}, nil},
		{"address", region.Identity{Name: "info@example.com", DKIM: easy}, nil},
	} {
		if got := region.DKIMRecords(test.id); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestMailFromRecords(t *testing.T) {
	got := region.MailFromRecords(region.Identity{Name: "example.com", MailFrom: &region.MailFrom{Domain: "bounce.example.com."}}, "us-gov-west-1")
	want := []region.Record{
		{Name: "bounce.example.com", Type: "MX", Value: "10 feedback-smtp.us-gov-west-1.amazonses.com"},
		{Name: "bounce.example.com", Type: "TXT", Value: "v=spf1 include:amazonses.com ~all"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, none := range []*region.MailFrom{nil, {OnMXFailure: "USE_DEFAULT_VALUE"}} {
		if got := region.MailFromRecords(region.Identity{Name: "example.com", MailFrom: none}, "eu-west-1"); got != nil {
			t.Errorf("got %v without a MAIL FROM domain", got)
		}
	}
}

func TestRecordString(t *testing.T) {
	for _, test := range []struct {
		record region.Record
		want   string
	}{
		{region.Record{Name: "a._domainkey.example.com", Type: "CNAME", Value: "a.dkim.amazonses.com"}, "a._domainkey.example.com. CNAME a.dkim.amazonses.com."},
		{region.Record{Name: "b.example.com", Type: "MX", Value: "10 feedback-smtp.eu-west-1.amazonses.com"}, "b.example.com. MX 10 feedback-smtp.eu-west-1.amazonses.com."},
		{region.Record{Name: "b.example.com", Type: "TXT", Value: `v=spf1 "x\y" ~all`}, `b.example.com. TXT "v=spf1 \"x\\y\" ~all"`},
	} {
		if got := test.record.String(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}
