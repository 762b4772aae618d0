package macie

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns/internal/maciejobs"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// Evidence is what a Macie job says of the text of one image.
type evidence struct {
	findings []maciejobs.Analysis
	records  []maciejobs.Analysis // exported analysis records
	textGone bool                 // its text is not in the results bucket any more
}

// A jobEnd is how a job ended, as far as verdicts depend on it.
type jobEnd struct {
	problem string // why not all was analysed; empty if it was
	full    bool   // it has as many findings as Macie keeps, so that more may be missing
	export  bool   // analysis records are exported, and were read
}

// judge returns the state of an image whose text Macie has analysed, and the
// reason for it. A finding is certain whatever else is; clean takes a record.
func judge(i Image, e evidence, end jobEnd) (s State, reason string, settled bool) {
	if len(e.findings) > 0 || slices.ContainsFunc(e.records, detects) {
		return StateFinding, partOf(i, e), true
	}
	if len(e.records) == 0 {
		why, settled := unproven(end)
		if len(i.FailedPages) > 0 {
			_, part := unlessPartial(i, StatePartial, "")
			return StatePartial, part + "; of the others there is " + why, settled
		}
		return StateUnproven, why, settled
	}
	for _, r := range e.records {
		switch r.Status {
		case statusComplete:
		case statusSkipped:
			return StateFailed, "Macie did not analyse its text: " + explain(r.Reason), false
		default:
			return StatePartial, analysedPart + explain(r.Reason), true
		}
	}
	s, reason = unlessPartial(i, StateClean, "")
	return s, reason, true
}

const analysedPart = "Macie analysed a part of its text: "

// partOf tells of an image with a finding what of it was not read or not analysed,
// where there may be more, or that its places are not known; "" if nothing.
func partOf(i Image, e evidence) string {
	for _, a := range slices.Concat(e.findings, e.records) {
		if a.Status != statusComplete && a.Status != "" && len(i.FailedPages) == 0 {
			return analysedPart + explain(a.Reason)
		}
	}
	why := ""
	if e.textGone {
		why = "its text is gone from the results bucket, so that the places are not known: its lifecycle rule may be shorter than the scan"
	}
	_, reason := unlessPartial(i, StateFinding, why)
	return reason
}

// States of an analysis record.
const (
	statusComplete = "COMPLETE"
	statusSkipped  = "SKIPPED"
)

func detects(a maciejobs.Analysis) bool { return len(a.Detections) > 0 }

// unproven tells why an image without a finding is not proven clean, and whether
// asking Macie again would be in vain.
func unproven(end jobEnd) (reason string, settled bool) {
	switch {
	case end.problem != "":
		return "no finding, but not everything was analysed: " + end.problem, false
	case end.export:
		return "no finding, and no analysis record of it has arrived", false
	case end.full:
		return "no finding, but Macie has reported as many as it keeps of one job: see ImagesPerJob", false
	}
	return "no finding, and Macie does not export its analysis records", true
}

// explain adds to a reason of Macie what is to be done about it, where that is
// known.
func explain(reason string) string {
	if reason == "INVALID_ENCRYPTION" || reason == "INVALID_KMS_KEY" || reason == "PERMISSION_DENIED" {
		return reason + ": its service role AWSServiceRoleForAmazonMacie has to be allowed to read the results bucket and to decrypt with its KMS key"
	}
	return cmp.Or(reason, "no reason was given")
}

// findingsFrom returns one finding for each kind of sensitive data that Macie
// reports of an image. A record knows more occurrences than a finding does.
func findingsFrom(doc ocr.Document, e evidence) []Finding {
	byType := map[string]*Finding{}
	var order []string
	for _, a := range slices.Concat(e.findings, e.records) {
		for _, d := range a.Detections {
			name := cmp.Or(identifierID(d.ARN), d.Type, d.Name)
			f := byType[name]
			if f == nil {
				f = &Finding{Type: cmp.Or(d.Type, d.Name), Category: d.Category, Count: d.Count}
				if d.Custom {
					f.Type, f.Custom = d.Name, d.ARN
				}
				byType[name] = f
				order = append(order, name)
			}
			f.Count = max(f.Count, d.Count)
			f.Severity = cmp.Or(f.Severity, a.Severity)
			if !a.Record {
				f.ID = cmp.Or(f.ID, a.ID)
			}
			if len(f.Places) == 0 {
				f.Places = placesOf(doc, d.Spans)
			}
		}
	}
	var findings []Finding
	for _, name := range order {
		findings = append(findings, *byType[name])
	}
	return findings
}

// placesOf returns up to maxPlaces of the spans with where they are.
func placesOf(doc ocr.Document, spans []ocr.Span) []Place {
	var places []Place
	for _, span := range spans[:min(len(spans), maxPlaces)] {
		regions := doc.Regions(span)
		for i := range regions {
			regions[i].Polygon = nil // it would make the record large, and Locate has it
		}
		places = append(places, Place{Span: span, Regions: regions})
	}
	return places
}

// findingsOf returns what a Detector found as findings.
func findingsOf(doc ocr.Document, detections []Detection) []Finding {
	spans := map[string][]ocr.Span{}
	var findings []Finding
	for _, d := range detections {
		if spans[d.Type] == nil {
			findings = append(findings, Finding{Type: d.Type, Category: d.Category, Severity: d.Severity})
		}
		spans[d.Type] = append(spans[d.Type], d.Span)
	}
	for i := range findings {
		f := &findings[i]
		f.Count = int64(len(spans[f.Type]))
		f.Places = placesOf(doc, spans[f.Type])
	}
	return findings
}

// describe tells of a job's status what kept it from analysing everything, ""
// if nothing did.
func describe(st maciejobs.Status) string {
	switch {
	case st.Stuck() != "":
		return st.Stuck()
	case st.State == jobCancelled:
		return "the job was cancelled"
	case st.Error:
		return "the job ended with an error, which its log in CloudWatch Logs tells (/aws/macie/classificationjobs)"
	case st.State != jobComplete:
		return fmt.Sprintf("the job is %s", st.State)
	}
	return ""
}

// States of Macie jobs.
const (
	jobComplete   = "COMPLETE"
	jobCancelled  = "CANCELLED"
	jobPaused     = "PAUSED"
	jobUserPaused = "USER_PAUSED"
)
