package macie

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/internal/textdetect"
)

// ScanEventsOptions say which images to scan, as [ScanImagesOptions] do, and how
// Textract tells that it has read one. All handlers of a scan take the same.
//
// All images are read by the asynchronous operation of Textract. The Store is
// required, and must be one that several processes can use. MaxPages and MaxCost
// are refused: nobody can count all pages within the minutes that a handler lives;
// see [EstimateScan].
type ScanEventsOptions struct {
	ScanImagesOptions

	// TextractTopic is the ARN of the SNS topic, in the Region of Textract, that is
	// told of the end of text detections. TextractRole is the ARN of the role with
	// which Textract publishes to it. Both are required; [PlanScanSetup] makes them.
	TextractTopic string
	TextractRole  string

	// Margin is how long before the deadline of the context work is stopped, so
	// that it ends in order. Defaults to 30 seconds. A context that ends within it
	// is refused; one without a deadline does not stop work.
	Margin time.Duration

	// StaleAfter is how long after its start a text detection is looked at whose end
	// nobody has told. Defaults to 15 minutes.
	StaleAfter time.Duration
}

// ScanStatus says how far an event-driven scan is.
type ScanStatus struct {
	Run    string `json:"run,omitempty"` // empty if there is none
	Listed bool   `json:"listed"`        // all objects were listed

	// Submitted are text detections that this call has started. Pending are images
	// that were listed to be read and whose Macie job is not done.
	Submitted int `json:"submitted"`
	Pending   int `json:"pending"`

	// Done says that the run is over: every image has its state. Result is that of
	// the run, in the call that ended it; [LastScan] reads it later.
	Done   bool              `json:"done"`
	Result *ScanImagesResult `json:"result,omitempty"`

	// Next says what the scan waits for, or why an event was ignored.
	Next string `json:"next,omitempty"`
}

