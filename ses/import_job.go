package ses

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/internal/pace"
)

// An ImportError is about an import job that did not import all of its records.
type ImportError struct {
	Job    string
	Region string
	Status string // COMPLETED with failed records, FAILED, CANCELLED

	Failed    int // records
	Processed int // records, those that failed included

	// Message is what SES says, if anything.
	Message string

	// URL is presigned: whoever has it may read the failed records, so it is not in the text
	// of the error. Empty if SES has none.
	URL string
}

func (e *ImportError) Error() string {
	text := fmt.Sprintf("import job %s in %s: %s, %d of %d records failed", e.Job, e.Region, e.Status, e.Failed, e.Processed)
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.URL != "" {
		return text + " (ImportError.URL is where they are)"
	}
	if e.Status != string(sestypes.JobStatusCompleted) {
		return text + ": does the policy of the bucket let ses.amazonaws.com read its objects, and that of its KMS key, if it has one, decrypt them?"
	}
	return text
}

// importError returns what is wrong with a job that has ended, nil if nothing is.
func importError(region string, job *sesv2.GetImportJobOutput) error {
	e := &ImportError{
		Job: aws.ToString(job.JobId), Region: region, Status: string(job.JobStatus),
		Failed: int(aws.ToInt32(job.FailedRecordsCount)), Processed: int(aws.ToInt32(job.ProcessedRecordsCount)),
	}
	if job.JobStatus == sestypes.JobStatusCompleted && e.Failed == 0 {
		return nil
	}
	if f := job.FailureInfo; f != nil {
		e.Message, e.URL = aws.ToString(f.ErrorMessage), aws.ToString(f.FailedRecordsS3Url)
	}
	return e
}

// importEnded tells whether a job will not change any more.
func importEnded(s sestypes.JobStatus) bool {
	return s != sestypes.JobStatusCreated && s != sestypes.JobStatusProcessing
}

// An importDesk has import jobs put objects onto the suppression list of the account.
type importDesk struct {
	*stagingFolder
	poll time.Duration // between two looks at a job

	jobs     []importJob
	keys     []string    // staged by this run
	imported func(n int) // called with the records of a job that has ended
}

type importJob struct {
	id      string
	records int
}

// settle waits for the jobs that a killed run has started, and deletes what it has staged. It
// tells whether there was any: then the list has changed.
func (d *importDesk) settle(ctx context.Context) (changed bool, err error) {
	keys, err := d.left(ctx)
	if err != nil || len(keys) == 0 {
		return false, err
	}
	ids, err := d.running(ctx)
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		if _, err := d.await(ctx, id); err != nil {
			return true, err
		}
	}
	return true, d.remove(ctx, keys)
}

// running returns the jobs that read objects of the folder and have not ended. Only
// GetImportJob tells what a job reads.
func (d *importDesk) running(ctx context.Context) (ids []string, err error) {
	in := sesv2.ListImportJobsInput{ImportDestinationType: sestypes.ImportDestinationTypeSuppressionList}
	for {
		out, err := d.SES.ListImportJobs(ctx, &in, d.turn("ListImportJobs"))
		if err != nil {
			return nil, fmt.Errorf("import jobs in %s: %w", d.Region, err)
		}
		for _, summary := range out.ImportJobs {
			if importEnded(summary.JobStatus) {
				continue
			}
			job, err := d.look(ctx, aws.ToString(summary.JobId))
			if err != nil {
				return nil, err
			}
			if !importEnded(job.JobStatus) && job.ImportDataSource != nil && d.has(aws.ToString(job.ImportDataSource.S3Url)) {
				ids = append(ids, *summary.JobId)
			}
		}
		if aws.ToString(out.NextToken) == "" {
			return ids, nil
		}
		in.NextToken = out.NextToken
	}
}

func (d *importDesk) look(ctx context.Context, id string) (*sesv2.GetImportJobOutput, error) {
	out, err := d.SES.GetImportJob(ctx, &sesv2.GetImportJobInput{JobId: &id}, d.turn("GetImportJob"))
	if err != nil {
		return nil, fmt.Errorf("import job %s in %s: %w", id, d.Region, err)
	}
	return out, nil
}

// await returns a job when it has ended.
func (d *importDesk) await(ctx context.Context, id string) (*sesv2.GetImportJobOutput, error) {
	for {
		job, err := d.look(ctx, id)
		if err != nil || importEnded(job.JobStatus) {
			return job, err
		}
		if err := pace.Sleep(ctx, d.poll); err != nil {
			return nil, fmt.Errorf("import job %s in %s, which goes on: %w", id, d.Region, err)
		}
	}
}

// start has a job import body, which has so many records. It waits while as many jobs run as
// may at a time, which is 20 (https://docs.aws.amazon.com/ses/latest/dg/quotas.html).
func (d *importDesk) start(ctx context.Context, body []byte, records int) error {
	key, err := d.put(ctx, body)
	if err != nil {
		return err
	}
	d.keys = append(d.keys, key)
	in := sesv2.CreateImportJobInput{
		ImportDataSource: &sestypes.ImportDataSource{DataFormat: sestypes.DataFormatJson, S3Url: aws.String(d.url(key))},
		ImportDestination: &sestypes.ImportDestination{SuppressionListDestination: &sestypes.SuppressionListDestination{
			SuppressionListImportAction: sestypes.SuppressionListImportActionPut,
		}},
	}
	for {
		out, err := d.SES.CreateImportJob(ctx, &in, d.turn("CreateImportJob"))
		if err == nil {
			d.jobs = append(d.jobs, importJob{aws.ToString(out.JobId), records})
			return nil
		}
		if _, full := errors.AsType[*sestypes.LimitExceededException](err); !full {
			return fmt.Errorf("an import job in %s of %s: %w", d.Region, d.url(key), err)
		}
		if err := pace.Sleep(ctx, d.poll); err != nil {
			return fmt.Errorf("an import job in %s, while others run: %w", d.Region, err)
		}
	}
}

// finish waits for all jobs that were started, and then deletes what they read. Deleted tells
// that nothing is left, whatever became of the jobs.
func (d *importDesk) finish(ctx context.Context) (deleted bool, err error) {
	var failed []error
	for _, j := range d.jobs {
		job, err := d.await(ctx, j.id)
		if err == nil {
			err = importError(d.Region, job)
			d.imported(j.records - int(aws.ToInt32(job.FailedRecordsCount)))
		}
		failed = append(failed, err)
	}
	slices.Sort(d.keys)
	left := d.remove(ctx, slices.Compact(d.keys))
	return left == nil, errors.Join(append(failed, left)...)
}
