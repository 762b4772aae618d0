package macie

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/awspatterns/awspatterns/internal/textdetect"
)

// errNoRoom reports that Textract takes no more jobs now.
var errNoRoom = errors.New("no room for another job of Textract now")

// errNotDone reports that a text detection is still going on.
var errNotDone = errors.New("the text detection is still going on")

// maxConflicts is how often an entry is read again that other processes change
// meanwhile. Each change brings the image on, so that there are few.
const maxConflicts = 8

// submit starts the text detection of an image, unless that is under way or its
// text is there.
func (s *eventScan) submit(ctx context.Context, e *entry) error {
	for range maxConflicts {
		err := s.concluded(ctx, e, s.trySubmit(ctx, e))
		if !isConflict(err) {
			return err
		}
		stored, err := s.get(ctx, e.Bucket, e.Key)
		if err != nil {
			return err
		}
		if stored.Seen != s.run.Run || stored.Step != stepReading || stored.TextractJob != "" {
			return nil // another process was faster
		}
		*e = *stored
	}
	return fmt.Errorf("%s: %w", e.URL(), ErrTakenOver)
}

func (s *eventScan) trySubmit(ctx context.Context, e *entry) error {
	if e.Step == stepAnalysis || e.Step == stepReading && e.TextractJob != "" {
		return nil
	}
	if _, err := s.inspect(ctx, e); err != nil {
		return err
	}
	id := textID(e.Image)
	kept, err := s.keptText(ctx, id)
	if err != nil {
		return err
	}
	if kept != nil {
		return s.keepText(ctx, e, reading{sidecar: *kept, kept: true})
	}
	if e.Step != stepReading || e.TextID != id || e.Submitted == 0 {
		e.Step, e.TextID, e.Async, e.Submitted = stepReading, id, true, time.Now().Unix()
		if err := s.put(ctx, e); err != nil { // first: the end may be told before the start is noted
			return err
		}
	}
	return s.startDetection(ctx, e)
}

// startDetection starts a text detection. Done again, it finds the same.
func (s *eventScan) startDetection(ctx context.Context, e *entry) error {
	o := textdetect.Object{Bucket: e.Bucket, Key: e.Key, VersionID: e.VersionID}
	job, full, err := s.reader.TryStart(ctx, o, s.textractToken(e), e.TextID)
	switch {
	case err != nil:
		return s.detectionError(err)
	case full:
		s.wait("room for text detections: call it again")
		return errNoRoom
	}
	s.submitted.Add(1)
	e.TextractJob = job
	return s.put(ctx, e)
}

// readDetection reads the text of an image whose detection is done.
func (s *eventScan) readDetection(ctx context.Context, e *entry) error {
	return s.concluded(ctx, e, s.tryRead(ctx, e))
}

func (s *eventScan) tryRead(ctx context.Context, e *entry) error {
	found, done, err := s.reader.Look(ctx, e.TextractJob)
	if document, ok := errors.AsType[*textdetect.DocumentError](err); ok {
		return s.detectionFailed(ctx, e, document)
	}
	if err != nil {
		return fmt.Errorf("text detection of %s: %w", e.URL(), err)
	}
	if !done {
		return fmt.Errorf("%s: %w", e.URL(), errNotDone)
	}
	e.Paid += int64(found.Pages)
	read := reading{sidecar: newSidecar(e.Image, found)}
	same, err := s.unchanged(ctx, e, read)
	if err != nil {
		return err
	}
	if same {
		return s.keepText(ctx, e, read)
	}
	return s.submitAgain(ctx, e, fmt.Errorf("it changed %d times while it was read", maxTries))
}

func (s *eventScan) detectionFailed(ctx context.Context, e *entry, err *textdetect.DocumentError) error {
	if err.Code == "InvalidJobIdException" { // after seven days
		return s.submitAgain(ctx, e, err)
	}
	e.Failures++
	return s.detectionError(err)
}

// submitAgain starts the text detection of an image anew, so many times.
func (s *eventScan) submitAgain(ctx context.Context, e *entry, why error) error {
	if e.Changes++; e.Changes >= maxTries {
		return failed(why)
	}
	e.TextractJob, e.Submitted = "", 0
	if err := s.put(ctx, e); err != nil {
		return err
	}
	if err := s.trySubmit(ctx, e); !errors.Is(err, errNoRoom) {
		return err
	}
	return nil // it is submitted when there is room
}
