package redshift

import "slices"

// run runs the statements that are run together, once.
func (d *Data) run(r *dataRun) {
	group := r.group()
	if group[0].ran {
		return
	}
	outcomes := d.outcomes(r, group)
	for i, p := range group {
		p.ran, p.outcome = true, outcomes[i]
		if p.outcome.Err == nil {
			p.outcome.Err = d.tooLarge(p.outcome.Result)
		}
		if p.outcome.Ran {
			d.log = append(d.log, Ran{Warehouse: r.warehouse.Name, Database: r.database, User: r.user, SQL: p.sql, Token: r.token})
		}
		if !r.batch {
			p.query = int64(100_000 + len(d.log))
		}
	}
}

func (d *Data) outcomes(r *dataRun, group []*dataPart) []Outcome {
	sqls, failing, failure := make([]string, len(group)), -1, error(nil)
	for i, p := range group {
		sqls[i] = p.sql
		if d.Fail != nil && failing < 0 {
			if failure = d.Fail(p.sql); failure != nil {
				failing = i
			}
		}
	}
	session := Session{Database: r.database, User: r.user, Label: r.queryGroup()}
	if failing < 0 {
		return d.sql(r.warehouse, session, sqls, r.parameters, r.transaction)
	}
	// What is before it in the transaction is run, to see whether it would fail first,
	// and undone by what no database takes.
	if before := sqls[:failing]; failing > 0 {
		done := d.sql(r.warehouse, session, append(before[:failing:failing], "FAIL"), r.parameters, true)
		if i := slices.IndexFunc(done[:failing], func(o Outcome) bool { return o.Err != nil }); i >= 0 {
			return append(done[:failing:failing], make([]Outcome, len(group)-failing)...)
		}
		return dataFailed(done[:failing], len(group), failure)
	}
	return dataFailed(nil, len(group), failure)
}

// queryGroup is where the label of the session is kept, which ends with the run unless it
// is kept open.
func (r *dataRun) queryGroup() *string {
	if r.session != nil {
		return &r.session.label
	}
	return &r.label
}

// dataFailed returns the outcomes of statements of which one failed, after some that did
// not.
func dataFailed(before []Outcome, all int, err error) []Outcome {
	outcomes := make([]Outcome, all)
	copy(outcomes, before)
	for i := range before {
		outcomes[i].Ran = true
	}
	outcomes[len(before)] = Outcome{Err: err, Ran: true}
	return outcomes
}
