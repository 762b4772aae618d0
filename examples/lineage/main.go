// Lineage merges dbt projects into one graph and writes it as a page to explore,
// or in another format. Without flags it merges two small projects about films,
// one on Athena and one on Redshift, that it brings along:
//
//	go run github.com/awspatterns/awspatterns/examples/lineage@latest
//
// With the manifests of your own projects (target/manifest.json after any dbt
// command, plain or gzipped):
//
//	lineage -manifest lake=lake/target/manifest.json -manifest dwh=dwh/target/manifest.json
//
// In a pull request, compared with the graph of the main branch:
//
//	lineage -manifest … -diff base.json -fail-on breaking -format markdown -o -
//
// Published to S3 as a small site: first in this process, without an account,
// then as a plan for the account of the environment, then for good:
//
//	lineage -publish s3://my-bucket/lineage/
//	lineage -publish s3://my-bucket/lineage/ -aws -manifest lake=s3://dbt-artifacts/lake/manifest.json
//	lineage -publish s3://my-bucket/lineage/ -aws -manifest … -apply
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns/lineage"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// The manifests of the projects in dbt; dbt/generate.sh made them.
var (
	//go:embed manifests/imdb_athena.json.gz
	athenaManifest []byte
	//go:embed manifests/imdb_redshift.json.gz
	redshiftManifest []byte
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// settings are what the flags say.
type settings struct {
	merge                lineage.MergeDAGOptions
	builtIn              bool
	format, out          string
	upstream, downstream string
	depth                int
	diff, failOn         string

	aws, apply, permissions bool
	publish                 lineage.PublishOptions
}

// run returns the exit status: 1 if something failed or -fail-on found
// something, 2 for flags that make no sense.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "lineage:", err)
		return 2
	}
	messages := stdout
	if s.out == "-" {
		messages = stderr // stdout is the document's
	}
	if err := s.run(ctx, stdout, messages); err != nil {
		fmt.Fprintln(stderr, "lineage:", strings.TrimPrefix(err.Error(), "lineage: "))
		return 1
	}
	return 0
}

func (s *settings) run(ctx context.Context, stdout, messages io.Writer) error {
	if s.permissions {
		return s.showPermissions(stdout)
	}
	base, err := s.readBase()
	if err != nil {
		return err
	}
	clients, err := s.connect(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	result, err := lineage.MergeDAG(ctx, clients, s.merge)
	if err != nil {
		return err
	}
	g := result.Graph
	report(messages, g, time.Since(start))
	if g, err = s.choose(g, messages); err != nil {
		return err
	}
	if s.publish.Bucket != "" {
		return s.publishGraph(ctx, clients, g, messages)
	}
	if base == nil {
		return s.write(g, g.WriteMarkdown, stdout, messages)
	}
	changes := dag.Diff(base, result.Graph)
	if s.format != "markdown" {
		fmt.Fprintln(messages)
		changes.WriteMarkdown(messages)
	}
	return errors.Join(s.write(g, changes.WriteMarkdown, stdout, messages), s.verdict(&changes))
}

// choose narrows the graph down to what -upstream and -downstream ask for, and
// shows that; without them it shows what one source feeds.
func (s *settings) choose(g *dag.Graph, messages io.Writer) (*dag.Graph, error) {
	if s.upstream == "" && s.downstream == "" {
		feeds(messages, g, s.builtIn)
		return g, nil
	}
	var ids []string
	for _, side := range []struct {
		ref, title string
		walk       func(string, dag.Walk) ([]dag.Step, error)
	}{{s.upstream, "feeds on", g.Upstream}, {s.downstream, "feeds", g.Downstream}} {
		if side.ref == "" {
			continue
		}
		node, err := g.Find(side.ref)
		if err != nil {
			return nil, err
		}
		steps, err := side.walk(node.ID, dag.Walk{Depth: s.depth})
		if err != nil {
			return nil, err
		}
		showSteps(messages, node, side.title, steps)
		ids = append(ids, node.ID)
		for _, step := range steps {
			ids = append(ids, step.Node.ID)
		}
	}
	return g.Subgraph(ids)
}

// readBase reads the graph to compare with, if there is one.
func (s *settings) readBase() (*dag.Graph, error) {
	if s.diff == "" {
		return nil, nil
	}
	f, err := os.Open(s.diff)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	base, err := dag.ReadJSON(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.diff, err)
	}
	return base, nil
}

