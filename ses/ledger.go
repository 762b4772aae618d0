package ses

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/state"
)

// mailSending is what a ledger says of a mail from before the call that sends it until its
// outcome is known. Found by a later run it means that nobody knows.
const mailSending MailStatus = "sending"

// defaultLedgerSet is the set of the ledger's records, unless SenderOptions names another.
const defaultLedgerSet = "ses-mails"

// A LedgerEntry is what a ledger knows of a mail.
type LedgerEntry struct {
	ID        string     `json:"-"`
	Status    MailStatus `json:"status"` // "sending" while it is on its way, or if the run was killed meanwhile
	MessageID string     `json:"messageId,omitempty"`
	Cause     string     `json:"cause,omitempty"`
	Digest    string     `json:"digest"` // of the sender and the recipients

	// Suppressed are the places, in SendResult.Recipients, of those that it is not sent to.
	// Of those in Unknown an earlier run may have sent it to, and this one has not.
	Suppressed []int `json:"suppressed,omitempty"`
	Unknown    []int `json:"unknown,omitempty"`

	At time.Time `json:"at"`
}

// LedgerEntries returns what a ledger knows, in the order of the bytes of the IDs. set is that
// of SenderOptions. It ends at the first error.
func LedgerEntries(ctx context.Context, ledger state.Store, set string) iter.Seq2[LedgerEntry, error] {
	if set == "" {
		set = defaultLedgerSet
	}
	return func(yield func(LedgerEntry, error) bool) {
		for record, err := range ledger.List(ctx, set, "") {
			entry := LedgerEntry{ID: record.Key}
			if err == nil {
				err = entry.decode(record)
			}
			if err != nil {
				err = fmt.Errorf("ses: ledger: %w", err)
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

func (e *LedgerEntry) decode(r state.Record) error {
	err := json.Unmarshal(r.Value, e)
	if err == nil && e.Status == "" {
		err = errors.New("it has no status")
	}
	if err != nil {
		return fmt.Errorf("%q is no entry of a ledger: %w", r.Key, err)
	}
	e.ID = r.Key
	return nil
}

// mailDigest tells two mails apart that are given one ID. Only who it is from and to is in
// it: what a mail says may be made anew by each run.
func mailDigest(from string, m mailing) string {
	h := sha256.New()
	for i, list := range [][]recipient{m.to, m.cc, m.bcc} {
		for _, r := range list {
			fmt.Fprintf(h, "%d %q\n", i, strings.ToLower(r.bare))
		}
	}
	fmt.Fprintf(h, "%q", from)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// A mailLedger is that of a Sender. Without a store it knows nothing and keeps nothing.
type mailLedger struct {
	store                        state.Store
	set                          string
	resendUnknown, resendRefused bool
}

// ledgerReaders is how many entries are read at a time.
const ledgerReaders = 8

// look decides which letters may be sent, and settles the others by what is known of them.
func (l *mailLedger) look(ctx context.Context, letters []*letter) []*letter {
	if l.store == nil {
		return letters
	}
	parallel.ForEach(len(letters), ledgerReaders, func(i int) { l.lookOne(ctx, letters[i]) })
	return unsettled(letters)
}

// unasked settles letters that the ledger is not asked about.
func (l *mailLedger) unasked(letters []*letter, err error) {
	if l.store == nil {
		return // there are no earlier runs
	}
	for _, m := range letters {
		m.settle(MailUnknown, "", fmt.Errorf("it was not sent now, and the ledger was not asked whether an earlier run sent it: %w", err))
	}
}

func (l *mailLedger) lookOne(ctx context.Context, m *letter) {
	record, err := l.store.Get(ctx, l.set, m.result.ID)
	m.record = state.Record{Set: l.set, Key: m.result.ID, Version: record.Version}
	if err != nil {
		m.settle(MailUnknown, "", fmt.Errorf("the ledger cannot be read: %w", err))
		return
	}
	if record.Version == "" {
		return
	}
	var entry LedgerEntry
	if err := entry.decode(record); err != nil {
		m.settle(MailUnknown, "", fmt.Errorf("ledger: %w", err))
		return
	}
	l.recall(m, entry)
}

// recall settles a letter by an entry of an earlier run, unless it may be sent again.
func (l *mailLedger) recall(m *letter, entry LedgerEntry) {
	since := entry.At.UTC().Format(time.RFC3339)
	same := entry.Digest == m.digest
	var err error
	switch entry.Status {
	case MailThrottled, MailNotSent:
		return // it was certainly not sent
	case MailSent:
	case MailRefused:
		if l.resendRefused {
			return
		}
		err = fmt.Errorf("refused in an earlier run, %s: %s", since, entry.Cause)
	default:
		if l.resendUnknown && same {
			m.maybe = true
			return
		}
		err = fmt.Errorf("begun %s, in an earlier run or another process, and no outcome is known", since)
		if entry.Cause != "" {
			err = fmt.Errorf("no outcome was known in an earlier run, %s: %s", since, entry.Cause)
		}
	}
	if !same {
		m.settle(MailRefused, "", fmt.Errorf("the ledger has another sender or other recipients under the ID %q: %w", m.result.ID, ErrMailID))
		return
	}
	status := entry.Status
	if status == mailSending {
		status = MailUnknown
	}
	m.mark(entry.Suppressed, MailSuppressed)
	m.mark(entry.Unknown, MailUnknown)
	m.result.Earlier = true
	m.settle(status, entry.MessageID, err)
}

// claim writes that the letters are being sent, and returns those that are ours to send: of
// two that claim one at the same time, one gets it.
func (l *mailLedger) claim(ctx context.Context, letters []*letter) []*letter {
	if l.store == nil {
		return letters
	}
	refused, err := l.write(ctx, letters, func(m *letter) LedgerEntry {
		return LedgerEntry{Status: mailSending, Digest: m.digest, Suppressed: m.places(MailSuppressed), Unknown: m.places(MailUnknown), At: time.Now()}
	})
	var lost []*letter
	for i, m := range letters {
		switch refused[i] {
		case taken:
			lost = append(lost, m)
		case unwritten:
			m.settle(MailNotSent, "", fmt.Errorf("the ledger cannot be written: %w", err))
		}
	}
	l.lost(ctx, lost)
	return unsettled(letters)
}

// lost settles letters that others have claimed meanwhile.
func (l *mailLedger) lost(ctx context.Context, letters []*letter) {
	parallel.ForEach(len(letters), ledgerReaders, func(i int) {
		for j := range letters[i].result.Recipients {
			letters[i].result.Recipients[j].Status = "" // is what the other says
		}
		strict := mailLedger{store: l.store, set: l.set}
		strict.lookOne(ctx, letters[i])
		if !letters[i].settled {
			letters[i].settle(MailUnknown, "", errors.New("another process is sending it"))
		}
	})
}

// maxCause is how many bytes of a cause are kept.
const maxCause = 2000

// keepTime is how long writing an outcome may take when the caller's context has ended.
const keepTime = 10 * time.Second

// keep writes the outcomes of letters that were claimed. It does so also when ctx has ended:
// what is not kept is unknown to the next run.
func (l *mailLedger) keep(ctx context.Context, letters []*letter) {
	letters = slices.DeleteFunc(slices.Clone(letters), func(m *letter) bool { return m.kept })
	if l.store == nil || len(letters) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	refused, err := l.write(ctx, letters, func(m *letter) LedgerEntry {
		e := LedgerEntry{Status: m.result.Status, MessageID: m.result.MessageID, Digest: m.digest, Suppressed: m.places(MailSuppressed), Unknown: m.places(MailUnknown), At: time.Now()}
		if m.result.Err != nil {
			e.Cause = m.result.Err.Error()
			e.Cause = e.Cause[:min(len(e.Cause), maxCause)]
		}
		return e
	})
	for i, m := range letters {
		m.kept, m.result.Unkept = refused[i] == written, nil
		if !m.kept {
			m.result.Unkept = fmt.Errorf("the ledger still says that it is being sent, so that a later run takes it for unknown: %w", err)
		}
	}
}

// A writing is what became of a record.
type writing int

const (
	written   writing = iota
	taken             // another has changed it
	unwritten         // or not known to be
)

// write writes an entry for each letter, in one Put.
func (l *mailLedger) write(ctx context.Context, letters []*letter, entry func(*letter) LedgerEntry) ([]writing, error) {
	records := make([]state.Record, len(letters))
	for i, m := range letters {
		records[i] = m.record
		var err error
		if records[i].Value, err = json.Marshal(entry(m)); err != nil {
			return nil, err
		}
	}
	before := slices.Clone(records)
	err := l.store.Put(ctx, records)
	results := make([]writing, len(letters))
	conflicts := conflictsIn(err)
	for i, r := range records {
		switch {
		case err == nil || r.Version != before[i].Version:
			letters[i].record = state.Record{Set: r.Set, Key: r.Key, Version: r.Version}
		case conflicts[r.Key]:
			results[i] = taken
		default:
			results[i] = unwritten
		}
	}
	return results, err
}

// conflictsIn returns the keys of the records that a Put refused.
func conflictsIn(err error) map[string]bool {
	keys := map[string]bool{}
	var walk func(error)
	walk = func(err error) {
		switch e := err.(type) {
		case nil:
		case *state.ConflictError:
			keys[e.Key] = true
		case interface{ Unwrap() []error }:
			for _, one := range e.Unwrap() {
				walk(one)
			}
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		}
	}
	walk(err)
	return keys
}

// checkMailIDs refuses IDs that a ledger cannot keep, or that are given twice.
func (l *mailLedger) checkMailIDs(ids []string) error {
	seen := map[string]bool{}
	for _, id := range ids {
		switch {
		case id == "" && l.store == nil:
		case id == "":
			return fmt.Errorf("a mail without an ID: the ledger needs one: %w", ErrMailID)
		case len(id) > state.MaxKey:
			return fmt.Errorf("ID %q…: longer than %d bytes: %w", id[:40], state.MaxKey, ErrMailID)
		case !utf8.ValidString(id):
			return fmt.Errorf("ID %q: not UTF-8: %w", id, ErrMailID)
		case seen[id]:
			return fmt.Errorf("ID %q: given to two mails: %w", id, ErrMailID)
		}
		seen[id] = true
	}
	return nil
}
