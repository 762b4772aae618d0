package macie

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/awspatterns/awspatterns/internal/reason"
)

// ErrFailedImages reports that images failed. The next scan tries them again.
var ErrFailedImages = errors.New("images failed")

// ScanImagesResult is what a scan did.
type ScanImagesResult struct {
	Run    string          `json:"run"`    // name of the run, by the time of its beginning; empty if there is none
	Listed int64           `json:"listed"` // objects
	States map[State]int64 `json:"states"` // how many are in each; with Pending, the sum is Listed

	// Pending have no state, since the scan was stopped.
	Pending int64 `json:"pending,omitempty"`

	// Pages were read by text detection in this run, and are paid for. PagesAgain
	// are those that may be paid for twice: they were being read when an earlier
	// process of this run was stopped.
	Pages      int64 `json:"pages"`
	PagesAgain int64 `json:"pagesAgain,omitempty"`

	// Kept are images that kept the verdict of an earlier run.
	Kept int64 `json:"kept,omitempty"`

	Jobs []ScanJob `json:"jobs,omitempty"`

	// Attention holds images with findings, and those that failed or are partial
	// or unproven, as many as [ScanImagesOptions].Attention, in that order.
	// AttentionLeft is how many more there are.
	Attention     []Image `json:"attention,omitempty"`
	AttentionLeft int64   `json:"attentionLeft,omitempty"`

	scan *scan
}

// A ScanJob is a Macie job of a scan.
type ScanJob struct {
	ID     string `json:"id"`
	Status string `json:"status"` // such as COMPLETE
	Images int    `json:"images"`

	// Problem says why not all was analysed or known; empty if it was.
	Problem string `json:"problem,omitempty"`
}

// Images returns all images of the scan that have their state, by bucket and key,
// from the Store, which has to be open. An image that a later scan of the same
// sources has seen is no longer among them. It ends at the first error. A result
// that was read from JSON knows no Store: [LastScan] returns one that does.
func (r ScanImagesResult) Images(ctx context.Context) iter.Seq2[Image, error] {
	return func(yield func(Image, error) bool) {
		if r.scan == nil {
			if r.Run != "" {
				yield(Image{}, fmt.Errorf("macie: read images of scan %s: the result knows no Store: LastScan returns one that does", r.Run))
			}
			return
		}
		for e, err := range r.scan.entries(ctx) {
			if err != nil {
				yield(Image{}, fmt.Errorf("macie: read images of scan %s: %w", r.Run, err))
				return
			}
			if e.State != "" && e.Seen == r.Run && !yield(e.Image, nil) {
				return
			}
		}
	}
}

// result counts what the store says of the run.
func (s *scan) result(ctx context.Context) (ScanImagesResult, error) {
	r := ScanImagesResult{Run: s.run.Run, States: map[State]int64{}, scan: s}
	if ctx.Err() != nil {
		return r, context.Cause(ctx)
	}
	for sh, err := range s.shards(ctx) {
		if err != nil {
			return r, err
		}
		if sh.JobID != "" {
			r.Jobs = append(r.Jobs, ScanJob{ID: sh.JobID, Status: sh.Status, Images: sh.Images, Problem: sh.Problem})
		}
	}
	attention := map[State][]Image{}
	for e, err := range s.entries(ctx) {
		if err != nil {
			return r, err
		}
		if e.Seen != s.run.Run {
			continue
		}
		if r.count(e); needsAttention(e.State) && len(attention[e.State]) < s.opts.Attention {
			attention[e.State] = append(attention[e.State], e.Image)
		}
	}
	for _, state := range states {
		r.Attention = append(r.Attention, attention[state]...)
	}
	r.Attention = r.Attention[:min(len(r.Attention), s.opts.Attention)]
	r.AttentionLeft -= int64(len(r.Attention))
	if listed := s.listed.Load(); r.Listed < listed {
		return r, fmt.Errorf("store: %d objects were listed, and it has %d of them", listed, r.Listed)
	}
	return r, nil
}

// count adds an image of the run to the numbers.
func (r *ScanImagesResult) count(e *entry) {
	r.Listed++
	r.Pages += e.Paid
	r.PagesAgain += e.Again
	if e.State == "" {
		r.Pending++
		return
	}
	r.States[e.State]++
	if e.Run != r.Run {
		r.Kept++
	}
	if needsAttention(e.State) {
		r.AttentionLeft++ // those that the result holds are subtracted in the end
	}
}

