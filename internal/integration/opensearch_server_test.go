package integration_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// openSearchVersions are the versions that engines.sh installs.
var openSearchVersions = []string{"2", "3"}

// openSearchOptions are for a cluster of one test's own.
type openSearchOptions struct {
	// Nodes is 1 if it is zero. Each is a process of its own, so one can be killed.
	Nodes int
	// Settings of opensearch.yml, beside or instead of the usual ones.
	Settings map[string]string
}

// openSearchServer is a cluster of real OpenSearch nodes on this machine, without
// security: plain HTTP for everybody.
type openSearchServer struct {
	nodes []*openSearchNode
}

type openSearchNode struct {
	process        *os.Process
	exited         chan struct{} // closed when the process has ended
	alive          *os.File      // the process ends when this is closed
	log            string        // file
	url, transport string
}

// URL returns where a node, counted from 0, answers HTTP; without a slash at the end.
func (s *openSearchServer) URL(node int) string { return s.nodes[node].url }

// URLs returns all nodes' URLs.
func (s *openSearchServer) URLs() []string {
	var urls []string
	for _, n := range s.nodes {
		urls = append(urls, n.url)
	}
	return urls
}

// Signal sends a signal to a node: SIGKILL ends it as a power cut would, SIGSTOP
// makes it answer nothing, with its connections open, until SIGCONT.
func (s *openSearchServer) Signal(t *testing.T, node int, signal syscall.Signal) {
	t.Helper()
	if err := s.nodes[node].process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// startOpenSearch starts a cluster for this test alone, which ends with the test or
// with this process. It takes 5 to 30 seconds and 0.7 GB for each node, so tests that
// need no settings of their own share one: sharedOpenSearch.
func startOpenSearch(t *testing.T, version string, opts openSearchOptions) *openSearchServer {
	t.Helper()
	command := openSearchCommand(t, version)
	// The folder goes with the test, after the nodes: cleanups run last in, first out.
	s, err := runOpenSearch(t.TempDir(), command, opts)
	t.Cleanup(s.end)
	s.showLogs(t)
	if err != nil {
		t.Fatalf("OpenSearch %s: %v", version, err)
	}
	return s
}

// sharedOpenSearch returns the cluster of one node, with the usual settings, that all
// tests of this process share; it ends with the process. The tests of the package
// may run side by side, so every one should use names of its own, as from uniqueName.
func sharedOpenSearch(t *testing.T, version string) *openSearchServer {
	t.Helper()
	command := openSearchCommand(t, version)
	shared := sharedOpenSearches[version]
	shared.once.Do(func() {
		// Whoever watches the process removes the folder, see startNode.
		dir, err := os.MkdirTemp("", "opensearch")
		if err != nil {
			shared.err = err
			return
		}
		shared.server, shared.err = runOpenSearch(dir, command, openSearchOptions{})
	})
	if shared.server != nil {
		shared.server.showLogs(t)
	}
	if shared.err != nil {
		t.Fatalf("OpenSearch %s: %v", version, shared.err)
	}
	return shared.server
}

var sharedOpenSearches = map[string]*sharedServer{"2": {}, "3": {}}

type sharedServer struct {
	once   sync.Once
	server *openSearchServer
	err    error
}

// uniqueName returns a name for an index of this test, of lower case as OpenSearch
// wants it, that no other test and no earlier run of this one used.
func uniqueName(t *testing.T) string {
	name := regexp.MustCompile("[^a-z0-9]+").ReplaceAllString(strings.ToLower(t.Name()), "-")
	return fmt.Sprintf("%.80s-%x", name, time.Now().UnixNano())
}

// openSearchCommand returns the command that starts a node, but for what differs
// from node to node. Without the engine the test skips, and fails in CI.
func openSearchCommand(t *testing.T, version string) []string {
	t.Helper()
	name := "opensearch" + version
	lib := engine(t, name, "lib")
	command := []string{"-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", filepath.Join(lib, "*"),
		"org.codelibs.opensearch.runner.OpenSearchRunner"}
	if version == "2" {
		java, err := exec.LookPath("java")
		if err != nil {
			missing(t, name)
		}
		return append([]string{java}, command...)
	}
	return append(append([]string{engine(t, name, "java")}, command...), "-moduleTypes", strings.Join(openSearch3Modules, ","))
}

// openSearch3Modules are the runner's own but for the analyzers of languages: one of
// them wants the dictionary of Thai, which the reduced JDK lacks, and then no index can
// be made at all. The analyzers standard, simple, stop, whitespace and keyword remain.
var openSearch3Modules = []string{
	"org.opensearch.geo.GeoModulePlugin",
	"org.opensearch.index.mapper.MapperExtrasModulePlugin",
	"org.opensearch.index.rankeval.RankEvalModulePlugin",
	"org.opensearch.index.reindex.ReindexModulePlugin",
	"org.opensearch.ingest.common.IngestCommonModulePlugin",
	"org.opensearch.join.ParentJoinModulePlugin",
	"org.opensearch.painless.PainlessModulePlugin",
	"org.opensearch.percolator.PercolatorModulePlugin",
	"org.opensearch.plugin.repository.url.URLRepositoryModulePlugin",
	"org.opensearch.script.expression.ExpressionModulePlugin",
	"org.opensearch.script.mustache.MustacheModulePlugin",
	"org.opensearch.search.aggregations.matrix.MatrixAggregationModulePlugin",
	"org.opensearch.transport.Netty4ModulePlugin",
}

// runOpenSearch starts the nodes of a cluster, the first one before the others,
// which join it, and waits until they are one. On an error the server that it returns
// holds what was started.
func runOpenSearch(dir string, command []string, opts openSearchOptions) (*openSearchServer, error) {
	s := &openSearchServer{}
	nodes := max(1, opts.Nodes)
	for i := range nodes {
		settings := map[string]string{
			"network.host":   "127.0.0.1",
			"transport.port": "0",
			// The disk of a machine that tests may be nearly full.
			"cluster.routing.allocation.disk.threshold_enabled": "false",
			"action.auto_create_index":                          "false",
		}
		switch {
		case nodes == 1:
			settings["discovery.type"] = "single-node"
		case i == 0:
			// The runner calls every node so: each is the first one of its process.
			settings["cluster.initial_cluster_manager_nodes"] = "[Node 1]"
			settings["discovery.seed_hosts"] = "[]"
		default:
			settings["discovery.seed_hosts"] = fmt.Sprintf("[%q]", s.nodes[0].transport)
		}
		maps.Copy(settings, opts.Settings)
		n, err := startNode(filepath.Join(dir, fmt.Sprint(i)), command, settings)
		if n != nil {
			s.nodes = append(s.nodes, n)
		}
		if err != nil {
			return s, err
		}
	}
	return s, s.waitFor(nodes)
}

// startNode starts a node, and waits until it has its ports. Its process must not
// outlive us, and when a test times out, no cleanup runs: so a shell beside it waits
// until our end of a pipe is closed, and then also removes the node's folder.
func startNode(dir string, command []string, settings map[string]string) (*openSearchNode, error) {
	config := filepath.Join(dir, "node_1", "config") // where the runner looks
	if err := os.MkdirAll(config, 0o755); err != nil {
		return nil, err
	}
	var yml strings.Builder
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&yml, "%s: %s\n", key, settings[key])
	}
	if err := os.WriteFile(filepath.Join(config, "opensearch.yml"), []byte(yml.String()), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "output.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	watched, alive, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	// The runner adds the number of the node, 1, to the port: 0 lets the server pick.
	command = append([]string{"-c", `(cat; kill -KILL $$; sleep 1; rm -rf "$DIR"; rmdir "${DIR%/*}") <&3 & exec "$0" "$@" 3<&-`}, command...)
	cmd := exec.Command("sh", append(command, "-basePath", dir, "-clusterName", "integration", "-numOfNode", "1", "-baseHttpPort", "-1")...)
	cmd.Env = append(os.Environ(), "DIR="+dir)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = log, log, []*os.File{watched}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Start()
	watched.Close()
	if err != nil {
		alive.Close()
		return nil, err
	}
	n := &openSearchNode{process: cmd.Process, exited: make(chan struct{}), alive: alive, log: log.Name()}
	go func() {
		cmd.Wait()
		close(n.exited)
	}()
	return n, n.waitForPorts()
}