// verdict returns an error if -fail-on says so.
func (s *settings) verdict(changes *dag.GraphDiff) error {
	switch {
	case s.failOn == "breaking" && len(changes.Breaking()) > 0:
		return fmt.Errorf("breaking changes: %s", count(len(changes.Breaking()), "node"))
	case s.failOn == "removed" && len(changes.Removed)+len(changes.RemovedEdges) > 0:
		return fmt.Errorf("removed: %s, %s", count(len(changes.Removed), "node"), count(len(changes.RemovedEdges), "edge"))
	}
	return nil
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{}
	flags := flag.NewFlagSet("lineage", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run tells the error
	flags.Func("manifest", "`NAME=PATH` of a manifest.json, a file or s3://BUCKET/KEY; repeat for each project; replaces the built-in ones", func(v string) error {
		name, path, ok := strings.Cut(v, "=")
		if !ok || name == "" || path == "" {
			return errors.New("want NAME=PATH")
		}
		d, err := document(path)
		s.merge.Projects = append(s.merge.Projects, lineage.Project{Name: name, Manifest: d})
		return err
	})
	flags.Func("catalog", "`NAME=PATH` of the catalog.json of the project NAME, for the types of columns; after its -manifest", s.catalog)
	flags.Func("alias", "`PROJECT:DATABASE=DATABASE`: what PROJECT calls the first is called the second elsewhere; repeatable", s.alias)
	tests := flags.Bool("tests", false, "keep tests and operations in the graph")
	flags.StringVar(&s.format, "format", "html", "what to write: "+strings.Join(formats, ", "))
	flags.StringVar(&s.out, "o", "", "`FILE` to write to, - for stdout (default lineage.html and so on; csv writes FILE.nodes.csv and FILE.edges.csv)")
	flags.StringVar(&s.upstream, "upstream", "", "write only what the node with this `ID` (or unique id, or name) feeds on")
	flags.StringVar(&s.downstream, "downstream", "", "write only what the node with this `ID` (or unique id, or name) feeds")
	flags.IntVar(&s.depth, "depth", 0, "with -upstream and -downstream: at most `N` edges away (default: no limit)")
	flags.StringVar(&s.diff, "diff", "", "compare with `BASE.json`, a graph written earlier with -format json")
	flags.StringVar(&s.failOn, "fail-on", "", "with -diff: exit with status 1 if anything was `removed`, or for \"breaking\" if a reader will notice")
	flags.Func("publish", "publish to `s3://BUCKET/PREFIX/` instead of writing a file; without -aws, in this process", func(v string) error {
		o, err := parseS3(v)
		s.publish.Bucket, s.publish.Prefix = o.Bucket, o.Key
		return err
	})
	flags.BoolVar(&s.aws, "aws", false, "use the AWS account and Region of the environment; it is only read, without -apply")
	flags.BoolVar(&s.apply, "apply", false, "with -aws -publish: apply the plan")
	flags.BoolVar(&s.permissions, "permissions", false, "with -publish: print the IAM policies that it needs, and do nothing")
	flags.BoolVar(&s.publish.RemoveStale, "remove-stale", false, "with -publish: delete what was published there before and is not now")
	flags.BoolVar(&s.publish.Adopt, "adopt", false, "with -publish: overwrite objects that others put there")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(stderr)
			flags.PrintDefaults()
		}
		return nil, err
	}
	if *tests {
		s.merge.LeaveOut = []string{}
	}
	if len(s.merge.Projects) == 0 {
		s.builtIn = true
		s.merge.Projects = []lineage.Project{
			{Name: "athena", Manifest: lineage.Document{Reader: bytes.NewReader(athenaManifest)}},
			{Name: "redshift", Manifest: lineage.Document{Reader: bytes.NewReader(redshiftManifest)}},
		}
	}
	return s, s.check(flags.Args())
}

func (s *settings) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q; -h tells the flags", rest[0])
	case !slices.Contains(formats, s.format):
		return fmt.Errorf("-format %s: want one of %s", s.format, strings.Join(formats, ", "))
	case s.format == "csv" && s.out == "-":
		return errors.New("-format csv writes two files; give -o FILE")
	case s.depth < 0:
		return fmt.Errorf("-depth %d: must not be negative", s.depth)
	case s.depth > 0 && s.upstream == "" && s.downstream == "":
		return errors.New("-depth needs -upstream or -downstream")
	case s.failOn != "" && s.diff == "":
		return errors.New("-fail-on needs -diff BASE.json")
	case s.failOn != "" && s.failOn != "removed" && s.failOn != "breaking":
		return fmt.Errorf("-fail-on %s: want removed or breaking", s.failOn)
	case s.publish.Bucket != "" && (s.diff != "" || s.out != "" || s.format != "html"):
		return errors.New("-publish goes with none of -diff, -format and -o")
	}
	return s.checkPublish()
}

// document returns what a path names.
func document(path string) (lineage.Document, error) {
	if !strings.HasPrefix(path, "s3://") {
		return lineage.Document{File: path}, nil
	}
	o, err := parseS3(path)
	return lineage.Document{S3: o}, err
}

func (s *settings) catalog(v string) error {
	name, path, ok := strings.Cut(v, "=")
	i := slices.IndexFunc(s.merge.Projects, func(p lineage.Project) bool { return p.Name == name })
	if !ok || path == "" || i < 0 {
		return errors.New("want NAME=PATH after -manifest NAME=…")
	}
	d, err := document(path)
	s.merge.Projects[i].Catalog = d
	return err
}

func (s *settings) alias(v string) error {
	project, databases, okProject := strings.Cut(v, ":")
	database, as, okDatabase := strings.Cut(databases, "=")
	if !okProject || !okDatabase || as == "" {
		return errors.New("want PROJECT:DATABASE=DATABASE")
	}
	s.merge.Aliases = append(s.merge.Aliases, dag.DatabaseAlias{Project: project, Database: database, As: as})
	return nil
}
