package macie2

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

// result is what the analysis of one object found.
type result struct {
	code, reason, mime string
	size               int64
	detections         []detection
}

// A detection is all that one identifier found in one object.
type detection struct {
	category types.SensitiveDataItemCategory // "" for a custom identifier
	kind     string
	custom   *identifier
	severity int64
	ranges   []types.Range // in the order of the text
}

// A span is a match in the text, in bytes.
type span struct{ start, end int }

// criteria are those of a custom data identifier.
type criteria struct {
	regex    *regexp.Regexp
	keywords []string
	ignored  []string
	distance int
}

// matches finds what meets the criteria. A keyword has to end before the match
// begins, and no more than so many characters before the match ends.
func (c criteria) matches(text, folded string) []span {
	var found []span
	for _, m := range c.regex.FindAllStringIndex(text, -1) {
		match := text[m[0]:m[1]]
		ignored := slices.ContainsFunc(c.ignored, func(word string) bool { return strings.Contains(match, word) })
		if m[0] == m[1] || ignored || !c.hasKeyword(folded, m[0], m[1]) {
			continue
		}
		found = append(found, span{m[0], m[1]})
	}
	return found
}

func (c criteria) hasKeyword(folded string, start, end int) bool {
	if len(c.keywords) == 0 {
		return true
	}
	return slices.ContainsFunc(c.keywords, func(keyword string) bool {
		at := strings.LastIndex(folded[:start], keyword)
		return at >= 0 && utf8.RuneCountInString(folded[at+len(keyword):end]) <= c.distance
	})
}

// fold makes text comparable without regard to case, and keeps its length: a
// letter whose small form is longer or shorter stays as it is, and so does text
// that is not UTF-8.
func fold(text string) string {
	if !utf8.ValidString(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if small := unicode.ToLower(r); utf8.RuneLen(small) == utf8.RuneLen(r) {
			return small
		}
		return r
	}, text)
}

// detect finds what the identifiers of a job see in an object.
func (j *job) detect(o object, extra []extraOccurrence) []detection {
	text := string(o.body)
	folded := fold(text)
	var found []detection
	for _, m := range managed {
		if j.usesManaged(m.id) {
			found = append(found, m.detection(j.allowed(text, m.matches(text, folded)), text))
		}
	}
	for _, d := range j.uses {
		found = append(found, d.detection(j.allowed(text, d.criteria.matches(text, folded)), text))
	}
	for _, e := range extra {
		found = j.addExtra(found, e)
	}
	found = slices.DeleteFunc(found, func(d detection) bool { return len(d.ranges) == 0 || d.severity == 0 })
	for i := range found {
		slices.SortStableFunc(found[i].ranges, func(a, b types.Range) int {
			return cmp.Or(cmp.Compare(*a.Start, *b.Start), cmp.Compare(aws.ToInt64(a.StartColumn), aws.ToInt64(b.StartColumn)))
		})
	}
	return found
}

// addExtra adds an occurrence that the test wants to have been found.
func (j *job) addExtra(found []detection, e extraOccurrence) []detection {
	custom := e.category == types.SensitiveDataItemCategoryCustomIdentifier
	i := slices.IndexFunc(found, func(d detection) bool { return d.kind == e.kind && (d.custom != nil) == custom })
	if i < 0 {
		if custom || !j.usesManaged(e.kind) {
			return found
		}
		i, found = len(found), append(found, detection{category: e.category, kind: e.kind})
	}
	d := &found[i]
	d.ranges = append(d.ranges, e.at)
	if custom {
		d.severity = d.custom.severity(len(d.ranges))
	} else {
		d.severity = severityOf(e.kind, len(d.ranges))
	}
	return found
}

// allowed leaves out what an allow list of the job names.
func (j *job) allowed(text string, spans []span) []span {
	return slices.DeleteFunc(spans, func(at span) bool {
		return slices.ContainsFunc(j.allows, func(l *allowList) bool { return l.ignores(text[at.start:at.end]) })
	})
}

func (m managedIdentifier) detection(spans []span, text string) detection {
	return detection{category: m.category, kind: m.id, severity: severityOf(m.id, len(spans)), ranges: rangesOf(spans, text)}
}

func (d *identifier) detection(spans []span, text string) detection {
	return detection{kind: *d.in.Name, custom: d, severity: d.severity(len(spans)), ranges: rangesOf(spans, text)}
}

// rangesOf tells places as Macie does: lines and the column of the first
// character count from 1, the column in characters. Spans are in the order of the
// text and do not overlap.
func rangesOf(spans []span, text string) []types.Range {
	var ranges []types.Range
	line, seen, begins := 1, 0, 0 // of the line that seen is in
	for _, at := range spans {
		line += strings.Count(text[seen:at.start], "\n")
		if i := strings.LastIndex(text[seen:at.start], "\n"); i >= 0 {
			begins = seen + i + 1
		}
		seen = at.start
		last := line + strings.Count(strings.TrimSuffix(text[at.start:at.end], "\n"), "\n")
		column := utf8.RuneCountInString(text[begins:at.start]) + 1
		ranges = append(ranges, types.Range{
			Start: aws.Int64(int64(line)), End: aws.Int64(int64(last)), StartColumn: aws.Int64(int64(column)),
		})
	}
	return ranges
}
