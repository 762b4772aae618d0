package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"os"
	"strings"

	"github.com/awspatterns/awspatterns/internal/page"
	"github.com/awspatterns/awspatterns/macie"
)

var (
	//go:embed page/page.css
	pageCSS string
	//go:embed page/body.html
	pageBody string
)

// writePage writes a page that needs no other file: pictures are in it.
func (r *report) writePage(w io.Writer) error {
	body, err := r.body()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	document := page.Document{Title: "Sensitive data in images", Style: pageCSS, Body: body}
	if err := document.Write(&b); err != nil {
		return err
	}
	if err := os.WriteFile(r.page, b.Bytes(), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nWrote %s: open it in a browser\n", r.page)
	if r.legible && r.aws {
		fmt.Fprintln(w, "It shows images as they are. It is as sensitive as they are.")
	}
	return nil
}

func (r *report) body() (string, error) {
	t, err := template.New("body").Funcs(template.FuncMap{"title": title, "css": class, "lower": strings.ToLower}).Parse(pageBody)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, r.data())
	return b.String(), err
}

// data is what the page is filled with.
func (r *report) data() pageData {
	d := pageData{
		Source: "s3://" + r.scan.Sources[0].Bucket + "/" + r.scan.Sources[0].Prefix,
		Run:    r.result.Run, Listed: r.result.Listed, Pages: r.result.Pages, Kept: r.result.Kept, Pending: r.result.Pending,
		Found: r.result.States[macie.StateFinding], Jobs: r.result.Jobs,
		Drawn: !r.aws, Legible: r.legible, Macie: r.scan.Detector == nil,
	}
	at := 0.0
	for _, s := range states {
		n := r.result.States[s]
		share := 100 * float64(n) / float64(max(1, r.result.Listed))
		d.States = append(d.States, stateCount{s, n, meaning[s], at, share})
		at += share
	}
	shown := map[macie.State]int64{}
	for _, v := range r.views {
		c := v.card()
		shown[c.State]++
		switch c.State {
		case macie.StateFinding:
			d.Findings = append(d.Findings, c)
		case macie.StateClean:
			d.Clean = append(d.Clean, c)
		default:
			d.Others = append(d.Others, c)
		}
	}
	for _, s := range states {
		d.Left += r.result.States[s] - shown[s]
	}
	return d
}

type pageData struct {
	Source, Run             string
	Listed, Pages, Kept     int64
	Found                   int64
	Left                    int64 // images that the page does not show
	Pending                 int64 // and those that the scan has not come to
	Jobs                    []macie.ScanJob
	Drawn                   bool // by this program
	Legible                 bool
	Macie                   bool
	States                  []stateCount
	Findings, Clean, Others []card
}

type stateCount struct {
	State     macie.State
	Count     int64
	Meaning   string
	At, Share float64 // of all, in per cent
}

// meaning is what a state says, in short.
var meaning = map[macie.State]string{
	macie.StateFinding:  "sensitive data was found",
	macie.StateFailed:   "could not be read or analysed",
	macie.StatePartial:  "not all was read or analysed",
	macie.StateUnproven: "nothing found, and no proof",
	macie.StateClean:    "proven to have none",
	macie.StateNoText:   "text detection found no text",
	macie.StateSkipped:  "no image that can be read",
}

// A card is an image on the page.
type card struct {
	Name, Bucket, Folder string
	State                macie.State
	Reason, Problem      string
	Format               string
	Pages                int
	Findings             []finding
	Outlined, Redacted   []picture
}

type finding struct {
	macie.Finding
	On       string // pages
	Snippets []string
	More     int // snippets that are left out
}

// mostSnippets is how many of one finding are shown.
const mostSnippets = 5

func (v *view) card() card {
	i := v.image
	c := card{
		Name: i.Key, Bucket: i.Bucket, State: i.State, Reason: i.Reason, Problem: v.problem, Format: i.Format, Pages: i.Pages,
		Outlined: v.outlined, Redacted: v.redacted,
	}
	if slash := strings.LastIndexByte(i.Key, '/'); slash >= 0 && slash < len(i.Key)-1 {
		c.Folder, c.Name = i.Key[:slash+1], i.Key[slash+1:]
	}
	for _, f := range i.Findings {
		shown := finding{Finding: f, On: pages(f)}
		for _, o := range v.occurrences {
			switch {
			case o.Type != f.Type:
			case len(shown.Snippets) < mostSnippets:
				shown.Snippets = append(shown.Snippets, o.Snippet)
			default:
				shown.More++
			}
		}
		c.Findings = append(c.Findings, shown)
	}
	return c
}

// title returns the name of an identifier as people write it.
func title(id string) string {
	words := strings.Fields(strings.ToLower(strings.ReplaceAll(id, "_", " ")))
	for i, word := range words {
		switch word {
		case "usa", "uk", "iban", "nric", "mrz", "aws", "ssn":
			words[i] = strings.ToUpper(word)
		case "drivers":
			words[i] = "driver's"
		case "singapore", "canada", "france", "germany", "italy", "spain", "brazil", "australia":
			words[i] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	text := strings.Join(words, " ")
	if text == "" {
		return id
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// class returns a word as the name of a class of CSS.
func class(v any) string {
	return strings.ToLower(strings.ReplaceAll(fmt.Sprint(v), " ", "-"))
}
