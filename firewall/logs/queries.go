package logs

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// QueryOptions say what a query for CloudWatch Logs Insights or Athena is to answer a
// question about.
type QueryOptions struct {
	// Top is how many keys an answer lists. Defaults to 10; at most 9,999.
	Top int

	// Since and Until leave out events before and from that time on. The zero values
	// leave out none. Logs Insights takes the time beside the query, so that it is in
	// no query for it.
	Since, Until time.Time

	// Firewalls leaves out events of others. Empty leaves out none.
	Firewalls []string

	// Table that Athena reads, such as firewall_logs or security.firewall_logs, which
	// [AthenaTable] makes. Defaults to firewall_logs.
	Table string
}

// mostRows is how many rows a query for Logs Insights asks for: as many as come in one
// answer ("GetQueryResults" in the API reference).
const mostRows = 10_000

func (o QueryOptions) complete(q Question) (QueryOptions, error) {
	o.Top, o.Table = cmp.Or(o.Top, 10), cmp.Or(o.Table, "firewall_logs")
	switch {
	case o.Top < 0 || o.Top >= mostRows:
		return o, fmt.Errorf("option Top is %d; want 1 to %d", o.Top, mostRows-1)
	case !o.Since.IsZero() && !o.Until.IsZero() && !o.Since.Before(o.Until):
		return o, fmt.Errorf("option Since %v is not before Until %v", o.Since, o.Until)
	case !tableName.MatchString(o.Table):
		return o, fmt.Errorf("option Table %q; want table or database.table, of letters, digits and underscores", o.Table)
	}
	for _, name := range o.Firewalls {
		if !firewallNameForm.MatchString(name) {
			return o, fmt.Errorf("firewall %q; a name is 1 to 128 letters, digits and hyphens", name)
		}
	}
	return o, q.check()
}

var (
	tableName        = regexp.MustCompile(`^([A-Za-z0-9_]{1,255}\.)?[A-Za-z0-9_]{1,255}$`)
	firewallNameForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,128}$`) // "CreateFirewall" in the API reference
)

// conditions are those of a question, and the firewalls.
func (o QueryOptions) conditions(q Question) []Condition {
	if len(o.Firewalls) == 0 {
		return q.Filter
	}
	return append([]Condition{{[]Field{FirewallName}, In, o.Firewalls}}, q.Filter...)
}

// alias is the name of a field in a query, which no field of a log has.
func alias(f Field) string {
	path, ok := strings.CutPrefix(string(f), "event.")
	if !ok {
		path = "log." + path
	}
	return strings.ReplaceAll(path, ".", "_")
}

// fieldsOf returns the fields that a question needs, each once: its keys first.
func fieldsOf(q Question, conditions []Condition) (fields []Field) {
	add := func(list ...Field) {
		for _, f := range list {
			if !slices.Contains(fields, f) {
				fields = append(fields, f)
			}
		}
	}
	add(q.Keys...)
	for _, c := range conditions {
		add(c.Fields...)
	}
	return fields
}

// checkText refuses what no log has and what could pass for something else in a query.
func checkText(values []string) error {
	for _, v := range values {
		if !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
			return fmt.Errorf("the value %q is no printable text", v)
		}
	}
	return nil
}

// outcomes that an event can have.
var outcomes = []string{"blocked", "passed", ""}

// outcomesThat returns those of which a condition holds.
func outcomesThat(c Condition) (list []string) {
	f := filters([]Condition{c})[0]
	for _, o := range outcomes {
		if f.matches([]byte(o)) {
			list = append(list, o)
		}
	}
	return list
}

// A counted is a row of the result of a query.
type counted struct {
	values []string
	events uint64
	value  uint64
}

// answerOf makes an answer of the rows that were read: the largest first, those with
// equal counts in the order of their values.
func answerOf(q Question, top int, rows []counted) Answer {
	a := Answer{Question: q}
	for _, r := range rows {
		a.Events, a.Total = plus(a.Events, r.events), plus(a.Total, r.value)
		if r.value > 0 {
			a.Keys++
		}
	}
	slices.SortStableFunc(rows, func(r, s counted) int {
		return cmp.Or(cmp.Compare(s.value, r.value), slices.Compare(r.values, s.values))
	})
	for i, r := range rows {
		switch {
		case r.value == 0:
			return a
		case i == top:
			a.Unlisted = r.value
			return a
		}
		a.Rows = append(a.Rows, Row{Values: r.values, Count: r.value})
	}
	return a
}

// countOf reads a count, which services also write as 12.0 or 1.2E10.
func countOf(text string) (uint64, error) {
	if text == "" {
		return 0, nil // the sum of nothing
	}
	if n, ok := whole([]byte(text)); ok {
		return n, nil
	}
	if len(text) > 40 {
		return 0, fmt.Errorf("count %.40q… is too long", text)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok || !r.IsInt() || !r.Num().IsUint64() {
		return 0, fmt.Errorf("count %q is no whole number", text)
	}
	return r.Num().Uint64(), nil
}

var errColumns = errors.New("it has other columns than the query asks for")
