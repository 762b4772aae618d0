package ses_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

// An oddResolver answers all questions alike.
type oddResolver struct {
	name string
	mx   []*net.MX
}

func (r oddResolver) LookupCNAME(context.Context, string) (string, error) { return r.name, nil }
func (r oddResolver) LookupTXT(context.Context, string) ([]string, error) { return nil, nil }
func (r oddResolver) LookupMX(context.Context, string) ([]*net.MX, error) { return r.mx, nil }

// TestVerifyDNSOfOddAnswers asks a resolver that says nothing without an error, and one that
// has one name for all.
func TestVerifyDNSOfOddAnswers(t *testing.T) {
	cname := region.Record{Name: dkimName, Type: "CNAME", Value: dkimValue}
	mx := region.Record{Name: fromName, Type: "MX", Value: "10 feedback-smtp.eu-west-1.amazonses.com"}
	right := &net.MX{Host: "feedback-smtp.eu-west-1.amazonses.com."}
	for _, tt := range []struct {
		name     string
		resolver oddResolver
		record   region.Record
		want     ses.DNSState
	}{
		{"no name", oddResolver{}, cname, ses.DNSMissing},
		{"the root", oddResolver{name: "."}, cname, ses.DNSMissing},
		{"one name for all", oddResolver{name: "search.provider.example."}, cname, ses.DNSDifferent},
		{"no record in the list", oddResolver{mx: []*net.MX{nil}}, mx, ses.DNSMissing},
		{"no record beside the right one", oddResolver{mx: []*net.MX{nil, right}}, mx, ses.DNSOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ses.VerifyDNS(t.Context(), tt.resolver, ses.VerifyDNSOptions{Records: []region.Record{tt.record}})
			if err != nil || got.Checks[0].State != tt.want {
				t.Errorf("got %v, %v; want %s", got, err, tt.want)
			}
		})
	}
}

// A forger answers with names that hold lines of a report.
type forger struct{ oddResolver }

func (forger) LookupCNAME(_ context.Context, name string) (string, error) {
	if name == dkimName+"." {
		return "a.example\nOK: b.example CNAME c.example.", nil
	}
	return dkimValue, nil
}

func TestVerifyDNSOfForgedNames(t *testing.T) {
	got, err := ses.VerifyDNS(t.Context(), forger{}, ses.VerifyDNSOptions{Records: []region.Record{{Name: dkimName, Type: "CNAME", Value: dkimValue}}})
	if err != nil || strings.Contains(got.Checks[0].String(), "\n") {
		t.Errorf("got %s, %v", got.Checks[0], err)
	}
}
