package textract

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/textract/types"
)

// A Notification tells a topic that a job has ended.
type Notification struct {
	TopicARN string
	Message  string // JSON, as "Amazon Textract Results Notification" in the developer guide has it
	Err      error  // of Publish: the notification is lost
}

// Deliver publishes the notifications of jobs that have ended and are not yet
// announced, in the order in which they ended, and returns them. Nothing else
// publishes any: there is no goroutine that waits for a job, since one that is left
// behind would hold up a synctest bubble. A test calls Deliver when time has
// passed, and without Publish it can bring the notifications along as it likes:
// late, twice, in another order.
func (s *Service) Deliver() []Notification {
	var due []Notification
	for _, j := range s.takeDue(time.Now()) {
		due = append(due, j.notification())
	}
	for i, n := range due {
		if s.Publish != nil {
			due[i].Err = s.Publish(n.TopicARN, n.Message)
		}
	}
	return due
}

// NextDelivery returns when the next notification will be due, or was, and false
// if there is none.
func (s *Service) NextDelivery() (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.unsaid) == 0 {
		return time.Time{}, false
	}
	return slices.MinFunc(s.unsaid, byEnd).ends, true
}

func byEnd(a, b *job) int { return cmp.Or(a.ends.Compare(b.ends), a.started.Compare(b.started)) }

func (s *Service) takeDue(now time.Time) []*job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due, later []*job
	for _, j := range s.unsaid {
		if j.ended(now) {
			due = append(due, j)
		} else {
			later = append(later, j)
		}
	}
	s.unsaid = later
	slices.SortStableFunc(due, byEnd)
	return due
}

func (j *job) notification() Notification {
	type location struct{ S3ObjectName, S3Bucket string }
	status := j.status
	if status == types.JobStatusPartialSuccess {
		status = types.JobStatusSucceeded // the guide knows SUCCEEDED, FAILED and ERROR
	}
	text, err := json.Marshal(struct {
		JobId, Status, API string
		JobTag             string `json:",omitempty"`
		Timestamp          int64
		DocumentLocation   location
	}{j.id, string(status), startOperation, j.request.tag, j.ends.UnixMilli(), location{j.request.key, j.request.bucket}})
	if err != nil {
		panic(err) // of strings and a number there is none
	}
	return Notification{TopicARN: j.request.topic, Message: string(text)}
}