// LastScan reads from the Store how far the latest run of a scan is, or what became
// of it: for another process than the one that has its result, or after that was
// stopped. The scan is that of the same Sources, Results and Store, of either form.
// Pages, states and jobs are those of the run, and Attention is as the options say.
// It changes nothing. Without any run the result has no Run.
//
// IAM actions: sts:GetCallerIdentity, and those of the Store for reading.
func LastScan(ctx context.Context, c Clients, opts ScanImagesOptions) (ScanImagesResult, error) {
	result, err := lastScan(ctx, c, opts)
	if err != nil {
		return ScanImagesResult{}, fmt.Errorf("macie: read result of scan: %w", reason.Cause(ctx, err))
	}
	return result, nil
}

func lastScan(ctx context.Context, c Clients, opts ScanImagesOptions) (ScanImagesResult, error) {
	if opts.Store == nil {
		return ScanImagesResult{}, errors.New("no Store: there is nothing to read from")
	}
	s, err := openScan(ctx, c, opts)
	if err != nil {
		return ScanImagesResult{}, err
	}
	if s.run, err = s.getRun(ctx); err != nil || s.run.Run == "" {
		return ScanImagesResult{}, err
	}
	return s.result(ctx)
}

// paused reports whether a job will not go on by itself.
func (s *scan) paused(ctx context.Context) (bool, error) {
	for sh, err := range s.shards(ctx) {
		if err != nil {
			return false, err
		}
		if !sh.Done && (sh.Status == jobPaused || sh.Status == jobUserPaused) {
			return true, nil
		}
	}
	return false, nil
}

// shards returns the shards of the run that have a record.
func (s *scan) shards(ctx context.Context) iter.Seq2[*shard, error] {
	return func(yield func(*shard, error) bool) {
		if s.run.Run == "" {
			return
		}
		for record, err := range s.opts.Store.List(ctx, s.shardSet(), "") {
			if err != nil {
				yield(nil, storeError(err))
				return
			}
			sh, err := decodeShard(record)
			if !yield(sh, err) || err != nil {
				return
			}
		}
	}
}

func needsAttention(s State) bool {
	return s == StateFinding || s == StateFailed || s == StatePartial || s == StateUnproven
}

// A ScanNotice tells that a scan is done. As JSON it is the message to TopicARN,
// whose subject is "Scan of images is done". It holds numbers, and no values and no
// names of images.
type ScanNotice struct {
	Run    string          `json:"run"`
	Listed int64           `json:"listed"`
	States map[State]int64 `json:"states"`
	Pages  int64           `json:"pages"`
	Jobs   int             `json:"jobs"` // of Macie
	Text   string          `json:"text"` // the numbers in a sentence
}

func (r ScanImagesResult) notice() ScanNotice {
	return ScanNotice{Run: r.Run, Listed: r.Listed, States: r.States, Pages: r.Pages, Jobs: len(r.Jobs), Text: r.String()}
}

// String returns the result in a sentence, without names and values.
func (r ScanImagesResult) String() string {
	var parts []string
	for _, state := range states {
		if n := r.States[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if r.Pending > 0 {
		parts = append(parts, fmt.Sprintf("%d pending", r.Pending))
	}
	text := fmt.Sprintf("%d objects", r.Listed)
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return fmt.Sprintf("%s; %d pages read", text, r.Pages)
}

// notify tells who wants to know that the scan is done. A process that is stopped
// between telling and noting it makes the next one tell again.
func (s *scan) notify(ctx context.Context) error {
	if s.opts.TopicARN == "" && s.opts.Notify == nil || s.run.Notified {
		return nil
	}
	result, err := s.result(ctx)
	if err != nil {
		return err
	}
	if s.opts.Notify != nil {
		if err := s.opts.Notify(ctx, result.notice()); err != nil {
			return fmt.Errorf("notify: %w", err)
		}
	}
	if s.opts.TopicARN != "" {
		if err := s.publish(ctx, result.notice()); err != nil {
			return fmt.Errorf("tell %s: %w", s.opts.TopicARN, err)
		}
	}
	return s.saveRun(ctx, func(r *run) { r.Notified = true })
}

func (s *scan) publish(ctx context.Context, n ScanNotice) error {
	message, err := json.Marshal(n)
	if err != nil {
		return err
	}
	_, err = s.c.SNS.Publish(ctx, &sns.PublishInput{
		TopicArn: &s.opts.TopicARN, Subject: new("Scan of images is done"), Message: new(string(message)),
	})
	return err
}
