package dag

// A Report tells what Merge decided, in full, so that every join can be checked
// and every node that was not joined explained. All lists are sorted.
type Report struct {
	Projects     []ProjectReport `json:"projects"`
	Matches      []Match         `json:"matches,omitempty"`
	Ambiguities  []Ambiguity     `json:"ambiguities,omitempty"`
	Conflicts    []Conflict      `json:"conflicts,omitempty"`
	Unmatched    []Ref           `json:"unmatched,omitempty"`    // sources and stubs that no given project builds
	Placeholders []Ref           `json:"placeholders,omitempty"` // named by an edge, described nowhere
	Internal     []Origin        `json:"internal,omitempty"`     // edges within one node
	LeftOut      []LeftOut       `json:"left_out,omitempty"`     // by resource type
	Cycles       [][]string      `json:"cycles,omitempty"`       // one path of node IDs for each knot of cycles
}

// A ProjectReport counts what was read from one project.
type ProjectReport struct {
	Name          string   `json:"name"`
	Adapter       string   `json:"adapter,omitempty"`
	DBTVersion    string   `json:"dbt_version,omitempty"`
	SchemaVersion string   `json:"schema_version,omitempty"` // "v12"
	Nodes         int      `json:"nodes"`                    // placeholders not counted
	Edges         int      `json:"edges"`                    // distinct
	Warnings      []string `json:"warnings,omitempty"`
}

// A Level says on what evidence resources were joined, the strongest first.
type Level string

// The levels, in the order in which they are tried.
const (
	LevelLink        Level = "link"         // the caller said so
	LevelExternal    Level = "external"     // a stub of dbt Mesh or dbt-loom, by unique id
	LevelProject     Level = "project"      // one relation, within one project
	LevelRelation    Level = "relation"     // one relation, in several projects
	LevelAlias       Level = "alias"        // one relation, after the caller's database aliases
	LevelSchemaTable Level = "schema+table" // the only table of that schema and name
)

// levels lists all levels, the strongest first.
var levels = []Level{LevelLink, LevelExternal, LevelProject, LevelRelation, LevelAlias, LevelSchemaTable}

// A LevelCount is the number of matches of a level.
type LevelCount struct {
	Level Level `json:"level"`
	Count int   `json:"count"`
}

// Levels counts the matches by level, the strongest first.
func (r *Report) Levels() []LevelCount {
	count := map[Level]int{}
	for _, m := range r.Matches {
		count[m.Level]++
	}
	var counts []LevelCount
	for _, l := range levels {
		if count[l] > 0 {
			counts = append(counts, LevelCount{l, count[l]})
		}
	}
	return counts
}

// A Match is one decision to join: From is a source or stub, and To the table
// that it reads, or another reader of a table that no project builds.
type Match struct {
	Level    Level  `json:"level"`
	From     Ref    `json:"from"`
	To       Ref    `json:"to"`
	Relation string `json:"relation,omitempty"` // of From

	// The databases, folded as the engines do, where they differ.
	FromDatabase string `json:"from_database,omitempty"`
	ToDatabase   string `json:"to_database,omitempty"`
}

// maxCandidates is as many candidates as an Ambiguity lists, lest many sources
// with many candidates make a report without end.
const maxCandidates = 25

// An Ambiguity is a resource that was not joined because several candidates
// were equally good, or because several sources of its project were equally good
// for the one candidate. A link resolves it.
type Ambiguity struct {
	Level      Level  `json:"level"`
	Node       Ref    `json:"node"`
	Relation   string `json:"relation,omitempty"`
	Candidates []Ref  `json:"candidates"`
	More       int    `json:"more,omitempty"` // candidates that are not listed
}

// A Conflict is several resources that build one relation. They are never
// joined, since each has its own inputs.
type Conflict struct {
	Level    Level  `json:"level"`
	Relation string `json:"relation,omitempty"`
	Builders []Ref  `json:"builders"`
}

// LeftOut counts the nodes of one type that were left out of the graph, and the
// edges that went with them.
type LeftOut struct {
	Project string `json:"project"`
	Type    string `json:"type"`
	Nodes   int    `json:"nodes"`
	Edges   int    `json:"edges"`
}
