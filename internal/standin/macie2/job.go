package macie2

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (s *Service) handleJobs(c *awstest.Cloud) {
	awstest.Handle(c, s.createJob)
	awstest.Handle(c, s.describeJob)
	awstest.Handle(c, s.listJobs)
	awstest.Handle(c, s.updateJob)
}

// A job is a classification job that runs once. Its settings are never changed.
type job struct {
	session *session
	in      *macie2sdk.CreateClassificationJobInput
	id      string
	arn     *string
	created time.Time
	tags    map[string]string
	uses    []*identifier // custom ones, as they were when the job was created
	allows  []*allowList
	outcome Outcome

	status  types.JobStatus
	ends    time.Time     // of a job that runs
	left    time.Duration // of a paused job
	paused  time.Time
	failed  bool                // LastRunErrorStatus
	done    map[objectName]bool // what was analysed
	records []record            // not exported yet
	ended   time.Time
}

func (j *job) name() string { return *j.in.Name }

// live reports whether the job can still be cancelled.
func (j *job) live() bool {
	return j.status != types.JobStatusCancelled && j.status != types.JobStatusComplete
}

func (s *Service) createJob(ctx context.Context, in *macie2sdk.CreateClassificationJobInput) (*macie2sdk.CreateClassificationJobOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	if session.status == types.MacieStatusPaused {
		return nil, notEnabled()
	}
	if !session.lastCreate.IsZero() && time.Since(session.lastCreate) < s.JobInterval {
		return nil, throttled()
	}
	session.lastCreate = time.Now()
	if made := session.jobByToken(*in.ClientToken); made != nil {
		if !sameJob(made.in, in) {
			return nil, conflict("The client token was used for a job with other settings")
		}
		return made.answer(), nil
	}
	if err := s.checkJob(session, in); err != nil {
		return nil, err
	}
	return s.newJob(session, in).answer(), nil
}

func (j *job) answer() *macie2sdk.CreateClassificationJobOutput {
	return &macie2sdk.CreateClassificationJobOutput{JobArn: aws.String(*j.arn), JobId: aws.String(j.id)}
}

func (s *Service) newJob(session *session, in *macie2sdk.CreateClassificationJobInput) *job {
	id := s.newID("job")
	j := &job{
		session: session, in: cloneOf(in), id: id, arn: session.arn("classification-job", id), created: now(),
		tags: maps.Clone(in.Tags), status: types.JobStatusRunning, done: map[objectName]bool{},
	}
	for _, id := range in.CustomDataIdentifierIds {
		j.uses = append(j.uses, session.identifier(id))
	}
	for _, id := range in.AllowListIds {
		j.allows = append(j.allows, session.allowList(id))
	}
	if len(s.outcomes) > 0 {
		j.outcome, s.outcomes = s.outcomes[0], s.outcomes[1:]
	}
	j.ends = j.created.Add(s.durationOf(j))
	session.jobs = append(session.jobs, j)
	s.jobs++
	s.logJob(j, "JOB_CREATED", j.created)
	s.logJob(j, "ONE_TIME_JOB_STARTED", j.created)
	return j
}

func (s *Service) durationOf(j *job) time.Duration {
	if j.outcome.Duration > 0 {
		return j.outcome.Duration
	}
	return s.Duration
}

func (s *session) jobByToken(token string) *job {
	for _, j := range s.jobs {
		if *j.in.ClientToken == token {
			return j
		}
	}
	return nil
}

func (s *session) job(id string) (*job, error) {
	for _, j := range s.jobs {
		if j.id == id {
			return j, nil
		}
	}
	return nil, notFound("classification job", id)
}

// sameJob compares the settings of two calls; no and empty lists are the same.
func sameJob(a, b *macie2sdk.CreateClassificationJobInput) bool {
	return reflect.DeepEqual(cloneOf(a), cloneOf(b))
}

// cloneOf copies what is on the wire of a call: without lists that are empty, and
// so that nobody else can change it.
func cloneOf[T any](in *T) *T {
	out := new(T)
	copyValue(reflect.ValueOf(out).Elem(), reflect.ValueOf(in).Elem())
	return out
}

func copyValue(to, from reflect.Value) {
	switch from.Kind() {
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(from.Type().Elem()))
			copyValue(to.Elem(), from.Elem())
		}
	case reflect.Struct:
		if _, ok := from.Interface().(time.Time); ok {
			to.Set(from)
			return
		}
		for i := range from.NumField() {
			if to.Field(i).CanSet() {
				copyValue(to.Field(i), from.Field(i))
			}
		}
	case reflect.Slice:
		if from.Len() > 0 {
			to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
			for i := range from.Len() {
				copyValue(to.Index(i), from.Index(i))
			}
		}
	case reflect.Map:
		if from.Len() > 0 {
			to.Set(reflect.MakeMap(from.Type()))
			for key, value := range from.Seq2() {
				to.SetMapIndex(key, value)
			}
		}
	default:
		to.Set(from)
	}
}

