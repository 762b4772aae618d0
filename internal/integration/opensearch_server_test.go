package integration_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// openSearchVersions are the versions that engines.sh installs. "2knn" and "3knn" are 2.19
// and 3.6 with the k-NN plugin, but without the native libraries that FAISS needs: an
// index of FAISS can be made, but nothing put into it. The functions that the plugin adds
// to Painless are not there either; its own scripts (lang knn) are.
var openSearchVersions = []string{"2", "3"}

// openSearchOptions are for a cluster of one test's own.
type openSearchOptions struct {
	// Nodes is 1 if it is zero.
	Nodes int
	// Settings of opensearch.yml for each node, beside or instead of the usual ones.
	Settings map[string]string
}

// openSearchServer is a process of one or several real OpenSearch nodes, without
// security: plain HTTP for everybody. The nodes take no ingest pipelines.
type openSearchServer struct {
	process *os.Process
	exited  chan struct{} // closed when the process has ended
	alive   *os.File      // the process ends when this is closed
	logs    []string      // a file of the process, then one of each node
	urls    []string
}

// URL returns where a node, counted from 0, answers HTTP; without a slash at the end.
func (s *openSearchServer) URL(node int) string { return s.urls[node] }

// Signal sends a signal to the process: SIGKILL ends it as a power cut would; after
// SIGSTOP it soon answers nothing, with its connections open, until SIGCONT.
func (s *openSearchServer) Signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := s.process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// startOpenSearch starts a cluster for this test alone, which ends with the test or
// with this process. It takes 5 to 40 seconds and 0.4 GB of memory, so tests that
// need no settings of their own share one: sharedOpenSearch.
func startOpenSearch(t *testing.T, version string, opts openSearchOptions) *openSearchServer {
	t.Helper()
	command := openSearchCommand(t, version)
	s, err := runOpenSearch(t.TempDir(), command, withKNNSettings(version, opts))
	if err != nil {
		t.Fatalf("OpenSearch %s: %v", version, err)
	}
	t.Cleanup(s.end) // before the folder goes
	s.showLog(t)
	return s
}

// sharedOpenSearch returns the cluster of one node, with the usual settings, that all
// tests of this process share; it ends with the process. Every test should use names
// of its own, as from uniqueName.
func sharedOpenSearch(t *testing.T, version string) *openSearchServer {
	t.Helper()
	command := openSearchCommand(t, version)
	shared := sharedOpenSearches[version]
	shared.once.Do(func() {
		var dir string
		if dir, shared.err = os.MkdirTemp("", "opensearch"); shared.err == nil {
			shared.server, shared.err = runOpenSearch(dir, command, withKNNSettings(version, openSearchOptions{}))
		}
	})
	if shared.err != nil {
		t.Fatalf("OpenSearch %s: %v", version, shared.err)
	}
	shared.server.showLog(t)
	return shared.server
}

var sharedOpenSearches = map[string]*sharedServer{"2": {}, "3": {}, "2knn": {}, "3knn": {}}

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
	number, withKNN := strings.CutSuffix(version, "knn")
	name, dir := "opensearch"+number, ""
	if withKNN {
		name, dir = "opensearch_knn", number
	}
	lib := engine(t, name, filepath.Join(dir, "lib"))
	command := []string{"-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", filepath.Join(lib, "*"),
		"org.codelibs.opensearch.runner.OpenSearchRunner"}
	if withKNN {
		command = append(command, "-pluginTypes", "org.opensearch.knn.plugin.KNNPlugin")
	}
	switch version {
	case "3":
		command = append(command, "-moduleTypes", strings.Join(openSearch3Modules, ","))
	case "3knn":
		command = append(command, "-moduleTypes", strings.Join(openSearchKNNModules, ","))
	default:
		java, err := exec.LookPath("java")
		if err != nil {
			missing(t, name)
		}
		return append([]string{java}, command...)
	}
	return append([]string{engine(t, name, filepath.Join(dir, "java"))}, command...)
}

