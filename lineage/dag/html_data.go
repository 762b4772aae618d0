package dag

import "slices"

// htmlData is what the page knows of a graph. It is laid out to be small and
// quick to read for a browser: one array per field instead of an object per
// node, and every string once, so that a number stands for it elsewhere.
type htmlData struct {
	Title    string        `json:"title"`
	Focus    int32         `json:"focus"`    // a node, -1 in an empty graph
	Selected bool          `json:"selected"` // whether Focus was asked for
	Box      [2]int32      `json:"box"`      // width and height of every node
	Strings  []string      `json:"strings"`  // the first is empty
	Projects []htmlProject `json:"projects"` // sorted by name
	Nodes    htmlNodes     `json:"nodes"`
	Edges    htmlEdges     `json:"edges"`
	Report   htmlReport    `json:"report"`
	Links    []PageLink    `json:"links,omitempty"`
}

type htmlProject struct {
	Name  string `json:"name"`
	Color string `json:"color"`
	Ink   string `json:"ink"` // of text on Color
}

// htmlNodes has one element per node in each array. All but the coordinates,
// Project and the flags are numbers of strings.
type htmlNodes struct {
	ID              []int32 `json:"id"`
	Project         []int32 `json:"project"` // of htmlData.Projects
	UniqueID        []int32 `json:"unique_id"`
	Type            []int32 `json:"type"`
	Package         []int32 `json:"package"`
	Name            []int32 `json:"name"`
	Version         []int32 `json:"version"`
	Relation        []int32 `json:"relation"`
	Materialization []int32 `json:"materialization"`
	Adapter         []int32 `json:"adapter"`
	Description     []int32 `json:"description"`
	Owner           []int32 `json:"owner"`
	Path            []int32 `json:"path"`

	Tags    [][]int32 `json:"tags"`
	Columns [][]int32 `json:"columns"` // name, type, description, name, …
	Members [][]int32 `json:"members"` // project (of htmlData.Projects), unique id, project, …
	Flags   []int32   `json:"flags"`   // 1 external, 2 placeholder

	Layer []int32 `json:"layer"`
	X     []int32 `json:"x"` // of the left upper corner
	Y     []int32 `json:"y"`
}

// htmlEdges has one element per edge in each array.
type htmlEdges struct {
	From  []int32   `json:"from"`
	To    []int32   `json:"to"`
	Bends [][]int32 `json:"bends"` // x, y, x, …
}

func (g *Graph) htmlData(opts HTMLOptions) (*htmlData, error) {
	focus, err := g.focus(opts.Focus)
	if err != nil {
		return nil, err
	}
	projects := g.htmlProjects()
	strings := &stringTable{list: []string{""}, index: map[string]int32{"": 0}}
	data := &htmlData{
		Title:    opts.Title,
		Focus:    focus,
		Selected: opts.Focus != "",
		Box:      [2]int32{boxWidth, boxHeight},
		Projects: projects,
		Nodes:    g.htmlNodes(strings, projects),
		Edges:    g.htmlEdges(),
		Report:   newHTMLReport(g.Report),
		Links:    opts.Links,
	}
	data.Strings = strings.list
	g.place(&data.Nodes, &data.Edges)
	return data, nil
}

// htmlProjects returns the projects of all nodes and members, with their colours.
func (g *Graph) htmlProjects() []htmlProject {
	names := make([]string, 0, len(g.Nodes))
	for i := range g.Nodes {
		names = append(names, g.Nodes[i].Project)
		for _, m := range g.Nodes[i].Members {
			names = append(names, m.Project)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	projects := make([]htmlProject, len(names))
	for i, name := range names {
		c := projectColor(i)
		projects[i] = htmlProject{Name: name, Color: c.String(), Ink: c.ink().String()}
	}
	return projects
}

func (g *Graph) htmlNodes(s *stringTable, projects []htmlProject) htmlNodes {
	number := make(map[string]int32, len(projects))
	for i, p := range projects {
		number[p.Name] = int32(i)
	}
	out := htmlNodes{ID: []int32{}, Members: [][]int32{}} // not null in an empty graph
	for i := range g.Nodes {
		out.add(&g.Nodes[i], s, number)
	}
	return out
}

func (out *htmlNodes) add(n *Node, s *stringTable, project map[string]int32) {
	out.ID = append(out.ID, s.of(n.ID))
	out.Project = append(out.Project, project[n.Project])
	out.UniqueID = append(out.UniqueID, s.of(n.UniqueID))
	out.Type = append(out.Type, s.of(n.Type))
	out.Package = append(out.Package, s.of(n.Package))
	out.Name = append(out.Name, s.of(n.Name))
	out.Version = append(out.Version, s.of(n.Version))
	out.Relation = append(out.Relation, s.of(n.Relation))
	out.Materialization = append(out.Materialization, s.of(n.Materialization))
	out.Adapter = append(out.Adapter, s.of(n.Adapter))
	out.Description = append(out.Description, s.of(n.Description))
	out.Owner = append(out.Owner, s.of(n.Owner))
	out.Path = append(out.Path, s.of(n.Path))

	tags := make([]int32, 0, len(n.Tags))
	for _, tag := range n.Tags {
		tags = append(tags, s.of(tag))
	}
	columns := make([]int32, 0, 3*len(n.Columns))
	for _, c := range n.Columns {
		columns = append(columns, s.of(c.Name), s.of(c.Type), s.of(c.Description))
	}
	members := make([]int32, 0, 2*len(n.Members))
	for _, m := range n.Members {
		members = append(members, project[m.Project], s.of(m.UniqueID))
	}
	out.Tags = append(out.Tags, tags)
	out.Columns = append(out.Columns, columns)
	out.Members = append(out.Members, members)

	flags := int32(0)
	if n.External {
		flags |= 1
	}
	if n.Placeholder {
		flags |= 2
	}
	out.Flags = append(out.Flags, flags)
}

func (g *Graph) htmlEdges() htmlEdges {
	out := htmlEdges{From: []int32{}, To: []int32{}} // not null without edges
	for _, e := range g.Edges {
		out.From = append(out.From, g.index[e.From])
		out.To = append(out.To, g.index[e.To])
	}
	return out
}

// A stringTable numbers strings in the order in which they come.
type stringTable struct {
	list  []string
	index map[string]int32
}

func (t *stringTable) of(s string) int32 {
	i, ok := t.index[s]
	if !ok {
		i = int32(len(t.list))
		t.index[s] = i
		t.list = append(t.list, s)
	}
	return i
}
