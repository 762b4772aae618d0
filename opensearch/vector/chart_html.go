package vector

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/awspatterns/awspatterns/internal/page"
)

// WriteHTML writes a page with the chart of [MeasureRecallResult.WriteSVG], what is
// recommended, and all techniques in a table. It is one file that asks the network for
// nothing.
func (r MeasureRecallResult) WriteHTML(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "<h1>%s</h1>\n", html.EscapeString(sentence(r.title())))
	fmt.Fprintf(&b, "<p>Measured on %s vectors with %d queries, for OpenSearch %s, %s. The graph of HNSW and the lists of IVF lose something besides.</p>\n",
		trim(float64(r.Vectors)), r.Queries, html.EscapeString(r.Version), shardWord(r.Shards))
	r.writeRecommendation(&b)
	fmt.Fprintf(&b, "<figure>%s</figure>\n", r.svg())
	r.writeTable(&b)
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(note))
	}
	return page.Document{Title: sentence(r.title()), Style: chartStyle, Body: b.String()}.Write(w)
}

const chartStyle = `body{font:15px/1.5 system-ui,sans-serif;max-width:1230px;margin:2em auto;padding:0 1em;color:#111;background:#fff}
figure{margin:1em 0}svg{width:100%;height:auto}
table{border-collapse:collapse;width:100%}th,td{padding:.25em .6em;text-align:right;border-bottom:1px solid #e5e7eb}
th:first-child,td:first-child{text-align:left}tr.best td{background:#fef3c7}td.refused{text-align:left;color:#666}
.recommended{border-left:4px solid #d97706;padding-left:1em}`

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (r MeasureRecallResult) writeRecommendation(b *strings.Builder) {
	if c := r.Recommendation; c != nil {
		fmt.Fprintf(b, "<p class=\"recommended\"><b>%s</b>%s: recall %s. Why: %s.</p>\n",
			html.EscapeString(c.Technique.String()), oversampleWord(c.Oversample), recallCell(c.Recall), html.EscapeString(c.Why))
		return
	}
	fmt.Fprintf(b, "<p class=\"recommended\">No recommendation: %s.</p>\n", html.EscapeString(r.Why))
}

func oversampleWord(factor float64) string {
	if factor == 0 {
		return ""
	}
	return fmt.Sprintf(" with oversample_factor %g", factor)
}

// recallCell is a recall with its interval; "≈" says that it is extrapolated.
func recallCell(at RecallAt) string {
	word := fmt.Sprintf("%.3f (%.3f–%.3f)", at.Recall, at.Low, at.High)
	if at.Extrapolated {
		return "≈ " + word
	}
	return word
}

func measuredCell(measured []RecallAt) string {
	if len(measured) == 0 {
		return "–"
	}
	return recallCell(measured[len(measured)-1])
}

func (r MeasureRecallResult) writeTable(b *strings.Builder) {
	fmt.Fprintf(b, "<table><thead><tr><th>technique</th><th>oversample</th><th>candidates<br>per shard</th><th>recall of %s</th><th>recall of %s</th><th>GB</th><th>GiB</th><th>a month</th></tr></thead><tbody>\n",
		trim(float64(r.Vectors)), html.EscapeString(countWord(float64(r.Target))))
	for _, row := range r.Techniques {
		class := ""
		if c := r.Recommendation; c != nil && c.Technique == row.Technique && c.Oversample == row.Oversample {
			class = ` class="best"`
		}
		fmt.Fprintf(b, "<tr%s><td>%s</td>", class, html.EscapeString(row.Name))
		if row.Refused != "" {
			fmt.Fprintf(b, "<td class=\"refused\" colspan=\"7\">%s</td></tr>\n", html.EscapeString(row.Refused))
			continue
		}
		fmt.Fprintf(b, "<td>%s</td><td>%d</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n",
			factorCell(row), row.FirstPassK, measuredCell(row.Measured), recallCell(row.Target),
			trim(float64(row.Memory)/1e9), trim(float64(row.Memory)/(1<<30)), costCell(row.MonthlyCost))
	}
	b.WriteString("</tbody></table>\n")
}

func factorCell(row TechniqueRecall) string {
	word := "–"
	if row.Oversample > 0 {
		word = fmt.Sprintf("%g", row.Oversample)
	}
	if row.Default {
		word += " (default)"
	}
	return word
}

func costCell(cost float64) string {
	if cost == 0 {
		return "–"
	}
	return trim(cost)
}

func shardWord(n int) string {
	if n == 1 {
		return "1 shard"
	}
	return fmt.Sprintf("%d shards", n)
}
