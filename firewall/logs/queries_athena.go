package logs

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// AthenaQuery returns a question as SQL for Athena, over a table that [AthenaTable]
// makes. With Since and Until it reads the folders of these hours alone, and an hour
// more at both ends, since an event is in the folder of the time at which its file was
// begun. [AthenaAnswer] reads the result.
//
// The SQL is that of Trino, which Athena runs; it keeps to what DuckDB knows too.
//
// What differs from [Analyze]: lines that are no JSON are passed over and nothing tells how
// many they are; of a key that occurs twice in an object the first counts;
// values are not cut at 512 bytes; a count that is no number is left out, and not its
// event; and times are compared as text, which takes that they are in UTC, as the
// firewall writes them.
func AthenaQuery(q Question, opts QueryOptions) (string, error) {
	opts, err := opts.complete(q)
	if err != nil {
		return "", fmt.Errorf("logs: query for Athena: %w", err)
	}
	a := athena{Question: q, QueryOptions: opts}
	text, err := a.text()
	if err != nil {
		return "", fmt.Errorf("logs: query for Athena: question %s: %w", q.Name, err)
	}
	return text, nil
}

type athena struct {
	Question
	QueryOptions
}

const athenaSelect = `WITH events AS (
  SELECT
    %s
  FROM %s
  WHERE %s
),
counted AS (
  SELECT %s, count(*) AS events, %s AS value
  FROM events
  WHERE %s
  GROUP BY %s
)
SELECT %s, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, %s
LIMIT %d`

func (a athena) text() (string, error) {
	conditions := a.conditions(a.Question)
	var columns, keys, present, hold []string
	for _, f := range fieldsOf(a.Question, conditions) {
		columns = append(columns, athenaField(f)+" AS "+alias(f))
	}
	value := "count(*)"
	if a.Value != Events {
		columns = append(columns, athenaNumber("event.netflow."+map[Value]string{Packets: "pkts", Bytes: "bytes"}[a.Value])+" AS number")
		value = "coalesce(sum(number), 0)"
	}
	for _, f := range a.Keys {
		keys = append(keys, alias(f))
		present = append(present, alias(f)+" <> ''")
	}
	for _, c := range conditions {
		text, err := athenaCondition(c)
		if err != nil {
			return "", err
		}
		hold = append(hold, text)
	}
	hold = append(hold, "("+strings.Join(present, " OR ")+")")
	key := strings.Join(keys, ", ")
	return fmt.Sprintf(athenaSelect, strings.Join(columns, ",\n    "), a.table(), strings.Join(a.where(), "\n    AND "),
		key, value, strings.Join(hold, "\n    AND "), key, key, key, a.Top+1), nil
}

// table is the name in quotes.
func (a athena) table() string { return `"` + strings.ReplaceAll(a.Table, ".", `"."`) + `"` }

// where tells the log and the time. The first conditions are on partitions, so that
// nothing else is scanned.
func (a athena) where() []string {
	list := []string{"log_type = " + athenaText(string(a.Log))}
	if len(a.Firewalls) > 0 {
		list = append(list, "firewall IN ("+athenaTexts(a.Firewalls)+")")
	}
	if !a.Since.IsZero() {
		list = append(list, "log_hour >= "+athenaText(a.Since.UTC().Add(-time.Hour).Format(hourForm)))
	}
	if !a.Until.IsZero() {
		list = append(list, "log_hour <= "+athenaText(a.Until.UTC().Add(time.Hour).Format(hourForm)))
	}
	kind := athenaScalar("event.event_type")
	switch a.Log {
	case Flow:
		list = append(list, kind+" = 'netflow'")
	case Alert:
		list = append(list, kind+" = 'alert'")
	case TLS:
		list = append(list, "coalesce("+kind+", '') NOT IN ('netflow', 'alert')", fmt.Sprintf("coalesce(%s,\n      %s,\n      %s) IS NOT NULL",
			athenaScalar(string(TLSError)), athenaScalar(string(RevocationStatus)), athenaScalar(string(RevocationAction))))
	}
	return append(list, a.times()...)
}

// hourForm is how the folders of hours are called.
const hourForm = "2006/01/02/15"

