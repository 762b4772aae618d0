package ses_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

// A dnsZone answers from a map of records, and with errors for the names that it refuses.
type dnsZone struct {
	records map[string][]string // "CNAME a.example.com": targets
	ends    bool                // LookupCNAME follows the chain to its end
	refused map[string]error    // by name
}

func (z dnsZone) ask(kind, name string) ([]string, error) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if err := z.refused[name]; err != nil {
		return nil, err
	}
	if found := z.records[kind+" "+name]; found != nil {
		return found, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (z dnsZone) LookupCNAME(_ context.Context, name string) (string, error) {
	found, err := z.ask("CNAME", name)
	if err != nil {
		if _, none := z.ask("A", name); none == nil {
			return name, nil
		}
		return "", err
	}
	for z.ends {
		next, err := z.ask("CNAME", found[0])
		if err != nil {
			break
		}
		found = next
	}
	return found[0], nil
}

func (z dnsZone) LookupTXT(_ context.Context, name string) ([]string, error) {
	return z.ask("TXT", name)
}

func (z dnsZone) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	found, err := z.ask("MX", name)
	var records []*net.MX
	for _, host := range found {
		records = append(records, &net.MX{Host: host, Pref: 10})
	}
	return records, err
}

const (
	dkimName  = "abc._domainkey.mail.example.com"
	dkimValue = "abc.dkim.amazonses.com"
	fromName  = "bounce.example.com"
)

