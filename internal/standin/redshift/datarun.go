package redshift

import (
	"fmt"
	"slices"
	"strings"
	"time"

	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A dataRun is what one call of ExecuteStatement or BatchExecuteStatement submitted.
type dataRun struct {
	dataTarget
	id, token, name string
	caller          awstest.Caller
	identity        string
	batch, csv      bool
	transaction     bool
	list            []datatypes.SqlParameter
	parameters      map[string]string
	session         *dataSession // nil without
	pid             int64
	label           string // query group, without a session

	parts []*dataPart
	next  int // part that is run; of a transaction all parts are, from 0 on

	status  datatypes.StatusString
	since   time.Time // of status
	polled  int       // DescribeStatement calls in status
	freed   time.Time // when they were enough
	created time.Time
	started time.Time
	err     string
	dataWaits
}

// A dataPart is one statement of a run. What is not run in a batch has a part, too.
type dataPart struct {
	sql     string
	status  datatypes.StatementStatusString
	started time.Time
	updated time.Time
	took    time.Duration
	ran     bool // and then outcome is set, though not told before the end
	outcome Outcome
	query   int64
	dataWaits
}

// dataWaits are the calls that wait for an end.
type dataWaits struct {
	ended   chan struct{}
	waiting int
}

// dataDay is how long a statement and a session may last, and how long results are kept.
const dataDay = 24 * time.Hour

func (r *dataRun) over() bool {
	return r.status == datatypes.StatusStringFinished || r.status == datatypes.StatusStringFailed || r.status == datatypes.StatusStringAborted
}

// group is the parts that run and end together: all of a transaction, else one.
func (r *dataRun) group() []*dataPart {
	if r.transaction {
		return r.parts
	}
	return r.parts[r.next : r.next+1]
}

// submit lets a run begin. The caller holds d.mu.
func (d *Data) submit(r *dataRun) {
	now := time.Now()
	r.status, r.since, r.created, r.ended = datatypes.StatusStringSubmitted, now, now, make(chan struct{})
	for _, p := range r.parts {
		p.status, p.updated, p.ended = datatypes.StatementStatusStringSubmitted, now, make(chan struct{})
	}
	d.runs[r.id], d.active = r, append(d.active, r)
	if r.session != nil {
		r.session.busy = r
	}
	d.runEarly(r)
	d.advance()
}

// step takes a run to its next state or, of a batch that commits each, its next statement.
func (d *Data) step(r *dataRun, at time.Time) {
	switch {
	case r.status == datatypes.StatusStringSubmitted:
		d.enter(r, datatypes.StatusStringPicked, at)
	case r.status == datatypes.StatusStringPicked:
		r.started = at
		d.enter(r, datatypes.StatusStringStarted, at)
		r.startGroup(at)
		d.runEarly(r)
	default:
		d.run(r)
		r.endGroup(at)
		if r.next += len(r.group()); r.next < len(r.parts) {
			d.enter(r, r.status, at)
			r.startGroup(at)
			return
		}
		d.end(r, r.verdict(), at)
	}
}

func (d *Data) enter(r *dataRun, status datatypes.StatusString, at time.Time) {
	r.status, r.since, r.polled = status, at, 0
	for _, p := range r.parts {
		if status == datatypes.StatusStringPicked {
			p.status, p.updated = datatypes.StatementStatusStringPicked, at
		}
	}
}

func (r *dataRun) startGroup(at time.Time) {
	for _, p := range r.group() {
		p.status, p.started, p.updated = datatypes.StatementStatusStringStarted, at, at
	}
}

// runEarly runs all of what takes effect before it ends.
func (d *Data) runEarly(r *dataRun) {
	if r.status != d.RunAt {
		return
	}
	for r.next < len(r.parts) {
		d.run(r)
		r.next += len(r.group())
	}
	r.next = 0
}

// endGroup tells what became of statements that were run.
func (r *dataRun) endGroup(at time.Time) {
	for _, p := range r.group() {
		p.status, p.updated = datatypes.StatementStatusStringFinished, at
		p.took = max(at.Sub(p.started), time.Millisecond)
		switch {
		case p.outcome.Err != nil:
			p.status = datatypes.StatementStatusStringFailed
		case !p.outcome.Ran:
			p.status, p.took = datatypes.StatementStatusStringAborted, 0
		}
		close(p.ended)
	}
}

// verdict returns how a run ends. Which statement of a transaction failed is in the
// text of its error; of a batch that commits each, the statements tell.
func (r *dataRun) verdict() datatypes.StatusString {
	i := slices.IndexFunc(r.parts, func(p *dataPart) bool { return p.outcome.Err != nil })
	if i < 0 {
		return datatypes.StatusStringFinished
	}
	switch r.err = r.parts[i].problem(); {
	case r.transaction:
		r.err = fmt.Sprintf("Query #%d failed with %s", i+1, r.err)
	case r.batch:
		r.err = ""
	}
	return datatypes.StatusStringFailed
}

// problem is the error as the database puts it.
func (p *dataPart) problem() string {
	text := p.outcome.Err.Error()
	if strings.HasPrefix(text, "ERROR: ") || strings.HasPrefix(text, "FATAL: ") {
		return text
	}
	return "ERROR: " + text
}

// end ends a run.
func (d *Data) end(r *dataRun, status datatypes.StatusString, at time.Time) {
	d.enter(r, status, at)
	d.active = slices.DeleteFunc(d.active, func(other *dataRun) bool { return other == r })
	if r.session != nil {
		r.session.free(at)
	}
	close(r.ended)
}

// abort ends a run before its time. What was committed stays.
func (d *Data) abort(r *dataRun, at time.Time) {
	for _, p := range r.parts {
		switch p.status {
		case datatypes.StatementStatusStringFinished, datatypes.StatementStatusStringFailed, datatypes.StatementStatusStringAborted:
			continue
		case datatypes.StatementStatusStringStarted:
			p.took = at.Sub(p.started)
		}
		p.status, p.updated = datatypes.StatementStatusStringAborted, at
		close(p.ended)
	}
	d.end(r, datatypes.StatusStringAborted, at)
}
