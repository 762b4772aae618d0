package dag

// htmlReport is the part of a report that the page shows: the beginning of each
// list and how long the lists are.
type htmlReport struct {
	Report
	Levels []LevelCount   `json:"levels"`
	Totals map[string]int `json:"totals"` // by the JSON name of the list
}

// htmlReportItems is as many items of a list as the page shows at most. Whoever
// wants all of them reads the report as JSON.
const htmlReportItems = 25

func newHTMLReport(r Report) htmlReport {
	out := htmlReport{Report: r, Levels: r.Levels(), Totals: map[string]int{}}
	out.Projects = beginning(out.Totals, "projects", r.Projects)
	out.Matches = beginning(out.Totals, "matches", r.Matches)
	out.Ambiguities = beginning(out.Totals, "ambiguities", r.Ambiguities)
	out.Conflicts = beginning(out.Totals, "conflicts", r.Conflicts)
	out.Unmatched = beginning(out.Totals, "unmatched", r.Unmatched)
	out.Placeholders = beginning(out.Totals, "placeholders", r.Placeholders)
	out.Internal = beginning(out.Totals, "internal", r.Internal)
	out.LeftOut = beginning(out.Totals, "left_out", r.LeftOut)
	out.Cycles = beginning(out.Totals, "cycles", r.Cycles)
	return out
}

// beginning notes the length of a list and returns what the page shows of it.
func beginning[T any](totals map[string]int, name string, list []T) []T {
	totals[name] = len(list)
	return list[:min(len(list), htmlReportItems):min(len(list), htmlReportItems)]
}
