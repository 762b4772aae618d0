package vector

// Bytes that a number takes in _source, where a document is kept as text: the length
// of "-0.01234567," and of "-128,". It compresses little.
const (
	textOfFloat = 12
	textOfByte  = 5
)

// diskOf estimates the disk that an index takes, with replicas: see SizeVectorIndex.
func diskOf(o SizeVectorIndexOptions, t Technique, m Memory) int64 {
	d := int64(o.Dimension)
	number, text := int64(4), int64(textOfFloat)
	if t.Encoding.Encoder == Byte {
		number, text = 1, textOfByte
	}
	once := o.Vectors*d*number + m.Graph + m.Shared + o.Metadata
	if !ownVectors(t) {
		once += m.Vectors
	}
	if !derivedSource(o.Version) {
		once += o.Vectors * d * text
	}
	return once * int64(1+o.Replicas)
}

// ownVectors tells whether the codes are the vectors themselves, which are kept once.
// FAISS and NMSLIB have copies of them in their files.
func ownVectors(t Technique) bool {
	return t.Engine == Lucene && (t.Encoding.Encoder == FP32 || t.Encoding.Encoder == Byte)
}

// derivedSource tells whether vectors are left out of _source by default.
//
// Source: https://opensearch.org/blog/do-more-with-less-save-up-to-3x-on-storage-with-derived-vector-source/
func derivedSource(version string) bool { return sizeSince(version, 3, 0) }

// sizeSince tells whether a version is at least major.minor. That of Serverless is not
// known, and is not.
func sizeSince(version string, major, minor int) bool {
	r, err := parseVersion(version)
	return err == nil && r.from(major, minor)
}
