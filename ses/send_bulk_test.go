package ses_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
)

// TestSendBulk has mails in calls of 50, one call in a second, each with its own data.
func TestSendBulk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		s := w.sender(t, ses.SenderOptions{})
		began := time.Now()
		r, err := s.SendBulk(t.Context(), bulkMail(230))
		if err != nil || len(r.Mails) != 230 || r.Count(ses.MailSent) != 230 || w.sends() != 5 || len(w.twice()) > 0 {
			t.Errorf("%d sent in %d calls, twice to %v, %v", r.Count(ses.MailSent), w.sends(), w.twice(), err)
		}
		if took := time.Since(began); took < 4*time.Second || took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		for i, m := range r.Mails {
			if want := fmt.Sprint("to", i); m.ID != want || m.Recipients[0].Address != want+"@example.org" || m.MessageID == "" {
				t.Errorf("mail %d: %+v", i, m)
			}
		}
		for _, m := range w.Mails() {
			e := m.Bulk.BulkEmailEntries[m.Entry]
			if want := strings.TrimSuffix(m.To[0][2:], "@example.org"); *e.ReplacementEmailContent.ReplacementTemplate.ReplacementTemplateData != `{"name": "`+want+`"}` {
				t.Errorf("to %s went the data of another", m.To[0])
			}
		}
	})
}

// TestBulkOfSlowAccount has no call with more recipients than the rate.
func TestBulkOfSlowAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		w.home.SetQuota(-1, 14, 0)
		r, err := w.sender(t, ses.SenderOptions{}).SendBulk(t.Context(), bulkMail(30))
		if err != nil || r.Count(ses.MailSent) != 30 || w.sends() != 3 {
			t.Errorf("%d in %d calls, %v", r.Count(ses.MailSent), w.sends(), err)
		}
	})
}

