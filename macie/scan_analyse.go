package macie

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/awspatterns/awspatterns/internal/maciejobs"
	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/state"
)

// A shard is the images that one Macie job analyses. Whoever writes that it has
// begun creates the job, when all images are read.
type shard struct {
	Number  int      `json:"number"`
	From    position `json:"from"`
	To      position `json:"to"`
	JobID   string   `json:"jobId,omitempty"`
	Images  int      `json:"images"`
	Status  string   `json:"status,omitempty"`
	Problem string   `json:"problem,omitempty"`
	Done    bool     `json:"done,omitempty"`  // its images have their states
	Begun   int64    `json:"begun,omitempty"` // when its job was about to be created, Unix time

	// Of a shard of an event-driven run, which has a record from when all its images
	// were listed: how many those are, the first of them that was being read when
	// somebody looked, and, in Unix time, when its job was looked at, when that was
	// seen to be over, and until when a process may be evaluating it.
	Size   int      `json:"size,omitempty"`
	Waits  position `json:"waits"`
	Looked int64    `json:"looked,omitempty"`
	Over   int64    `json:"over,omitempty"`
	Busy   int64    `json:"busy,omitempty"`

	version string
}

func shardKey(number int) string { return fmt.Sprintf("shard %05d", number) }

// shardSet is the set of the shards of the run.
func (s *scan) shardSet() string { return s.id + "/run/" + s.run.Run }

func (s *scan) getShard(ctx context.Context, number int) (*shard, error) {
	record, err := s.opts.Store.Get(ctx, s.shardSet(), shardKey(number))
	if err != nil {
		return nil, storeError(err)
	}
	if record.Version == "" {
		return &shard{Number: number}, nil
	}
	return decodeShard(record)
}

func decodeShard(r state.Record) (*shard, error) {
	sh := &shard{version: r.Version}
	if err := json.Unmarshal(r.Value, sh); err != nil {
		return nil, fmt.Errorf("store: record %q of %s: %w", r.Key, r.Set, err)
	}
	return sh, nil
}

func (s *scan) putShard(ctx context.Context, sh *shard) error {
	value, err := json.Marshal(sh)
	if err != nil {
		return err
	}
	records := []state.Record{{Set: s.shardSet(), Key: shardKey(sh.Number), Value: value, Version: sh.version}}
	if err := s.opts.Store.Put(ctx, records); err != nil {
		return storeError(err)
	}
	sh.version = records[0].Version
	return nil
}

// analyseShard has the texts of a shard analysed by Macie, waits, and gives its
// images their states.
func (s *scan) analyseShard(ctx context.Context, number int, from, to position) error {
	sh, err := s.claimShard(ctx, number, from, to)
	if err != nil {
		return err
	}
	if sh.JobID == "" || sh.Done {
		return nil
	}
	if err := s.await(ctx, sh); err != nil {
		return err
	}
	return s.evaluate(ctx, sh)
}

// await waits until a job is over, or will not go on by itself.
func (s *scan) await(ctx context.Context, sh *shard) error {
	st, err := s.jobs.Wait(ctx, sh.JobID, func(st maciejobs.Status) {
		s.tell(func(p *ScanProgress) {
			p.Phase = "analysing"
			p.Job = &ScanJob{ID: sh.JobID, Status: st.State, Images: sh.Images}
		})
	})
	if err != nil {
		return err
	}
	sh.Status, sh.Problem = st.State, describe(st)
	return nil
}

