package vector

// A Space is how near two vectors are, by the name that OpenSearch has for it.
type Space string

// The spaces of vectors of numbers. Hamming, for vectors of bits, is not planned here.
const (
	L2           Space = "l2"           // Euclidean distance; what OpenSearch takes if nothing is said
	InnerProduct Space = "innerproduct" // the greater, the nearer
	Cosine       Space = "cosinesimil"  // the cosine of the angle; no vector may be zero
)

// An Engine is what keeps and searches vectors.
type Engine string

// The engines. NMSLIB takes no new indices from version 3.0 on.
const (
	FAISS  Engine = "faiss"
	Lucene Engine = "lucene"
	NMSLIB Engine = "nmslib"
)

// A Method is how vectors are searched.
type Method string

// The methods.
const (
	HNSW Method = "hnsw" // a graph of neighbours
	IVF  Method = "ivf"  // lists of what is near a centroid; needs training
	Flat Method = "flat" // no structure: codes of 1 bit are searched all, and rescored (Lucene, from version 3.6)
)

// A Mode says where the vectors are that a search ends with.
type Mode string

// The modes.
const (
	InMemory Mode = "in_memory"
	OnDisk   Mode = "on_disk" // codes in memory, vectors on disk, with which the best candidates are scored again
)

// An Encoder is how numbers of a vector are kept.
type Encoder string

// The encoders.
const (
	FP32   Encoder = "fp32"
	FP16   Encoder = "fp16"   // FAISS sq with 16 bits
	Byte   Encoder = "byte"   // data_type byte: whoever writes has quantized before, see ByteEncoder
	SQ7    Encoder = "sq7"    // Lucene sq with 7 bits
	Binary Encoder = "binary" // FAISS binary: 1, 2 or 4 bits as a thermometer
	OSQ    Encoder = "osq"    // Lucene's optimized scalar quantization: 1 bit, queries 4 bits; sq with 1 bit
	PQ     Encoder = "pq"     // product quantization; needs training
)

// An Encoding is an encoder with its parameters. Encodings can be compared with ==.
type Encoding struct {
	Encoder Encoder `json:"encoder"`

	Bits           int  `json:"bits,omitempty"`            // of Binary: 1, 2 or 4 of a dimension
	ADC            bool `json:"adc,omitempty"`             // of Binary with 1 bit: the query is not quantized
	RandomRotation bool `json:"random_rotation,omitempty"` // of Binary

	SubVectors int `json:"sub_vectors,omitempty"` // of PQ: pq_m, a divisor of the dimension, below 1,024
	CodeSize   int `json:"code_size,omitempty"`   // of PQ: bits of a sub-vector, at most 8, and 8 with HNSW
}

// A Technique is a way of keeping and searching vectors. Techniques can be compared
// with ==.
type Technique struct {
	Engine   Engine   `json:"engine"`
	Method   Method   `json:"method"`
	Mode     Mode     `json:"mode"`
	Encoding Encoding `json:"encoding"`
}