func TestVerifyDNS(t *testing.T) {
	cname := region.Record{Name: dkimName, Type: "CNAME", Value: dkimValue}
	mx := region.Record{Name: fromName, Type: "MX", Value: "10 feedback-smtp.eu-west-1.amazonses.com"}
	spf := region.Record{Name: fromName, Type: "TXT", Value: "v=spf1 include:amazonses.com ~all"}
	text := region.Record{Name: "_amazonses.example.com", Type: "TXT", Value: "token"}
	for _, test := range []struct {
		name    string
		record  region.Record
		records map[string][]string
		refused map[string]error
		want    ses.DNSState
		hint    string
	}{
		{name: "right", record: cname, records: map[string][]string{"CNAME " + dkimName: {dkimValue}}, want: ses.DNSOK},
		{name: "dots and case", record: region.Record{Name: "ABC._domainkey.Mail.example.com.", Type: "CNAME", Value: dkimValue + "."},
			records: map[string][]string{"CNAME " + dkimName: {"Abc.DKIM.amazonses.com."}}, want: ses.DNSOK},
		{name: "missing", record: cname, want: ses.DNSMissing},
		{name: "by way of another", record: cname, want: ses.DNSOK,
			records: map[string][]string{"CNAME " + dkimName: {"keys.example.net."}, "CNAME keys.example.net": {dkimValue + "."}}},
		{name: "the target has a target", record: cname, want: ses.DNSOK,
			records: map[string][]string{"CNAME " + dkimName: {dkimValue}, "CNAME " + dkimValue: {"abc.cell7.amazonses.com"}}},
		{name: "to the target's target", record: cname, want: ses.DNSOK, hint: "both lead to abc.cell7.amazonses.com",
			records: map[string][]string{"CNAME " + dkimName: {"abc.cell7.amazonses.com"}, "CNAME " + dkimValue: {"abc.cell7.amazonses.com"}}},
		{name: "elsewhere", record: cname, records: map[string][]string{"CNAME " + dkimName: {"parked.example.net"}}, want: ses.DNSDifferent},
		{name: "another token", record: cname, records: map[string][]string{"CNAME " + dkimName: {"def.dkim.amazonses.com"}},
			want: ses.DNSDifferent, hint: "token of another record"},
		{name: "another hosted zone", record: cname, records: map[string][]string{"CNAME " + dkimName: {"abc.k1.dkim.eu-west-1.amazonses.com"}},
			want: ses.DNSDifferent, hint: "the hosted zone is k1.dkim.eu-west-1.amazonses.com and not dkim.amazonses.com"},
		{name: "a wildcard's address", record: cname, records: map[string][]string{"A " + dkimName: {"192.0.2.1"}},
			want: ses.DNSDifferent, hint: "perhaps those of a wildcard"},
		{name: "name twice", record: cname, records: map[string][]string{"CNAME " + dkimName + ".mail.example.com": {dkimValue}},
			want: ses.DNSMissing, hint: "appends mail.example.com to names, so enter abc._domainkey"},
		{name: "zone twice", record: cname, records: map[string][]string{"CNAME " + dkimName + ".example.com": {dkimValue}},
			want: ses.DNSMissing, hint: "appends example.com to names, so enter abc._domainkey.mail"},
		{name: "zone appended to the target", record: cname, records: map[string][]string{"CNAME " + dkimName: {dkimValue + ".example.com"}},
			want: ses.DNSDifferent, hint: "the target has example.com appended"},
		{name: "a loop", record: cname, want: ses.DNSUnknown,
			records: map[string][]string{"CNAME " + dkimName: {"a.example.net"}, "CNAME a.example.net": {"b.example.net"}, "CNAME b.example.net": {"a.example.net"}}},
		{name: "no answer", record: cname, want: ses.DNSUnknown,
			refused: map[string]error{dkimName: &net.DNSError{Err: "i/o timeout", IsTimeout: true, IsNotFound: true}}},
		{name: "SERVFAIL", record: cname, want: ses.DNSUnknown,
			refused: map[string]error{dkimName: &net.DNSError{Err: "server misbehaving", IsTemporary: true}}},
		{name: "another kind of error", record: cname, want: ses.DNSUnknown, refused: map[string]error{dkimName: errors.New("no route")}},
		{name: "elsewhere, and the target is not answered", record: cname, want: ses.DNSUnknown,
			records: map[string][]string{"CNAME " + dkimName: {"parked.example.net"}},
			refused: map[string]error{dkimValue: &net.DNSError{Err: "server misbehaving", IsTemporary: true}}},

		{name: "MX", record: mx, records: map[string][]string{"MX " + fromName: {"feedback-smtp.eu-west-1.amazonses.com."}}, want: ses.DNSOK},
		{name: "MX missing", record: mx, want: ses.DNSMissing},
		{name: "MX empty answer", record: mx, records: map[string][]string{"MX " + fromName: {}}, want: ses.DNSMissing},
		{name: "MX of another Region", record: mx, records: map[string][]string{"MX " + fromName: {"feedback-smtp.us-east-1.amazonses.com."}},
			want: ses.DNSDifferent, hint: "it is for the Region us-east-1"},
		{name: "two MX", record: mx, records: map[string][]string{"MX " + fromName: {"feedback-smtp.us-east-1.amazonses.com.", "feedback-smtp.eu-west-1.amazonses.com."}},
			want: ses.DNSDifferent, hint: "exactly one"},
		{name: "MX host with the zone", record: mx, records: map[string][]string{"MX " + fromName: {"feedback-smtp.eu-west-1.amazonses.com.example.com."}},
			want: ses.DNSDifferent, hint: "the host has example.com appended"},
		{name: "MX at the zone twice", record: mx, records: map[string][]string{"MX " + fromName + "." + fromName: {"feedback-smtp.eu-west-1.amazonses.com."}},
			want: ses.DNSMissing, hint: "so enter @"},
		{name: "MX not answered", record: mx, refused: map[string]error{fromName: context.DeadlineExceeded}, want: ses.DNSUnknown},

		{name: "SPF", record: spf, records: map[string][]string{"TXT " + fromName: {"other=1", "v=spf1 include:amazonses.com ~all"}}, want: ses.DNSOK},
		{name: "SPF with more", record: spf, records: map[string][]string{"TXT " + fromName: {"V=SPF1 ip4:192.0.2.1 +include:AmazonSES.com -all"}}, want: ses.DNSOK},
		{name: "SPF behind all", record: spf, records: map[string][]string{"TXT " + fromName: {"v=spf1 -all include:amazonses.com"}},
			want: ses.DNSDifferent, hint: "lacks include:amazonses.com"},
		{name: "SPF of another", record: spf, records: map[string][]string{"TXT " + fromName: {"v=spf1 include:amazonses.com.example.net ~all"}},
			want: ses.DNSDifferent, hint: "lacks include:amazonses.com"},
		{name: "two SPF", record: spf, records: map[string][]string{"TXT " + fromName: {"v=spf1 include:amazonses.com ~all", "v=spf1 -all"}},
			want: ses.DNSDifferent, hint: "one SPF record"},
		{name: "SPF in quotes", record: spf, records: map[string][]string{"TXT " + fromName: {`"v=spf1 include:amazonses.com ~all"`}},
			want: ses.DNSDifferent, hint: "without them"},
		{name: "SPF missing", record: spf, want: ses.DNSMissing},
		{name: "SPF, zone twice", record: spf, records: map[string][]string{"TXT " + fromName + ".example.com": {"v=spf1 include:amazonses.com ~all"}},
			want: ses.DNSMissing, hint: "so enter bounce"},
		{name: "SPF not answered", record: spf, refused: map[string]error{fromName: context.DeadlineExceeded}, want: ses.DNSUnknown},
		{name: "text", record: text, records: map[string][]string{"TXT _amazonses.example.com": {"token"}}, want: ses.DNSOK},
		{name: "another text", record: text, records: map[string][]string{"TXT _amazonses.example.com": {"Token"}}, want: ses.DNSDifferent},
	} {
		for _, ends := range []bool{false, true} {
			t.Run(fmt.Sprint(test.name, ", to the end: ", ends), func(t *testing.T) {
				if test.name == "a loop" && ends {
					t.Skip("a resolver that follows it refuses")
				}
				zone := dnsZone{records: test.records, refused: test.refused, ends: ends}
				result, err := ses.VerifyDNS(t.Context(), zone, ses.VerifyDNSOptions{Records: []region.Record{test.record}})
				if err != nil {
					t.Fatal(err)
				}
				got := result.Checks[0]
				if got.State != test.want || !strings.Contains(got.Hint, test.hint) || (got.Err != nil) != (got.State == ses.DNSUnknown) {
					t.Errorf("got %s, want %s with %q", got, test.want, test.hint)
				}
				if result.OK() != (test.want == ses.DNSOK) {
					t.Errorf("OK: %t", result.OK())
				}
			})
		}
	}
}

