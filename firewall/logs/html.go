package logs

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/page"
	"github.com/awspatterns/awspatterns/internal/printable"
)

// HTMLOptions say how a page is to look.
type HTMLOptions struct {
	// Title of the page. Defaults to "Firewall logs".
	Title string
}

var (
	//go:embed page/page.css
	pageCSS string
	//go:embed page/body.html
	pageBody string
)

// WriteHTML writes the report as a page with charts: one file that asks the network for
// nothing and runs no script. What the logs say is escaped, made safe to look at, and cut
// to 200 characters a value.
func (r Report) WriteHTML(w io.Writer, opts HTMLOptions) error {
	opts.Title = printable.Replace(cmp.Or(opts.Title, "Firewall logs"))
	body, err := r.htmlBody(opts.Title)
	if err == nil {
		err = page.Document{Title: opts.Title, Style: pageCSS, Body: body}.Write(w)
	}
	if err != nil {
		return fmt.Errorf("logs: write HTML: %w", err)
	}
	return nil
}

func (r *Report) htmlBody(title string) (string, error) {
	t, err := template.New("body").Parse(pageBody)
	if err != nil {
		return "", err
	}
	data := htmlPage{
		Title: title, Tiles: r.tiles(), Exactness: r.exactness(), Chart: chartOf(r.Timeline), Groups: r.htmlGroups(),
		Alerts: r.htmlAlerts(), AllAlerts: digits(r.Alerts), Bad: r.htmlBad(), Unread: r.htmlUnread(),
		None: r.unanswered(), Sources: many(r.Sources, "source") + ", " + many(r.Lines, "line") + ", " + size(r.Bytes),
	}
	if !r.First.IsZero() {
		data.Range = moment(r.First) + " to " + moment(r.Last) + " UTC"
	}
	data.BadNote, data.UnreadNote = ofThem(len(r.Bad), r.BadLines), ofThem(len(r.Unread), uint64(r.Failed))
	var b bytes.Buffer
	err = t.Execute(&b, data)
	return b.String(), err
}

// htmlPage is what the page is filled with.
type htmlPage struct {
	Title, Range, Sources, Exactness string

	Tiles       []tile
	Chart       *chart
	Groups      []htmlGroup
	Alerts      []htmlAlert
	AllAlerts   string
	Bad, Unread []htmlProblem
	BadNote     string
	UnreadNote  string
	None        []string // titles of questions without an answer
}

// A tile is a number that is shown large.
type tile struct{ Kind, Name, Number, More string }

func (r *Report) tiles() []tile {
	list := []tile{
		{"flow", "Flows", digits(r.Flows), ""},
		{"flow", "Packets", digits(r.Packets), ""},
		{"flow", "Traffic", size(r.FlowBytes), "in flows"},
		{"passed", "Alerts", digits(r.Alerts), ""},
		{"blocked", "Blocked", digits(r.Blocked), ""},
		{"passed", "TLS errors", digits(r.TLSErrors), ""},
	}
	if s := share(r.Blocked, r.Alerts); s != "" {
		list[4].More = s + " of alerts"
	}
	for _, o := range r.oddities() {
		kind := "odd"
		if o.name == "bad lines" || o.name == "unread" {
			kind = "blocked"
		}
		list = append(list, tile{kind, strings.ToUpper(o.name[:1]) + o.name[1:], digits(o.count), o.what})
	}
	return list
}

// A htmlGroup is a part of the page, as the dashboard has it.
type htmlGroup struct {
	Name, ID string
	Cards    []card
}

// groupsOfPage are the groups of the questions that are known, by name.
var groupsOfPage = []struct {
	name, id  string
	questions []string
}{
	{"Top talkers", "talkers", []string{
		"TopSourceIPByPackets", "TopSourceIPByBytes", "TopDestinationIPByPackets", "TopDestinationIPByBytes", "TopSourceAndDestinationIPByPackets",
		"TopSourceAndDestinationIPByBytes", "TopLongLivedTCPFlows", "TopTCPSYNWithoutSYNACK"}},
	{"Protocols", "protocols", []string{
		"TopProtocols", "TopApplicationProtocols", "TopTCPFlags", "TopDestinationPorts", "TopSourcePorts", "TopTCPFlows", "TopTCPFlowsByPackets",
		"TopTCPFlowsByBytes", "TopUDPFlows", "TopUDPFlowsByPackets", "TopUDPFlowsByBytes", "TopICMPFlows"}},
	{"Alerts", "alerts", []string{
		"TopDropRejectRules", "TopAlertRules", "TopBlockedSourceIPs", "TopBlockedDestinationIPs", "TopBlockedDestinationPorts",
		"TopBlockedRemoteAccessPorts", "TopBlockedTCPFlows", "TopBlockedUDPFlows"}},
	{"HTTP & TLS", "web", []string{
		"TopHTTPHostHeader", "TopBlockedHTTPHostHeader", "TopHTTPURIPaths", "TopHTTPUserAgents", "TopTLSSNI", "TopBlockedTLSSNI",
		"TopEndpointCandidates", "TopTLSErrors", "TopCertificateRevocations"}},
	{"Countries", "countries", []string{"TopCountries", "TopBlockedCountries"}},
	{"More questions", "more", nil},
}

