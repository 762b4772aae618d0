package integration_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/opensearch"
	"github.com/awspatterns/awspatterns/parquet"
	"github.com/awspatterns/awspatterns/rows"
)

// taxiTrips makes a file as the Taxi and Limousine Commission publishes it, with
// invented trips.
const taxiTrips = `
import duckdb, sys
duckdb.connect().execute("""
COPY (SELECT i % 2 + 1 AS VendorID, TIMESTAMP '2022-12-01' + INTERVAL (i) MINUTE AS lpep_pickup_datetime,
  CASE WHEN i % 10 = 0 THEN NULL ELSE i % 6 END AS passenger_count, CAST(i / 7.0 AS DOUBLE) AS trip_distance,
  CAST(CAST(i AS DECIMAL(9, 2)) / 4 AS DECIMAL(9, 2)) AS fare_amount, i % 5 AS payment_type, i % 2 AS trip_type, 2.75 AS congestion_surcharge, i AS n
  FROM range(20000) r(i)) TO '""" + sys.argv[1] + """' (FORMAT PARQUET, COMPRESSION ZSTD, ROW_GROUP_SIZE 3000)""")
`

// TestOpenSearchIngestParquet does what the article does with Glue: a Parquet file in S3,
// three fields dropped, into an index; here of a real server.
func TestOpenSearchIngestParquet(t *testing.T) {
	python := engine(t, "duckdb", "bin/python")
	file := filepath.Join(t.TempDir(), "green_tripdata_2022-12.parquet")
	if out, err := exec.Command(python, "-c", taxiTrips, file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	server := sharedOpenSearch(t, openSearchVersions[0])
	index := uniqueName(t)
	cloud := awstest.New(t)
	store := s3.New(cloud)
	store.CreateBucket("taxi", s3.Bucket{Region: "us-east-1", Owner: "111111111111"})
	store.Put("taxi", "datasets/green_tripdata_2022-12.parquet", s3.Object{Body: content})
	clients := opensearch.NewClients(cloud.Config("us-east-1", "111111111111"))
	clients.Conn = searchClients(t, server, nil).Conn
	server.want(t, "PUT", "/"+index, object{"settings": object{"number_of_replicas": 0}}, 200)
	result, err := opensearch.Ingest(t.Context(), clients, opensearch.IngestOptions{
		Index: index, Objects: []string{"s3://taxi/datasets/"}, Format: rows.Of(parquet.Open), IDField: "n",
		Fields: rows.Fields{Drop: []string{"payment_type", "trip_type", "congestion_surcharge"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := counted(t, server, index); got != 20_000 || result.Created != 20_000 {
		t.Errorf("%d documents, %+v", got, result)
	}
	var doc struct {
		Source map[string]json.RawMessage `json:"_source"`
	}
	if err := json.Unmarshal([]byte(server.want(t, "GET", "/"+index+"/_doc/4321", nil, 200)), &doc); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"VendorID": "2", "lpep_pickup_datetime": `"2022-12-04T00:01:00Z"`, "passenger_count": "1", "fare_amount": "1080.25", "n": "4321",
	}
	for name, value := range want {
		if got := string(doc.Source[name]); got != value {
			t.Errorf("%s: got %s, want %s", name, got, value)
		}
	}
	if len(doc.Source) != 6 {
		t.Errorf("got fields %v", doc.Source)
	}
}
