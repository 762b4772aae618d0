package integration_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/opensearch/vector"
	"github.com/awspatterns/awspatterns/parquet"
	"github.com/awspatterns/awspatterns/rows"
)

// numpyFiles writes the same 100 vectors of 12 dimensions, and again those that types of
// less numbers hold, in all forms that NumPy gives a .npy file, and .fvecs.
const numpyFiles = `
import gzip, json, sys
import numpy as np
from numpy.lib import format
folder = sys.argv[1] + "/"
x = np.random.default_rng(7).normal(size=(100, 12)).astype(np.float32)
np.save(folder + "f4.npy", x)
np.save(folder + "f4-big.npy", x.astype(">f4"))
np.save(folder + "f8.npy", x.astype(np.float64))
np.save(folder + "f8-big.npy", x.astype(">f8"))
np.save(folder + "sliced.npy", np.repeat(x, 2, axis=1)[:, ::2])
for version in ((1, 0), (2, 0), (3, 0)):
    with open(folder + "version-%d.npy" % version[0], "wb") as f:
        format.write_array(f, x, version)
with gzip.open(folder + "packed.npy.gz", "wb") as f:
    np.save(f, x)
mapped = format.open_memmap(folder + "mapped.npy", mode="w+", dtype=np.float32, shape=x.shape)
mapped[:] = x
mapped.flush()
counts = np.full((100, 1), 12, np.int32).view(np.float32)
np.hstack([counts, x]).tofile(folder + "x.fvecs")
with open(folder + "x.jsonl", "w") as f, gzip.open(folder + "named.jsonl.gz", "wt") as g:
    for i, row in enumerate(x.tolist()):
        f.write(json.dumps(row) + "\n")
        g.write(json.dumps({"id": i, "tags": ["a"], "embedding": row}) + "\n")
half = x.astype(np.float16)
np.save(folder + "half-f4.npy", half.astype(np.float32))
np.save(folder + "half-f2.npy", half)
np.save(folder + "half-f2-big.npy", half.astype(">f2"))
byte = np.random.default_rng(8).integers(-128, 128, (100, 12))
np.save(folder + "byte-f4.npy", byte.astype(np.float32))
np.save(folder + "byte-i1.npy", byte.astype(np.int8))
np.save(folder + "ubyte-f4.npy", (byte + 128).astype(np.float32))
np.save(folder + "ubyte-u1.npy", (byte + 128).astype(np.uint8))
np.save(folder + "refused-fortran.npy", np.asfortranarray(x))
np.save(folder + "refused-i8.npy", byte)
np.save(folder + "refused-objects.npy", np.array([[1, "a"], [2, "b"]], dtype=object))
np.save(folder + "refused-flat.npy", x.ravel())
np.save(folder + "refused-fields.npy", np.zeros((3, 2), dtype=[("a", "<f4"), ("b", "<i4")]))
`