// htmlGroups puts the answers into groups. Those to other questions make the last one.
func (r *Report) htmlGroups() []htmlGroup {
	cards := make([][]card, len(groupsOfPage))
	order := func(i int, name string) int { return slices.Index(groupsOfPage[i].questions, name) }
	answers := slices.Clone(r.Answers)
	groupOf := func(a Answer) int {
		for i := range groupsOfPage {
			if order(i, a.Question.Name) >= 0 {
				return i
			}
		}
		return len(groupsOfPage) - 1
	}
	slices.SortStableFunc(answers, func(a, b Answer) int {
		i, k := groupOf(a), groupOf(b)
		return cmp.Or(cmp.Compare(i, k), cmp.Compare(order(i, a.Question.Name), order(k, b.Question.Name)))
	})
	for _, a := range answers {
		if len(a.Rows) > 0 {
			i := groupOf(a)
			cards[i] = append(cards[i], cardOf(&a))
		}
	}
	var list []htmlGroup
	for i, g := range groupsOfPage {
		if len(cards[i]) > 0 {
			list = append(list, htmlGroup{g.name, g.id, cards[i]})
		}
	}
	return list
}

// A card shows an answer.
type card struct {
	Title, Total, Rest, Unit string
	Kind                     string // flow, blocked or passed: what is counted
	Donut                    []slice
	Rows                     []cardRow
}

type cardRow struct {
	Main, More, Count, Share string
	Width                    float64 // of its bar, in percent
	Slice                    int     // of the donut
}

// A slice is one of a donut, in percent of all.
type slice struct {
	Number      int
	Start, Size float64
}

// donuts are the questions whose few keys are parts of a whole.
var donuts = []string{"TopProtocols", "TopApplicationProtocols", "TopTCPFlags"}

const mostSlices = 7

func cardOf(a *Answer) card {
	q := a.Question
	c := card{Title: printable.Replace(q.Title), Total: a.total(), Rest: a.rest(), Unit: string(q.Value), Kind: q.colour()}
	for i := range a.Rows {
		row := &a.Rows[i]
		main, more := q.label(row.Values)
		c.Rows = append(c.Rows, cardRow{
			Main: short(main, 200), More: short(more, 200), Count: row.upTo(), Share: a.share(row),
			Width: percent(row.Count, a.Rows[0].Count), Slice: min(i, mostSlices),
		})
	}
	if slices.Contains(donuts, q.Name) {
		c.Donut = slicesOf(a)
	}
	return c
}

// colour tells what the question counts.
func (q Question) colour() string {
	for _, c := range q.Filter {
		if slices.Equal(c.Fields, []Field{Outcome}) && c.Op == In && slices.Equal(c.Values, []string{"blocked"}) {
			return "blocked"
		}
	}
	if q.Log == Flow {
		return "flow"
	}
	return "passed"
}

// slicesOf cuts the total into the first rows and the rest.
func slicesOf(a *Answer) []slice {
	var listed uint64
	for _, row := range a.Rows {
		listed = plus(listed, row.Count)
	}
	whole := max(a.Total, listed) // counts may be too high
	var list []slice
	start := 0.0
	for i, row := range a.Rows[:min(len(a.Rows), mostSlices)] {
		list = append(list, slice{i, round(start), percent(row.Count, whole)})
		start += percent(row.Count, whole)
	}
	if rest := round(100 - start); rest >= .05 {
		list = append(list, slice{mostSlices, round(start), rest})
	}
	return list
}

// An htmlAlert is a line of the table of alerts.
type htmlAlert struct {
	Time, Firewall, Became, Kind, Rule, Sid, Proto, From, To, Flow string
}

func (r *Report) htmlAlerts() []htmlAlert {
	var list []htmlAlert
	for _, e := range r.Recent {
		a := htmlAlert{
			moment(e.Time), short(e.Firewall, 130), short(e.became(), 40), "passed", short(e.Signature, 200), short(e.SignatureID, 20), short(e.Proto, 20),
			short(endpoint(e.SrcIP, e.SrcPort), 60), short(endpoint(e.DestIP, e.DestPort), 60), short(e.FlowID, 20),
		}
		if string(outcomeOf([]byte(e.Verdict), []byte(e.Action))) == "blocked" {
			a.Kind = "blocked"
		}
		list = append(list, a)
	}
	return list
}

// An htmlProblem is a bad line or a source that was not read to the end.
type htmlProblem struct{ Source, Where, Reason string }

func (r *Report) htmlBad() []htmlProblem {
	var list []htmlProblem
	for _, b := range r.Bad {
		where := fmt.Sprintf("line %s, from byte %s on; wrong at byte %s of it", digits(uint64(b.Line)), digits(uint64(b.Offset)), digits(uint64(b.At)))
		list = append(list, htmlProblem{short(b.Source, 1024), where, short(b.Reason, 500)})
	}
	return list
}

func (r *Report) htmlUnread() []htmlProblem {
	var list []htmlProblem
	for _, u := range r.Unread {
		list = append(list, htmlProblem{short(u.Source, 1024), "after " + size(uint64(u.Offset)), short(u.Reason, 500)})
	}
	return list
}