// TestBulkRefused has what is refused before the first call.
func TestBulkRefused(t *testing.T) {
	w := newMailWorld(awstest.New(t))
	s := w.sender(t, ses.SenderOptions{})
	for want, change := range map[string]func(*ses.BulkMail){
		"EndpointId is the Sender's": func(m *ses.BulkMail) { m.Input.EndpointId = aws.String("x") },
		"put them into Entries": func(m *ses.BulkMail) {
			m.Input.BulkEmailEntries = []sestypes.BulkEmailEntry{m.Entries[0].Entry}
		},
		"no Entries":              func(m *ses.BulkMail) { m.Entries = nil },
		"no Template":             func(m *ses.BulkMail) { m.Input.DefaultContent = nil },
		"give TemplateName":       func(m *ses.BulkMail) { m.Input.DefaultContent.Template.TemplateContent = nil },
		"no FromEmailAddress":     func(m *ses.BulkMail) { m.Input.FromEmailAddress = nil },
		"control character":       func(m *ses.BulkMail) { m.Input.FromEmailAddress = aws.String("ann@example.com\r\nBcc: x@y.z") },
		"TemplateData is no JSON": func(m *ses.BulkMail) { m.Input.DefaultContent.Template.TemplateData = aws.String("[1]") },
		`tag "a b", "c": up to 2`: func(m *ses.BulkMail) {
			m.Input.DefaultEmailTags = []sestypes.MessageTag{{Name: aws.String("a b"), Value: aws.String("c")}}
		},
	} {
		m := bulkMail(1)
		change(&m)
		if _, err := s.SendBulk(t.Context(), m); err == nil || !strings.Contains(err.Error(), want) || w.sends() != 0 {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestBulkEntries has entries that are no good beside those that are.
func TestBulkEntries(t *testing.T) {
	w := newMailWorld(awstest.New(t))
	m := bulkMail(6)
	m.Entries[1].Entry.Destination = nil
	m.Entries[2].Entry.Destination.ToAddresses[0] = "cid@example.org\nBcc: x@example.org"
	m.Entries[3].Entry.ReplacementEmailContent.ReplacementTemplate.ReplacementTemplateData = aws.String(`{"name": `)
	m.Entries[4].Entry.ReplacementHeaders = []sestypes.MessageHeader{{Name: aws.String("X"), Value: aws.String("a\r\nb")}}
	r, err := w.sender(t, ses.SenderOptions{}).SendBulk(t.Context(), m)
	if got := statuses(r); got != "sent refused refused refused refused sent" || w.sends() != 1 || len(w.Mails()) != 2 {
		t.Errorf("%s in %d calls", got, w.sends())
	}
	if !strings.HasPrefix(fmt.Sprint(err), `ses: send bulk: 4 of 6 mails, the first: mail "to1": refused: no recipients`) {
		t.Errorf("%v", err)
	}
}

func statuses(r ses.BulkResult) string {
	var all []string
	for _, m := range r.Mails {
		all = append(all, string(m.Status))
	}
	return strings.Join(all, " ")
}

// TestBulkStatusOfEntries has each status of an entry, at first and always: those that may
// pass are sent again, and they alone.
func TestBulkStatusOfEntries(t *testing.T) {
	for status, test := range map[sestypes.BulkEmailStatus]struct {
		once, always ses.MailStatus
	}{
		sestypes.BulkEmailStatusAccountThrottled:          {ses.MailSent, ses.MailThrottled},
		sestypes.BulkEmailStatusTransientFailure:          {ses.MailNotSent, ses.MailNotSent},
		sestypes.BulkEmailStatusAccountDailyQuotaExceeded: {ses.MailThrottled, ses.MailThrottled},
		sestypes.BulkEmailStatusMessageRejected:           {ses.MailRefused, ses.MailRefused},
		sestypes.BulkEmailStatusFailed:                    {ses.MailRefused, ses.MailRefused},
		"TEMPLATE_DOES_NOT_EXIST":                         {ses.MailRefused, ses.MailRefused},
		"SOMETHING_NEW":                                   {ses.MailUnknown, ses.MailUnknown},
		"":                                                {ses.MailUnknown, ses.MailUnknown},
	} {
		t.Run(string(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for _, always := range []bool{false, true} {
					w := newMailWorld(awstest.New(t))
					asked := map[string]int{}
					awstest.Handle(w.cloud, func(_ context.Context, in *sesv2.SendBulkEmailInput) (*sesv2.SendBulkEmailOutput, error) {
						out := &sesv2.SendBulkEmailOutput{}
						for _, e := range in.BulkEmailEntries {
							to := e.Destination.ToAddresses[0]
							result := sestypes.BulkEmailEntryResult{Status: "SUCCESS", MessageId: aws.String("m")}
							if asked[to]++; to == "to1@example.org" && (always || asked[to] == 1) {
								result = sestypes.BulkEmailEntryResult{Status: status, Error: aws.String("why")}
							}
							out.BulkEmailEntryResults = append(out.BulkEmailEntryResults, result)
						}
						return out, nil
					})
					r, err := w.sender(t, ses.SenderOptions{Attempts: 3}).SendBulk(t.Context(), bulkMail(3))
					want := test.once
					if always {
						want = test.always
					}
					if got := statuses(r); got != "sent "+string(want)+" sent" || (err == nil) != (want == ses.MailSent) {
						t.Errorf("always %v: %s, %v", always, got, err)
					}
					attempts := map[bool]int{true: 1, false: 1}[always]
					if test.once == ses.MailSent {
						attempts = map[bool]int{true: 3, false: 2}[always]
					}
					if asked["to0@example.org"] != 1 || asked["to1@example.org"] != attempts {
						t.Errorf("always %v: asked %v", always, asked)
					}
				}
			})
		})
	}
}

// TestBulkAnswers has answers that do not fit the question.
func TestBulkAnswers(t *testing.T) {
	sent := sestypes.BulkEmailEntryResult{Status: "SUCCESS", MessageId: aws.String("m")}
	contradiction := sestypes.BulkEmailEntryResult{Status: "ACCOUNT_THROTTLED", MessageId: aws.String("m")}
	for want, results := range map[string][]sestypes.BulkEmailEntryResult{
		"unknown unknown": {sent},
		"unknown sent":    {contradiction, sent},
	} {
		w := newMailWorld(awstest.New(t))
		awstest.Handle(w.cloud, func(context.Context, *sesv2.SendBulkEmailInput) (*sesv2.SendBulkEmailOutput, error) {
			return &sesv2.SendBulkEmailOutput{BulkEmailEntryResults: results}, nil
		})
		r, err := w.sender(t, ses.SenderOptions{}).SendBulk(t.Context(), bulkMail(2))
		if got := statuses(r); got != want || err == nil || w.sends() != 1 {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
}

// TestBulkCallFails has calls that fail as a whole.
func TestBulkCallFails(t *testing.T) {
	for err, want := range map[error]ses.MailStatus{
		lostAnswer: ses.MailUnknown, awstest.Error(500, "", ""): ses.MailUnknown, awstest.Denied(): ses.MailNotSent, awstest.Error(400, "BadRequestException", ""): ses.MailRefused,
		awstest.Throttled(): ses.MailSent, dialRefused: ses.MailSent,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newMailWorld(awstest.New(t))
			w.cloud.Inject(awstest.Fault{Operation: "SESv2.SendBulkEmail", Times: 1, Err: err, Applied: err == error(lostAnswer)})
			r, _ := w.sender(t, ses.SenderOptions{}).SendBulk(t.Context(), bulkMail(60))
			if got := r.Count(want); got != 60 && got != 50 && got != 10 || r.Count(ses.MailSent)+r.Count(ses.MailUnknown)+r.Count(ses.MailRefused)+r.Count(ses.MailNotSent) != 60 || len(w.twice()) > 0 {
				t.Errorf("%v: %d %s, twice to %v", err, got, want, w.twice())
			}
		})
	}
}

// TestBulkRecipients has entries with several recipients each.
func TestBulkRecipients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		m := bulkMail(5)
		for i := range m.Entries {
			m.Entries[i].Entry.Destination = &sestypes.Destination{BccAddresses: manyAddresses(20)}
		}
		r, err := w.sender(t, ses.SenderOptions{}).SendBulk(t.Context(), m)
		if err != nil || r.Count(ses.MailSent) != 100 || w.sends() != 3 {
			t.Errorf("%d in %d calls, %v", r.Count(ses.MailSent), w.sends(), err)
		}
	})
}