// TestVectorFilesOfNumPy reads what NumPy writes.
func TestVectorFilesOfNumPy(t *testing.T) {
	python, folder := engine(t, "faiss", "bin/python"), t.TempDir()
	if out, err := exec.Command(python, "-c", numpyFiles, folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for first, others := range map[string][]string{
		"f4.npy":       {"f4-big.npy", "f8.npy", "f8-big.npy", "sliced.npy", "version-1.npy", "version-2.npy", "version-3.npy", "packed.npy.gz", "mapped.npy", "x.fvecs", "x.jsonl", "named.jsonl.gz"},
		"half-f4.npy":  {"half-f2.npy", "half-f2-big.npy"},
		"byte-f4.npy":  {"byte-i1.npy"},
		"ubyte-f4.npy": {"ubyte-u1.npy"},
	} {
		want := vectorsOfFile(t, filepath.Join(folder, first))
		for _, other := range others {
			if got := vectorsOfFile(t, filepath.Join(folder, other)); !slices.Equal(got, want) {
				t.Errorf("%s has other numbers than %s", other, first)
			}
		}
	}
	refused, err := filepath.Glob(filepath.Join(folder, "refused-*"))
	if err != nil || len(refused) != 5 {
		t.Fatal(refused, err)
	}
	for _, path := range refused {
		if _, err := vector.Open(t.Context(), path, vector.OpenOptions{}); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
}

func vectorsOfFile(t *testing.T, path string) []float32 {
	t.Helper()
	f, err := vector.Open(t.Context(), path, vector.OpenOptions{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return vectorsOf(t, f)
}

// vectorsOf reads all vectors of a file, and closes it.
func vectorsOf(t *testing.T, f *vector.File) []float32 {
	t.Helper()
	defer f.Close()
	values := make([]float32, f.Len()*f.Dimension())
	if err := f.ReadVectors(values, 0); err != nil {
		t.Fatal(err)
	}
	return values
}

// duckVectors writes vectors as lists of FLOAT and DOUBLE beside what is none, in three
// forms, and those of FLOAT as JSON lines.
const duckVectors = `
import duckdb, sys
folder = sys.argv[1]
c = duckdb.connect()
c.execute("""CREATE TABLE v AS SELECT i AS id, 'text ' || i AS title,
  [CAST(sin(i * 100 + j) AS FLOAT) FOR j IN range(8)] AS embedding FROM range(5000) r(i)""")
for name, select, options in (("snappy", "*", ""), ("zstd", "*", ", COMPRESSION ZSTD, ROW_GROUP_SIZE 2048"),
    ("double", "id, CAST(embedding AS DOUBLE[]) AS embedding", ""), ("fixed", "id, CAST(embedding AS FLOAT[8]) AS embedding", ""),
    ("null", "CASE WHEN id = 4321 THEN NULL ELSE embedding END AS embedding", ""),
    ("ragged", "CASE WHEN id > 4998 THEN embedding[1:7] ELSE embedding END AS embedding", ""),
    ("nan", "CASE WHEN id > 4990 THEN [CAST('nan' AS FLOAT) FOR j IN range(8)] ELSE embedding END AS embedding", "")):
    c.execute(f"COPY (SELECT {select} FROM v ORDER BY id) TO '{folder}/{name}.parquet' (FORMAT PARQUET{options})")
c.execute(f"COPY (SELECT CAST(embedding AS DOUBLE[]) AS embedding FROM v ORDER BY id) TO '{folder}/x.jsonl' (FORMAT JSON)")
`

// TestVectorFilesOfParquet reads a column of lists, which DuckDB wrote.
func TestVectorFilesOfParquet(t *testing.T) {
	python, folder := engine(t, "duckdb", "bin/python"), t.TempDir()
	if out, err := exec.Command(python, "-c", duckVectors, folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	open := func(name, field string) (*vector.File, error) {
		in := rows.FileInput(filepath.Join(folder, name+".parquet"))
		return vector.FromRows(t.Context(), rows.Of(parquet.Open), in, vector.OpenOptions{Field: field, TempDir: t.TempDir()})
	}
	want := vectorsOfFile(t, filepath.Join(folder, "x.jsonl"))
	if len(want) != 5000*8 {
		t.Fatalf("%d numbers", len(want))
	}
	for _, name := range []string{"snappy", "zstd", "double", "fixed"} {
		for _, field := range []string{"", "embedding"} {
			f, err := open(name, field)
			if err != nil {
				t.Fatal(err)
			}
			if got := vectorsOf(t, f); !slices.Equal(got, want) {
				t.Errorf("%s: other numbers", name)
			}
		}
	}
	for name, text := range map[string]string{
		"null":   `null.parquet: record 4321: column "embedding": is null, and not a list of numbers`,
		"ragged": "ragged.parquet: record 4999: has 7 dimensions, the first vector 8",
		"nan":    "nan.parquet: record 4991: vector 4991 has NaN as number 0: OpenSearch takes finite numbers only (9 records have",
	} {
		if _, err := open(name, ""); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := open("snappy", "title"); err == nil {
		t.Error("a column of text: no error")
	}
}
