package integration_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// What SizeVectorIndex says that a version makes of a body, and by which factor it
// rescores, is what the classes of the k-NN plugin make of it, for FAISS as well.
func TestVectorBodiesAreResolved(t *testing.T) {
	for _, version := range openSearchKNNVersions {
		t.Run(version, func(t *testing.T) {
			var names, lines, want []string
			for _, dimension := range []int{8, 384, 1000, 1001, 1536} {
				for _, technique := range admissibleBodies(t, version, vector.L2, dimension) {
					names = append(names, fmt.Sprintf("%d dimensions, %s", dimension, technique.Name))
					lines = append(lines, resolvedField(t, technique))
					want = append(want, resolvedWant(version, technique))
				}
			}
			got := resolveBodies(t, strings.TrimSuffix(version, "knn"), lines)
			if len(got) != len(want) {
				t.Fatalf("%d answers to %d bodies", len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("%s: %s\nis made to %q, want %q", names[i], lines[i], got[i], want[i])
				}
			}
		})
	}
}

// resolvedField returns what Resolve.java reads: the mapping of the field, or what a
// model is trained with.
func resolvedField(t *testing.T, technique vector.TechniqueSize) string {
	t.Helper()
	field, training := fieldOfBody(t, technique.Create[0]), false
	if len(technique.Create) > 1 {
		field, training = technique.Create[1].Body, true
	}
	var object map[string]any
	if err := json.Unmarshal(field, &object); err != nil {
		t.Fatal(err)
	}
	object["training"] = training
	line, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
}

// resolvedWant returns what Resolve.java should write of a technique.
func resolvedWant(version string, technique vector.TechniqueSize) string {
	r, encoder := technique.Resolved, ""
	switch e := r.Encoding; {
	case e.Encoder == vector.FP16 && version == "2knn":
		encoder = "sq null"
	case e.Encoder == vector.FP16:
		encoder = "sq 16"
	case e.Encoder == vector.SQ7:
		encoder = "sq 7"
	case e.Encoder == vector.OSQ && r.Method == vector.HNSW:
		encoder = "sq 1"
	case e.Encoder == vector.PQ:
		encoder = "pq null"
	case e.Encoder == vector.Binary:
		encoder = fmt.Sprintf("binary %d", e.Bits)
	case r.Engine == vector.FAISS:
		encoder = "flat null"
	}
	return fmt.Sprintf("%s\t%s\t%s\t%s\t%.1f", r.Engine, r.Method, encoder, r.CompressionLevel, technique.Rescoring.Factor)
}

// resolveBodies runs Resolve.java with the plugin of a version, "2" or "3".
func resolveBodies(t *testing.T, version string, lines []string) []string {
	t.Helper()
	lib, java := engine(t, "opensearch_knn", filepath.Join(version, "lib")), "java"
	if version == "3" {
		java = engine(t, "opensearch_knn", filepath.Join(version, "java"))
	}
	javac, err := exec.LookPath("javac")
	if err != nil {
		missing(t, "opensearch_knn")
	}
	classes := t.TempDir()
	if out, err := exec.Command(javac, "--release", "11", "-d", classes, "testdata/vectors_bodies/Resolve.java").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	command := exec.Command(java, "-cp", classes+":"+filepath.Join(lib, "*"), "Resolve")
	var failure bytes.Buffer
	command.Stdin, command.Stderr = strings.NewReader(strings.Join(lines, "\n")+"\n"), &failure
	out, err := command.Output()
	if err != nil {
		t.Fatalf("Resolve: %v: %s", err, failure.String())
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}
