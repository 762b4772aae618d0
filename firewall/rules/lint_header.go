package rules

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// header checks what is before the parenthesis.
func (l *linter) header() {
	r := &l.current.Rule
	if !slices.Contains([]Action{Pass, Drop, Reject, Alert}, r.Action) {
		l.reportField(fieldAction, CodeAction, fmt.Sprintf("AWS takes pass, drop, reject and alert alone (\"Action %s is not supported\")", r.Action), "use one of them")
	}
	l.protocol(r)
	l.field(fieldSource, r.Source, l.addresses)
	l.field(fieldDestination, r.Destination, l.addresses)
	l.field(fieldSourcePort, r.SourcePort, l.ports)
	l.field(fieldDestinationPort, r.DestinationPort, l.ports)
	if !strings.EqualFold(r.SourcePort, "any") {
		l.portProtocol(fieldSourcePort, r.Protocol)
	}
	if !strings.EqualFold(r.DestinationPort, "any") {
		l.portProtocol(fieldDestinationPort, r.Protocol)
	}
}

var (
	packetProtocols = []string{"ip", "tcp", "udp", "icmp", "ipv4", "ipv6", "ip4", "ip6", "icmpv4", "icmpv6", "sctp", "tcp-pkt", "tcp-stream", "pkthdr"}

	// Those of the last line are switched off unless asked for; whether AWS asks is not known.
	applicationProtocols = []string{
		"http", "http1", "http2", "ftp", "ftp-data", "smtp", "tls", "ssh", "imap", "smb", "dcerpc", "dns", "nfs", "ntp", "tftp", "ike", "ikev2",
		"krb5", "quic", "dhcp", "snmp", "sip", "rfb", "mqtt", "telnet", "rdp", "bittorrent-dht", "pgsql",
		"modbus", "dnp3", "enip",
	}
	unsupportedProtocols = []string{"sctp", "ftp-data", "ike", "ikev2", "enip"}
	standardProtocols    = []string{
		"ip", "tcp", "udp", "icmp", "http", "ftp", "tls", "smb", "dns", "dcerpc", "ssh", "smtp", "imap", "msn", "krb5", "ikev2", "tftp", "ntp", "dhcp", "http2", "quic",
	}
	rejectProtocols = []string{"tcp", "http", "tls", "smb", "ssh", "smtp", "dcerpc"}
)

func (l *linter) protocol(r *Rule) {
	p := r.Protocol
	if r.Action == Reject && !slices.Contains(rejectProtocols, p) {
		l.reportField(fieldProtocol, CodeReject, fmt.Sprintf("AWS takes reject for tcp, http, tls, smb, ssh, smtp and dcerpc alone (%q)", p+" reject is not supported"), "drop, or reject tcp")
	}
	switch {
	case !slices.Contains(packetProtocols, p) && !slices.Contains(applicationProtocols, p):
		l.reportField(fieldProtocol, CodeProtocol, fmt.Sprintf("Suricata 7.0 knows no protocol %q", p), "use ip, tcp, udp, icmp or the name of an application protocol")
	case slices.Contains(unsupportedProtocols, p):
		l.reportField(fieldProtocol, CodeProtocolUnsupported, p+" is documented as not supported by the service", "use ip, tcp or udp, and ports")
	case l.opts.Standard && !slices.Contains(standardProtocols, p):
		l.reportField(fieldProtocol, CodeProtocolStandard, p+" is no protocol of standard stateful rules", "use "+strings.Join(standardProtocols, ", ")+", or a rule string")
	}
}

// portProtocol says what a port does to packets that have none.
func (l *linter) portProtocol(field int, protocol string) {
	switch protocol {
	case "icmp", "icmpv4", "icmpv6":
		l.reportField(field, CodePortICMP, "ICMP has no ports, and a rule with one matches no packet", "write any; for type and code use itype and icode")
	case "ip", "ipv4", "ipv6", "ip4", "ip6":
		l.reportField(field, CodePortIP, "a port limits the rule to packets that have ports: ICMP and others do not match", "write tcp or udp for ip, or any for the port")
	}
}

// fieldIssues are what is said of a source, destination or port. Rules repeat these,
// so that each text is looked at once.
type fieldIssues []Issue

