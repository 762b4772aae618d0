package macie

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/maciejobs"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/macie/ocr"
	"github.com/awspatterns/awspatterns/macie/pii"
)

// LocateOptions say what to find the places of.
type LocateOptions struct {
	// Image is one of a result of [ScanImages]. Required.
	Image Image

	// Results is where that scan kept the text of images. Required. An Owner that
	// is left out is any account.
	Results ResultsLocation

	// Identifiers are the custom data identifiers that the scan used, as far as
	// they are known. Their regular expressions tell where a match ends, which
	// Macie does not.
	Identifiers []CustomIdentifier

	// Detector is that of the scan, if it was not Macie. It is asked again.
	Detector Detector

	// Export is where Macie exports its analysis records. Macie tells it; only
	// [LocatePermissions] takes it from here.
	Export ResultsLocation

	// SkipExport does not look for Macie's analysis record, which has up to 1,000
	// occurrences of each type of sensitive data; a finding has 15.
	SkipExport bool
}

// LocateResult tells where sensitive data is in an image.
type LocateResult struct {
	Image       Image        `json:"image"`
	Occurrences []Occurrence `json:"occurrences"` // in the order of the text

	// Shortfalls are findings that have more occurrences than places are known of.
	// Without any, the result is complete.
	Shortfalls []Shortfall `json:"shortfalls,omitempty"`
}

// An Occurrence is a place of sensitive data.
type Occurrence struct {
	Type    string       `json:"type"`
	Span    ocr.Span     `json:"span"`
	Regions []ocr.Region `json:"regions"` // on the pages of the image

	// Exact says that it is known where the value ends. Otherwise the regions
	// reach to the end of the line.
	Exact bool `json:"exact"`

	// Snippet is the line around it, with all values masked. In a result that is not
	// complete it is the masked value alone.
	Snippet string `json:"snippet"`
}

// A Shortfall is a finding of which not every occurrence is located.
type Shortfall struct {
	Type    string `json:"type"`
	Count   int64  `json:"count"` // that the scan counted
	Located int64  `json:"located"`
}

// Complete reports whether each counted occurrence is located.
func (r LocateResult) Complete() bool { return len(r.Shortfalls) == 0 }

// ErrNoText reports that the text of an image is not in the results bucket, for
// instance because its lifecycle rule has deleted it. A new scan reads it again.
var ErrNoText = errors.New("the text of the image is not in the results bucket")

// Locate finds all occurrences of sensitive data in an image that was scanned,
// and their places on its pages.
//
// Macie tells the line and column where an occurrence begins, 15 in a finding and
// 1,000 of each type in an analysis record, but not where it ends. That is found
// out by matching the line again: by the regular expression of a custom
// identifier, or by [pii.Find] for what that knows. Where no match is found, the
// regions reach to the end of the line. Where Macie tells fewer places than it
// counts, all matches in the text are taken if they are as many as were counted;
// otherwise there is a [Shortfall].
//
// It reads the text from the results bucket and, if a finding has fewer places than
// occurrences, all analysis records of the image's Macie job, if they are exported;
// never the image. Errors wrap [ErrNoText].
//
// A place that is not in the text counts as not known.
//
// IAM actions: [LocatePermissions]. Costs: a GET request for the text and, where
// records are read, one for each of their files.
func Locate(ctx context.Context, c Clients, opts LocateOptions) (LocateResult, error) {
	result, err := locate(ctx, c, opts)
	if err != nil {
		return LocateResult{}, fmt.Errorf("macie: locate findings in %s: %w", opts.Image.URL(), reason.Cause(ctx, err))
	}
	return result, nil
}

func locate(ctx context.Context, c Clients, opts LocateOptions) (LocateResult, error) {
	l, err := newLocator(ctx, c, opts)
	if err != nil {
		return LocateResult{}, err
	}
	result := LocateResult{Image: opts.Image}
	if opts.Detector != nil {
		err = l.ask(ctx, opts.Detector)
	} else {
		err = l.readPlaces(ctx, c)
	}
	if err != nil {
		return LocateResult{}, err
	}
	for _, f := range opts.Image.Findings {
		spans := l.spansOf(f)
		count := max(f.Count, 1) // a finding without a count has something all the same
		if n := int64(len(spans)); n < count {
			result.Shortfalls = append(result.Shortfalls, Shortfall{f.Type, count, n})
		}
		for _, s := range spans {
			result.Occurrences = append(result.Occurrences, l.occurrence(f, s))
		}
	}
	context := snippetContext
	if !result.Complete() {
		context = 0 // what is not located could stand beside what is
	}
	l.mask(result.Occurrences, context)
	return result, nil
}

