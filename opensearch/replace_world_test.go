package opensearch_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
)

const (
	booksHost       = "search-books-abc.eu-central-1.es.amazonaws.com"
	booksCollection = "0123456789abcdefghij.eu-central-1.aoss.amazonaws.com"
)

// A replaceWorld is a domain or collection, and what a process keeps beside it.
type replaceWorld struct {
	*awstest.Cloud
	server     *standin.Server
	host       string
	checkpoint *keptCheckpoint

	assigned time.Time // until then, a new index has no replicas
	lose     bool      // document 3 of what is loaded, before it is counted
	spoil    bool      // the same, but it becomes another
}

func newReplaceWorld(c *awstest.Cloud, host string) *replaceWorld {
	w := &replaceWorld{Cloud: c, server: standin.New(), host: host, checkpoint: &keptCheckpoint{cloud: c}}
	w.server.Product = standin.Domain
	if host == booksCollection {
		w.server.Product, w.server.RefreshInterval = standin.Search, 100*time.Millisecond
	}
	c.HandleHTTP(host, w)
	return w
}

// ServeHTTP answers as the stand-in does, but for what is to be disturbed.
func (w *replaceWorld) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_cluster/health/books-000001" && time.Now().Before(w.assigned) {
		fmt.Fprint(out, `{"status":"yellow","indices":{"books-000001":{"status":"yellow","number_of_shards":1,"number_of_replicas":1,"active_primary_shards":1,"active_shards":1}}}`)
		return
	}
	if name, ok := strings.CutSuffix(r.URL.Path, "/_refresh"); ok && w.lose {
		w.do("POST", name+"/_bulk", `{"delete": {"_id": "3"}}`+"\n")
	} else if ok && w.spoil {
		w.do("POST", name+"/_bulk", `{"index": {"_id": "3"}}`+"\n"+`{"n": 3, "edition": "second", "price": 13.500001}`+"\n")
	}
	w.server.ServeHTTP(out, r)
}

func (w *replaceWorld) clients() opensearch.Clients {
	conn, err := opensearch.NewConn(opensearch.ConnOptions{
		Endpoints: []string{"https://" + w.host}, HTTPClient: w.HTTPClient(), Credentials: awstest.Credentials("123456789012"),
	})
	if err != nil {
		panic(err)
	}
	c := opensearch.NewClients(w.Config("eu-central-1", "123456789012"))
	c.Conn = conn
	return c
}

// request makes a request by another hand, which is no call.
func (w *replaceWorld) request(method, path, body string) (status int, answer string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	w.server.ServeHTTP(recorder, r)
	return recorder.Code, recorder.Body.String()
}

// do is request for one that must be done.
func (w *replaceWorld) do(method, path, body string) string {
	status, answer := w.request(method, path, body)
	if status >= 300 {
		panic(fmt.Sprintf("%s %s: %d %s", method, path, status, answer))
	}
	return answer
}

// meta returns what this library keeps of an index.
func (w *replaceWorld) meta(index string) string {
	var answer map[string]struct {
		Mappings struct {
			Meta map[string]json.RawMessage `json:"_meta"`
		}
	}
	if err := json.Unmarshal([]byte(w.do("GET", "/"+index+"/_mapping", "")), &answer); err != nil {
		panic(err)
	}
	return string(answer[index].Mappings.Meta["awspatterns"])
}

// settings returns the settings of an index that are tuned.
func (w *replaceWorld) settings(index string) string {
	var answer map[string]struct{ Settings map[string]string }
	text := w.do("GET", "/"+index+"/_settings/index.refresh_interval,index.number_of_replicas?flat_settings=true", "")
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		panic(err)
	}
	s := answer[index].Settings
	return fmt.Sprintf("refresh %q replicas %q", s["index.refresh_interval"], s["index.number_of_replicas"])
}

func failsWith(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want %q", err, want)
	}
}
