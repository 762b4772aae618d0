package redshift

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// A Mode is how the statements of [Conn.RunAll] are committed.
type Mode string

// The modes.
const (
	// Auto runs statements in transactions of up to 40, in order, and one that cannot
	// run in a transaction, or would commit it, by itself, between them. After one that failed, no other is
	// run, and those of its transaction are rolled back. A transaction has fewer
	// statements where they would be more than 100 KB of text, where two have a
	// parameter of one name with different values, and where some have tokens and
	// others do not.
	Auto Mode = ""

	// Transaction runs all statements in one transaction. What cannot be in one, or is
	// too much for one, is refused before the first call.
	Transaction Mode = "TRANSACTION"

	// AutoCommit commits each statement, and goes on after one that failed.
	AutoCommit Mode = "AUTO_COMMIT"
)

// RunAllOptions configure [Conn.RunAll].
type RunAllOptions struct {
	Mode Mode
}

// An Outcome is what became of one statement: it has a Result if it took effect, and an Err
// if it did not or if that is not known. ErrNotRun is that of one that was not run because
// of one before it, ErrRolledBack of one that ran in a transaction that failed. An
// [*InterruptedError] with StateFinished is that of one which took effect, and whose result
// cannot be read.
type Outcome struct {
	Result *Result
	Err    error

	id string // of the statement
}

// unread reports whether the statement took effect, and its result cannot be read.
func (o Outcome) unread() bool {
	_, ok := errors.AsType[*InterruptedError](o.Err)
	return ok
}

// RunAll runs statements in order, in as few calls as possible, and waits for their end. It
// returns one outcome for each statement, always, and an error if any has not taken effect:
// that of all which failed, without those that were not run or were rolled back for it.
//
// Statements that are sent together with tokens are one request with one token, made of
// theirs: the same statements with the same tokens, sent again in the same way, are run
// once. Sent in another way, they are run again.
//
// The first page of each result set is read, too. Errors are those of [Conn.Run]; one of
// the first kind is told for each statement.
func (c *Conn) RunAll(ctx context.Context, ss []Statement, opts RunAllOptions) ([]Outcome, error) {
	outcomes, err := c.runAll(ctx, ss, opts, func() job { return job{} })
	if err != nil {
		return outcomes, fmt.Errorf("redshift: run all: %w", err)
	}
	return outcomes, nil
}

// runAll runs statements; of returns what is of a session in the next call.
func (c *Conn) runAll(ctx context.Context, ss []Statement, opts RunAllOptions, of func() job) ([]Outcome, error) {
	outcomes := make([]Outcome, len(ss))
	for i := range outcomes {
		outcomes[i].Err = ErrNotRun
	}
	list, err := jobsOf(ss, opts.Mode)
	if err != nil {
		return outcomes, err
	}
	var failed []error
	for _, j := range list {
		like := of()
		j.session, j.keep, j.opened = like.session, like.keep, like.opened
		got, err := c.do(ctx, j)
		for i, index := range j.indexes {
			outcomes[index] = got[i]
		}
		if err != nil {
			failed = append(failed, err)
			break
		}
		errs := jobFailures(got)
		if failed = append(failed, errs...); len(errs) > 0 && opts.Mode != AutoCommit {
			break
		}
	}
	return outcomes, errors.Join(failed...)
}

// jobFailures returns the errors of a job: those of statements that failed or, if none did,
// of the transaction as a whole; and that of the first result that cannot be read.
func jobFailures(outcomes []Outcome) (errs []error) {
	var rest error
	unread := false
	for _, o := range outcomes {
		switch _, failed := errors.AsType[*StatementError](o.Err); {
		case o.Err == nil, o.unread() && unread:
		case o.unread():
			errs, unread = append(errs, o.Err), true
		case failed && !errors.Is(o.Err, ErrRolledBack):
			errs = append(errs, o.Err)
		case rest == nil || failed:
			rest = o.Err
		}
	}
	if len(errs) == 0 && rest != nil {
		errs = append(errs, rest)
	}
	return errs
}