// field reports what check finds in a part of the header.
func (l *linter) field(field int, text string, check func(string) fieldIssues) {
	key := text
	if field == fieldSourcePort || field == fieldDestinationPort {
		key = ":" + text
	}
	found, ok := l.fields[key]
	if !ok {
		found = check(text)
		l.fields[key] = found
	}
	for _, issue := range found {
		l.report(l.layout().fields[field]+issue.Column-1, issue.Code, issue.Message, issue.Fix)
	}
}

func (l *linter) addresses(text string) fieldIssues {
	a, err := ParseAddresses(text)
	if err != nil {
		return parseIssue(CodeAddress, err)
	}
	var found fieldIssues
	for variable := range variablesOf(a.Terms) {
		found = l.variable(found, text, variable)
	}
	if at := netmaskAt(text); at >= 0 {
		found = append(found, newIssue(Position{Column: at + 1}, CodeNetmask, "a netmask in dotted form matches nothing in rules that look at addresses alone", "write the number of bits, as in 10.0.0.0/8"))
	}
	_, err = a.Resolve(l.opts.Variables)
	return append(found, resolveIssue(CodeAddress, err)...)
}

// netmaskAt finds a netmask such as /255.0.0.0.
func netmaskAt(text string) int {
	for at, c := range text {
		mask, _, _ := strings.Cut(text[at:], ",")
		if c == '/' && strings.Contains(mask, ".") {
			return at
		}
	}
	return -1
}

func (l *linter) ports(text string) fieldIssues {
	p, err := ParsePorts(text)
	if err != nil {
		return parseIssue(CodePort, err)
	}
	var found fieldIssues
	for _, term := range p.Terms {
		if _, ok := l.opts.Variables.PortSets[strings.TrimPrefix(term.Variable, "$")]; term.Variable != "" && !ok {
			name := term.Variable[1:]
			found = append(found, undeclared(text, term.Variable, CodeVariable, fmt.Sprintf("%s cannot be null or empty", name), "declare it in RuleVariables.PortSets; no port variable is built in"))
		}
	}
	_, err = p.Resolve(l.opts.Variables)
	return append(found, resolveIssue(CodePort, err)...)
}

// variable checks that a variable or reference of a source or destination is declared.
func (l *linter) variable(found fieldIssues, text, variable string) fieldIssues {
	if variable == "$HOME_NET" || variable == "$EXTERNAL_NET" {
		return found
	}
	name := variable[1:]
	if variable[0] == '@' {
		if slices.Contains(l.opts.References, name) {
			return found
		}
		return append(found, undeclared(text, variable, CodeReference, fmt.Sprintf("%s cannot be null or empty, context: ReferenceSets.IPSetReferences.%s", name, name), "declare it in ReferenceSets.IPSetReferences"))
	}
	if _, ok := l.opts.Variables.IPSets[name]; ok {
		return found
	}
	return append(found, undeclared(text, variable, CodeVariable, fmt.Sprintf("%s cannot be null or empty, context: RuleVariables.IPSets.%s", name, name), "declare it in RuleVariables.IPSets; HOME_NET and EXTERNAL_NET alone are built in"))
}

func undeclared(text, variable string, code Code, words, fix string) Issue {
	return newIssue(Position{Column: variableAt(text, variable) + 1}, code, fmt.Sprintf("the group does not declare %s (%q)", variable, words), fix)
}

// variablesOf goes over the variables of terms, those in lists included.
func variablesOf(terms []AddressTerm) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, term := range terms {
			if term.Variable != "" && !yield(term.Variable) {
				return
			}
			for variable := range variablesOf(term.List) {
				if !yield(variable) {
					return
				}
			}
		}
	}
}

// variableAt finds a variable, and not one whose name begins like it.
func variableAt(text, variable string) int {
	for at := 0; ; at++ {
		next := strings.Index(text[at:], variable)
		if next < 0 {
			return 0
		}
		at += next
		if rest := text[at+len(variable):]; rest == "" || strings.ContainsAny(rest[:1], ",] ") {
			return at
		}
	}
}

func parseIssue(code Code, err error) fieldIssues {
	bad, _ := errors.AsType[*ParseError](err)
	return fieldIssues{newIssue(bad.Position, cmp.Or(bad.code, code), bad.Problem, bad.Fix)}
}

// resolveIssue leaves out what is not known: that is said of the variable.
func resolveIssue(code Code, err error) fieldIssues {
	if _, unknown := errors.AsType[*UnknownVariableError](err); err == nil || unknown {
		return nil
	}
	return fieldIssues{newIssue(Position{Column: 1}, code, err.Error(), "leave something to match")}
}
