package region

import (
	"slices"
	"strings"
	"testing"
)

// TestTwins makes all of a full primary in an empty secondary, in an order in which SES takes
// it.
func TestTwins(t *testing.T) {
	in := Inputs{Primary: fullState(), Secondary: emptyState(west)}
	decisions := Compare(in, allOptions())
	want := strings.Split(strings.TrimSpace(`
update account settings 123456789012: suppression (adopted)
update account settings 123456789012: VDM (adopted)
update account settings 123456789012: automatic warm-up (adopted)
create dedicated IP pool managed
create dedicated IP pool plain
create configuration set news
create configuration set plain
create event destination news/bus
create event destination news/metrics
create event destination news/stream
create event destination news/topic
create identity example.com/awspatterns-replication: policy @primary
create identity example.com
update identity example.com: default configuration set
update identity example.com: bounce topic
update identity example.com: complaint topic
update identity example.com: delivery topic
update identity example.com: bounce headers
update identity example.com: complaint headers
update identity example.com: delivery headers
update identity example.com: feedback forwarding
update identity example.com: MAIL FROM
create identity example.com/sender: policy
update configuration set news: tracking
create email template hello
create custom verification template confirm
create contact list readers
create tenant acme
create tenant association acme/arn:aws:ses:eu-west-1:123456789012:configuration-set/news
create tenant association acme/arn:aws:ses:eu-west-1:123456789012:identity/example.com
create tenant association acme/arn:aws:ses:eu-west-1:123456789012:template/hello
`), "\n")
	if got := lines(decisions); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	makeAll(t, &in, decisions)
	if again := Compare(in, allOptions()); len(again) > 0 {
		t.Errorf("again:\n%s", strings.Join(lines(again), "\n"))
	}
	if again := Compare(in, Options{ARNs: allOptions().ARNs, MailFrom: allOptions().MailFrom}); len(again) > 0 {
		t.Errorf("without options:\n%s", strings.Join(lines(again), "\n"))
	}
}
