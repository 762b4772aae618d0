package ses_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/localstore"
	"github.com/awspatterns/awspatterns/ses"
)

// global holds for calls through a global endpoint.
func global(c awstest.Call) bool { return c.Header.Get("X-Amz-Region-Set") != "" }

// TestFallback has an endpoint that cannot be reached, and then a Region, too. Only what was
// certainly not sent goes another way, and only by option.
func TestFallback(t *testing.T) {
	for name, test := range map[string]struct {
		fallback bool
		faults   []awstest.Fault
		want     ses.MailStatus
		via      string
		taken    int
	}{
		"all is well":            {true, nil, ses.MailSent, "endpoint", 1},
		"without the option":     {false, []awstest.Fault{{Match: global, Err: dialRefused}}, ses.MailNotSent, "endpoint", 0},
		"no endpoint":            {true, []awstest.Fault{{Match: global, Err: noSuchHost}}, ses.MailSent, mailHome, 1},
		"no endpoint, once":      {true, []awstest.Fault{{Match: global, Err: noSuchHost, Times: 1}}, ses.MailSent, "endpoint", 1},
		"no primary, too":        {true, []awstest.Fault{{Match: global, Err: noSuchHost}, {Region: mailHome, Err: dialRefused}}, ses.MailSent, mailAway, 1},
		"nothing":                {true, []awstest.Fault{{Err: dialRefused}}, ses.MailNotSent, mailAway, 0},
		"the answer was lost":    {true, []awstest.Fault{{Match: global, Err: lostAnswer, Applied: true}}, ses.MailUnknown, "endpoint", 1},
		"the endpoint says 503":  {true, []awstest.Fault{{Match: global, Err: awstest.Error(503, "", "")}}, ses.MailUnknown, "endpoint", 0},
		"the endpoint refuses":   {true, []awstest.Fault{{Match: global, Err: awstest.Error(400, "MessageRejected", "")}}, ses.MailRefused, "endpoint", 0},
		"lost after no endpoint": {true, []awstest.Fault{{Match: global, Err: dialRefused}, {Region: mailHome, Err: lostAnswer, Applied: true}}, ses.MailUnknown, mailHome, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newMailWorld(awstest.New(t))
				s := w.sender(t, ses.SenderOptions{EndpointID: w.endpoint, Fallback: test.fallback, Ledger: localstore.New(w.cloud)})
				for _, f := range test.faults {
					f.Operation = "SESv2.SendEmail"
					w.cloud.Inject(f)
				}
				via := test.via
				if via == "endpoint" {
					via += " " + w.endpoint
				}
				r, err := s.Send(t.Context(), simpleMail("1", "bob@example.org"))
				if r.Status != test.want || r.Via != via || (err == nil) != (test.want == ses.MailSent) || len(w.Mails()) != test.taken {
					t.Errorf("%s via %s, %v; %d mails", r.Status, r.Via, err, len(w.Mails()))
				}
			})
		})
	}
}

// TestFallbackRegions has mails that go through the Regions that they say.
func TestFallbackRegions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		s := w.sender(t, ses.SenderOptions{EndpointID: w.endpoint, Fallback: true})
		w.cloud.Inject(awstest.Fault{Match: global, Err: noSuchHost})
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.SendBulkEmail", Region: mailHome, Err: dialRefused})
		if _, err := s.SendBulk(t.Context(), bulkMail(3)); err != nil {
			t.Error(err)
		}
		for _, m := range w.Mails() {
			if m.Region != mailAway || m.Endpoint != "" {
				t.Errorf("%+v", m)
			}
		}
		if len(w.Mails()) != 3 || len(w.twice()) > 0 {
			t.Error(fmt.Sprint(w.sentTo()))
		}
	})
}
