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

// A Document says where to read from: a file or a reader.
type Document struct {
	File   string
	Reader io.Reader // read to its end, not closed; File then only names it in errors
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
// MergeDAG calls no AWS service and needs no IAM action.
func MergeDAG(ctx context.Context, _ Clients, opts MergeDAGOptions) (MergeDAGResult, error) {
	if err := opts.validate(); err != nil {
		return MergeDAGResult{}, fmt.Errorf("lineage: merge DAG: %w", err)
	}
	projects, err := readProjects(ctx, opts)
	if err != nil {
		return MergeDAGResult{}, fmt.Errorf("lineage: merge DAG: %w", err)
	}
	graph, err := dag.Merge(projects, opts.MergeOptions)
	if err != nil {
		return MergeDAGResult{}, fmt.Errorf("lineage: merge DAG: %w", err)
	}
	return MergeDAGResult{Graph: graph}, nil
}

func (o *MergeDAGOptions) validate() error {
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
		if !twice {
			first[p.Name] = i
		}
	}
	return errors.Join(errs...)
}

// name returns what to call the project before its manifest is read.
func (p *Project) name(i int) string {
	return cmp.Or(p.Name, p.Manifest.File, fmt.Sprintf("#%d", i))
}

func readProjects(ctx context.Context, opts MergeDAGOptions) ([]*dag.Project, error) {
	projects, errs := make([]*dag.Project, len(opts.Projects)), make([]error, len(opts.Projects))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	var report sync.Mutex
	for i, p := range opts.Projects {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			read := ProjectRead{Name: p.name(i)}
			projects[i], read.Err = readProject(ctx, p)
			if read.Err != nil {
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
	}
	wg.Wait()
	return projects, errors.Join(errs...)
}

func readProject(ctx context.Context, p Project) (*dag.Project, error) {
	var project *dag.Project
	err := read(ctx, p.Manifest, func(r io.Reader, file string) (err error) {
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
	err = read(ctx, p.Catalog, project.AddCatalog)
	return project, err
}

func read(ctx context.Context, d Document, parse func(r io.Reader, file string) error) error {
	r := d.Reader
	if r == nil {
		f, err := os.Open(d.File)
		if err != nil {
			return err
		}
		defer f.Close()
		r = f
	}
	return parse(contextReader{ctx, r}, d.File)
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