func (s *Service) describeJob(ctx context.Context, in *macie2sdk.DescribeClassificationJobInput) (*macie2sdk.DescribeClassificationJobOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	j, err := session.job(*in.JobId)
	if err != nil {
		return nil, err
	}
	c := cloneOf(j.in)
	selector := c.ManagedDataIdentifierSelector
	return &macie2sdk.DescribeClassificationJobOutput{
		AllowListIds: c.AllowListIds, ClientToken: c.ClientToken, CreatedAt: &j.created,
		CustomDataIdentifierIds: c.CustomDataIdentifierIds, Description: c.Description, InitialRun: aws.Bool(false),
		JobArn: j.arn, JobId: &j.id, JobStatus: j.status, JobType: c.JobType,
		LastRunErrorStatus: j.errorStatus(), LastRunTime: &j.created,
		ManagedDataIdentifierIds: c.ManagedDataIdentifierIds, ManagedDataIdentifierSelector: selector,
		Name: c.Name, S3JobDefinition: c.S3JobDefinition, SamplingPercentage: aws.Int32(100),
		Statistics: s.statistics(j), Tags: maps.Clone(j.tags), UserPausedDetails: j.pausedDetails(),
	}, nil
}

func (j *job) errorStatus() *types.LastRunErrorStatus {
	code := types.LastRunErrorStatusCodeNone
	if j.failed {
		code = types.LastRunErrorStatusCodeError
	}
	return &types.LastRunErrorStatus{Code: code}
}

// statistics tells the objects that are left to process. While a job runs, that
// is all of them.
func (s *Service) statistics(j *job) *types.Statistics {
	var left float64
	if j.live() {
		for _, name := range j.bucketNames() {
			b, _ := s.store.find(name, j.keyInScope)
			for _, o := range b.objects {
				if j.inScope(o) && !j.done[objectName{name, o.key}] {
					left++
				}
			}
		}
	}
	return &types.Statistics{ApproximateNumberOfObjectsToProcess: &left, NumberOfRuns: aws.Float64(1)}
}

// userPauseExpires is how long a user may pause a job.
const userPauseExpires = 30 * 24 * time.Hour

func (j *job) pausedDetails() *types.UserPausedDetails {
	if j.status != types.JobStatusUserPaused {
		return nil
	}
	paused := j.paused
	return &types.UserPausedDetails{JobPausedAt: &paused, JobExpiresAt: aws.Time(paused.Add(userPauseExpires))}
}

func (s *Service) updateJob(ctx context.Context, in *macie2sdk.UpdateClassificationJobInput) (*macie2sdk.UpdateClassificationJobOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	j, err := session.job(*in.JobId)
	if err != nil {
		return nil, err
	}
	from := map[types.JobStatus][]types.JobStatus{
		types.JobStatusCancelled:  {types.JobStatusPaused, types.JobStatusRunning, types.JobStatusUserPaused},
		types.JobStatusRunning:    {types.JobStatusUserPaused},
		types.JobStatusUserPaused: {types.JobStatusPaused, types.JobStatusRunning},
	}[in.JobStatus]
	if from == nil {
		return nil, invalid("jobStatus must be CANCELLED, RUNNING or USER_PAUSED")
	}
	if !slices.Contains(from, j.status) {
		return nil, invalid("A job whose status is " + string(j.status) + " can't become " + string(in.JobStatus))
	}
	switch in.JobStatus {
	case types.JobStatusCancelled:
		s.cancel(j)
	case types.JobStatusRunning:
		s.resume(j, "JOB_RESUMED_BY_USER")
	case types.JobStatusUserPaused:
		s.pause(j, types.JobStatusUserPaused)
	}
	return nil, nil
}

func (s *Service) cancel(j *job) {
	j.status, j.ended = types.JobStatusCancelled, now()
	s.logJob(j, "JOB_CANCELLED", j.ended)
}

// pause stops a job: one that a user paused, or that met the quota of the month.
func (s *Service) pause(j *job, status types.JobStatus) {
	if j.status == types.JobStatusRunning {
		j.left = max(time.Until(j.ends), time.Nanosecond)
	}
	s.pauseAt(j, status, now())
}

func (s *Service) pauseAt(j *job, status types.JobStatus, at time.Time) {
	j.status, j.paused = status, at
	event := "JOB_PAUSED_BY_USER"
	if status == types.JobStatusPaused {
		event = "JOB_PAUSED_BY_MACIE_SERVICE_QUOTA_MET"
	}
	s.logJob(j, event, j.paused)
}

func (s *Service) resume(j *job, event string) {
	j.status, j.ends = types.JobStatusRunning, time.Now().Add(j.left)
	s.logJob(j, event, now())
}
