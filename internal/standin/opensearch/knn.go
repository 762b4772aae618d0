package opensearch

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A vectorField is a field of type knn_vector, as far as searches care: what is kept of
// a vector is its numbers, or one bit of each. All other encoders are taken to lose
// nothing, and graphs to find all.
type vectorField struct {
	dimension int
	bytes     bool
	space     string
	oneBit    bool
	factor    float64 // default oversample_factor; 0 is no rescoring
}

// readVector checks the parameters of a knn_vector (KNNVectorFieldMapper.TypeParser).
func (f *field) readVector(name string) *apiError {
	if wrong := f.checkVectorNames(name); wrong != nil {
		return wrong
	}
	dimension := scalarText(f.params["dimension"])
	n, err := strconv.Atoi(dimension)
	switch {
	case f.params["model_id"] != nil && f.params["dimension"] != nil:
		return illegalArgument("Cannot specify both a modelId and dimension in the mapping: %s", name)
	case f.params["model_id"] != nil:
		return notImplemented("trained models")
	case f.params["dimension"] == nil:
		return illegalArgument("Dimension value missing for vector: %s", name)
	case err != nil:
		return illegalArgument("Unable to parse [dimension] from provided value [%s] for vector [%s]", dimension, name)
	case n < 1:
		return illegalArgument("Dimension value must be greater than 0 for vector: %s", name)
	case n > 16_000:
		return newError(400, "validation_exception", "Validation Failed: 1: Dimension value cannot be greater than 16000 for vector with engine: %s;", cmp.Or(f.method().Engine, "faiss"))
	}
	top, inner := scalarText(f.params["space_type"]), f.method().SpaceType
	if top != "" && inner != "" && top != inner {
		return mapperParsing("Cannot specify conflicting space types: \"[%s]\" \"[%s]\"", inner, top)
	}
	if data := strings.ToLower(scalarText(f.params["data_type"])); data != "" && data != "float" && (f.params["mode"] != nil || f.params["compression_level"] != nil) {
		return mapperParsing("Compression and mode cannot be used for non-float32 data type for field %s", name)
	}
	if f.method().Engine == "faiss" && scalarText(f.params["compression_level"]) == "4x" {
		return newError(400, "validation_exception", `Validation Failed: 1: "faiss" does not support "4x" compression;`)
	}
	return nil
}

var vectorParams = []string{"dimension", "data_type", "space_type", "method", "mode", "compression_level", "model_id", "index", "store", "doc_values", "meta"}

// checkVectorNames refuses parameters and values that there are not.
func (f *field) checkVectorNames(name string) *apiError {
	for _, param := range slices.Sorted(maps.Keys(f.params)) {
		if !slices.Contains(vectorParams, param) {
			return mapperParsing("unknown parameter [%s] on mapper [%s] of type [knn_vector]", param, name)
		}
	}
	one := func(param string, known ...string) bool {
		return f.params[param] == nil || slices.Contains(known, strings.ToLower(scalarText(f.params[param])))
	}
	spaces := []string{"l2", "cosinesimil", "l1", "linf", "innerproduct", "hamming"}
	switch {
	case !one("mode", "in_memory", "on_disk"):
		return mapperParsing("Unknown value [%s] for field [mode] - accepted values are [null, in_memory, on_disk]", scalarText(f.params["mode"]))
	case !one("compression_level", "1x", "2x", "4x", "8x", "16x", "32x"):
		return mapperParsing("Unknown value [%s] for field [compression_level] - accepted values are [, 1x, 2x, 4x, 8x, 16x, 32x]", scalarText(f.params["compression_level"]))
	case !one("data_type", "float", "byte", "binary"):
		return illegalArgument("Invalid value provided for [data_type] field. Supported values are [binary,byte,float]")
	case !one("data_type", "float", "byte"):
		return notImplemented("vectors of bits")
	case !one("space_type", spaces...):
		return illegalArgument("Unable to find space: %s . Valid values are: [%s]", scalarText(f.params["space_type"]), strings.Join(spaces, ", "))
	}
	switch m := f.method(); {
	case !slices.Contains([]string{"", "hnsw", "ivf", "flat"}, m.Name):
		return illegalArgument("Invalid method name: %s", m.Name)
	case !slices.Contains([]string{"", "faiss", "lucene", "nmslib"}, m.Engine):
		return mapperParsing("Invalid engine: %s", m.Engine)
	}
	return nil
}