var openSearchPublishes = regexp.MustCompile(`(?m)(TransportService|HttpServerTransport) *\] publish_address \{([^}]+)\}`)

// waitForPorts reads from the log what ports the node got.
func (n *openSearchNode) waitForPorts() error {
	deadline := time.After(3 * time.Minute)
	for {
		for _, found := range openSearchPublishes.FindAllStringSubmatch(n.output(), -1) {
			if found[1] == "TransportService" {
				n.transport = found[2]
			} else {
				n.url = "http://" + found[2]
			}
		}
		if n.url != "" {
			return nil
		}
		select {
		case <-n.exited:
			return fmt.Errorf("a node ended before it answered")
		case <-deadline:
			return fmt.Errorf("a node has no port")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// output returns what the node wrote; nothing if its folder is gone.
func (n *openSearchNode) output() string {
	text, _ := os.ReadFile(n.log)
	return string(text)
}

// waitFor waits until a cluster of so many nodes says that it is well.
func (s *openSearchServer) waitFor(nodes int) error {
	url := fmt.Sprintf("%s/_cluster/health?wait_for_status=green&wait_for_nodes=%d&timeout=5s", s.URL(0), nodes)
	client := http.Client{Timeout: 10 * time.Second}
	var last error
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		response, err := client.Get(url)
		if err != nil {
			last = err
			continue
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return nil
		}
		last = fmt.Errorf("health: %s", response.Status)
	}
	return fmt.Errorf("the cluster is not well: %w", last)
}

// end kills the nodes and all that belongs to them.
func (s *openSearchServer) end() {
	for _, n := range s.nodes {
		syscall.Kill(-n.process.Pid, syscall.SIGKILL)
		n.alive.Close()
		<-n.exited
	}
}

// showLogs shows the end of the nodes' logs if the test fails.
func (s *openSearchServer) showLogs(t *testing.T) {
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		for i, n := range s.nodes {
			output := n.output()
			t.Logf("node %d:\n%s", i, output[max(0, len(output)-4000):])
		}
	})
}

// call sends a request to the first node and returns the status and the body of the
// answer. A body that is text is sent as lines of JSON, anything else as one JSON.
func (s *openSearchServer) call(t *testing.T, method, path string, body any) (int, string) {
	t.Helper()
	status, answer, err := callOpenSearch(t.Context(), method, s.URL(0)+path, body)
	if err != nil {
		t.Fatal(err)
	}
	return status, answer
}

func callOpenSearch(ctx context.Context, method, url string, body any) (int, string, error) {
	text, lines := body.(string)
	if body != nil && !lines {
		encoded, err := json.Marshal(body)
		if err != nil {
			return 0, "", err
		}
		text = string(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(text))
	if err != nil {
		return 0, "", err
	}
	if body != nil {
		request.Header.Set("Content-Type", cmp.Or(map[bool]string{true: "application/x-ndjson"}[lines], "application/json"))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, string(answer), err
}
