package opensearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/awspatterns/awspatterns/state"
)

// ErrOtherCheckpoint reports that a checkpoint was made by a run that loads other
// content, with other options, or to another place, and has not ended.
var ErrOtherCheckpoint = errors.New("the checkpoint is that of another run")

// checkpoints is the set of the records of checkpoints in a store.
const checkpoints = "opensearch-ingest"

// NewCheckpoint returns a checkpoint that is kept as the record with that name in a
// store. One name is for one run at a time: if another run uses it meanwhile, Save
// returns an error that wraps [state.ErrConflict], and the run ends. So is what it
// returns, and each run needs its own: two that share one are not told from each other.
//
// A run that has ended leaves the name to the next, whatever that loads; one that was
// stopped keeps it for its like ([ErrOtherCheckpoint]).
func NewCheckpoint(store state.Store, name string) Checkpoint {
	return &checkpoint{store: store, name: name}
}

type checkpoint struct {
	store state.Store
	name  string

	mu      sync.Mutex
	version string
	unsure  []byte // what a Put wrote that may or may not have had its effect
}

func (c *checkpoint) Load(ctx context.Context) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.store.Get(ctx, checkpoints, c.name)
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", c.name, err)
	}
	c.version, c.unsure = r.Version, nil
	return r.Value, nil
}

func (c *checkpoint) Save(ctx context.Context, value []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.put(ctx, value)
	if errors.Is(err, state.ErrConflict) && c.ownWrite(ctx) {
		err = c.put(ctx, value)
	}
	switch {
	case err == nil:
		c.unsure = nil
		return nil
	case errors.Is(err, state.ErrConflict):
		return fmt.Errorf("checkpoint %s: another run uses it at the same time: give each its own, or wait until that one has ended: %w", c.name, err)
	}
	c.unsure = bytes.Clone(value)
	return fmt.Errorf("checkpoint %s: %w", c.name, err)
}

func (c *checkpoint) put(ctx context.Context, value []byte) error {
	records := []state.Record{{Set: checkpoints, Key: c.name, Value: value, Version: c.version}}
	err := c.store.Put(ctx, records)
	if err == nil {
		c.version = records[0].Version
	}
	return err
}

// ownWrite reports whether the record is what an earlier Save wrote that got no
// answer, and then takes its version. Every run has an id in what it saves, so that
// it is not taken for that of another.
func (c *checkpoint) ownWrite(ctx context.Context) bool {
	if c.unsure == nil {
		return false
	}
	r, err := c.store.Get(ctx, checkpoints, c.name)
	if err != nil || !bytes.Equal(r.Value, c.unsure) {
		return false
	}
	c.version, c.unsure = r.Version, nil
	return true
}

// bookmarkFormat is the number of the format of a mark.
const bookmarkFormat = 1

// maxRejected bounds the rejections in a mark, and with it the mark: a store takes
// values of up to state.MaxValue bytes.
const maxRejected = 5_000

// A bookmark is what a Checkpoint keeps: how far a run came.
type bookmark struct {
	Format  int    `json:"format"`
	Run     string `json:"run"`               // id of the run that saved it, so that no two save equal marks
	Source  string `json:"source"`            // version of the source
	Index   string `json:"index"`             // that was written to
	Cluster string `json:"cluster,omitempty"` // its UUID; empty if it is not known

	// Next is the first record that is not known to be written or refused for good.
	Next     Position `json:"next"`
	Read     int64    `json:"read"`            // records before Next
	Ahead    int64    `json:"ahead,omitempty"` // records from Next on that were read and may be written
	Complete bool     `json:"complete,omitempty"`

	// Rejected are the records before Next that were refused for good, up to
	// maxRejected, if the run has to know them.
	Rejected []Position `json:"rejected,omitempty"`
}

func (m bookmark) encode() ([]byte, error) {
	m.Format = bookmarkFormat
	return json.Marshal(m)
}

func decodeBookmark(value []byte) (bookmark, error) {
	var format struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(value, &format); err != nil {
		return bookmark{}, fmt.Errorf("the checkpoint is not one that this package made: %w", err)
	}
	if format.Format != bookmarkFormat {
		return bookmark{}, fmt.Errorf("the checkpoint has format %d, and this version reads %d: go on with the version that made it", format.Format, bookmarkFormat)
	}
	var m bookmark
	d := json.NewDecoder(bytes.NewReader(value))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return bookmark{}, fmt.Errorf("the checkpoint is damaged: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return bookmark{}, errors.New("the checkpoint is damaged: there is more behind its end")
	}
	if m.Source == "" || m.Index == "" || m.Next.Input < 0 || m.Next.Record < 0 || m.Read < 0 || m.Ahead < 0 {
		return bookmark{}, fmt.Errorf("the checkpoint is damaged: it is of source %q and index %q, at %+v, behind %d records", m.Source, m.Index, m.Next, m.Read)
	}
	return m, nil
}

// resumes reports whether a run of this source into this index goes on from the
// mark. A run that has ended is gone on with only by its like, and otherwise
// the next one begins anew.
func (m bookmark) resumes(source, index, cluster string) (bool, error) {
	differs := m.differs(source, index, cluster)
	switch {
	case len(differs) == 0:
		return true, nil
	case m.Complete:
		return false, nil
	}
	return false, fmt.Errorf("%w, which has not ended: %s; let that run end, or take a checkpoint of another name", ErrOtherCheckpoint, strings.Join(differs, ", "))
}

// differs says in words what is other than in the mark.
func (m bookmark) differs(source, index, cluster string) (differs []string) {
	if m.Index != index {
		differs = append(differs, fmt.Sprintf("it writes to %q and not to %q", m.Index, index))
	}
	if m.Cluster != "" && cluster != "" && m.Cluster != cluster {
		differs = append(differs, fmt.Sprintf("its cluster is %s and not %s", m.Cluster, cluster))
	}
	content, options, _ := strings.Cut(m.Source, ".")
	nowContent, nowOptions, _ := strings.Cut(source, ".")
	if content != nowContent {
		differs = append(differs, "its files, objects or documents are not these, or have changed since")
	}
	if options != nowOptions {
		differs = append(differs, "its Mode, Format, Fields, IDField, GeneratedIDs, RoutingField or Pipeline are not these")
	}
	return differs
}
