// Package vector plans vector indices of OpenSearch: how much memory each way of
// keeping vectors takes ([SizeVectorIndex]), and how much of the truth each way finds
// for the vectors at hand ([MeasureRecall]), before a cluster is paid for. It imports
// no AWS SDK, and calls nothing.
//
// What it knows of OpenSearch is what the code of its k-NN plugin does, versions 2.17
// to 3.8, which is not always what the documentation says.
package vector
