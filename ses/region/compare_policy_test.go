package region

import (
	"strings"
	"testing"
)

const (
	eastIdentity = "arn:aws:ses:us-east-1:123456789012:identity/example.com"
	westIdentity = "arn:aws:ses:eu-west-1:123456789012:identity/example.com"
)

func TestMovedPolicy(t *testing.T) {
	for _, test := range []struct{ name, from, to string }{
		{"a resource", `{"Statement":{"Resource":"` + eastIdentity + `"}}`, `{"Statement":{"Resource":"` + westIdentity + `"}}`},
		{"a list", `{"Statement":[{"Resource":["*","` + eastIdentity + `"]}]}`, `{"Statement":[{"Resource":["*","` + westIdentity + `"]}]}`},
		{"what is not meant", `{"Statement":[{"NotResource":"` + eastIdentity + `"}]}`, `{"Statement":[{"NotResource":"` + westIdentity + `"}]}`},
		{"another identity", `{"Statement":{"Resource":"` + eastIdentity + `.au"}}`, `{"Statement":{"Resource":"` + eastIdentity + `.au"}}`},
		{"a condition", `{"Statement":{"Condition":{"StringEquals":{"aws:SourceArn":"` + eastIdentity + `"}}}}`, `{"Statement":{"Condition":{"StringEquals":{"aws:SourceArn":"` + eastIdentity + `"}}}}`},
		{"a Sid", `{"Statement":{"Sid":"` + eastIdentity + `"}}`, `{"Statement":{"Sid":"` + eastIdentity + `"}}`},
		{"numbers and signs", `{"Id":"<&>","Statement":{"Condition":{"NumericLessThan":{"x":10000000000000000001.50}}}}`, `{"Id":"<&>","Statement":{"Condition":{"NumericLessThan":{"x":10000000000000000001.50}}}}`},
		{"no statement", `{"Version":"2012-10-17"}`, `{"Version":"2012-10-17"}`},
		{"an odd statement", `{"Statement":["x",1]}`, `{"Statement":["x",1]}`},
	} {
		got, err := movedPolicy(test.from, eastIdentity, westIdentity)
		if err != nil || got != test.to {
			t.Errorf("%s: got %s, %v, want %s", test.name, got, err, test.to)
		}
	}
	for _, document := range []string{"", "{", "[]", "null", `{} {}`, `"text"`, `{"Statement":{},"Statement":{}}`} {
		if got, err := movedPolicy(document, eastIdentity, westIdentity); err == nil {
			t.Errorf("%q is moved to %q", document, got)
		}
	}
}

func FuzzMovedPolicy(f *testing.F) {
	f.Add(senderRule)
	f.Add(ReplicationPolicy("aws", testNumber, east, "example.com", []string{west}))
	f.Add(`{"Statement":[{"Resource":[["` + eastIdentity + `"]],"Condition":{"ForAllValues:StringEquals":[{"ses:ReplicaRegion":["x"]}]}}]}`)
	f.Add(`{"Statement":{"Condition":[{"ForAllValues:StringEquals":{"ses:ReplicaRegion":[1]}}]}}`)
	c := &comparer{from: newSide(emptyState(east)), to: newSide(emptyState(west))}
	f.Fuzz(func(t *testing.T, document string) {
		c.replicaRegions("example.com", document)
		moved, err := movedPolicy(document, eastIdentity, westIdentity)
		if err != nil {
			return
		}
		if again, err := movedPolicy(moved, eastIdentity, westIdentity); err != nil || again != moved {
			t.Fatalf("moved again it is %s, %v, and not %s", again, err, moved)
		}
		if canonicalJSON(moved) != moved {
			t.Fatalf("%s is not the JSON that it is compared by", moved)
		}
		if strings.Contains(moved, westIdentity) {
			return // some may have been there
		}
		if moved != canonicalJSON(document) {
			t.Fatalf("%s became %s", document, moved)
		}
	})
}
