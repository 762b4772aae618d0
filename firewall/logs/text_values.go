package logs

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/printable"
)

const cellWidth = 60

// cell makes a value safe to look at, and short enough for a table.
func cell(text string) string { return short(text, cellWidth) }

// short makes text safe to look at and, of more than width characters, shows the first.
func short(text string, width int) string {
	text = printable.Replace(text)
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	runes := []rune(text)
	return string(runes[:width-1]) + "…"
}

// keyText is how a table shows the value of a key.
func keyText(key Field, value string) string {
	switch names := ""; {
	case value == "":
		return "(none)"
	case key == TCPFlags:
		if names = flagNames(value); names != "" {
			return cell(value + " " + names)
		}
	}
	return cell(value)
}

// headings are what people call the fields.
var headings = map[Field]string{
	FirewallName: "firewall", AvailabilityZone: "zone", AppProto: "application", DestIP: "destination", DestPort: "port",
	FlowID: "flow", Proto: "protocol", SrcIP: "source", SrcPort: "source port", Age: "age (s)", TCPFlags: "flags",
	Action: "action", Category: "category", Country: "country", Hostname: "host", SNI: "server name", Severity: "severity",
	Signature: "rule", SignatureID: "sid", URL: "path", UserAgent: "user agent", Verdict: "verdict",
	RevocationAction: "done", RevocationStatus: "status", TLSError: "error", TLSSNI: "server name", Outcome: "outcome",
}

func heading(key Field) string { return strings.ToUpper(headings[key]) }

// flagBits are the flags of TCP from the lowest bit (RFC 9293, RFC 3168).
var flagBits = [8]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"}

// flagNames tells the flags that a flow has had from the byte in hex that the log has:
// 1b is FIN+SYN+PSH+ACK. It returns "" for what is no such byte.
func flagNames(hex string) string {
	bits, err := strconv.ParseUint(hex, 16, 8)
	switch {
	case err != nil || len(hex) > 2:
		return ""
	case bits == 0:
		return "no flags"
	}
	var names []string
	for i, name := range flagBits {
		if bits>>i&1 == 1 {
			names = append(names, name)
		}
	}
	return strings.Join(names, "+")
}

// endpoint returns an address with its port, if it has one.
func endpoint(ip, port string) string {
	switch {
	case port == "":
		return ip
	case strings.Contains(ip, ":"):
		return "[" + ip + "]:" + port
	}
	return ip + ":" + port
}

// label returns what a person looks for first in the values of a key, and the rest.
func (q Question) label(values []string) (main, more string) {
	left := map[Field]string{}
	for i, key := range q.Keys {
		left[key] = values[i]
	}
	take := func(key Field) string {
		v := left[key]
		delete(left, key)
		return v
	}
	_, from := left[SrcIP]
	_, to := left[DestIP]
	_, rule := left[Signature]
	_, flags := left[TCPFlags]
	switch {
	case from && to:
		main = endpoint(take(SrcIP), take(SrcPort)) + " → " + endpoint(take(DestIP), take(DestPort))
	case rule:
		main = take(Signature)
	case flags:
		if main = flagNames(left[TCPFlags]); main == "" {
			main = take(TCPFlags)
		}
	default:
		main = take(q.Keys[0])
	}
	var rest []string
	for _, key := range q.Keys {
		if v := left[key]; v != "" {
			rest = append(rest, v)
		}
	}
	if main == "" {
		main = "(none)"
	}
	return main, strings.Join(rest, " · ")
}

// moment returns a time to the second, in UTC.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// share returns a part of a whole in percent.
func share(part, whole uint64) string {
	if whole == 0 {
		return ""
	}
	return strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 1, 64) + " %"
}

// digits writes a number with its thousands apart.
func digits(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// many counts things.
func many[N int | uint64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return digits(uint64(n)) + " " + thing + "s"
}

// size writes a number of bytes with a unit of SI.
func size(n uint64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return many(n, "byte")
	}
	value, unit := float64(n)/1000, 0
	for value >= 999.95 {
		value /= 1000
		unit++
	}
	return fmt.Sprintf("%.1f %cB", value, units[unit])
}
