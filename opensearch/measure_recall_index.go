package opensearch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// A recallField is the field that is searched, as its index says it is.
type recallField struct {
	index     string // its name
	uuid      string
	path      string
	dimension int
	bytes     bool // its numbers are whole, -128 to 127
	space     vector.Space
	shards    int // primary ones; 0 if not known
	window    int // most results of a search
	created   string
	sequence  int64 // greatest number of a document with a vector
	declared  recallMapping
}

// A recallMapping is a field of type knn_vector as it was declared.
type recallMapping struct {
	Type        string
	Dimension   json.Number
	DataType    string `json:"data_type"`
	SpaceType   string `json:"space_type"`
	Mode        string
	Compression string `json:"compression_level"`
	ModelID     string `json:"model_id"`
	Method      *recallMethod
	Properties  map[string]json.RawMessage
}

// A recallMethod is the method of a field, or an encoder in it.
type recallMethod struct {
	Name       string
	Engine     string
	SpaceType  string `json:"space_type"`
	Parameters struct {
		Encoder *recallEncoder
	}
}

type recallEncoder struct {
	Name       string
	Parameters struct {
		Bits     json.Number
		Type     string
		ADC      bool        `json:"enable_adc"`
		Rotation bool        `json:"random_rotation"`
		M        json.Number `json:"m"`
		CodeSize json.Number `json:"code_size"`
		Interval json.Number `json:"confidence_interval"`
	}
}

// findField reads what the index says of the field.
func (m *recallMeasurer) findField(ctx context.Context) error {
	m.requests.Add(1)
	indices, err := readIndices(ctx, m.conn, m.opts.Index)
	switch {
	case err != nil:
		return fmt.Errorf("the mapping of %s, without which nothing can be measured: %w", m.opts.Index, err)
	case len(indices) == 0:
		return fmt.Errorf("there is no index %s", m.opts.Index)
	case len(indices) > 1:
		return fmt.Errorf("%s shows %d indices, %s and %s among them: measure each by itself, since they need not be alike",
			m.opts.Index, len(indices), indices[0].name, indices[1].name)
	}
	found := indices[0]
	m.field = recallField{index: found.name, uuid: found.uuid(), path: m.opts.Field, window: 10_000}
	if n, err := strconv.Atoi(found.setting("index.max_result_window")); err == nil {
		m.field.window = n
	}
	m.field.shards, _ = strconv.Atoi(found.setting("index.number_of_shards")) // Serverless does not tell
	m.field.created = createdVersion(found.setting("index.version.created"))
	if m.field.declared, err = findMapping(found.mapping["properties"], m.opts.Field); err != nil {
		return fmt.Errorf("%s: %w", found.name, err)
	}
	if knn := found.setting("index.knn"); knn != "true" && (knn != "" || m.conn.Product() != Serverless) { // which need not tell
		return fmt.Errorf("%s is not made for k-NN search (index.knn is not true): what searches it is exact", found.name)
	}
	if found.name != m.opts.Index {
		m.note("%s is an alias of %s, which was searched itself, without filter and routing of the alias", m.opts.Index, found.name)
	}
	if err := m.readModel(ctx); err != nil {
		return err
	}
	return m.field.complete(found.setting("index.knn.space_type"))
}

// findMapping returns the mapping of a field by its path.
func findMapping(properties json.RawMessage, path string) (recallMapping, error) {
	steps := strings.Split(path, ".")
	for i, step := range steps {
		var fields map[string]json.RawMessage
		if len(properties) > 0 {
			if err := json.Unmarshal(properties, &fields); err != nil {
				return recallMapping{}, fmt.Errorf("the mapping is not what OpenSearch says: %w", err)
			}
		}
		var kind struct {
			Type       string
			Properties json.RawMessage
		}
		if fields[step] == nil {
			return recallMapping{}, fmt.Errorf("there is no field %q", path)
		}
		if err := json.Unmarshal(fields[step], &kind); err != nil {
			return recallMapping{}, fmt.Errorf("the mapping of %q is not what OpenSearch says: %w", path, err)
		}
		switch {
		case i == len(steps)-1 && kind.Type == "knn_vector":
			var m recallMapping
			err := json.Unmarshal(fields[step], &m)
			if err != nil {
				err = fmt.Errorf("the mapping of %q is not what OpenSearch says: %w", path, err)
			}
			return m, err
		case i == len(steps)-1:
			return recallMapping{}, fmt.Errorf("the field %q is of type %q, not knn_vector", path, kind.Type)
		case kind.Type == "nested":
			return recallMapping{}, fmt.Errorf("the field %q is in the nested object %q: of these a document has several vectors, and its neighbours are not measured here", path, strings.Join(steps[:i+1], "."))
		}
		properties = kind.Properties
	}
	return recallMapping{}, fmt.Errorf("there is no field %q", path)
}