// claimShard returns the shard with its job, which it creates if nobody has. A
// shard without texts has none.
func (s *scan) claimShard(ctx context.Context, number int, from, to position) (*shard, error) {
	sh, err := s.getShard(ctx, number)
	if err != nil || sh.JobID != "" || sh.Done {
		return sh, err
	}
	sh.From, sh.To = from, to
	begun := sh.Begun != 0
	if !begun {
		if sh.Images, err = s.countTexts(ctx, sh); err != nil {
			return nil, err
		}
		sh.Begun, sh.Done = time.Now().Unix(), sh.Images == 0
		if err := s.putShard(ctx, sh); err != nil || sh.Done {
			return sh, err
		}
	}
	spec := s.jobSpec(sh)
	if begun { // the process that wrote the record may have created the job
		id, found, err := s.jobs.Find(ctx, spec.Name)
		if err != nil {
			return nil, err
		}
		if found {
			sh.JobID = id
			return sh, s.putShard(ctx, sh)
		}
	}
	if sh.JobID, err = s.jobs.Create(ctx, spec); err != nil {
		return nil, err
	}
	return sh, s.putShard(ctx, sh)
}

func (s *scan) jobSpec(sh *shard) maciejobs.Spec {
	ids := s.opts.Identifiers
	name := fmt.Sprintf("awspatterns-images-%s-%05d", s.run.Run, sh.Number)
	return maciejobs.Spec{
		Name: name, Token: hash("macie job", s.id, name),
		Description: "Text of images, by awspatterns macie.ScanImages",
		Account:     s.owner(s.opts.Results.Owner), Bucket: s.opts.Results.Bucket, Prefix: s.shardPrefix(sh.Number),
		Selector: ids.Selector, ManagedIDs: ids.Managed, CustomIDs: ids.Custom, AllowLists: ids.AllowLists,
		Tags: map[string]string{"awspatterns": "macie.ScanImages"},
	}
}

// members returns the images of a shard by their text.
func (s *scan) members(ctx context.Context, sh *shard) (map[string]*entry, error) {
	members := map[string]*entry{}
	err := s.eachMember(ctx, sh, func(e *entry) { members[e.TextID] = e })
	return members, err
}

func (s *scan) countTexts(ctx context.Context, sh *shard) (n int, err error) {
	err = s.eachMember(ctx, sh, func(*entry) { n++ })
	return n, err
}

func (s *scan) eachMember(ctx context.Context, sh *shard, f func(*entry)) error {
	for e, err := range s.between(ctx, sh.From, sh.To) {
		if err != nil {
			return err
		}
		if e.Seen == s.run.Run && e.Shard == sh.Number && e.Step == stepAnalysis {
			f(e)
		}
	}
	return nil
}

