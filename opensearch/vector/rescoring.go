package vector

// rescoringSource is where the factors are from; the documentation lacks that of
// dimensions up to 1,000.
const rescoringSource = "CompressionLevel.getDefaultRescoreContext of the k-NN plugin "

// rescoring returns what a version does by itself after it has searched codes of a
// technique. Without mode on_disk that is nothing, but for sq with 1 bit and the method
// flat, which are rescored in any mode. It is done by FAISS and, from version 3.1 on, by
// Lucene.
func rescoring(r release, t Technique, dimension int) Rescoring {
	if !r.known() {
		return Rescoring{Source: "AWS does not document by which factor Serverless does"}
	}
	result := Rescoring{Known: true, Source: rescoringSource + r.String()}
	switch {
	case t.Encoding.Encoder == OSQ:
		result.Factor = 2
	case t.Mode == OnDisk:
		result.Factor = levelFactor(r, compression(t.Encoding, dimension), dimension)
	}
	return result
}

// levelFactor returns the factor of a compression level with mode on_disk, 0 without
// rescoring.
func levelFactor(r release, level, dimension int) float64 {
	switch {
	case level < 4, level == 4 && !r.from(3, 1):
		return 0
	case level == 4:
		return 1
	case r.from(2, 18) && dimension <= 1000:
		return 5
	}
	return map[int]float64{8: 2, 16: 3, 32: 3, 64: 5}[level]
}

// compression returns the compression level that the plugin gives to an encoding: of 32
// bits for a dimension. Of PQ it takes the power of 2 below, at most 64. Vectors of bytes
// are level 1, as nothing is done with them.
func compression(e Encoding, dimension int) int {
	switch e.Encoder {
	case FP16:
		return 2
	case SQ7:
		return 4
	case Binary:
		return 32 / e.Bits
	case OSQ:
		return 32
	case PQ:
		level := 1
		for level < 64 && dimension*32 >= 2*level*e.SubVectors*e.CodeSize {
			level *= 2
		}
		return level
	}
	return 1
}