// complete says what the declaration comes to.
func (f *recallField) complete(settingSpace string) error {
	d := f.declared
	n, err := strconv.Atoi(d.Dimension.String())
	if err != nil || n < 1 || n > vector.MaxDimension {
		return fmt.Errorf("%s: the dimension of %q is %q: give a field of 1 to %d", f.index, f.path, d.Dimension, vector.MaxDimension)
	}
	f.dimension = n
	space := d.SpaceType
	if space == "" && d.Method != nil {
		space = d.Method.SpaceType
	}
	if space == "" {
		space = settingSpace
	}
	if space == "" {
		space = string(vector.L2)
	}
	f.space = vector.Space(strings.ToLower(space))
	if !slices.Contains([]vector.Space{vector.L2, vector.InnerProduct, vector.Cosine}, f.space) {
		return fmt.Errorf("%s: the space of %q is %s: measured are %s, %s and %s", f.index, f.path, space, vector.L2, vector.InnerProduct, vector.Cosine)
	}
	switch strings.ToLower(d.DataType) {
	case "", "float":
	case "byte":
		f.bytes = true
	default:
		return fmt.Errorf("%s: the data_type of %q is %s: measured are float and byte", f.index, f.path, d.DataType)
	}
	return nil
}

// readModel fills in what a trained model says of the field, if it has one.
func (m *recallMeasurer) readModel(ctx context.Context) error {
	d := &m.field.declared
	if d.ModelID == "" {
		return nil
	}
	m.requests.Add(1)
	model, err := ask[struct {
		Dimension json.Number
		SpaceType string `json:"space_type"`
		Engine    string
	}](ctx, m.conn, Request{
		Method: http.MethodGet, Path: pathOf("_plugins", "_knn", "models", d.ModelID), Query: url.Values{"filter_path": {"dimension,space_type,engine"}},
	})
	if err != nil {
		return fmt.Errorf("the model %q, which says what dimension and space %q has: %w", d.ModelID, m.field.path, err)
	}
	d.Dimension, d.SpaceType = model.Dimension, model.SpaceType
	d.Method = &recallMethod{Engine: model.Engine}
	return nil
}

// countVectors returns how many documents have a vector, and how many there are in all.
func (m *recallMeasurer) countVectors(ctx context.Context) (with, all int64, err error) {
	type counted struct {
		Count  int64
		Shards shards `json:"_shards"`
	}
	body, err := json.Marshal(map[string]any{"query": m.hasVector()})
	if err != nil {
		return 0, 0, err
	}
	var counts [2]int64
	for i, body := range [][]byte{body, nil} {
		var answer counted
		err := m.untilWhole(ctx, func() (partial, err error) {
			answer, err = ask[counted](ctx, m.conn, Request{Method: http.MethodPost, Path: pathOf(m.field.index, "_count"), Body: body, Repeat: true})
			return answer.Shards.searched("count " + m.field.index), err
		})
		if err != nil {
			return 0, 0, err
		}
		counts[i] = answer.Count
	}
	return counts[0], counts[1], nil
}

// hasVector is a query for the documents with a vector.
func (m *recallMeasurer) hasVector() map[string]any {
	return map[string]any{"exists": map[string]any{"field": m.field.path}}
}

// readShards reads the segments of the primary shards. Not to be told is no error.
func (m *recallMeasurer) readShards(ctx context.Context) []IndexShard {
	if m.conn.Product() == Serverless {
		m.unknown("shards and segments: Serverless does not tell")
		return nil
	}
	m.requests.Add(1)
	rows, err := ask[[]struct {
		Shard   json.Number `json:"shard"`
		Primary string      `json:"prirep"`
		Docs    json.Number `json:"docs.count"`
		Deleted json.Number `json:"docs.deleted"`
	}](ctx, m.conn, Request{
		Method: http.MethodGet, Path: pathOf("_cat", "segments", m.field.index), Query: url.Values{"format": {"json"}, "bytes": {"b"}},
	})
	if err != nil {
		m.unknown("shards and segments: %s", why(err))
		return nil
	}
	shards := map[int]*IndexShard{}
	for n := range m.field.shards { // one without documents has no segment
		shards[n] = &IndexShard{Number: n}
	}
	for _, row := range rows {
		if row.Primary != "p" {
			continue
		}
		n, err := strconv.Atoi(row.Shard.String())
		documents, err2 := row.Docs.Int64()
		deleted, err3 := row.Deleted.Int64()
		if err := errors.Join(err, err2, err3); err != nil {
			m.unknown("shards and segments: the answer is not what OpenSearch says: %v", err)
			return nil
		}
		if shards[n] == nil {
			shards[n] = &IndexShard{Number: n}
		}
		shards[n].Segments++
		shards[n].Documents += documents
		shards[n].Deleted += deleted
	}
	var list []IndexShard
	for _, shard := range shards {
		list = append(list, *shard)
	}
	slices.SortFunc(list, func(a, b IndexShard) int { return a.Number - b.Number })
	return list
}
