package macie

import (
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/internal/maciejobs"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// TestFindingsFrom joins what a finding and a record say of one image.
func TestFindingsFrom(t *testing.T) {
	spans := func(n int) (all []ocr.Span) {
		for i := range n {
			all = append(all, ocr.Span{Line: i + 1})
		}
		return all
	}
	analysis := func(record bool, severity, id string, count int64, places int) maciejobs.Analysis {
		return maciejobs.Analysis{Record: record, Severity: severity, ID: id, Detections: []maciejobs.Detection{{Type: "NAME", Count: count, Spans: spans(places)}}}
	}
	for _, test := range []struct {
		name            string
		finding, record maciejobs.Analysis
		count           int64
		places          int
	}{
		{"the record has more", analysis(false, "High", "f", 20, 15), analysis(true, "", "r", 22, 22), 22, 15},
		{"the record has no places", analysis(false, "High", "f", 20, 3), analysis(true, "", "r", 20, 0), 20, 3},
		{"the finding has no places", analysis(false, "High", "f", 20, 0), analysis(true, "", "r", 20, 2), 20, 2},
		{"the record has less", analysis(false, "High", "f", 20, 3), analysis(true, "", "r", 2, 2), 20, 3},
	} {
		got := findingsFrom(ocr.Document{}, evidence{findings: []maciejobs.Analysis{test.finding}, records: []maciejobs.Analysis{test.record}})
		if len(got) != 1 || got[0].Count != test.count || len(got[0].Places) != test.places || got[0].ID != "f" || got[0].Severity != "High" {
			t.Errorf("%s: got %+v", test.name, got)
		}
	}
}

// TestFewerPlaces: of the 1,000 places that a record has of each type, 20,000 images
// would fill the memory.
func TestFewerPlaces(t *testing.T) {
	all := slices.Repeat([]ocr.Span{{Line: 1}}, 1000)
	a := fewerPlaces(maciejobs.Analysis{Detections: []maciejobs.Detection{{Count: 1000, Spans: all}, {Count: 2, Spans: all[:2]}}})
	if d := a.Detections; len(d[0].Spans) != maxPlaces || cap(d[0].Spans) > 2*maxPlaces || d[0].Count != 1000 || len(d[1].Spans) != 2 {
		t.Errorf("%d places, room for %d", len(d[0].Spans), cap(d[0].Spans))
	}
}

// TestJudgeSettles tells which verdicts are kept by the next scan: those that asking
// Macie again would not change.
func TestJudgeSettles(t *testing.T) {
	record := func(status string) evidence { return evidence{records: []maciejobs.Analysis{{Status: status}}} }
	finding := evidence{findings: []maciejobs.Analysis{{}}}
	unread := Image{Pages: 2, FailedPages: []int{2}}
	for _, test := range []struct {
		name    string
		image   Image
		found   evidence
		end     jobEnd
		state   State
		settled bool
	}{
		{"a finding", Image{}, finding, jobEnd{}, StateFinding, true},
		{"a finding of a job that was stopped", Image{}, finding, jobEnd{problem: "cancelled", full: true}, StateFinding, true},
		{"a record", Image{}, record("COMPLETE"), jobEnd{export: true}, StateClean, true},
		{"a record of a job that was stopped", Image{}, record("COMPLETE"), jobEnd{export: true, problem: "cancelled"}, StateClean, true},
		{"a record, of a part of the pages", unread, record("COMPLETE"), jobEnd{export: true}, StatePartial, true},
		{"a part", Image{}, record("PARTIAL"), jobEnd{export: true}, StatePartial, true},
		{"not at all", Image{}, record("SKIPPED"), jobEnd{export: true}, StateFailed, false},
		{"a status that is not known", Image{}, record("NEW"), jobEnd{export: true}, StatePartial, true},
		{"no record yet", Image{}, evidence{}, jobEnd{export: true}, StateUnproven, false},
		{"no export", Image{}, evidence{}, jobEnd{}, StateUnproven, true},
		{"a full job", Image{}, evidence{}, jobEnd{full: true}, StateUnproven, false},
		{"a full job, with export", Image{}, evidence{}, jobEnd{full: true, export: true}, StateUnproven, false},
		{"a job that was stopped", Image{}, evidence{}, jobEnd{problem: "cancelled"}, StateUnproven, false},
		{"a part of the pages, and no export", unread, evidence{}, jobEnd{}, StatePartial, true},
		{"a part of the pages, of a full job", unread, evidence{}, jobEnd{full: true}, StatePartial, false},
	} {
		if st, why, settled := judge(test.image, test.found, test.end); st != test.state || settled != test.settled || (why == "") != (st == StateFinding || st == StateClean) {
			t.Errorf("%s: %s, settled %v: %q", test.name, st, settled, why)
		}
	}
}