// withKNNSettings adds what a server with the k-NN plugin needs: with files mapped into
// memory, the plugin scores codes of 1 bit with a native library, which there is not, and
// the server ends; without, it leaves that to Lucene.
func withKNNSettings(version string, opts openSearchOptions) openSearchOptions {
	if strings.HasSuffix(version, "knn") {
		opts.Settings = maps.Clone(opts.Settings)
		if opts.Settings == nil {
			opts.Settings = map[string]string{}
		}
		opts.Settings["node.store.allow_mmap"] = "false"
	}
	return opts
}

// openSearchKNNModules are those that there are of 3.6.
var openSearchKNNModules = []string{
	"org.opensearch.index.mapper.MapperExtrasModulePlugin",
	"org.opensearch.index.reindex.ReindexModulePlugin",
	"org.opensearch.painless.PainlessModulePlugin",
	"org.opensearch.transport.Netty4ModulePlugin",
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

// runOpenSearch starts a cluster and waits until it is well. Somebody else may take
// the ports that we find free, so it tries three times.
func runOpenSearch(dir string, command []string, opts openSearchOptions) (*openSearchServer, error) {
	opts.Nodes = max(1, opts.Nodes)
	var last error
	for attempt := range 3 {
		home := filepath.Join(dir, strconv.Itoa(attempt))
		port, err := configureOpenSearch(home, opts)
		if err != nil {
			return nil, err
		}
		java := command[:1:1]
		if attempt == 2 {
			// The runner says nothing of why it failed, but Java can.
			java = append(java, "-Xlog:exceptions=info:file="+filepath.Join(home, exceptionsLog))
		}
		// Clusters of one name would join each other.
		cluster := fmt.Sprintf("test-%x", rand.Uint64())
		s, err := startOpenSearchProcess(home, slices.Concat(java, command[1:], []string{"-basePath", home, "-clusterName", cluster,
			"-numOfNode", strconv.Itoa(opts.Nodes), "-baseHttpPort", strconv.Itoa(port)}))
		if err != nil {
			return nil, err
		}
		for i := range opts.Nodes {
			s.logs = append(s.logs, filepath.Join(nodeHome(home, i), "logs", cluster+".log"))
		}
		if err = s.waitForNodes(); err == nil {
			return s, nil
		}
		s.end()
		last = fmt.Errorf("%w\n%s%s", err, lastException(home), s.logEnds())
	}
	return nil, last
}

// nodeHome is where the runner looks for a node's configuration, and keeps the rest.
func nodeHome(home string, node int) string {
	return filepath.Join(home, fmt.Sprintf("node_%d", node+1))
}

// configureOpenSearch writes what configures the nodes. It returns the port to which
// the runner adds the number of the node, from 1 on, for HTTP: of one node this makes
// 0, so that the server picks; the ports of several have to be below 9300.
func configureOpenSearch(home string, opts openSearchOptions) (port int, err error) {
	settings := map[string]string{
		"network.host": "127.0.0.1",
		// The disk of a machine that tests may be nearly full.
		"cluster.routing.allocation.disk.threshold_enabled": "false",
		"action.auto_create_index":                          "false",
	}
	if port = -1; opts.Nodes == 1 {
		settings["discovery.type"], settings["transport.port"] = "single-node", "0"
	} else {
		port = 9200 + rand.IntN(99-opts.Nodes)
		first := 20_000 + rand.IntN(10_000) // where no system picks from
		settings["transport.port"] = fmt.Sprintf("%d-%d", first, first+9)
		seeds := make([]string, 10)
		for i := range seeds {
			seeds[i] = fmt.Sprintf(`"127.0.0.1:%d"`, first+i)
		}
		settings["discovery.seed_hosts"] = "[" + strings.Join(seeds, ", ") + "]"
		settings["cluster.initial_cluster_manager_nodes"] = "[Node 1]" // the runner's name
	}
	maps.Copy(settings, opts.Settings)
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&text, "%s: %s\n", key, settings[key])
	}
	for i := range opts.Nodes {
		config := filepath.Join(nodeHome(home, i), "config")
		err = cmp.Or(err, os.MkdirAll(config, 0o755),
			os.WriteFile(filepath.Join(config, "opensearch.yml"), []byte(text.String()), 0o600))
	}
	return port, err
}

