"""Quantizes and searches vectors with FAISS, and rounds numbers with NumPy.

The argument is a folder. In it are spec.json and the files, little endian and one
vector after the other, that it names; what is made of them is written beside them.
"""

import json
import os
import sys

import faiss
import numpy as np

folder = sys.argv[1]
with open(os.path.join(folder, "spec.json")) as file:
    spec = json.load(file)
dimension, k, metric = spec["dimension"], spec["k"], spec["metric"]


def read(name, kind="<f4"):
    return np.fromfile(os.path.join(folder, name), dtype=kind)


def write(name, values, kind):
    np.asarray(values).astype(kind).tofile(os.path.join(folder, name))


def search(name, index, queries):
    scores, numbers = index.search(queries, k)
    write(name + ".numbers", numbers, "<i4")
    write(name + ".scores", scores, "<f4")


def quantized(name, index, vectors, queries):
    """Searches codes that FAISS has made, and those that it was given."""
    index.add(vectors)
    write(name + ".codes", faiss.vector_to_array(index.codes), "u1")
    search(name, index, queries)
    index.reset()
    index.add_sa_codes(read(name + ".given", "u1").reshape(len(vectors), -1))
    search(name + ".given", index, queries)


def scalar(name, kind, vectors, queries):
    index = faiss.IndexScalarQuantizer(dimension, kind, metric)
    index.train(vectors)
    quantized(name, index, vectors, queries)


def documented_l2(dataset, queryset):
    """The recipe of OpenSearch's documentation for space l2, in float64."""
    lowest, highest, steps = np.min(dataset), np.max(dataset), 256
    queryset = queryset.clip(lowest, highest)
    return [np.floor((x - lowest) * (1.0 / (highest - lowest)) * (steps - 1)) - steps // 2
            for x in (dataset, queryset)]


def documented_angular(dataset, values):
    """That for space cosinesimil; what is beyond the range of a byte is clipped."""
    val = np.where(values >= 0, values / np.max(dataset) * 127, values / -np.min(dataset) * 128)
    whole = np.floor(val)
    return np.clip(np.where(val - whole > 0.5, whole + 1, whole), -128, 127)


vectors = read("vectors.f32").reshape(-1, dimension)
queries = read("queries.f32").reshape(-1, dimension)
flat = faiss.IndexFlat(dimension, metric)
flat.add(vectors)
search("exact", flat, queries)

scalar("fp16", faiss.ScalarQuantizer.QT_fp16, vectors, queries)

wide, wide_queries = vectors.astype("f8"), queries.astype("f8")
if metric == faiss.METRIC_L2:
    coded, coded_queries = documented_l2(wide, wide_queries)
else:
    coded, coded_queries = documented_angular(wide, wide), documented_angular(wide, wide_queries)
write("documented.vectors", coded, "i1")
write("documented.queries", coded_queries, "i1")
scalar("byte", faiss.ScalarQuantizer.QT_8bit_direct_signed,
       read("byte.vectors", "i1").reshape(-1, dimension).astype("f4"),
       read("byte.queries", "i1").reshape(-1, dimension).astype("f4"))

# With centroids that were found elsewhere, FAISS encodes and searches.
given = faiss.IndexPQ(dimension, spec["sub_vectors"], spec["code_size"], metric)
faiss.copy_array_to_vector(read("centroids.f32"), given.pq.centroids)
given.is_trained = True
quantized("pq", given, vectors, queries)

# With its own.
lost = []
for seed in spec["seeds"]:
    index = faiss.IndexPQ(dimension, spec["sub_vectors"], spec["code_size"], metric)
    index.pq.cp.seed = seed
    index.train(vectors)
    index.add(vectors)
    search("pq%d" % seed, index, queries)
    back = index.reconstruct_n(0, len(vectors))
    lost.append(float(np.mean(np.sum((vectors.astype("f8") - back) ** 2, axis=1))))

with np.errstate(over="ignore"):
    write("floats.f16", read("floats.f32").astype("<f2").view("<u2"), "<u2")
json.dump({"lost": lost, "version": faiss.__version__}, sys.stdout)
