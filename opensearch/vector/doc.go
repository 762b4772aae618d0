// Package vector plans vector indices of OpenSearch, before a cluster is paid for. It
// imports no AWS SDK, and calls nothing.
//
//   - [SizeVectorIndex] says what each way of keeping vectors takes in memory, on disk,
//     in nodes and in money, why others fall out, and what to send.
//   - [MeasureRecall] measures, on a sample of the vectors at hand, how much of the truth
//     each way finds, and extrapolates it. Its result goes into SizeVectorIndex, and is
//     written as a chart.
//   - [Nearest] is exact search, which the truth comes from.
//   - [FitByteEncoder], [ClampFP16] and [PackBinary] are for those who quantize before
//     they write.
//   - [Open] and [FromRows] read vectors from files that may be larger than memory;
//     [FromSlices] and [FromValues] take those in memory.
//
// What it knows of OpenSearch is what the code of its k-NN plugin does, versions 2.17
// to 3.8, which is not always what the documentation says. Of OpenSearch Serverless it
// knows what AWS documents, and says so where that is not enough.
package vector
