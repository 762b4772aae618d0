package ses

import (
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/state"
)

// A letter is a mail on its way.
type letter struct {
	result  *SendResult
	to      mailing
	entry   sestypes.BulkEmailEntry // of a bulk mail
	digest  string
	settled bool
	lastErr error // of the last answer that said to try again
	record  state.Record
}

// newLetter returns that of a mail.
func newLetter(id, from string, to mailing) *letter {
	return &letter{result: &SendResult{ID: id, Recipients: to.results()}, to: to, digest: mailDigest(from, to)}
}

// settle decides what became of the letter. What was decided stays.
func (m *letter) settle(status MailStatus, messageID string, err error) {
	if m.settled {
		return
	}
	m.settled = true
	m.result.Status, m.result.MessageID, m.result.Err = status, messageID, err
	for i, r := range m.result.Recipients {
		if r.Status == "" {
			m.result.Recipients[i].Status = status
		}
	}
}

// suppress takes those recipients out that get no mail, and settles the letter if none is
// left.
func (m *letter) suppress(set *SuppressedSet) {
	for i, r := range m.result.Recipients {
		if set.Contains(r.Address) {
			m.result.Recipients[i].Status = MailSuppressed
		}
	}
	m.to = m.to.without(func(r recipient) bool { return set.Contains(r.bare) })
	if m.to.count() == 0 {
		m.settle(MailSuppressed, "", nil)
	}
}

func unsettled(letters []*letter) []*letter {
	var left []*letter
	for _, m := range letters {
		if !m.settled {
			left = append(left, m)
		}
	}
	return left
}

func recipientsOf(letters []*letter) int {
	n := 0
	for _, m := range letters {
		n += m.to.count()
	}
	return n
}