// jobsOf divides statements into what one call takes.
func jobsOf(ss []Statement, mode Mode) ([]job, error) {
	if err := checkAll(ss, mode); err != nil {
		return nil, err
	}
	var list []job
	for i, s := range ss {
		last := len(list) - 1
		if last < 0 || list[last].full(s, mode) != "" {
			list = append(list, job{})
			last++
		}
		list[last].statements = append(list[last].statements, s)
		list[last].indexes = append(list[last].indexes, i)
	}
	if mode == Transaction && len(list) > 1 {
		next := list[1].indexes[0]
		return nil, &InputError{Index: next, SQL: shortened(ss[next].SQL), Err: fmt.Errorf(
			"it is too much for one transaction: %s: use Mode Auto, which makes several", list[0].full(ss[next], mode))}
	}
	for i, j := range list {
		list[i].mode = batchMode(mode, len(j.statements))
		list[i].token = jobToken(list[i].mode, j.statements)
	}
	return list, nil
}

// batchMode returns the mode of a batch of n statements. One alone is no batch.
func batchMode(mode Mode, n int) Mode {
	switch {
	case n == 1:
		return Auto
	case mode == Auto:
		return Transaction
	}
	return mode
}

// full tells why s cannot be in the same call as the statements of j.
func (j job) full(s Statement, mode Mode) string {
	bytes := len(s.SQL)
	for _, other := range j.statements {
		bytes += len(other.SQL)
		for name, value := range s.Parameters {
			if v, ok := other.Parameters[name]; ok && v != value {
				return fmt.Sprintf("parameter %q has two values", name)
			}
		}
	}
	last := j.statements[len(j.statements)-1]
	switch {
	case len(j.statements) >= maxBatch:
		return fmt.Sprintf("a call takes up to %d statements", maxBatch)
	case bytes > maxBatchText:
		return fmt.Sprintf("a call takes up to %d bytes of statements", maxBatchText)
	case (last.Token == "") != (s.Token == ""):
		return "some statements have a token and others do not"
	case mode == Auto && (apart(last.SQL) || apart(s.SQL)):
		return "a statement cannot run in a transaction"
	}
	return ""
}

// apart reports whether a statement is run by itself in Mode Auto.
func apart(sql string) bool { return redshiftsql.NoTransaction(sql) || truncates(sql) }

// truncates reports whether a statement is TRUNCATE, which "commits the transaction in which
// it is run" (Database Developer Guide): nothing before it would be rolled back.
func truncates(sql string) bool {
	first, _ := leadingWords(sql)
	return first == "TRUNCATE"
}

// checkAll tells of all statements what is wrong with them.
func checkAll(ss []Statement, mode Mode) error {
	var errs []error
	switch mode {
	case Auto, Transaction, AutoCommit:
	default:
		errs = append(errs, fmt.Errorf("there is no Mode %q", mode))
	}
	sent := map[string]int{}
	for i, s := range ss {
		err := s.check()
		first, twice := sent[s.Token]
		switch {
		case err != nil:
		case twice && s.Token != "":
			err = fmt.Errorf("it has the token of statement %d, and would be taken for that", first+1)
		case mode != AutoCommit && controlsTransaction(s.SQL):
			err = errors.New("transactions are begun and ended by the Mode")
		case mode == Transaction && len(ss) > 1 && redshiftsql.NoTransaction(s.SQL):
			err = fmt.Errorf("%w: use Mode Auto, which runs it by itself", ErrTransaction)
		case mode == Transaction && len(ss) > 1 && truncates(s.SQL):
			err = fmt.Errorf("%w, which it would commit: DELETE, or use Mode Auto, which runs it by itself", ErrTransaction)
		}
		if err != nil {
			errs = append(errs, &InputError{Index: i, SQL: shortened(s.SQL), Err: err})
		}
		sent[s.Token] = i
	}
	return errors.Join(errs...)
}

// jobToken returns the token of a call: that of its one statement, or one made of all.
func jobToken(mode Mode, ss []Statement) string {
	if mode == Auto {
		return ss[0].Token
	}
	var tokens []string
	for _, s := range ss {
		tokens = append(tokens, s.Token)
	}
	if strings.Join(tokens, "") == "" {
		return ""
	}
	return tokenOf(append([]string{string(mode)}, tokens...)...)
}
