package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// printTable prints what was measured, the least memory first.
func printTable(stdout io.Writer, r vector.MeasureRecallResult) {
	shards := "1 shard"
	if r.Shards > 1 {
		shards = fmt.Sprintf("%d shards", r.Shards)
	}
	fmt.Fprintf(stdout, "\nRecall@%d of %d queries, OpenSearch %s, %s: measured with %d vectors, then extrapolated (~) to %d in %s\n\n",
		r.K, r.Queries, r.Version, r.Space, r.Vectors, r.Target, shards)
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  GB\tmeasured\tthen\tbetween\trescored\tkept as\tby")
	for _, g := range groups(r.Techniques) {
		t := g.first
		if t.Refused != "" {
			fmt.Fprintf(w, "  %s\t\t\t\t%s\t%s\t%s\n", g.gigabytes(), rescored(t), t.Technique.Encoding, t.Refused)
			continue
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%.3f to %.3f\t%s\t%s\t%s\n", g.gigabytes(), measured(t), recall(t.Target), t.Target.Low, t.Target.High,
			rescored(t), t.Technique.Encoding, strings.Join(g.by, ", "))
	}
	w.Flush()
	for _, note := range r.Notes {
		fmt.Fprintln(stdout, "  -", note)
	}
}

// A group is techniques that keep vectors in one way, so that they find the same.
type group struct {
	first       vector.TechniqueRecall
	least, most int64    // bytes
	by          []string // engines and methods
}

func groups(all []vector.TechniqueRecall) (groups []*group) {
	for _, t := range all {
		i := slices.IndexFunc(groups, func(g *group) bool { return sameFigures(g.first, t) })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &group{first: t, least: t.Memory})
		}
		g := groups[i]
		g.least, g.most = min(g.least, t.Memory), max(g.most, t.Memory)
		if by := fmt.Sprint(t.Technique.Engine, " ", t.Technique.Method); !slices.Contains(g.by, by) {
			g.by = append(g.by, by)
		}
	}
	return groups
}

func sameFigures(a, b vector.TechniqueRecall) bool {
	return a.Technique.Encoding == b.Technique.Encoding && a.Oversample == b.Oversample && a.Default == b.Default && a.Refused == b.Refused && a.Target == b.Target
}

func (g *group) gigabytes() string {
	least, most := fmt.Sprintf("%.1f", float64(g.least)/1e9), fmt.Sprintf("%.1f", float64(g.most)/1e9)
	if least == most {
		return least
	}
	return least + " to " + most
}

// measured returns the recall among all vectors of the sample.
func measured(t vector.TechniqueRecall) string {
	if len(t.Measured) == 0 {
		return ""
	}
	return recall(t.Measured[len(t.Measured)-1])
}

func recall(r vector.RecallAt) string {
	if r.Extrapolated {
		return fmt.Sprintf("~%.3f", r.Recall)
	}
	return fmt.Sprintf("%.3f", r.Recall)
}

func rescored(t vector.TechniqueRecall) string {
	switch {
	case t.Oversample == 0:
		return "no"
	case t.Default:
		return fmt.Sprintf("%gx", t.Oversample)
	}
	return fmt.Sprintf("asked %gx", t.Oversample)
}

// printClaims prints what the article says of a technique beside what was measured.
func printClaims(stdout io.Writer, claims []vector.Claim, r vector.MeasureRecallResult) {
	if len(claims) == 0 {
		return
	}
	fmt.Fprintf(stdout, "\nWhat the article says of a billion vectors, and what these vectors say:\n\n")
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "  article\trecall@100\tmeasured@%d\tthen\ttechnique\n", r.K)
	for _, c := range claims {
		t, ok := claimed(c, r.Techniques)
		if !ok {
			fmt.Fprintf(w, "  %s\t%s\t\t\tnot measured\n", c.Technique, c.Recall)
			continue
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\n", c.Technique, c.Recall, measured(t), recall(t.Target), t.Name)
	}
	w.Flush()
	fmt.Fprintln(stdout, "  ", claims[0].Source)
}

// claimed returns the technique that the article has in mind, as the version does it by
// itself: with a graph, if there is one.
func claimed(c vector.Claim, all []vector.TechniqueRecall) (vector.TechniqueRecall, bool) {
	var found vector.TechniqueRecall
	for _, t := range all {
		if !t.Default || t.Refused != "" || !isClaimed(c, t.Technique) {
			continue
		}
		if t.Technique.Method == vector.HNSW {
			return t, true
		}
		found = t
	}
	return found, found.Name != ""
}

func isClaimed(c vector.Claim, t vector.Technique) bool {
	e := t.Encoding
	switch word, _, _ := strings.Cut(c.Technique, ","); word {
	case "fp32":
		return e.Encoder == vector.FP32 && t.Mode == vector.InMemory
	case "fp16":
		return e.Encoder == vector.FP16 && t.Mode == vector.InMemory
	case "byte":
		return e.Encoder == vector.Byte && t.Mode == vector.InMemory
	case "binary":
		return t.Mode == vector.OnDisk && (e.Encoder == vector.OSQ || e == vector.Encoding{Encoder: vector.Binary, Bits: 1})
	}
	return e.Encoder == vector.PQ && e.SubVectors == 16 && t.Mode == vector.InMemory && strings.HasPrefix(c.Technique, "PQ")
}

// printRecommendation prints what to take, and what to send.
func printRecommendation(stdout io.Writer, r vector.MeasureRecallResult, size vector.SizeVectorIndexResult) {
	best := r.Recommendation
	if best == nil {
		fmt.Fprintf(stdout, "\nNo recommendation: %s\n", r.Why)
		return
	}
	fmt.Fprintf(stdout, "\nTake %s: %s\n", best.Technique, best.Why)
	for _, t := range size.Techniques {
		if t.Technique == best.Technique && len(t.Excluded) == 0 {
			printRequests(stdout, t)
			return
		}
	}
}

func printRequests(stdout io.Writer, t vector.TechniqueSize) {
	for _, step := range t.Create {
		fmt.Fprintf(stdout, "\n%s %s\n", step.Method, step.Path)
		printBody(stdout, step.Body)
		if step.Note != "" {
			fmt.Fprintln(stdout, "#", step.Note)
		}
	}
	for _, part := range []struct {
		what string
		body json.RawMessage
	}{{"Settings while it is loaded", t.Ingest.Before}, {"Settings after", t.Ingest.After}, {"Search", t.Search}} {
		if len(part.body) > 0 {
			fmt.Fprintf(stdout, "\n# %s\n", part.what)
			printBody(stdout, part.body)
		}
	}
}

// printBody prints JSON, indented.
func printBody(stdout io.Writer, body json.RawMessage) {
	if len(body) == 0 {
		return
	}
	var b bytes.Buffer
	if json.Indent(&b, body, "", "  ") == nil {
		fmt.Fprintln(stdout, b.String())
	}
}
