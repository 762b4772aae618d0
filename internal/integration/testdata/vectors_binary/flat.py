"""Searches codes with FAISS's IndexBinaryFlat and scores the candidates again.

Arguments: a folder with vectors and queries (float32) and the codes of both, the
dimension, and the bits of a dimension. Output, for 10, 50 and 100 candidates: the
recall of the first 10 as float64; the distances of the candidates, and the exact
results, as int32.
"""

import sys

import faiss
import numpy

folder, dimension, bits = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
faiss.omp_set_num_threads(1)


def load(name, kind, width):
    return numpy.fromfile(f"{folder}/{name}", dtype=kind).reshape(-1, width)


rows, queries = load("rows", "<f4", dimension), load("queries", "<f4", dimension)
size = dimension * bits // 8
index = faiss.IndexBinaryFlat(size * 8)
index.add(load("codes", numpy.uint8, size))
questions = load("questions", numpy.uint8, size)
flat = faiss.IndexFlatL2(dimension)
flat.add(rows)
exact = flat.search(queries, 10)[1]

for candidates in 10, 50, 100:
    distances, found = index.search(questions, candidates)
    hits = 0
    for query, ids, truth in zip(queries, found, exact):
        order = numpy.argsort(((rows[ids] - query) ** 2).sum(axis=1))
        hits += len(set(ids[order][:10]) & set(truth))
    sys.stdout.buffer.write(numpy.float64(hits / exact.size).tobytes())
    sys.stdout.buffer.write(distances.astype("<i4").tobytes())
    sys.stdout.buffer.write(exact.astype("<i4").tobytes())
