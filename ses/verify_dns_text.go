package ses

import (
	"context"
	"slices"
	"strings"
)

// txt checks that a name has a text.
func (c *dnsChecker) txt(ctx context.Context) error {
	texts, err := c.LookupTXT(ctx, fqdn(c.record.Name))
	if len(texts) == 0 {
		return orNone(err)
	}
	if err != nil {
		return err
	}
	slices.Sort(texts)
	want := c.record.Value
	if !isSPF(want) {
		c.decide(slices.Contains(texts, want), quotesHint(texts), texts...)
		return nil
	}
	var policies []string
	for _, text := range texts {
		if isSPF(text) {
			policies = append(policies, text)
		}
	}
	switch {
	case len(policies) == 1 && includesAll(policies[0], want):
		c.decide(true, "", policies...)
	case len(policies) == 1:
		c.decide(false, "the SPF record lacks "+strings.Join(includes(want), " "), policies...)
	case len(policies) > 1:
		c.decide(false, "a name may have one SPF record (RFC 7208, section 3.2): make one of them", policies...)
	default:
		c.decide(false, quotesHint(texts), texts...)
	}
	return nil
}

// quotesHint tells of texts that have the quotes of a zone file in them.
func quotesHint(texts []string) string {
	for _, text := range texts {
		if strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`) {
			return "a text has quotes in it: enter it without them"
		}
	}
	return ""
}

// isSPF reports whether a text is an SPF record (RFC 7208, section 4.5).
func isSPF(text string) bool {
	text = strings.ToLower(text)
	return text == "v=spf1" || strings.HasPrefix(text, "v=spf1 ")
}

// includes returns the include mechanisms of an SPF record.
func includes(text string) []string {
	var found []string
	for term := range strings.FieldsSeq(strings.ToLower(text)) {
		if term = strings.TrimPrefix(term, "+"); strings.HasPrefix(term, "include:") {
			found = append(found, strings.TrimSuffix(term, "."))
		}
	}
	return found
}

// includesAll reports whether an SPF record includes all that the wanted one does. What
// stands behind "all" does not count.
func includesAll(text, want string) bool {
	var until []string
	for term := range strings.FieldsSeq(strings.ToLower(text)) {
		until = append(until, term)
		if strings.TrimLeft(term, "+-~?") == "all" {
			break
		}
	}
	there := includes(strings.Join(until, " "))
	for _, i := range includes(want) {
		if !slices.Contains(there, i) {
			return false
		}
	}
	return len(includes(want)) > 0 || strings.EqualFold(text, want)
}