// TestVerifyDNSMany keeps the order of the records, and the bound.
func TestVerifyDNSMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowZone{}
		opts := ses.VerifyDNSOptions{Concurrency: 3, Timeout: time.Minute}
		for i := range 20 {
			opts.Records = append(opts.Records, region.Record{Name: fmt.Sprintf("a%d.example.com", i), Type: "TXT", Value: "x"})
		}
		began := time.Now()
		result, err := ses.VerifyDNS(t.Context(), slow, opts)
		if err != nil || !result.OK() {
			t.Fatalf("got %v, %v", result, err)
		}
		if took := time.Since(began); took != 7*time.Second { // 20 in rounds of 3
			t.Errorf("took %v", took)
		}
		for i, c := range result.Checks {
			if c.Record != opts.Records[i] {
				t.Errorf("check %d is of %s", i, c.Record)
			}
		}
	})
}

// slowZone answers every text after a second.
type slowZone struct{ dnsZone }

func (*slowZone) LookupTXT(ctx context.Context, _ string) ([]string, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(time.Second):
		return []string{"x"}, nil
	}
}

// TestVerifyDNSEnds ends the context, and runs into the timeout of a record, which is no
// error.
func TestVerifyDNSEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records := []region.Record{{Name: "a.example.com", Type: "TXT", Value: "x"}}
		result, err := ses.VerifyDNS(t.Context(), &slowZone{}, ses.VerifyDNSOptions{Records: records, Timeout: time.Millisecond})
		if err != nil || result.Checks[0].State != ses.DNSUnknown || !errors.Is(result.Checks[0].Err, context.DeadlineExceeded) {
			t.Errorf("got %v, %v", result, err)
		}
		why := errors.New("shut down")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Millisecond, func() { cancel(why) })
		if _, err := ses.VerifyDNS(ctx, &slowZone{}, ses.VerifyDNSOptions{Records: records}); !errors.Is(err, why) {
			t.Errorf("got %v", err)
		}
	})
}

