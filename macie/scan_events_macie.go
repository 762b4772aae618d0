package macie

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/reason"
)

// OnMacieEvent takes what Macie tells of its jobs, and the ticks of a schedule. The
// event is one of EventBridge, "Macie Finding" or "Scheduled Event", or one of a
// subscription of the log group /aws/macie/classificationjobs of CloudWatch Logs.
//
// What Macie tells is a reason to look, and is not taken for true: a job that is
// over has its findings read, and its images get their states. If they were the
// last, the run is done. A finding comes before the end of its job, so that of the
// two the log is the better source. A tick goes on with the open run, as
// [StartScanImages] does, but begins none. One that is done, or was never begun,
// is left.
//
// Other events are ignored, and Next says so. The error is an [*EventError] for an
// event that cannot be read.
//
// IAM actions: [ScanEventsPermissions].
func OnMacieEvent(ctx context.Context, c Clients, opts ScanEventsOptions, event json.RawMessage) (ScanStatus, error) {
	status, err := onMacieEvent(ctx, c, opts, event)
	if err != nil {
		err = fmt.Errorf("macie: event: %w", reason.Cause(ctx, err))
	}
	return status, err
}

func onMacieEvent(ctx context.Context, c Clients, opts ScanEventsOptions, event []byte) (ScanStatus, error) {
	news, err := parseMacieEvent(event)
	if err != nil {
		return ScanStatus{}, err
	}
	s, err := openEvents(ctx, c, opts)
	if err != nil {
		return ScanStatus{}, err
	}
	status := ScanStatus{Run: s.run.Run, Listed: s.run.Listed, Done: s.run.Done}
	switch {
	case news.ignored != "":
		status.Next = "ignored: " + news.ignored
		return status, nil
	case !s.open():
		return status, nil
	}
	if err := s.fits(); err != nil {
		return status, err
	}
	if news.tick {
		return s.goOn(ctx)
	}
	return s.onJobs(ctx, news)
}

// onJobs looks at the jobs that an event is about, as far as they are ours.
func (s *eventScan) onJobs(ctx context.Context, news macieNews) (ScanStatus, error) {
	work, cancel := s.bounded(ctx)
	defer cancel()
	ours := false
	var errs []error
	for sh, err := range s.shards(work) {
		if err != nil {
			errs = append(errs, err)
			break
		}
		if sh.JobID == "" || !slices.Contains(news.jobs, sh.JobID) {
			continue
		}
		ours = true
		if s.late() {
			break
		}
		if err := s.lookAtJob(work, sh, news.ended); err != nil {
			errs = append(errs, fmt.Errorf("job %s: %w", sh.JobID, err))
		}
	}
	err := s.unlessLate(work, errors.Join(errs...))
	var result *ScanImagesResult
	if s.settled.Load() {
		var finished error
		result, finished = s.finish(work)
		err = errors.Join(err, s.unlessLate(work, finished))
	}
	status := s.status(work)
	status.Result = result
	if !ours {
		status.Next = "ignored: about no job of run " + s.run.Run
	}
	return status, err
}

// A macieNews is what an event says.
type macieNews struct {
	tick    bool     // of a schedule
	jobs    []string // ids
	ended   bool     // one of the jobs has ended or was paused
	ignored string   // why there is nothing to do
}

// parseMacieEvent reads an event of EventBridge or CloudWatch Logs.
func parseMacieEvent(event []byte) (macieNews, error) {
	var e struct {
		DetailType string `json:"detail-type"`
		Source     string `json:"source"`
		Logs       *struct {
			Data string `json:"data"`
		} `json:"awslogs"`
		Detail json.RawMessage `json:"detail"`
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return macieNews{}, &EventError{Err: err}
	}
	switch {
	case e.Logs != nil:
		return parseLogs(e.Logs.Data)
	case e.DetailType == "Scheduled Event":
		return macieNews{tick: true}, nil
	case e.Source == "aws.macie" && e.DetailType == "Macie Finding":
		return parseFinding(e.Detail)
	}
	return macieNews{ignored: fmt.Sprintf("an event %.100q of %.100q", e.DetailType, e.Source)}, nil
}

func parseFinding(detail []byte) (macieNews, error) {
	var finding struct {
		Details *struct {
			JobID string `json:"jobId"`
		} `json:"classificationDetails"`
	}
	if err := json.Unmarshal(detail, &finding); err != nil {
		return macieNews{}, &EventError{Part: "detail", Err: err}
	}
	if finding.Details == nil || finding.Details.JobID == "" {
		return macieNews{ignored: "a finding of no job"}, nil
	}
	return macieNews{jobs: []string{finding.Details.JobID}}, nil
}

// maxLogs is more than a batch of CloudWatch Logs holds, in bytes: an event of
// Lambda has up to 6 MB, and logs are compressed in it.
const maxLogs = 64 << 20

// logGroup is where Macie writes what its jobs do ("Monitoring sensitive data
// discovery jobs with CloudWatch Logs" in the user guide).
const logGroup = "/aws/macie/classificationjobs"

// parseLogs reads the data of a subscription ("Using CloudWatch Logs with Lambda" in
// the developer guide of Lambda).
func parseLogs(data string) (macieNews, error) {
	const part = "awslogs.data"
	text, err := unzip(data)
	if err != nil {
		return macieNews{}, &EventError{Part: part, Err: err}
	}
	var logs struct {
		MessageType string `json:"messageType"`
		LogGroup    string `json:"logGroup"`
		LogEvents   []struct {
			Message string `json:"message"`
		} `json:"logEvents"`
	}
	if err := json.Unmarshal(text, &logs); err != nil {
		return macieNews{}, &EventError{Part: part, Err: err}
	}
	if logs.MessageType != "DATA_MESSAGE" || logs.LogGroup != logGroup {
		return macieNews{ignored: fmt.Sprintf("a %.100q of the log group %.600q", logs.MessageType, logs.LogGroup)}, nil
	}
	news := macieNews{ended: true}
	for i, e := range logs.LogEvents {
		var m struct {
			JobID     string `json:"jobId"`
			EventType string `json:"eventType"`
		}
		if err := json.Unmarshal([]byte(e.Message), &m); err != nil {
			return macieNews{}, &EventError{Part: fmt.Sprintf("%s: logEvents[%d].message", part, i), Err: err}
		}
		if m.JobID != "" && strings.HasPrefix(m.EventType, "JOB_") && m.EventType != "JOB_CREATED" {
			news.jobs = append(news.jobs, m.JobID)
		}
	}
	if len(news.jobs) == 0 {
		news.ignored = "no job has changed"
	}
	return news, nil
}

func unzip(data string) ([]byte, error) {
	packed, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxLogs+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxLogs {
		return nil, fmt.Errorf("more than %d bytes", maxLogs)
	}
	return text, nil
}
