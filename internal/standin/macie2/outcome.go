package macie2

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

// An Outcome says how a job goes. The zero value is a job that completes.
type Outcome struct {
	// Duration defaults to that of the Service.
	Duration time.Duration

	// Ends is what the job becomes when it would complete: COMPLETE, the default,
	// PAUSED (by the monthly quota), USER_PAUSED or CANCELLED.
	Ends types.JobStatus

	// Error makes the job complete with LastRunErrorStatus ERROR.
	Error bool

	// Reached tells which objects the job still analyses before it ends so. The
	// others get neither a finding nor a record. Nil is all if the job completes and
	// none if it does not. A job that was paused so and is resumed analyses the rest.
	Reached func(bucket, key string) bool

	// LoseFindings makes the findings of the job appear nowhere, neither in lists nor
	// as events. LoseRecords does the same to the records of the export.
	LoseFindings, LoseRecords bool
}

// Outcomes says how the next jobs go, the first one as the first of them. Jobs
// after those complete.
func (s *Service) Outcomes(outcomes ...Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcomes = slices.Clone(outcomes)
}

// SetStatus makes Macie report a code, PARTIAL or SKIPPED, and a reason (such as
// TIME_CUT_OFF_REACHED; ClassificationResultStatus in the SDK has the list) for an
// object. What is PARTIAL is still analysed.
func (s *Service) SetStatus(bucket, key, code, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := objectName{bucket, key}
	o := s.objects[name]
	o.code, o.reason = code, reason
	s.objects[name] = o
}

// AddOccurrence makes Macie find something more in an object, such as an address
// that goes over several lines: of a type such as ADDRESS, whether or not this
// stand-in has an identifier for it, if the job uses its managed identifier. Of
// the category CUSTOM_IDENTIFIER, kind is the name of a custom data identifier.
func (s *Service) AddOccurrence(bucket, key string, category types.SensitiveDataItemCategory, kind string, at types.Range) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := objectName{bucket, key}
	o := s.objects[name]
	o.extra = append(o.extra, extraOccurrence{category, kind, at})
	s.objects[name] = o
}

type objectOutcome struct {
	code, reason string
	extra        []extraOccurrence
}

type extraOccurrence struct {
	category types.SensitiveDataItemCategory
	kind     string
	at       types.Range
}

// Pause pauses a job as the monthly quota does. It panics without the job.
func (s *Service) Pause(jobID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	if j := s.mustJob(jobID); j.live() {
		s.pause(j, types.JobStatusPaused)
	}
}

// Resume resumes a paused job as the end of the month does.
func (s *Service) Resume(jobID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	if j := s.mustJob(jobID); j.status == types.JobStatusPaused || j.status == types.JobStatusUserPaused {
		s.resume(j, "JOB_RESUMED_BY_MACIE_SERVICE_QUOTA_LIFTED")
	}
}

func (s *Service) mustJob(id string) *job {
	for _, session := range s.sessions {
		if j, err := session.job(id); err == nil {
			return j
		}
	}
	panic("macie2: no job " + id)
}