// startOpenSearchProcess must not leave a process that outlives us, and when a test
// times out, no cleanup runs: so a shell beside it waits until our end of a pipe is
// closed, and then also removes the folder.
func startOpenSearchProcess(home string, command []string) (*openSearchServer, error) {
	log, err := os.Create(filepath.Join(home, "output.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	watched, alive, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	script := `(cat; kill -KILL $$; sleep 1; rm -rf "${DIR:?}") <&3 & exec "$0" "$@" 3<&-`
	cmd := exec.Command("sh", append([]string{"-c", script}, command...)...)
	cmd.Env = append(os.Environ(), "DIR="+filepath.Dir(home))
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = log, log, []*os.File{watched}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Start()
	watched.Close()
	if err != nil {
		alive.Close()
		return nil, err
	}
	s := &openSearchServer{process: cmd.Process, exited: make(chan struct{}), alive: alive, logs: []string{log.Name()}}
	go func() {
		cmd.Wait()
		close(s.exited)
	}()
	return s, nil
}

var openSearchPublishes = regexp.MustCompile(`HttpServerTransport *\] publish_address \{([^}]+)\}`)

// waitForNodes reads from the logs where the nodes answer, which start one after the
// other, and waits until they are a cluster.
func (s *openSearchServer) waitForNodes() error {
	last := errors.New("the nodes have no ports")
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); {
		s.urls = nil
		for _, log := range s.logs[1:] {
			if found := openSearchPublishes.FindStringSubmatch(readLog(log)); found != nil {
				s.urls = append(s.urls, "http://"+found[1])
			}
		}
		if nodes := len(s.logs) - 1; len(s.urls) == nodes {
			if last = s.well(nodes); last == nil {
				return nil
			}
		}
		select {
		case <-s.exited:
			return errors.New("it ended before it answered")
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("the cluster is not well: %w", last)
}

// well returns nil if so many nodes are a cluster that lacks nothing.
func (s *openSearchServer) well(nodes int) error {
	url := fmt.Sprintf("%s/_cluster/health?wait_for_status=green&wait_for_nodes=%d&timeout=5s", s.URL(0), nodes)
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("health: %s", response.Status)
	}
	return nil
}

// readLog returns what is in a file; nothing if it is not there, or no more.
func readLog(file string) string {
	text, _ := os.ReadFile(file)
	return string(text)
}

// logEnds returns what the nodes wrote last; before they have logs, the process.
func (s *openSearchServer) logEnds() string {
	var ends string
	for _, log := range slices.Concat(s.logs[1:], s.logs[:1]) {
		if text := readLog(log); text != "" && (ends == "" || log != s.logs[0]) {
			ends += fmt.Sprintf("%s:\n%s\n", log, text[max(0, len(text)-3000):])
		}
	}
	return ends
}

const exceptionsLog = "exceptions.log"

var openSearchException = regexp.MustCompile(`<a '([^']+)'\{\w+\}: (.*)>`)

// lastException returns the reason of a process that failed, as far as it is known.
func lastException(home string) string {
	found := openSearchException.FindAllStringSubmatch(readLog(filepath.Join(home, exceptionsLog)), -1)
	for _, f := range slices.Backward(found) {
		if !strings.HasSuffix(f[1], "RunnerException") && !strings.HasSuffix(f[1], "InterruptedException") {
			return f[1] + ": " + f[2] + "\n"
		}
	}
	return ""
}

// end kills the process and what belongs to it.
func (s *openSearchServer) end() {
	syscall.Kill(-s.process.Pid, syscall.SIGKILL)
	s.alive.Close()
	<-s.exited
}

// showLog shows the end of the log if the test fails.
func (s *openSearchServer) showLog(t *testing.T) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.logEnds())
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
