package opensearch

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/golden"
)

const (
	domainARN     = "arn:aws:es:eu-central-1:123456789012:domain/movies"
	collectionARN = "arn:aws:aoss:eu-central-1:123456789012:collection/abc123"
	keyARN        = "arn:aws:kms:eu-central-1:123456789012:key/1"
)

// TestIngestPermissionsText shows all that there is to allow.
func TestIngestPermissionsText(t *testing.T) {
	objects := []string{"s3://data/a*.jsonl", "s3://data/in/", "s3://more/"}
	tests := map[string]IngestOptions{
		"any_domain": {Index: "movies"},
		"domain":     {Index: "movies", ARN: domainARN, Mode: Upsert, Tune: true, Objects: objects, KMSKey: keyARN},
		"collection": {Index: "movies", ARN: collectionARN, Objects: objects[:1]},
	}
	for name, opts := range tests {
		t.Run(name, func(t *testing.T) {
			got := IngestPermissions(opts)
			if len(got.Plan) > 0 {
				t.Errorf("it has no plan, and needs %q for it", got.Plan.Actions())
			}
			text := string(got.Apply.Document(awspatterns.Target{Region: "eu-central-1", Account: "123456789012"})) + "\n" + strings.Join(got.Beside, "\n") + "\n"
			golden.Equal(t, "testdata/permissions/"+name+".txt", text)
		})
	}
}

func TestIngestPermissionsOfNothing(t *testing.T) {
	for _, opts := range []IngestOptions{
		{Index: "movies", Objects: []string{"data/a.jsonl"}},
		{Index: "movies", Objects: []string{"s3://data/", "s3://data/a.jsonl"}},
		{Index: "movies", ARN: "movies"},
		{Index: "movies", ARN: "arn:aws:s3:::data"},
		{Index: "movies", ARN: "arn:aws:ec2:eu-central-1:123456789012:instance/i-1"},
	} {
		if got := IngestPermissions(opts); !reflect.DeepEqual(got, awspatterns.Permissions{}) {
			t.Errorf("%+v: got %+v", opts, got)
		}
	}
}

// TestDataAccessPolicy checks that the policy of a collection is what
// CreateAccessPolicy takes, whatever the index is called.
func TestDataAccessPolicy(t *testing.T) {
	for _, index := range []string{"movies", `a"b`} {
		line := collectionBeside(index)[0]
		var document []struct {
			Rules []struct {
				ResourceType         string
				Resource, Permission []string
			}
			Principal []string
		}
		if err := json.Unmarshal([]byte(line[strings.Index(line, "["):]), &document); err != nil {
			t.Fatal(err)
		}
		rule := document[0].Rules[0]
		if rule.ResourceType != "index" || !slices.Equal(rule.Resource, []string{"index/COLLECTION/" + index}) || len(document[0].Principal) != 1 || !slices.Contains(rule.Permission, "aoss:WriteDocument") {
			t.Errorf("got %+v", document)
		}
	}
}
