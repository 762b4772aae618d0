package logs

import (
	"fmt"
	"slices"
	"strings"
)

// InsightsQuery returns a question in the query language of CloudWatch Logs Insights.
// It says neither which log groups nor which time: StartQuery takes these. The filters
// come before the counting, and the outcome of an alert is that of the packet
// ([Outcome]), as for [Analyze].
//
// It asks for 10,000 keys, those that have most. Logs Insights charges for what it
// scans, not for what it returns, and the totals of an answer are added up from all keys;
// [InsightsAnswer] reads the result.
//
// What differs from Analyze: lines that are no JSON are passed over and nothing tells how
// many they are; of the countries of an alert four are told; values are not
// cut at 512 bytes; a count that is no number is left out, and not its event. What
// cannot be asked is an error: [Outcome] as a key, a condition on [Country], and a value
// that has a backslash or both kinds of quotes.
//
// The syntax is that of "CloudWatch Logs Insights language query syntax" in the user
// guide of CloudWatch Logs.
func InsightsQuery(q Question, opts QueryOptions) (string, error) {
	opts, err := opts.complete(q)
	if err != nil {
		return "", fmt.Errorf("logs: query for Logs Insights: %w", err)
	}
	i := insights{q, opts.conditions(q)}
	lines, err := i.lines()
	if err != nil {
		return "", fmt.Errorf("logs: query for Logs Insights: question %s: %w", q.Name, err)
	}
	return strings.Join(lines, "\n| "), nil
}

type insights struct {
	Question
	conditions []Condition
}

func (i insights) lines() ([]string, error) {
	if slices.Contains(i.Keys, Outcome) {
		return nil, fmt.Errorf("%s is not in the log, and cannot be a key: use %s and %s", Outcome, Verdict, Action)
	}
	lines := append(i.fields(), i.kind()...)
	for _, c := range i.conditions {
		text, err := i.condition(c)
		if err != nil {
			return nil, err
		}
		lines = append(lines, "filter "+text)
	}
	var columns, present []string
	for _, f := range i.Keys {
		columns = append(columns, insightsColumns(f)...)
		present = append(present, insightsPresent(f))
	}
	lines = append(lines, "filter "+strings.Join(present, " or "))
	return append(lines, insightsStats[i.Value]+" by "+strings.Join(columns, ", "), "sort value desc", fmt.Sprintf("limit %d", mostRows)), nil
}

var insightsStats = map[Value]string{
	Events:  "stats count(*) as value",
	Packets: "stats sum(event.netflow.pkts) as value, count(*) as events",
	Bytes:   "stats sum(event.netflow.bytes) as value, count(*) as events",
}

// fields gives names to what is asked for. A field that an event does not have is made
// empty, since comparing nothing with something is not documented.
func (i insights) fields() (lines []string) {
	var list []string
	fields := fieldsOf(i.Question, i.conditions)
	if at := slices.Index(fields, Outcome); at >= 0 {
		fields = slices.Delete(fields, at, at+1)
		for _, f := range []Field{Verdict, Action} {
			if !slices.Contains(fields, f) {
				fields = append(fields, f)
			}
		}
	}
	for _, f := range fields {
		switch {
		case f == Country:
			for n, c := range insightsColumns(f) {
				list = append(list, fmt.Sprintf(`coalesce(%s.%d, "") as %s`, f, n, c))
			}
		case f == Hostname:
			lines = append(lines, `parse @message /"name":":authority","value":"(?<authority>[^"]*)"/`)
			list = append(list, fmt.Sprintf(`coalesce(%s, authority, "") as %s`, f, alias(f)))
		case isNumber(f):
			list = append(list, fmt.Sprintf("%s as %s", f, alias(f)))
		default:
			list = append(list, fmt.Sprintf(`coalesce(%s, "") as %s`, f, alias(f)))
		}
	}
	return append(lines, "fields "+strings.Join(list, ", "))
}

// kind tells the log, since several may go to one log group. TLS inspection writes no
// event_type.
func (i insights) kind() []string {
	switch i.Log {
	case Flow:
		return []string{`filter event.event_type = "netflow"`}
	case Alert:
		return []string{`filter event.event_type = "alert"`}
	}
	return []string{"filter not ispresent(event.event_type)",
		fmt.Sprintf("filter ispresent(%s) or ispresent(%s) or ispresent(%s)", TLSError, RevocationStatus, RevocationAction)}
}

// isNumber tells whether logs hold a number in a field. The TLS log holds ports as
// strings, so comparisons look for both.
func isNumber(f Field) bool {
	return slices.Contains([]Field{SrcPort, DestPort, FlowID, Age, Severity, SignatureID}, f)
}

// countries is how many of an event are told: Logs Insights has a field for each.
const countries = 4

// insightsColumns are those of a key.
func insightsColumns(f Field) []string {
	if f != Country {
		return []string{alias(f)}
	}
	list := make([]string, countries)
	for n := range list {
		list[n] = fmt.Sprintf("country_%d", n)
	}
	return list
}

