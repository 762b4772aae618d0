package rules

import "strings"

// String writes the rule as Suricata reads it, in one line without an end:
//
//	drop ip any any -> any any (msg:"from Japan"; geoip:src,JP; sid:1;)
//
// A disabled rule is a comment. Values stand as they are: see [Quote] for texts.
func (r Rule) String() string {
	var b strings.Builder
	if r.Disabled {
		b.WriteString("# ")
	}
	for _, word := range []string{
		string(r.Action), r.Protocol, r.Source, r.SourcePort, string(r.Direction), r.Destination, r.DestinationPort,
	} {
		b.WriteString(word)
		b.WriteByte(' ')
	}
	b.WriteByte('(')
	for i, o := range r.Options {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(o.String())
	}
	b.WriteByte(')')
	return b.String()
}

// String writes the option with the semicolon that ends it.
func (o Option) String() string {
	switch {
	case o.Bare:
		return o.Keyword + ";"
	case strings.HasSuffix(o.Value, `\`): // before the semicolon it would escape that
		return o.Keyword + ":" + o.Value + " ;"
	}
	return o.Keyword + ":" + o.Value + ";"
}

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `;`, `\;`)

// Quote makes a text the value of an option such as msg: in quotation marks, with
// a backslash before quotation marks, semicolons and backslashes.
func Quote(text string) string {
	return `"` + escapes.Replace(text) + `"`
}