// A vectorMethod is the method of a knn_vector.
type vectorMethod struct {
	Name, Engine string
	SpaceType    string `json:"space_type"`
	Parameters   struct {
		Encoder struct {
			Name       string
			Parameters struct{ Bits int }
		}
	}
}

func (f *field) method() (m vectorMethod) {
	json.Unmarshal(f.params["method"], &m) // none is the default
	return m
}

// vector is what searches know of a knn_vector, under a version.
func (f *field) vector(s *Server) vectorField {
	m, level, mode := f.method(), scalarText(f.params["compression_level"]), scalarText(f.params["mode"])
	v := vectorField{
		space: cmp.Or(scalarText(f.params["space_type"]), m.SpaceType, "l2"),
		bytes: strings.EqualFold(scalarText(f.params["data_type"]), "byte"),
	}
	v.dimension, _ = strconv.Atoi(scalarText(f.params["dimension"])) // checked
	encoder := m.Parameters.Encoder
	v.oneBit = level == "32x" || m.Name == "flat" || encoder.Parameters.Bits == 1 || encoder.Name == "binary" ||
		mode == "on_disk" && level == "" && encoder.Name == ""
	if v.oneBit && mode == "on_disk" {
		v.factor = 3
		if v.dimension <= 1000 && !s.before(2, 18) {
			v.factor = 5
		}
	}
	if v.oneBit && !s.before(3, 6) {
		v.factor = 2
	}
	return v
}

// before tells whether the version is lower than another.
func (s *Server) before(major, minor int) bool {
	parts := strings.Split(s.version(), ".")
	have, _ := strconv.Atoi(parts[min(1, len(parts)-1)])
	return s.major() < major || s.major() == major && have < minor
}

// vector goes through the value of a knn_vector (KNNVectorFieldMapper.parseCreateField).
func (r *reading) vector(f *field, path string, key []byte) error {
	if r.peek() == 'n' {
		return r.skip()
	}
	raw, err := r.value()
	if err != nil {
		return err
	}
	v := f.vector(r.server)
	values, wrong, at := v.read(raw)
	if wrong == nil && len(values) != v.dimension {
		wrong = illegalArgument("Vector dimension mismatch. Expected: %d, Given: %d", v.dimension, len(values))
	}
	if wrong == nil && v.space == "cosinesimil" && !slices.ContainsFunc(values, func(x float32) bool { return x != 0 }) {
		wrong = illegalArgument("zero vector is not supported when space type is [cosinesimil]")
	}
	if wrong == nil && raw[0] != '[' {
		return mapperParsing("failed to parse") // it reads on behind a number without a list
	}
	if wrong == nil {
		return nil
	}
	e := r.refuse([]byte(join(path, key)), f, []byte(at))
	e.CausedBy = wrong
	return e
}

// read reads a vector: numbers, or strings that are some. at is what an error shows.
func (v vectorField) read(raw []byte) (values []float32, wrong *apiError, at string) {
	list := []json.RawMessage{raw}
	switch raw[0] {
	case '[':
		list = nil                 // what is in it would be written over
		json.Unmarshal(raw, &list) // checked
	case '"':
		return nil, nil, scalarText(raw)
	case '{':
		return nil, nil, string(raw)
	}
	for _, one := range list {
		text := scalarText(one)
		x, err := strconv.ParseFloat(text, 32)
		switch {
		case math.IsNaN(x):
			return nil, illegalArgument("KNN vector values cannot be NaN"), "NaN"
		case math.IsInf(x, 0):
			return nil, illegalArgument("KNN vector values cannot be infinity"), "Infinity"
		case err != nil:
			return nil, newError(400, "json_parse_exception", "Current token (VALUE_%s) not numeric, can not use numeric value accessors", strings.ToUpper(text)), "null"
		case v.bytes && x != math.Trunc(x):
			return nil, illegalArgument("[data_type] field was set as [byte] in index mapping. But, KNN vector values are floats instead of byte integers"), text
		case v.bytes && (x < -128 || x > 127):
			return nil, illegalArgument("[data_type] field was set as [byte] in index mapping. But, KNN vector values are not within in the byte range [-128, 127]"), text
		}
		values = append(values, float32(x))
	}
	return values, nil, "null"
}