// A locator finds places in the text of one image.
type locator struct {
	opts   LocateOptions
	doc    ocr.Document
	regexs map[string]*regexp.Regexp // of custom identifiers, by name
	places map[string][]ocr.Span     // by type or name, those that are told
}

func newLocator(ctx context.Context, c Clients, opts LocateOptions) (*locator, error) {
	switch {
	case opts.Image.TextID == "":
		return nil, errors.New("the Image has no TextID: its text was not read")
	case opts.Results.Bucket == "":
		return nil, errors.New("no Bucket of the Results")
	}
	l := &locator{opts: opts, regexs: map[string]*regexp.Regexp{}, places: map[string][]ocr.Span{}}
	for _, i := range opts.Identifiers {
		re, err := regexp.Compile(i.Regex)
		switch {
		case err != nil:
			return nil, fmt.Errorf("custom identifier %q: %w", i.Name, err)
		case l.regexs[i.Name] != nil:
			return nil, fmt.Errorf("two Identifiers are named %q: which of them a finding is of is not known", i.Name)
		}
		re.Longest() // it is not known which of several ends Macie means
		l.regexs[i.Name] = re
	}
	key := opts.Results.Prefix + ocrFolder + opts.Image.TextID + ".json"
	body, err := readObject(ctx, c.S3, opts.Results.Bucket, key, opts.Results.Owner)
	if notThere(ctx, c.S3, opts.Results.Bucket, key, opts.Results.Owner, err) {
		return nil, fmt.Errorf("%w: %w", ErrNoText, err)
	}
	if err != nil {
		return nil, err
	}
	var kept sidecar
	if err := json.Unmarshal(body, &kept); err != nil {
		return nil, fmt.Errorf("s3://%s/%s: %w", opts.Results.Bucket, key, err)
	}
	l.doc = kept.Document.Clean()
	return l, nil
}

// ask makes the Detector look at the text again.
func (l *locator) ask(ctx context.Context, d Detector) error {
	found, err := d.Detect(ctx, l.doc)
	if err != nil {
		return fmt.Errorf("detector: %w", err)
	}
	for _, f := range found {
		l.places[f.Type] = append(l.places[f.Type], f.Span)
	}
	return nil
}

// readPlaces takes the places from the findings, or from the analysis record
// where that has more.
func (l *locator) readPlaces(ctx context.Context, c Clients) error {
	more := false
	for _, f := range l.opts.Image.Findings {
		for _, p := range f.Places {
			l.places[f.name()] = append(l.places[f.name()], p.Span)
		}
		more = more || int64(len(f.Places)) < f.Count
	}
	if !more || l.opts.SkipExport || l.opts.Image.JobID == "" {
		return nil
	}
	session, err := maciejobs.New(c.Macie, maciejobs.Config{}).Session(ctx)
	if err != nil {
		return err
	}
	if session.ExportErr != nil {
		return fmt.Errorf("where Macie exports its analysis records: %w", session.ExportErr)
	}
	if session.Export == nil {
		return nil
	}
	target, err := identity.Target(ctx, c.STS, c.Region)
	if err != nil {
		return err
	}
	for a, err := range maciejobs.Records(ctx, c.S3, *session.Export, target.Account, c.Region, l.opts.Image.JobID) {
		if err != nil {
			return err
		}
		if textIDOf(a.Key) == l.opts.Image.TextID {
			l.take(a)
		}
	}
	return nil
}

// take takes places from an analysis record, of each type the more of the two.
func (l *locator) take(a maciejobs.Analysis) {
	for _, d := range a.Detections {
		name := cmp.Or(d.Type, d.Name)
		if d.Custom {
			name = cmp.Or(identifierID(d.ARN), d.Name)
		}
		if len(d.Spans) > len(l.places[name]) {
			l.places[name] = d.Spans
		}
	}
}

