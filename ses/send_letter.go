package ses

import (
	"errors"
	"fmt"

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
	maybe   bool  // an earlier run may have sent it
	kept    bool  // the ledger has the outcome
	lastErr error // of the last answer that said to try again
	record  state.Record
}

// newLetter returns that of a mail.
func newLetter(id, from string, to mailing) *letter {
	return &letter{result: &SendResult{ID: id, Recipients: to.results()}, to: to, digest: mailDigest(from, to)}
}

// settle decides what became of the letter. What was decided stays. That a letter is not
// sent now says nothing of an earlier run that may have sent it.
func (m *letter) settle(status MailStatus, messageID string, err error) {
	if m.settled {
		return
	}
	m.settled = true
	if m.maybe && status != MailSent && status != MailUnknown {
		err = errors.Join(fmt.Errorf("an earlier run may have sent it; now it is %s", status), err)
		status = MailUnknown
	}
	m.result.Status, m.result.MessageID, m.result.Err = status, messageID, err
	for i, r := range m.result.Recipients {
		if r.Status == "" {
			m.result.Recipients[i].Status = status
		}
	}
}

// suppress takes those recipients out that get no mail, and settles the letter if none is
// left. It is done when the ledger has told that no earlier run sent the letter.
func (m *letter) suppress(set *SuppressedSet) {
	status := MailSuppressed
	if m.maybe {
		status = MailUnknown
	}
	for i, r := range m.result.Recipients {
		if set.Contains(r.Address) {
			m.result.Recipients[i].Status = status
		}
	}
	m.to = m.to.without(func(r recipient) bool { return set.Contains(r.bare) })
	if m.to.count() == 0 {
		m.settle(MailSuppressed, "", nil)
	}
}

// mark gives recipients a status of their own.
func (m *letter) mark(places []int, status MailStatus) {
	for _, i := range places {
		if i >= 0 && i < len(m.result.Recipients) {
			m.result.Recipients[i].Status = status
		}
	}
}

// places returns where the recipients are that have a status of their own.
func (m *letter) places(status MailStatus) (places []int) {
	for i, r := range m.result.Recipients {
		if r.Status == status && status != m.result.Status {
			places = append(places, i)
		}
	}
	return places
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
