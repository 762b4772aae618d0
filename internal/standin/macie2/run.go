package macie2

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

// advance does what is due: jobs end, records are exported, pauses expire. Jobs
// end in the order of time, as those of several places share the log.
func (s *Service) advance() {
	for {
		j := s.nextDue()
		if j == nil {
			break
		}
		s.end(j)
	}
	for _, session := range s.sorted() {
		for _, j := range session.jobs {
			s.export(j)
		}
	}
}

// nextDue returns the job that should have ended first, nil if none should have.
func (s *Service) nextDue() *job {
	var next *job
	for _, session := range s.sorted() {
		for _, j := range session.jobs {
			due := j.due()
			if !due.IsZero() && !due.After(time.Now()) && (next == nil || due.Before(next.due())) {
				next = j
			}
		}
	}
	return next
}

// due is when a job changes by itself, zero if it does not.
func (j *job) due() time.Time {
	switch j.status {
	case types.JobStatusRunning:
		return j.ends
	case types.JobStatusUserPaused:
		return j.paused.Add(userPauseExpires)
	}
	return time.Time{}
}

func (s *Service) end(j *job) {
	if j.status == types.JobStatusUserPaused {
		s.cancel(j)
		return
	}
	ended := j.ends.UTC().Truncate(time.Millisecond)
	reached := j.outcome.Reached
	switch j.outcome.Ends {
	case types.JobStatusPaused, types.JobStatusUserPaused:
		s.endPaused(j, ended, reached)
		return
	case types.JobStatusCancelled:
		j.status, j.ended = types.JobStatusCancelled, ended
		s.run(j, orNone(reached))
		s.logJob(j, "JOB_CANCELLED", ended)
		return
	}
	j.status, j.ended, j.failed = types.JobStatusComplete, ended, j.outcome.Error
	s.run(j, reached)
	s.logJob(j, "JOB_COMPLETED", ended)
}

// endPaused pauses a job whose outcome says so. When it is resumed, it runs once
// more as long, over what it did not reach.
func (s *Service) endPaused(j *job, ended time.Time, reached func(bucket, key string) bool) {
	status := j.outcome.Ends
	j.ended = ended
	s.run(j, orNone(reached))
	j.left = max(s.durationOf(j), time.Nanosecond)
	j.outcome.Ends, j.outcome.Reached = "", nil
	j.status = status // before pause, which would take the time that is left
	s.pauseAt(j, status, ended)
}

func orNone(reached func(bucket, key string) bool) func(bucket, key string) bool {
	if reached == nil {
		return func(string, string) bool { return false }
	}
	return reached
}

// run analyses the objects in scope.
func (s *Service) run(j *job, reached func(bucket, key string) bool) {
	var findings []*types.Finding
	for _, name := range j.bucketNames() {
		b, ok := s.store.find(name, j.keyInScope)
		if event := s.bucketError(j, b, ok); event != "" {
			j.failed = true
			s.logBucket(j, event, name)
			continue
		}
		for _, o := range b.objects {
			at := objectName{name, o.key}
			if !j.inScope(o) || j.done[at] || reached != nil && !reached(name, o.key) {
				continue
			}
			j.done[at] = true
			findings = append(findings, s.analyse(j, b, o)...)
		}
	}
	if j.outcome.LoseRecords {
		j.records = nil // none of a run before it are left: they were exported, or lost
	}
	if !j.outcome.LoseFindings {
		s.publish(j, findings)
	}
}

// bucketError returns the event of a bucket that cannot be analysed.
func (s *Service) bucketError(j *job, b bucket, exists bool) string {
	switch {
	case !exists:
		return "BUCKET_DOES_NOT_EXIST"
	case b.region != j.session.region:
		return "BUCKET_IN_DIFFERENT_REGION"
	case b.owner != j.session.account:
		return "BUCKET_OWNER_CHANGED"
	case s.closed[b.name]:
		return "BUCKET_ACCESS_DENIED"
	}
	return ""
}

// publish makes findings appear: as events all of them, in lists no more than the
// quota lets through.
func (s *Service) publish(j *job, findings []*types.Finding) {
	for i, f := range findings {
		s.publishEvent(j, f)
		rest := i - s.FindingsPerRun
		if rest < 0 || s.RestShare > 0 && rest%s.RestShare == 0 {
			j.session.findings = append(j.session.findings, f)
		}
	}
}

// analyse looks into one object. It keeps a record, and returns a finding if there
// is something.
func (s *Service) analyse(j *job, b bucket, o object) []*types.Finding {
	custom := s.objects[objectName{b.name, o.key}]
	found := result{mime: mimeType(o.key), code: "COMPLETE"}
	if reason := s.skipped(o); reason != "" {
		found.code, found.reason = "SKIPPED", reason
	} else if custom.code != "" {
		found.code, found.reason = custom.code, custom.reason
	}
	if found.code != "SKIPPED" {
		found.size = int64(len(o.body))
		s.bytes += found.size
		found.detections = j.detect(o, custom.extra)
	}
	place := s.detailsPlace(j)
	j.records = append(j.records, record{b, o, found, place, s.newID("record")})
	if len(found.detections) == 0 {
		return nil
	}
	return []*types.Finding{s.finding(j, b, o, found, place)}
}

// skipped returns why Macie cannot analyse an object, "" if it can.
func (s *Service) skipped(o object) string {
	switch {
	case slices.Contains([]string{"GLACIER", "DEEP_ARCHIVE", "OUTPOSTS"}, o.storageClass):
		return "INVALID_OBJECT_STATE"
	case o.kmsKey != "" && s.denied[o.kmsKey]:
		return "INVALID_ENCRYPTION"
	case mimeType(o.key) == "" || !isText(o.body):
		return "UNSUPPORTED_FILE_TYPE_EXCEPTION"
	}
	return ""
}

func isText(body []byte) bool {
	return utf8.Valid(body) && !bytes.ContainsRune(body, 0)
}

// mimeType returns the type of a file by its name, "" if this stand-in cannot
// read it. Archives, PDF and the like are among those, although Macie can.
func mimeType(key string) string {
	switch strings.ToLower(extension(key)) {
	case "json":
		return "application/json"
	case "jsonl":
		return "application/jsonl"
	case "csv":
		return "text/csv"
	case "tsv":
		return "text/tab-separated-values"
	case "htm", "html":
		return "text/html"
	case "xml":
		return "application/xml"
	case "txt", "text", "log", "md", "":
		return "text/plain"
	}
	return ""
}

// hasLines reports whether places in a file are told as lines.
func hasLines(mime string) bool {
	return mime == "text/plain" || mime == "text/html" || mime == "application/xml"
}