// name tells findings of one image apart.
func (f Finding) name() string { return cmp.Or(identifierID(f.Custom), f.Type) }

// identifierID returns the id in the ARN of a custom data identifier: Macie also
// writes the id alone.
func identifierID(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// spansOf returns the places of a finding: those that are told or, if they are
// too few, all matches in the text, if they are as many as were counted.
func (l *locator) spansOf(f Finding) []ocr.Span {
	told := l.places[f.name()]
	valid := slices.DeleteFunc(slices.Clone(told), func(s ocr.Span) bool { return !l.doc.Valid(s) }) // others cannot be covered
	match := l.matcher(f)
	if int64(len(valid)) >= f.Count || match == nil || f.Type == pii.Phone.String() { // of phone numbers Macie finds others
		return valid
	}
	matches := ocr.FindAll(l.doc, match)
	if int64(len(matches)) != f.Count || !containsAll(matches, told) {
		return valid
	}
	return matches
}

// containsAll reports whether each of the places that are told is that of a match:
// else the matches are of something else.
func containsAll(matches, told []ocr.Span) bool {
	for _, t := range told {
		begins := func(m ocr.Span) bool { return m.Line == t.Line && (t.Column == 0 || m.Column == t.Column) }
		if !slices.ContainsFunc(matches, begins) {
			return false
		}
	}
	return true
}

// matcher returns what finds a type of sensitive data in a line, nil if nothing
// does.
func (l *locator) matcher(f Finding) func(line string) [][2]int {
	if f.Custom != "" {
		if re := l.regexs[f.Type]; re != nil {
			return ocr.Regexp(re)
		}
		return nil
	}
	types := builtIn[f.Type]
	if types == nil {
		return nil
	}
	return func(line string) [][2]int {
		var ranges [][2]int
		for _, m := range pii.Find(line) {
			if slices.Contains(types, m.Type) {
				ranges = append(ranges, [2]int{m.Start, m.End})
			}
		}
		return ranges
	}
}

// builtIn are the managed data identifiers of Macie whose values [pii.Find] can
// tell the end of. BANK_ACCOUNT_NUMBER is for numbers that are no IBAN.
var builtIn = map[string][]pii.Type{
	"CREDIT_CARD_NUMBER":              {pii.CreditCard},
	"CREDIT_CARD_NUMBER_(NO_KEYWORD)": {pii.CreditCard},
	"USA_SOCIAL_SECURITY_NUMBER":      {pii.USSSN},
	"PHONE_NUMBER":                    {pii.Phone},
	"FRANCE_BANK_ACCOUNT_NUMBER":      {pii.IBAN},
	"GERMANY_BANK_ACCOUNT_NUMBER":     {pii.IBAN},
	"ITALY_BANK_ACCOUNT_NUMBER":       {pii.IBAN},
	"SPAIN_BANK_ACCOUNT_NUMBER":       {pii.IBAN},
	"UK_BANK_ACCOUNT_NUMBER":          {pii.IBAN},
}

func (l *locator) occurrence(f Finding, s ocr.Span) Occurrence {
	exact := s.EndColumn != 0
	if match := l.matcher(f); match != nil && !exact {
		s, exact = l.doc.Extend(s, match)
	}
	return Occurrence{Type: f.Type, Span: s, Exact: exact, Regions: l.doc.Regions(s)}
}

// mask gives the occurrences their order and their snippets, in which no value is.
func (l *locator) mask(all []Occurrence, context int) {
	slices.SortStableFunc(all, func(a, b Occurrence) int {
		return cmp.Or(a.Span.Line-b.Span.Line, a.Span.Column-b.Span.Column, strings.Compare(a.Type, b.Type))
	})
	var spans []ocr.Span
	for _, o := range all {
		spans = append(spans, o.Span)
	}
	for i := range all {
		all[i].Snippet = l.doc.Snippet(all[i].Span, spans, context)
	}
}

// snippetContext is how many characters of a line stand around a masked value.
const snippetContext = 24
