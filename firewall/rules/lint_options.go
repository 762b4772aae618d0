package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// sidOf returns the number of a rule, or 0 if it has none that Suricata takes.
func sidOf(r Rule) uint32 {
	for _, o := range r.Options {
		if o.Keyword == "sid" {
			n, _ := ruleNumber(o.Value)
			return n
		}
	}
	return 0
}

// ruleNumber reads a sid or rev: from 1 to 4294967294.
func ruleNumber(s string) (uint32, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, 32)
	if err != nil || n == 0 || n == 1<<32-1 || strings.HasPrefix(s, "++") {
		return 0, false
	}
	return uint32(n), true
}

// numbers checks sid, rev and gid, and what cannot be there twice.
func (l *linter) numbers() {
	var sids, revs, messages int
	for i, o := range l.current.Options {
		switch o.Keyword {
		case "sid":
			sids = l.once(sids, i, o)
			l.number(i, o, CodeSid)
		case "rev":
			revs = l.once(revs, i, o)
			l.number(i, o, CodeRev)
		case "msg":
			messages = l.once(messages, i, o)
		case "gid":
			l.reportOption(i, CodeGid, fmt.Sprintf("AWS sets the gid itself (\"GIDs are not allowed. Illegal option(s): [gid:%s]\")", o.Value), "leave it out")
		}
	}
	if sids == 0 {
		l.report(0, CodeSidMissing, `the rule has no sid ("sid not assigned")`, "add one that no other rule of the group has, as in sid:1;")
	}
	if l.sid == 0 {
		return
	}
	if first, taken := l.sids[l.sid]; taken {
		l.report(0, CodeSidDuplicate, fmt.Sprintf("the rule of line %d has the sid %d, too (\"Duplicate signature\")", first.Line, l.sid), "give it another")
		return
	}
	l.sids[l.sid] = l.current.at
}

// once reports an option that is there for the second time, and counts it.
func (l *linter) once(before, i int, o Option) int {
	if before > 0 {
		l.reportOption(i, CodeRepeated, fmt.Sprintf("Suricata takes %s once (\"duplicated '%s' keyword detected\")", o.Keyword, o.Keyword), "leave one out")
	}
	return before + 1
}

func (l *linter) number(i int, o Option, code Code) {
	if _, ok := ruleNumber(o.Value); !ok && !o.Bare && o.Value != "" {
		l.reportOption(i, code, fmt.Sprintf("%s is %q", o.Keyword, o.Value), "use a number from 1 to 4294967294")
	}
}

// keywords checks that Suricata knows them and takes their values.
func (l *linter) keywords() {
	for i, o := range l.current.Options {
		known, ok := keywords[o.Keyword]
		if !ok {
			l.reportOption(i, CodeKeyword, fmt.Sprintf("Suricata 7.0 knows no keyword %q (\"unknown rule keyword\")", o.Keyword), nearest(o.Keyword))
			continue
		}
		if problem, fix := valueProblem(o, known); problem != "" {
			l.reportOption(i, CodeValue, problem, fix)
		}
	}
}

// valueProblem says why Suricata refuses the form of a value.
func valueProblem(o Option, k keyword) (problem, fix string) {
	if o.Keyword == "geoip" {
		return "", "" // ParseGeoIP has it
	}
	value := o.Value
	if o.Keyword == "content" || o.Keyword == "pcre" {
		value = strings.TrimLeft(strings.TrimPrefix(value, "!"), blanks)
	}
	quoted := strings.HasPrefix(value, `"`)
	switch {
	case k.needsValue && value == "":
		return o.Keyword + " has no value", "write one behind a colon"
	case !k.takesValue && value != "":
		return o.Keyword + " takes no value", "leave out the colon and what follows"
	case k.mustQuote && !quoted:
		return "the value of " + o.Keyword + " is not in quotation marks", `write ` + o.Keyword + `:"…"`
	case !k.mayQuote && quoted:
		return o.Keyword + " takes no quotation marks", "leave them out"
	case quoted && value == `""`:
		return "the value of " + o.Keyword + " is empty", "write one"
	}
	return "", ""
}

// nearest suggests the keyword that was meant.
func nearest(word string) string {
	const far = 3
	best, distance := "", far
	for name := range keywords {
		if d := editDistance(word, name, far); d < distance || d == distance && name < best {
			best, distance = name, d
		}
	}
	if best == "" {
		return "look for it in suricata --list-keywords"
	}
	return "write " + best
}

// editDistance counts the letters to change, add, leave out or swap, up to limit.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			next[j+1] = min(row[j+1]+1, next[j]+1, row[j]+btoi(a[i] != b[j]))
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return min(row[len(b)], limit)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// service checks keywords that AWS treats otherwise than Suricata.
func (l *linter) service() {
	has := func(names ...string) bool {
		return slices.ContainsFunc(l.current.Options, func(o Option) bool { return slices.Contains(names, o.Keyword) })
	}
	for i, o := range l.current.Options {
		switch o.Keyword {
		case "dataset", "datarep", "iprep", "lua", "luajit", "filestore":
			l.reportOption(i, CodeKeywordRefused, fmt.Sprintf("AWS refuses %s (\"RuleOptions %s is not supported\")", o.Keyword, o.Keyword), "do without it")
		case "pcre":
			if !has("content", "tls.sni", "http.host", "dns.query", "http.uri") {
				l.reportOption(i, CodePcre, `AWS takes pcre beside others alone ("Using "pcre" without one of the following options is not allowed: [tls.sni, http.host, dns.query, http.uri, content].")`, "add content with a part of what is looked for")
			}
		case "priority", "classtype":
			if l.opts.Order == StrictOrder {
				l.reportOption(i, CodePriority, "AWS refuses "+o.Keyword+" in a group of strict order (\"Rule groups that use strict order can't have rules that contain the keywords `priority` or `classtype`\")", "leave it out; the order of rules is their priority")
			}
		default:
			if unsupported(o) {
				l.reportOption(i, CodeKeywordUnsupported, o.String()+" is documented as not supported, though the API takes it", "do without it")
			}
		}
	}
	if slices.Contains([]string{"ip", "tcp", "udp", "icmp"}, l.current.Protocol) && !has("flow") {
		l.report(0, CodeFlow, "without flow the rule looks at packets in both directions of a connection, so that answers match as well", "add flow:to_server;")
	}
}

// unsupported reports whether the developer guide says that the service lacks an
// option.
func unsupported(o Option) bool {
	switch o.Keyword {
	case "threshold", "detection_filter", "cip_service", "enip_command", "filename", "fileext", "filemagic", "filesize", "filemd5", "filesha1", "filesha256", "file.name", "file.magic":
		return true
	case "xbits":
		return strings.Contains(o.Value, "ip_src") || strings.Contains(o.Value, "ip_dst") || strings.Contains(o.Value, "ip_pair")
	case "hostbits":
		return true
	case "tag":
		return strings.HasPrefix(o.Value, "host")
	}
	return false
}
