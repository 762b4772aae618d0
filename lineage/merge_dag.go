package lineage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// MergeDAGOptions say which projects to merge and how.
type MergeDAGOptions struct {
	// Projects are the dbt projects, in any order. Required.
	Projects []Project

	// Aliases, Links, ExactDatabase and LeaveOut are those of
	// [dag.MergeOptions].
	dag.MergeOptions

	// Progress, if set, is told about each project once it is read, one at a
	// time.
	Progress func(ProjectRead)
}

// A Project is a dbt project to merge.
type Project struct {
	// Name of the project in the graph; it must not contain a slash. Defaults
	// to the name in the manifest.
	Name string

	// Manifest is the project's manifest.json, plain or gzipped. Required.
	Manifest Document

	// Catalog is its catalog.json, which tells the types of the columns.
	// Optional.
	Catalog Document
}

// A Document says where to read from: a file, a reader or an object in S3.
type Document struct {
	File   string
	Reader io.Reader // read to its end, not closed; File then only names it in errors
	S3     S3Object  // plain or gzipped, whatever its Content-Encoding says
}

// name tells the document in errors.
func (d Document) name() string {
	if d.S3 != (S3Object{}) {
		return d.S3.String()
	}
	return d.File
}

// ProjectRead tells that a project was read.
type ProjectRead struct {
	Name  string
	Nodes int
	Edges int
	Err   error
}

// MergeDAGResult is the merged graph.
type MergeDAGResult struct {
	// Graph holds every decision that was taken in its Report, and shows with
	// its method Check that no edge was lost.
	Graph *dag.Graph
}

// A ProjectError tells which project could not be read.
type ProjectError struct {
	Index int    // in MergeDAGOptions.Projects
	Name  string // as given, or the file
	Err   error
}

func (e *ProjectError) Error() string { return fmt.Sprintf("project %s: %v", e.Name, e.Err) }

// Unwrap returns e.Err.
func (e *ProjectError) Unwrap() error { return e.Err }

// MergeDAG reads the manifests of dbt projects, as many at a time as there are
// processors, and merges them into one graph. How resources of several projects
// are found to be one table is told at [dag.Merge].
//
// If a project cannot be read, nothing is merged, and the error joins a
// [*ProjectError] for each that failed.
//
// An object in S3 is read in one content: if it is overwritten meanwhile and the
// connection breaks, the error wraps [ErrObjectChanged]. A connection that breaks
// otherwise is taken up again where it broke, five times an object.
//
// MergeDAG reads only; [MergeDAGPermissions] lists the IAM actions. Files and
// readers need none, and no Clients.
func MergeDAG(ctx context.Context, c Clients, opts MergeDAGOptions) (MergeDAGResult, error) {
	if err := opts.validate(c); err != nil {
		return MergeDAGResult{}, fmt.Errorf("lineage: merge DAG: %w", err)
	}
	projects, err := readProjects(ctx, c, opts)
	if err != nil {
		return MergeDAGResult{}, fmt.Errorf("lineage: merge DAG: %w", err)
	}
	graph, err := dag.Merge(projects, opts.MergeOptions)
	if err != nil {
		return MergeDAGResult{}, fmt.Errorf("lineage: merge DAG: %w", err)
	}
	return MergeDAGResult{Graph: graph}, nil
}

// MergeDAGPermissions returns what [MergeDAG] needs to read the objects in S3,
// each by its name. There is no plan, so it is all in Apply.
func MergeDAGPermissions(opts MergeDAGOptions) awspatterns.Permissions {
	var p awspatterns.Permissions
	for _, project := range opts.Projects {
		for _, d := range []Document{project.Manifest, project.Catalog} {
			if d.S3 != (S3Object{}) {
				p.Apply = append(p.Apply, readPermissions(d.S3)...)
			}
		}
	}
	return p
}

func (o *MergeDAGOptions) validate(c Clients) error {
	if len(o.Projects) == 0 {
		return errors.New("no Projects")
	}
	var errs []error
	first := map[string]int{}
	for i, p := range o.Projects {
		other, twice := first[p.Name]
		switch {
		case p.Manifest == (Document{}):
			errs = append(errs, &ProjectError{i, p.name(i), errors.New("no Manifest")})
		case strings.Contains(p.Name, "/"):
			errs = append(errs, &ProjectError{i, p.name(i), errors.New("the name contains a slash")})
		case twice && p.Name != "":
			errs = append(errs, &ProjectError{i, p.name(i), fmt.Errorf("project %d has the same name", other)})
		}
		for _, d := range []Document{p.Manifest, p.Catalog} {
			if err := d.validate(c); err != nil {
				errs = append(errs, &ProjectError{i, p.name(i), err})
			}
		}
		if !twice {
			first[p.Name] = i
		}
	}
	return errors.Join(errs...)
}

func (d Document) validate(c Clients) error {
	switch {
	case d.S3 == (S3Object{}):
		return nil
	case d.Reader != nil || d.File != "":
		return fmt.Errorf("%s: the Document has a File or a Reader, too", d.S3)
	case c.S3 == nil:
		return fmt.Errorf("%s: the Clients have no S3 client", d.S3)
	}
	return d.S3.validate()
}

// name returns what to call the project before its manifest is read.
func (p *Project) name(i int) string {
	return cmp.Or(p.Name, p.Manifest.name(), fmt.Sprintf("#%d", i))
}

func readProjects(ctx context.Context, c Clients, opts MergeDAGOptions) ([]*dag.Project, error) {
	projects, errs := make([]*dag.Project, len(opts.Projects)), make([]error, len(opts.Projects))
	var report sync.Mutex
	parallel.ForEach(len(projects), runtime.GOMAXPROCS(0), func(i int) {
		p := opts.Projects[i]
		read := ProjectRead{Name: p.name(i)}
		projects[i], read.Err = readProject(ctx, c, p)
		if read.Err != nil {
			read.Err = reason.Cause(ctx, read.Err)
			errs[i] = &ProjectError{i, read.Name, read.Err}
		} else {
			read.Name = projects[i].Name()
			read.Nodes, read.Edges = projects[i].Len()
		}
		if opts.Progress != nil {
			report.Lock()
			defer report.Unlock()
			opts.Progress(read)
		}
	})
	return projects, errors.Join(errs...)
}

func readProject(ctx context.Context, c Clients, p Project) (*dag.Project, error) {
	var project *dag.Project
	err := read(ctx, c, p.Manifest, func(r io.Reader, file string) (err error) {
		project, err = dag.ReadManifest(r, file)
		return err
	})
	if err != nil {
		return nil, err
	}
	if p.Name != "" {
		project.Rename(p.Name)
	} else if project.Name() == "" {
		return nil, errors.New("neither the manifest nor Name tells the project's name")
	}
	if p.Catalog == (Document{}) {
		return project, nil
	}
	err = read(ctx, c, p.Catalog, project.AddCatalog)
	return project, err
}

func read(ctx context.Context, c Clients, d Document, parse func(r io.Reader, file string) error) error {
	r := d.Reader
	if r == nil {
		f, err := d.open(ctx, c)
		if err != nil {
			return err
		}
		defer f.Close()
		r = f
	}
	return parse(contextReader{ctx, r}, d.name())
}

func (d Document) open(ctx context.Context, c Clients) (io.ReadCloser, error) {
	if d.S3 == (S3Object{}) {
		return os.Open(d.File)
	}
	r, err := openObject(ctx, c.S3, d.S3)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.name(), err)
	}
	return r, nil
}

// contextReader is a reader that stops when the context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(b []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}
