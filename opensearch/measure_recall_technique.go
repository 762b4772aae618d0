package opensearch

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// createdVersion reads index.version.created: 137277827 is 3.6.0. Empty if it is none.
//
// Source: Version.fromId of OpenSearch: the number is major·1,000,000 + minor·10,000 +
// revision·100 + build, with the bit 0x08000000 that tells it from Elasticsearch.
func createdVersion(setting string) string {
	id, err := strconv.ParseInt(setting, 10, 64)
	if err != nil || id&0x08000000 == 0 {
		return ""
	}
	id ^= 0x08000000
	return fmt.Sprintf("%d.%d.%d", id/1_000_000, id/10_000%100, id/100%100)
}

// atLeast reports whether a version is known, and no lower than another.
func atLeast(version, other string) bool { return version != "" && !lower(version, other) }

// technique returns what the declaration of the field comes to, in a cluster of a
// version. What cannot be told is said in the notes, and Known is then false.
//
// Source: EngineResolver, FaissMethodResolver and LuceneHNSWMethodResolver of the k-NN
// plugin, 2.17 to 3.8: what an index is was decided when it was made.
func (f recallField) technique(version string) (r vector.Resolution) {
	made := f.created
	if made == "" {
		made = version
	}
	d := f.declared
	if d.Method == nil {
		d.Method = &recallMethod{}
	}
	r.Method = vector.Method(d.Method.Name)
	if r.Method == "" {
		r.Method = vector.HNSW
	}
	r.Mode, r.CompressionLevel = vector.Mode(strings.ToLower(d.Mode)), d.Compression
	r.Engine = vector.Engine(strings.ToLower(d.Method.Engine))
	if r.Engine == "" {
		r.Engine = defaultEngine(d, made)
	}
	if r.Mode == vector.OnDisk && r.CompressionLevel == "" && d.Method.Parameters.Encoder == nil {
		r.CompressionLevel = "32x"
		if r.Engine == vector.Lucene && !atLeast(made, "3.6") {
			r.CompressionLevel = "4x"
		}
	}
	if r.Mode == "" {
		r.Mode = vector.InMemory
	}
	encoding, err := f.encoding(d, r, made)
	switch {
	case d.ModelID != "":
		r.Notes = append(r.Notes, fmt.Sprintf("the index was made with the model %q: its encoder is not told", d.ModelID))
	case r.Engine == "":
		r.Notes = append(r.Notes, "the mapping names no engine, and which one is taken depends on the version, which is not known")
	case err != nil:
		r.Notes = append(r.Notes, err.Error())
	default:
		r.Encoding, r.Known = encoding, true
	}
	return r
}

// defaultEngine is the engine of a field that names none; empty if not known.
func defaultEngine(d recallMapping, made string) vector.Engine {
	onDisk, level := strings.EqualFold(d.Mode, string(vector.OnDisk)), d.Compression
	switch {
	case d.Method.Name == string(vector.Flat) || level == "4x":
		return vector.Lucene
	case level != "" && level != "1x" || onDisk:
		return vector.FAISS
	case made == "":
		return ""
	case atLeast(made, "2.19") || atLeast(made, "2.18") && level == "" && d.Mode == "":
		return vector.FAISS
	}
	return vector.NMSLIB
}

// encoding is how the numbers of the field are kept.
func (f recallField) encoding(d recallMapping, r vector.Resolution, made string) (e vector.Encoding, err error) {
	encoder := d.Method.Parameters.Encoder
	switch {
	case f.bytes:
		return vector.Encoding{Encoder: vector.Byte}, nil
	case r.Method == vector.Flat:
		return vector.Encoding{Encoder: vector.OSQ}, nil
	case encoder == nil || encoder.Name == "flat":
		return encodingOfLevel(r, made)
	}
	p := encoder.Parameters
	bits, _ := strconv.Atoi(p.Bits.String()) // 0 if it is left out
	switch encoder.Name {
	case "sq":
		switch {
		case p.Interval != "":
			return e, fmt.Errorf("the encoder sets the confidence_interval %s, and not the default of its version", p.Interval)
		case bits == 1:
			return vector.Encoding{Encoder: vector.OSQ}, nil
		case r.Engine == vector.Lucene && (bits == 0 || bits == 7):
			return vector.Encoding{Encoder: vector.SQ7}, nil
		case r.Engine == vector.FAISS && (bits == 0 || bits == 16):
			return vector.Encoding{Encoder: vector.FP16}, nil
		}
	case "binary":
		return vector.Encoding{Encoder: vector.Binary, Bits: max(1, bits), ADC: p.ADC, RandomRotation: p.Rotation}, nil
	case "pq":
		m, _ := strconv.Atoi(p.M.String())
		size, _ := strconv.Atoi(p.CodeSize.String())
		if size == 0 {
			size = 8
		}
		return vector.Encoding{Encoder: vector.PQ, SubVectors: max(1, m), CodeSize: size}, nil
	}
	return e, fmt.Errorf("the encoder %q of %s with %d bits is not known here", encoder.Name, r.Engine, bits)
}

// encodingOfLevel is what a compression_level comes to.
func encodingOfLevel(r vector.Resolution, made string) (e vector.Encoding, err error) {
	lucene := r.Engine == vector.Lucene
	switch r.CompressionLevel {
	case "", "1x":
		return vector.Encoding{Encoder: vector.FP32}, nil
	case "2x":
		return vector.Encoding{Encoder: vector.FP16}, nil
	case "4x":
		return vector.Encoding{Encoder: vector.SQ7}, nil
	case "8x":
		return vector.Encoding{Encoder: vector.Binary, Bits: 4}, nil
	case "16x":
		return vector.Encoding{Encoder: vector.Binary, Bits: 2}, nil
	case "32x":
		switch {
		case lucene || atLeast(made, "3.6") && r.Method == vector.HNSW:
			return vector.Encoding{Encoder: vector.OSQ}, nil
		case made == "":
			return e, fmt.Errorf("what 32x comes to depends on the version, which is not known")
		}
		return vector.Encoding{Encoder: vector.Binary, Bits: 1}, nil
	}
	return e, fmt.Errorf("the compression_level %q is not known here", r.CompressionLevel)
}