var roleARN = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:role/[\x21-\x7e]{1,576}$`)

// complete fills in defaults and reports what is wrong.
func (o *ScanEventsOptions) complete() error {
	switch {
	case o.Store == nil:
		return errors.New("no Store: the handlers of a scan share one")
	case o.limited():
		return errors.New("MaxPages and MaxCost are for ScanImages; count the pages with EstimateScan before")
	case !topicARN.MatchString(o.TextractTopic):
		return fmt.Errorf("the TextractTopic %q is no ARN of an SNS topic", o.TextractTopic)
	case !roleARN.MatchString(o.TextractRole):
		return fmt.Errorf("the TextractRole %q is no ARN of a role", o.TextractRole)
	case o.Margin < 0 || o.StaleAfter < 0:
		return fmt.Errorf("the Margin is %v and StaleAfter %v", o.Margin, o.StaleAfter)
	}
	o.Async, o.topic, o.role = true, o.TextractTopic, o.TextractRole
	o.Margin = cmp.Or(o.Margin, 30*time.Second)
	o.StaleAfter = cmp.Or(o.StaleAfter, 15*time.Minute)
	return o.ScanImagesOptions.complete()
}

// An eventScan is a call of a handler: a scan that waits for nothing.
type eventScan struct {
	*scan
	margin     time.Duration
	staleAfter time.Duration
	stopAt     time.Time // when no more work is begun; zero for never

	submitted atomic.Int64
	settled   atomic.Bool // a shard has become done in this call
	nextLock  sync.Mutex
	next      []string
}

// openEvents checks the options and finds the run.
func openEvents(ctx context.Context, c Clients, opts ScanEventsOptions) (*eventScan, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	if part := strings.Split(opts.TextractTopic, ":"); part[3] != c.Region {
		return nil, fmt.Errorf("the TextractTopic is in %s, and Textract is called in %s", part[3], c.Region)
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= opts.Margin {
		return nil, fmt.Errorf("the context ends in %v, within the Margin of %v: no work could be begun", time.Until(deadline).Round(time.Millisecond), opts.Margin)
	}
	s, err := openScan(ctx, c, opts.ScanImagesOptions)
	if err != nil {
		return nil, err
	}
	s.events = true
	e := &eventScan{scan: s, margin: opts.Margin, staleAfter: opts.StaleAfter}
	return e, e.load(ctx)
}

// load reads the record of the run.
func (s *eventScan) load(ctx context.Context) error {
	r, err := s.getRun(ctx)
	s.run, s.record = r, r
	return err
}

// open reports whether there is a run to work on.
func (s *eventScan) open() bool { return s.run.Run != "" && !s.run.Done }

// fits reports why the open run cannot be worked on with these options.
func (s *eventScan) fits() error {
	switch {
	case s.open() && !s.run.Events:
		return fmt.Errorf("%w: run %s goes on with ScanImages", ErrOtherForm, s.run.Run)
	case s.open() && s.run.Digest != s.digest:
		return fmt.Errorf("run %s was begun with other Identifiers or another Detector; StartScanImages begins one anew", s.run.Run)
	}
	return nil
}

// errNoTime ends the context of calls that the end of the handler's time meets.
var errNoTime = errors.New("the time of this call is over")

// bounded returns a context that ends half a Margin before ctx does. No work is
// begun in the half before that.
func (s *eventScan) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	s.stopAt = deadline.Add(-s.margin)
	return context.WithDeadlineCause(ctx, deadline.Add(-s.margin/2), errNoTime)
}

// late reports whether no more work is to be begun.
func (s *eventScan) late() bool {
	if s.stopAt.IsZero() || time.Now().Before(s.stopAt) {
		return false
	}
	s.wait("more time: call it again")
	return true
}

// unlessLate returns nil for what went wrong only since the time was over.
func (s *eventScan) unlessLate(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errNoTime) &&
		(errors.Is(err, errNoTime) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		s.wait("more time: call it again")
		return nil
	}
	return err
}

// wait notes what the scan waits for.
func (s *eventScan) wait(format string, args ...any) {
	s.nextLock.Lock()
	defer s.nextLock.Unlock()
	if text := fmt.Sprintf(format, args...); !slices.Contains(s.next, text) {
		s.next = append(s.next, text)
	}
}

// StartScanImages begins an event-driven scan, or goes on with the open one. It is
// the form of [ScanImages] for handlers that live for minutes, such as functions
// of AWS Lambda: same Store, same records, same states.
//
// It lists the images and starts their text detections until the time of ctx is
// nearly over or Textract has no room for more. Then it looks at the Macie jobs, and
// at the text detections that are older than StaleAfter, and does what
// [OnTextractCompletion] and [OnMacieEvent] would have done, had their messages
// arrived. It never waits, and is to be called again until the status is Done. A
// call after that begins a new run. It may be called from several processes: one
// of them lists, the others say so in Next.
//
// To go on, and only that, is also what OnMacieEvent does with an event of a
// schedule. One, of some minutes, is part of the form: what a lost message or a
// killed process leaves undone waits for it, and so does the listing where time or
// room is short.
//
// Nothing that was submitted is paid for twice within the seven days for which
// Textract remembers its jobs.
//
// Errors are those of ScanImages, and [ErrOtherForm]; the status is valid also
// then, if it has a Run. What is wrong with images or jobs of a run that is Done
// tells its Result, and is no error.
//
// IAM actions: [ScanEventsPermissions].
func StartScanImages(ctx context.Context, c Clients, opts ScanEventsOptions) (ScanStatus, error) {
	var status ScanStatus
	s, err := openEvents(ctx, c, opts)
	if err == nil {
		status, err = s.goOn(ctx)
	}
	if err != nil {
		err = fmt.Errorf("macie: start scan of images: %w", reason.Cause(ctx, err))
	}
	return status, err
}

// goOn lists, as far as that is still to be done, and looks after everything.
func (s *eventScan) goOn(ctx context.Context) (ScanStatus, error) {
	if s.open() && !s.run.Events {
		return ScanStatus{}, s.fits()
	}
	work, cancel := s.bounded(ctx)
	defer cancel()
	if err := s.preflight(work); err != nil {
		return ScanStatus{}, s.unlessLate(work, err)
	}
	if err := s.connect(work); err != nil {
		return ScanStatus{}, s.unlessLate(work, err)
	}
	err := s.listOn(work)
	if s.run.Run == "" || s.fits() != nil { // another process begins a run
		return s.status(work), s.unlessLate(work, err)
	}
	err = errors.Join(s.unlessLate(work, err), s.unlessLate(work, s.reconcile(work)))
	result, finished := s.finish(work)
	status := s.status(work)
	status.Result = result
	return status, errors.Join(err, s.unlessLate(work, finished))
}

// status says how far the run is.
func (s *eventScan) status(ctx context.Context) ScanStatus {
	st := ScanStatus{Run: s.run.Run, Listed: s.run.Listed, Done: s.run.Done, Submitted: int(s.submitted.Load())}
	st.Pending = s.run.Assigned
	for sh, err := range s.shards(ctx) {
		switch {
		case err != nil:
			s.wait("the store: %v", err)
		case sh.Done:
			st.Pending -= sh.Size
		case sh.JobID == "":
			s.wait("text detection of images %d", sh.Number)
		case sh.Problem != "":
			s.wait("job %s: %s", sh.JobID, sh.Problem)
		case sh.Over > 0:
			s.wait("analysis records of job %s", sh.JobID)
		default:
			s.wait("the end of job %s", sh.JobID)
		}
	}
	if !st.Done {
		st.Next = strings.Join(s.next, "; ")
	}
	return st
}

// connectQuietly makes what reads text, without asking Service Quotas, which could
// not answer as many calls as there are messages.
func (s *eventScan) connectQuietly(ctx context.Context) {
	defaults, _, _ := textdetect.Quotas(ctx, nil, s.c.Region)
	q := s.opts.Quotas.or(TextractQuotas{Detect: defaults.DetectTPS, Start: defaults.StartTPS, Get: defaults.GetTPS, Jobs: defaults.Jobs})
	s.connectWith(q)
}

// ScanEventsPermissions returns what [StartScanImages], [OnTextractCompletion],
// [OnMacieEvent] and [LastScan] need, all as applying; what
// [EstimateScan] needs is that for planning. It is [ScanImagesPermissions] without
// the synchronous text detection, and with giving the role to Textract.
func ScanEventsPermissions(opts ScanEventsOptions) awspatterns.Permissions {
	if opts.complete() != nil {
		return awspatterns.Permissions{}
	}
	p := ScanImagesPermissions(opts.ScanImagesOptions)
	p.Apply = slices.DeleteFunc(slices.Clone(p.Apply), func(p awspatterns.Permission) bool { return p.Action == "textract:DetectDocumentText" })
	p.Apply = append(p.Apply, awspatterns.Permission{
		Action: "iam:PassRole", Resources: []string{awspatterns.PolicyLiteral(opts.TextractRole)},
		Conditions: map[string]map[string][]string{"StringEquals": {"iam:PassedToService": {"textract.amazonaws.com"}}},
		Source:     "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
	})
	return p
}
