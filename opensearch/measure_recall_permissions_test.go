package opensearch_test

import (
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
)

// TestMeasureIndexRecallPermissions compares what is declared with what is called.
func TestMeasureIndexRecallPermissions(t *testing.T) {
	domain, collection := "arn:aws:es:eu-central-1:123456789012:domain/vectors", "arn:aws:aoss:eu-central-1:123456789012:collection/vectors0123456789abc"
	tests := []struct {
		name, host, arn string
		truth           opensearch.GroundTruth
		predict         bool
	}{
		{"domain", vectorsHost, domain, opensearch.ByScript, false},
		{"domain by reading", vectorsHost, domain, opensearch.ByReading, true},
		{"collection", vectorsCollection, collection, opensearch.ByReading, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newRecallWorld(t, test.host)
				w.index("books", "", "", recallData(1, 50, 4))
				waitMinutes(2)
				opts := opensearch.MeasureIndexRecallOptions{Index: "books", Field: "v", ARN: test.arn, GroundTruth: test.truth, Predict: test.predict, NumQueries: 5, Dir: t.TempDir()}
				if _, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opts); err != nil {
					t.Fatal(err)
				}
				p := opensearch.MeasureIndexRecallPermissions(opts)
				if len(p.Plan) > 0 || len(p.Beside) == 0 || !strings.Contains(p.Beside[0], "books") || strings.Contains(strings.Join(p.Beside, ""), "rite") {
					t.Errorf("got %+v", p)
				}
				awstest.CheckPermissions(t, p.Apply, w.Calls(), standin.Actions)
			})
		})
	}
	for _, arn := range []string{"books", "arn:aws:s3:::books", "arn:aws:ec2:eu-central-1:123456789012:instance/i-1"} {
		if got := opensearch.MeasureIndexRecallPermissions(opensearch.MeasureIndexRecallOptions{Index: "books", ARN: arn}); !reflect.DeepEqual(got, awspatterns.Permissions{}) {
			t.Errorf("%s: got %+v", arn, got)
		}
	}
}

// TestMeasureIndexRecallPermissionsText shows all that there is to allow.
func TestMeasureIndexRecallPermissionsText(t *testing.T) {
	for name, arn := range map[string]string{
		"recall_domain":     "arn:aws:es:eu-central-1:123456789012:domain/movies",
		"recall_collection": "arn:aws:aoss:eu-central-1:123456789012:collection/abc123",
	} {
		got := opensearch.MeasureIndexRecallPermissions(opensearch.MeasureIndexRecallOptions{Index: "movies", ARN: arn})
		text := string(got.Apply.Document(awspatterns.Target{Region: "eu-central-1", Account: "123456789012"})) + "\n" + strings.Join(got.Beside, "\n") + "\n"
		golden.Equal(t, "testdata/permissions/"+name+".txt", text)
	}
}
