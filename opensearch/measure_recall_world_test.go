package opensearch_test

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
	"github.com/awspatterns/awspatterns/opensearch/vector"
)

const (
	vectorsHost       = "search-vectors-abc.eu-central-1.es.amazonaws.com"
	vectorsCollection = "vectors0123456789abc.eu-central-1.aoss.amazonaws.com"
)

// A recallWorld is a domain or collection with an index of vectors.
type recallWorld struct {
	*awstest.Cloud
	server  *standin.Server
	host    string
	vectors [][]float32 // with the ids 0 and so on
}

func newRecallWorld(t *testing.T, host string) *recallWorld {
	w := &recallWorld{Cloud: awstest.New(t), server: standin.New(), host: host}
	w.MaxCalls = 100_000
	w.server.Product, w.server.Version = standin.Domain, "3.6.0"
	if host == vectorsCollection {
		w.server.Product = standin.VectorSearch
	}
	w.HandleHTTP(host, w.server)
	return w
}

func (w *recallWorld) clients() opensearch.Clients {
	conn, err := opensearch.NewConn(opensearch.ConnOptions{
		Endpoints: []string{"https://" + w.host}, HTTPClient: w.HTTPClient(), Credentials: awstest.Credentials("123456789012"),
	})
	if err != nil {
		panic(err)
	}
	return opensearch.Clients{Conn: conn}
}

// do makes a request by another hand, which is no call.
func (w *recallWorld) do(method, path, body string) string {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	w.server.ServeHTTP(recorder, r)
	if recorder.Code >= 300 || strings.Contains(recorder.Body.String(), `"errors":true`) {
		panic(fmt.Sprintf("%s %s: %d %s", method, path, recorder.Code, recorder.Body))
	}
	return recorder.Body.String()
}

// index makes an index and loads vectors into its field v.
func (w *recallWorld) index(name, settings, field string, vectors [][]float32) {
	w.vectors = vectors
	w.do("PUT", "/"+name, fmt.Sprintf(`{"settings":{"index.knn":true,"number_of_replicas":0%s},"mappings":{"properties":{"v":{"type":"knn_vector","dimension":%d%s}}}}`,
		settings, len(vectors[0]), field))
	var lines strings.Builder
	for i, v := range vectors {
		id := fmt.Sprintf(`"_id":"%d"`, i)
		if w.server.Product == standin.VectorSearch {
			id = ""
		}
		fmt.Fprintf(&lines, "{\"index\":{%s}}\n{\"n\":%d,\"v\":%s}\n", id, i, vectorText(v))
	}
	w.do("POST", "/"+name+"/_bulk", lines.String())
	if w.server.Product == standin.Domain {
		w.do("POST", "/"+name+"/_refresh", "")
	}
}

func vectorText(v []float32) string {
	return strings.ReplaceAll(fmt.Sprint(v), " ", ",")
}

// recallData are vectors around some centres, so that neighbours differ from others.
func recallData(seed uint64, n, dimension int) [][]float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	centres := make([][]float64, 20)
	for i := range centres {
		for range dimension {
			centres[i] = append(centres[i], r.NormFloat64())
		}
	}
	vectors := make([][]float32, n)
	for i := range vectors {
		for _, x := range centres[r.IntN(len(centres))] {
			vectors[i] = append(vectors[i], float32(x+0.7*r.NormFloat64()))
		}
	}
	return vectors
}

// bytesOf are vectors of whole numbers.
func bytesOf(vectors [][]float32) [][]float32 {
	for _, v := range vectors {
		for i, x := range v {
			v[i] = float32(math.Round(float64(max(-128, min(127, 20*x)))))
		}
	}
	return vectors
}

func slicesOf(t *testing.T, vectors [][]float32) vector.Vectors {
	t.Helper()
	v, err := vector.FromSlices(vectors)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// oneBitRecall is what an index of one shard with codes of one bit finds: its codes
// choose the candidates, and the vectors the results among them.
func oneBitRecall(vectors, queries [][]float32, k, candidates int) float64 {
	mean := make([]float64, len(vectors[0]))
	for _, v := range vectors {
		for i, x := range v {
			mean[i] += float64(x) / float64(len(vectors))
		}
	}
	code := func(v []float32) (c uint64) {
		for i, x := range v {
			if float64(x) > mean[i] {
				c |= 1 << i
			}
		}
		return c
	}
	found := 0
	for _, q := range queries {
		order := func(distance func([]float32) float64, among []int) []int {
			sorted := slices.Clone(among)
			slices.SortStableFunc(sorted, func(a, b int) int {
				if d := distance(vectors[a]) - distance(vectors[b]); d != 0 {
					return int(math.Copysign(1, d))
				}
				return 0
			})
			return sorted
		}
		all := make([]int, len(vectors))
		for i := range all {
			all[i] = i
		}
		square := func(v []float32) (sum float64) {
			for i, x := range v {
				sum += float64(x-q[i]) * float64(x-q[i])
			}
			return sum
		}
		exact := order(square, all)[:k]
		chosen := order(func(v []float32) float64 { return float64(bits.OnesCount64(code(v) ^ code(q))) }, all)[:candidates]
		for _, i := range order(square, chosen)[:k] {
			if slices.Contains(exact, i) {
				found++
			}
		}
	}
	return float64(found) / float64(k*len(queries))
}

// whenever answers requests whose path ends with a name by a fault.
func (w *recallWorld) whenever(end string, fault func(n int, body string) *standin.Fault) {
	var mu sync.Mutex
	n := 0
	w.server.SetFaults(func(f *standin.Faults) {
		f.RequestFault = func(r *http.Request) *standin.Fault {
			if !strings.HasSuffix(r.URL.Path, end) {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			n++
			return fault(n, readAll(r))
		}
	})
}

// waitMinutes lets time pass, in a bubble.
func waitMinutes(n int) { time.Sleep(time.Duration(n) * time.Minute) }