func TestVerifyDNSOptions(t *testing.T) {
	for _, test := range []struct {
		opts ses.VerifyDNSOptions
		want string
	}{
		{ses.VerifyDNSOptions{}, "no Records"},
		{ses.VerifyDNSOptions{Concurrency: -1, Records: []region.Record{{Name: "a.b", Type: "TXT", Value: "x"}}}, "Concurrency -1"},
		{ses.VerifyDNSOptions{Records: []region.Record{{Name: "", Type: "TXT", Value: "x"}}}, "none of DNS"},
		{ses.VerifyDNSOptions{Records: []region.Record{{Name: "a b.example.com", Type: "TXT", Value: "x"}}}, "none of DNS"},
		{ses.VerifyDNSOptions{Records: []region.Record{{Name: strings.Repeat("a.", 200) + "com", Type: "TXT", Value: "x"}}}, "none of DNS"},
		{ses.VerifyDNSOptions{Records: []region.Record{{Name: "a.b", Type: "CNAME", Value: "-"}}}, "no name of DNS"},
		{ses.VerifyDNSOptions{Records: []region.Record{{Name: "a.b", Type: "MX", Value: "mail.example.com"}}}, "a preference, a space and a host"},
		{ses.VerifyDNSOptions{Records: []region.Record{{Name: "a.b", Type: "TXT"}}}, "no value"},
		{ses.VerifyDNSOptions{Records: []region.Record{{Name: "a.b", Type: "A", Value: "192.0.2.1"}}}, `the type "A"`},
	} {
		_, err := ses.VerifyDNS(t.Context(), dnsZone{}, test.opts)
		if err == nil || !strings.HasPrefix(err.Error(), "ses: verify DNS: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

// TestVerifyDNSText shows what people read.
func TestVerifyDNSText(t *testing.T) {
	zone := dnsZone{records: map[string][]string{
		"CNAME a._domainkey.example.com": {"a.dkim.amazonses.com."},
		"CNAME b._domainkey.example.com": {"b.dkim.amazonses.com.example.com."},
		"MX bounce.example.com":          {"feedback-smtp.us-east-1.amazonses.com."},
	}, refused: map[string]error{"d._domainkey.example.com": &net.DNSError{Err: "server misbehaving", Name: "d._domainkey.example.com", IsTemporary: true}}}
	id := region.Identity{Name: "example.com",
		DKIM:     region.DKIM{Origin: "AWS_SES", Tokens: []string{"a", "b", "c", "d"}, HostedZone: "dkim.amazonses.com"},
		MailFrom: &region.MailFrom{Domain: "bounce.example.com"}}
	result, err := ses.VerifyDNS(t.Context(), zone, ses.VerifyDNSOptions{Records: slices.Concat(region.DKIMRecords(id), region.MailFromRecords(id, "eu-west-1"))})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, c := range result.Checks {
		fmt.Fprintln(&text, c)
	}
	golden.Equal(t, "testdata/golden/verify_dns.txt", text.String())
}

// TestVerifyDNSResolver asks through a net.Resolver: that the target of a DKIM record has no
// address is no matter, and a server that does not know the answer has said nothing.
func TestVerifyDNSResolver(t *testing.T) {
	resolver := &net.Resolver{PreferGo: true, StrictErrors: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go serveDNS(server)
		return client, nil
	}}
	var records []region.Record
	for _, name := range []string{"right", "wrong", "none", "servfail"} {
		records = append(records, region.Record{Name: name + "._domainkey.example.com", Type: "CNAME", Value: "right.dkim.amazonses.com"})
	}
	result, err := ses.VerifyDNS(t.Context(), resolver, ses.VerifyDNSOptions{Records: records})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []ses.DNSState{ses.DNSOK, ses.DNSDifferent, ses.DNSMissing, ses.DNSUnknown} {
		if got := result.Checks[i]; got.State != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// serveDNS answers one connection: names that begin with "right" or "wrong" below
// _domainkey are aliases of that name at amazonses.com, where there are no addresses.
func serveDNS(conn net.Conn) {
	defer conn.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		question := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, question); err != nil {
			return
		}
		answer := answerDNS(question)
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

func answerDNS(question []byte) []byte {
	var labels []string
	at := 12
	for question[at] != 0 {
		end := at + 1 + int(question[at])
		labels = append(labels, string(question[at+1:end]))
		at = end
	}
	header := slices.Clone(question[:12])
	header[2], header[3] = 0x81, 0x80 // a response, recursion available
	clear(header[6:12])
	body := slices.Clone(question[12 : at+5])
	switch {
	case labels[0] == "servfail":
		header[3] |= 2
	case len(labels) > 1 && labels[1] == "_domainkey" && labels[0] != "none":
		header[7] = 1
		var target []byte
		for _, label := range []string{labels[0], "dkim", "amazonses", "com"} {
			target = append(append(target, byte(len(label))), label...)
		}
		target = append(target, 0)
		body = append(body, 0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60)
		body = append(binary.BigEndian.AppendUint16(body, uint16(len(target))), target...)
	case labels[len(labels)-2] != "amazonses":
		header[3] |= 3 // no such name
	}
	return append(header, body...)
}
