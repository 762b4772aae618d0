# Searches flat indexes of FAISS: faiss_search.py DIMENSION FOLDER, where vectors, queries,
# codes and code-queries are in the folder, one after the other. For each line of
# standard input, INDEX THREADS OUTPUT, with an index of ip, l2 and hamming, it searches
# the 10 nearest, writes to OUTPUT-labels and OUTPUT-distances, and prints the seconds
# that the search alone took, and those of the processor.
import sys
import time

import faiss
import numpy


def read(name, kind, width):
    return numpy.fromfile(f"{sys.argv[2]}/{name}", dtype=kind).reshape(-1, width)


def flat(index, vectors):
    index.add(vectors)
    return index


dimension = int(sys.argv[1])
vectors = read("vectors", numpy.float32, dimension)
queries = read("queries", numpy.float32, dimension)
indexes = {
    "ip": (flat(faiss.IndexFlatIP(dimension), vectors), queries),
    "l2": (flat(faiss.IndexFlatL2(dimension), vectors), queries),
    "hamming": (
        flat(faiss.IndexBinaryFlat(dimension), read("codes", numpy.uint8, dimension // 8)),
        read("code-queries", numpy.uint8, dimension // 8),
    ),
}
for line in sys.stdin:
    name, threads, output = line.split()
    faiss.omp_set_num_threads(int(threads))
    index, queries = indexes[name]
    began, cpu = time.perf_counter(), time.process_time()
    distances, labels = index.search(queries, 10)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    labels.astype(numpy.int64).tofile(output + "-labels")
    distances.astype(numpy.float32).tofile(output + "-distances")
    print(took, cpu, flush=True)