// times compares the time of events: that of the event or, where it has none, that of
// the line, in seconds.
func (a athena) times() (list []string) {
	compare := func(t time.Time, op string) {
		if t.IsZero() {
			return
		}
		t = t.UTC().Truncate(time.Microsecond)
		seconds := t.Unix()
		if t.Nanosecond() > 0 {
			seconds++ // whole seconds before t are all up to the one that it is in
		}
		list = append(list, fmt.Sprintf("(%s %s '%s' OR (%s IS NULL AND %s %s %d))", athenaScalar("event.timestamp"), op,
			t.Format("2006-01-02T15:04:05.999999"), athenaScalar("event.timestamp"), athenaNumber("event_timestamp"), op, seconds))
	}
	compare(a.Since, ">=")
	compare(a.Until, "<")
	return list
}

func athenaScalar(path string) string { return "json_extract_scalar(line, '$." + path + "')" }

func athenaNumber(path string) string { return "TRY_CAST(" + athenaScalar(path) + " AS BIGINT)" }

// athenaField is the value of a field, empty where there is none.
func athenaField(f Field) string {
	switch f {
	case Outcome:
		return fmt.Sprintf(`CASE
      WHEN %[1]s IN ('drop', 'reject') THEN 'blocked'
      WHEN %[1]s <> '' THEN 'passed'
      WHEN %[2]s = 'blocked' THEN 'blocked'
      WHEN %[2]s <> '' THEN 'passed'
      ELSE '' END`, athenaScalar(string(Verdict)), athenaScalar(string(Action)))
	case Country: // a string or several, of letters alone
		return fmt.Sprintf(`coalesce(replace(trim(BOTH '[]"' FROM json_format(json_extract(line, '$.%s'))), '","', '/'), '')`, f)
	case Hostname:
		return fmt.Sprintf(`coalesce(nullif(%s, ''), regexp_extract(json_format(json_extract(line, '$.event.http.request_headers')), '"name":":authority","value":"([^"]*)"', 1), '')`,
			athenaScalar(string(f)))
	}
	return "coalesce(" + athenaScalar(string(f)) + ", '')"
}

func athenaCondition(c Condition) (string, error) {
	if err := checkText(c.Values); err != nil {
		return "", err
	}
	var any []string
	for _, f := range c.Fields {
		name := alias(f)
		switch c.Op {
		case In:
			any = append(any, name+" IN ("+athenaTexts(c.Values)+")")
		case NotIn:
			any = append(any, name+" NOT IN ("+athenaTexts(c.Values)+")")
		case Above:
			any = append(any, "TRY_CAST("+name+" AS BIGINT) > "+c.Values[0])
		case Contains:
			for _, v := range c.Values {
				any = append(any, "strpos("+name+", "+athenaText(v)+") > 0")
			}
		}
	}
	if c.Op == Contains && slices.Contains(c.Values, "") {
		return "TRUE", nil // every value has nothing in it
	}
	if len(any) == 1 {
		return any[0], nil
	}
	return "(" + strings.Join(any, " OR ") + ")", nil
}

// athenaText writes a string: in SQL only the quote is special.
func athenaText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func athenaTexts(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = athenaText(s)
	}
	return strings.Join(quoted, ", ")
}

// AthenaAnswer reads the result of the query for a question: rows of values, in the
// order of its columns and without the header that is the first row of a result.
func AthenaAnswer(q Question, opts QueryOptions, rows [][]string) (Answer, error) {
	opts, err := opts.complete(q)
	if err != nil {
		return Answer{}, fmt.Errorf("logs: answer of Athena: %w", err)
	}
	list := make([]counted, len(rows))
	var totals [3]uint64
	for i, row := range rows {
		if list[i], totals, err = athenaRow(len(q.Keys), row); err != nil {
			return Answer{}, fmt.Errorf("logs: answer of Athena: question %s, row %d: %w", q.Name, i+1, err)
		}
	}
	a := answerOf(q, opts.Top, list)
	a.Total, a.Events, a.Keys = totals[0], totals[1], int(totals[2])
	return a, nil
}

func athenaRow(keys int, row []string) (r counted, totals [3]uint64, err error) {
	if len(row) != keys+5 {
		return r, totals, errColumns
	}
	r.values = row[:keys:keys]
	for i, n := range []*uint64{&r.value, &r.events, &totals[0], &totals[1], &totals[2]} {
		if *n, err = countOf(row[keys+i]); err != nil {
			return r, totals, err
		}
	}
	return r, totals, nil
}
