package ses

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// maxImportJobs is how many may run at the same time ("Service quotas" in the developer
// guide).
const maxImportJobs = 20

// An importJob is one of a Region. What it reads and writes it does when it is due, that is
// when the Region is looked at next: an object that was deleted before is not there.
type importJob struct {
	source      types.ImportDataSource
	destination types.ImportDestination
	created     time.Time
	due         time.Time
	done        bool
	importOutcome
}

// An importOutcome is what came of a job.
type importOutcome struct {
	processed int      // records that were read, with those that failed
	failed    []string // the lines of those that did, with the reason
	err       string   // why the whole job did; empty if it did not
}

func (w *World) handleImportJobs(c *awstest.Cloud) {
	handleIn(c, w, (*Region).createImportJob)
	handleIn(c, w, (*Region).getImportJob)
	handleIn(c, w, (*Region).listImportJobs)
}

// objectURL is the pattern of the API reference.
var objectURL = regexp.MustCompile(`^s3://([^/]+)/(.*?([^/]+)/?)$`)

func (r *Region) createImportJob(in *sesv2.CreateImportJobInput) (*sesv2.CreateImportJobOutput, error) {
	r.runImportJobs()
	if err := r.checkImportJob(in); err != nil {
		return nil, err
	}
	running := 0
	for _, j := range r.importJobs.of {
		if !j.done {
			running++
		}
	}
	if running >= maxImportJobs {
		return nil, refuseLimit("There are %d import jobs running already", running)
	}
	id := r.world.contentID("import")
	now := time.Now()
	r.importJobs.put(id, &importJob{source: *in.ImportDataSource, destination: *in.ImportDestination, created: now, due: now.Add(r.world.settleTime())})
	return &sesv2.CreateImportJobOutput{JobId: aws.String(id)}, nil
}

// checkImportJob refuses what is no job, and all in the sandbox.
func (r *Region) checkImportJob(in *sesv2.CreateImportJobInput) error {
	source, list, contacts := in.ImportDataSource, in.ImportDestination.SuppressionListDestination, in.ImportDestination.ContactListDestination
	switch {
	case r.contentSandboxed():
		return refuseBad("Import jobs need production access")
	case !objectURL.MatchString(*source.S3Url):
		return refuseBad("S3Url %q is not valid", *source.S3Url)
	case !slices.Contains(source.DataFormat.Values(), source.DataFormat):
		return refuseBad("DataFormat %q is not valid", source.DataFormat)
	case (list == nil) == (contacts == nil):
		return refuseBad("ImportDestination must have one destination")
	case list != nil && !slices.Contains(list.SuppressionListImportAction.Values(), list.SuppressionListImportAction):
		return refuseBad("SuppressionListImportAction %q is not valid", list.SuppressionListImportAction)
	case contacts != nil && !slices.Contains(contacts.ContactListImportAction.Values(), contacts.ContactListImportAction):
		return refuseBad("ContactListImportAction %q is not valid", contacts.ContactListImportAction)
	case contacts != nil && r.contactLists.of[*contacts.ContactListName] == nil:
		return refuseBad("List with name: %s doesn't exist.", *contacts.ContactListName)
	}
	return nil
}

// runImportJobs does what is due, in the order of the jobs. Whoever looks at what jobs write
// calls it before.
func (r *Region) runImportJobs() {
	var due []*importJob
	for _, j := range r.importJobs.of {
		if !j.done && !time.Now().Before(j.due) {
			due = append(due, j)
		}
	}
	slices.SortFunc(due, func(a, b *importJob) int { return a.created.Compare(b.created) })
	for _, j := range due {
		j.done = true
		j.importOutcome = r.importFrom(j)
	}
}

func (j *importJob) status() types.JobStatus {
	third := j.due.Sub(j.created) / 3
	switch {
	case j.done && j.err != "":
		return types.JobStatusFailed
	case j.done:
		return types.JobStatusCompleted
	case time.Since(j.created) < third:
		return types.JobStatusCreated
	}
	return types.JobStatusProcessing
}