func insightsPresent(f Field) string {
	if isNumber(f) {
		return "ispresent(" + alias(f) + ")"
	}
	return insightsColumns(f)[0] + ` != ""`
}

func (i insights) condition(c Condition) (string, error) {
	if err := checkText(c.Values); err != nil {
		return "", err
	}
	var any []string
	for _, f := range c.Fields {
		if f == Country {
			return "", fmt.Errorf("no comparison of %s in Logs Insights: ask Athena", f)
		}
		text, err := i.compare(f, c)
		if err != nil {
			return "", err
		}
		any = append(any, text)
	}
	return either(any), nil
}

func either(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return "(" + strings.Join(list, " or ") + ")"
}

func (i insights) compare(f Field, c Condition) (string, error) {
	switch {
	case f == Outcome:
		return insightsOutcomes(outcomesThat(c)), nil
	case c.Op == Above:
		return alias(f) + " > " + c.Values[0], nil
	}
	quoted := make([]string, len(c.Values))
	for n, v := range c.Values {
		text, err := insightsText(v)
		if err != nil {
			return "", err
		}
		quoted[n] = text
	}
	if c.Op == Contains {
		for n, text := range quoted {
			quoted[n] = alias(f) + " like " + text
		}
		return either(quoted), nil
	}
	in := fmt.Sprintf("%s in [%s]", alias(f), strings.Join(quoted, ", "))
	if isNumber(f) {
		in = numberIn(f, c.Values, in)
	}
	if c.Op == NotIn {
		return "not (" + in + ")", nil
	}
	return in, nil
}

// numberIn looks for numbers beside the same in quotes, and for what is not there if
// the values have an empty one.
func numberIn(f Field, values []string, quoted string) string {
	any := []string{quoted}
	var numbers []string
	for _, v := range values {
		if _, ok := whole([]byte(v)); ok && (v == "0" || v[0] != '0') {
			numbers = append(numbers, v)
		}
	}
	if numbers != nil {
		any = append([]string{fmt.Sprintf("%s in [%s]", alias(f), strings.Join(numbers, ", "))}, any...)
	}
	if slices.Contains(values, "") {
		any = append(any, "not ispresent("+alias(f)+")")
	}
	return either(any)
}

// insightsOutcomes tells whether the outcome is one of a list.
func insightsOutcomes(list []string) string {
	verdict, action := alias(Verdict), alias(Action)
	text := map[string]string{
		"blocked": fmt.Sprintf(`%s in ["drop", "reject"] or (%s = "" and %s = "blocked")`, verdict, verdict, action),
		"passed":  fmt.Sprintf(`(%s != "" and not (%s in ["drop", "reject"])) or (%s = "" and %s != "" and %s != "blocked")`, verdict, verdict, verdict, action, action),
		"":        fmt.Sprintf(`(%s = "" and %s = "")`, verdict, action),
	}
	var any []string
	for _, o := range list {
		any = append(any, text[o])
	}
	if any == nil {
		return "1 = 0"
	}
	return "(" + strings.Join(any, " or ") + ")"
}

// insightsText writes a string. How one is escaped is not documented, so there is no
// escaping: what needs it is refused.
func insightsText(s string) (string, error) {
	switch {
	case strings.Contains(s, `\`) || strings.Contains(s, `"`) && strings.Contains(s, "'"):
		return "", fmt.Errorf("the value %q has a backslash or both kinds of quotes, which Logs Insights documents no way to write: ask Athena", s)
	case strings.Contains(s, `"`):
		return "'" + s + "'", nil
	}
	return `"` + s + `"`, nil
}

// InsightsAnswer reads the result of the query for a question: rows of fields and their
// values, as GetQueryResults returns them. Of more than 9,999 keys it does not know the
// totals: Total, Events and Keys are then 0, and Unlisted is right all the same.
func InsightsAnswer(q Question, opts QueryOptions, rows []map[string]string) (Answer, error) {
	opts, err := opts.complete(q)
	if err != nil {
		return Answer{}, fmt.Errorf("logs: answer of Logs Insights: %w", err)
	}
	list := make([]counted, len(rows))
	for i, row := range rows {
		if list[i], err = insightsRow(q, row); err != nil {
			return Answer{}, fmt.Errorf("logs: answer of Logs Insights: question %s, row %d: %w", q.Name, i+1, err)
		}
	}
	a := answerOf(q, opts.Top, list)
	if len(rows) >= mostRows {
		a.Total, a.Events, a.Keys = 0, 0, 0
	}
	return a, nil
}

func insightsRow(q Question, row map[string]string) (r counted, err error) {
	for _, f := range q.Keys {
		var values []string
		for _, c := range insightsColumns(f) {
			if v := row[c]; v != "" || f != Country {
				values = append(values, v)
			}
		}
		r.values = append(r.values, strings.Join(values, "/"))
	}
	text, ok := row["value"]
	if !ok && q.Value == Events {
		return r, errColumns
	}
	if r.value, err = countOf(text); err != nil {
		return r, err
	}
	if r.events = r.value; q.Value != Events {
		r.events, err = countOf(row["events"])
	}
	return r, err
}