// evaluate gives the images of a shard their states. It can be done again: until
// all are written, the shard is not done.
func (s *scan) evaluate(ctx context.Context, sh *shard) error {
	records := time.Now().Add(s.opts.ProofWait) // that have not arrived by then, do not
	if s.events {
		records = time.Unix(sh.Over, 0).Add(s.opts.ProofWait)
	}
	select {
	case s.evaluates <- struct{}{}:
		defer func() { <-s.evaluates }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	members, err := s.members(ctx, sh)
	if err != nil {
		return err
	}
	found, end, err := s.gather(ctx, sh, members, records)
	if err != nil {
		return err
	}
	if err := s.judgeAll(ctx, sh, members, found, end); err != nil {
		return err
	}
	if sh.Status == jobPaused || sh.Status == jobUserPaused {
		return s.putShard(ctx, sh) // it may go on yet
	}
	sh.Done = true
	return s.putShard(ctx, sh)
}

// gather reads what Macie found, and waits until a time for the analysis records of
// all members, if there are to be some.
func (s *scan) gather(ctx context.Context, sh *shard, members map[string]*entry, until time.Time) (map[string]*evidence, jobEnd, error) {
	found := map[string]*evidence{}
	of := func(a maciejobs.Analysis) *evidence {
		id := textIDOf(a.Key)
		if members[id] == nil {
			return &evidence{} // a text that an interrupted reading left
		}
		if found[id] == nil {
			found[id] = &evidence{}
		}
		return found[id]
	}
	end := jobEnd{problem: sh.Problem, export: s.session.Export != nil}
	n := 0
	for a, err := range s.jobs.Analyses(ctx, sh.JobID) {
		if err != nil {
			return nil, end, err
		}
		n++
		e := of(a)
		e.findings = append(e.findings, fewerPlaces(a))
	}
	end.full = n >= s.opts.maxFindings
	if !end.export {
		return found, end, nil
	}
	err := s.gatherRecords(ctx, sh, len(members), until, found, of)
	return found, end, err
}

// maxFindings is how many findings a job keeps for certain ("Amazon Macie quotas"
// in the user guide).
const maxFindings = 100_000

// gatherRecords reads the exported analysis records of a job. They may arrive
// after it is complete.
func (s *scan) gatherRecords(ctx context.Context, sh *shard, members int, until time.Time, found map[string]*evidence, of func(maciejobs.Analysis) *evidence) error {
	for {
		proven, err := s.readRecords(ctx, sh, found, of)
		switch {
		case err != nil:
			return err
		case proven >= members || sh.Problem != "" || !time.Now().Add(s.opts.PollInterval).Before(until):
			return nil
		case s.events:
			return errRecordsLate
		}
		if err := pace.Sleep(ctx, s.opts.PollInterval); err != nil {
			return err
		}
	}
}

// errRecordsLate tells a process that does not wait that there are analysis records
// to come.
var errRecordsLate = errors.New("analysis records have not arrived yet")

// readRecords reads the analysis records that there are, and returns how many
// texts have one.
func (s *scan) readRecords(ctx context.Context, sh *shard, found map[string]*evidence, of func(maciejobs.Analysis) *evidence) (proven int, err error) {
	for _, e := range found {
		e.records = nil
	}
	for a, err := range maciejobs.Records(ctx, s.c.S3, *s.session.Export, s.target.Account, s.c.Region, sh.JobID) {
		if err != nil {
			return 0, err
		}
		e := of(a)
		e.records = append(e.records, fewerPlaces(a))
	}
	for _, e := range found {
		if len(e.records) > 0 {
			proven++
		}
	}
	return proven, nil
}

// fewerPlaces leaves out the places that no finding shows. A record has up to 1,000
// of each type, which is too much memory for all images of a job.
func fewerPlaces(a maciejobs.Analysis) maciejobs.Analysis {
	for i := range a.Detections {
		d := &a.Detections[i]
		d.Spans = slices.Clone(d.Spans[:min(len(d.Spans), maxPlaces)])
	}
	return a
}

// judgeAll writes the states of the members, many at a time.
func (s *scan) judgeAll(ctx context.Context, sh *shard, members map[string]*entry, found map[string]*evidence, end jobEnd) error {
	if err := s.locateFindings(ctx, members, found); err != nil {
		return err
	}
	batch := &batch{scan: s}
	for _, e := range slices.SortedFunc(maps.Values(members), byPosition) {
		evidence := evidence{}
		if f := found[e.TextID]; f != nil {
			evidence = *f
		}
		st, reason, settled := judge(e.Image, evidence, end)
		e.JobID, e.Settled = sh.JobID, settled
		if sh.Status == jobPaused || sh.Status == jobUserPaused {
			e.State, e.Reason = st, reason // for this result: the job may go on
		} else {
			e.finish(st, reason)
		}
		if err := batch.add(ctx, e); err != nil {
			return err
		}
	}
	return batch.flush(ctx)
}

func byPosition(a, b *entry) int {
	return cmp.Or(strings.Compare(a.Bucket, b.Bucket), strings.Compare(a.Key, b.Key))
}

// locateFindings reads the texts of images with findings, and gives the findings
// their places.
func (s *scan) locateFindings(ctx context.Context, members map[string]*entry, found map[string]*evidence) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(s.opts.Concurrency)
	for id, evidence := range found {
		if st, _, _ := judge(members[id].Image, *evidence, jobEnd{}); st != StateFinding {
			continue
		}
		g.Go(func() error {
			kept, err := s.keptText(ctx, id)
			if err != nil {
				return err
			}
			if kept == nil { // a finding is certain, also if its place is not
				kept, evidence.textGone = &sidecar{}, true
			}
			members[id].Findings = findingsFrom(kept.Document, *evidence)
			return nil
		})
	}
	return g.Wait()
}