func (r *Region) getImportJob(in *sesv2.GetImportJobInput) (*sesv2.GetImportJobOutput, error) {
	r.runImportJobs()
	j := r.importJobs.of[*in.JobId]
	if j == nil {
		return nil, refuseMissing("Import job %s does not exist", *in.JobId)
	}
	source, destination := j.source, j.destination
	out := &sesv2.GetImportJobOutput{
		JobId: in.JobId, JobStatus: j.status(), ImportDataSource: &source, ImportDestination: &destination,
		CreatedTimestamp: aws.Time(j.created.UTC().Truncate(time.Second)), FailureInfo: r.importFailure(*in.JobId, j),
		ProcessedRecordsCount: aws.Int32(int32(j.processed)), FailedRecordsCount: aws.Int32(int32(len(j.failed))),
	}
	if j.done {
		out.CompletedTimestamp = aws.Time(j.due.UTC().Truncate(time.Second))
	}
	return out, nil
}

// importFailure tells what failed: the job, or records, which are in an object that a
// presigned URL names. Nobody serves it; a test has [Region.FailedRecords].
func (r *Region) importFailure(id string, j *importJob) *types.FailureInfo {
	switch {
	case j.err != "":
		return &types.FailureInfo{ErrorMessage: aws.String(j.err)}
	case len(j.failed) > 0:
		url := fmt.Sprintf("https://ses-import-%s.s3.%s.amazonaws.com/%s/failed-records?X-Amz-Expires=3600", r.Name, r.Name, id)
		return &types.FailureInfo{FailedRecordsS3Url: aws.String(url)}
	}
	return nil
}

// importPages are assumed, as those of other lists.
var importPages = contentPages{100, 1000}

func (r *Region) listImportJobs(in *sesv2.ListImportJobsInput) (*sesv2.ListImportJobsOutput, error) {
	r.runImportJobs()
	wanted := newShelf[importJob](byName)
	for id, j := range r.importJobs.of {
		if in.ImportDestinationType == "" || in.ImportDestinationType == j.kind() {
			wanted.put(id, j)
		}
	}
	ids, next, err := contentPage(r, wanted, importPages, in.PageSize, in.NextToken)
	out := &sesv2.ListImportJobsOutput{NextToken: next}
	for _, id := range ids {
		j := wanted.of[id]
		destination := j.destination
		out.ImportJobs = append(out.ImportJobs, types.ImportJobSummary{
			JobId: aws.String(id), JobStatus: j.status(), ImportDestination: &destination, CreatedTimestamp: aws.Time(j.created),
			ProcessedRecordsCount: aws.Int32(int32(j.processed)), FailedRecordsCount: aws.Int32(int32(len(j.failed))),
		})
	}
	return out, err
}

func (j *importJob) kind() types.ImportDestinationType {
	if j.destination.ContactListDestination != nil {
		return types.ImportDestinationTypeContactList
	}
	return types.ImportDestinationTypeSuppressionList
}

// FailedRecords returns the records of a job that failed, each with the reason.
func (r *Region) FailedRecords(job string) []string {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	r.runImportJobs()
	return slices.Clone(r.importJobs.of[job].failed)
}

// SinkImports has import jobs give the suppressed addresses that they put or delete to f,
// instead of keeping them: a test of long lists so measures its own memory. f is called
// under the lock of the World, so that it must not call it.
func (r *Region) SinkImports(f func(action types.SuppressionListImportAction, address string, reason types.SuppressionListReason)) {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	r.importSink = f
}

// dumpImportJobs writes those that are not done as text: what the others did is in what they
// wrote.
func (r *Region) dumpImportJobs(out *strings.Builder) {
	var lines []string
	for _, j := range r.importJobs.of {
		if !j.done {
			lines = append(lines, fmt.Sprintf("import job of a %s from %s\n", j.kind(), *j.source.S3Url))
		}
	}
	slices.Sort(lines)
	out.WriteString(strings.Join(lines, ""))
}
