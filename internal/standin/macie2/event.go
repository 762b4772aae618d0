package macie2

import (
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

// An Event is JSON that Macie published, in one place and about one job.
type Event struct {
	Account, Region, JobID string
	Time                   time.Time
	JSON                   []byte
}

// Events returns the EventBridge events of findings so far, oldest first: source
// aws.macie, detail-type "Macie Finding".
func (s *Service) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	return append([]Event(nil), s.findings...)
}

// LogEvents returns the messages that Macie wrote to CloudWatch Logs so far, to
// the group /aws/macie/classificationjobs, oldest first.
func (s *Service) LogEvents() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	return append([]Event(nil), s.log...)
}

func (s *Service) publishEvent(j *job, f *types.Finding) {
	s.findings = append(s.findings, j.event(*f.CreatedAt, map[string]any{
		"version": "0", "id": s.newUUID("event"), "detail-type": "Macie Finding", "source": "aws.macie",
		"account": j.session.account, "time": f.CreatedAt.Format(time.RFC3339), "region": j.session.region,
		"resources": []string{}, "detail": findingJSON(f),
	}))
}

func (j *job) event(at time.Time, fields map[string]any) Event {
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return Event{Account: j.session.account, Region: j.session.region, JobID: j.id, Time: at, JSON: text}
}

// descriptions are those of "Understanding log events for sensitive data discovery
// jobs" in the user guide.
var descriptions = map[string]string{
	"JOB_CREATED":                               "The job was created.",
	"ONE_TIME_JOB_STARTED":                      "The job started running.",
	"JOB_PAUSED_BY_USER":                        "The job was paused by a user.",
	"JOB_RESUMED_BY_USER":                       "The job was resumed by a user.",
	"JOB_PAUSED_BY_MACIE_SERVICE_QUOTA_MET":     "The job was paused by Macie. Completion of the job would exceed a monthly quota for the affected account.",
	"JOB_RESUMED_BY_MACIE_SERVICE_QUOTA_LIFTED": "The job was resumed by Macie. The monthly service quota was lifted for the affected account.",
	"JOB_CANCELLED":                             "The job was cancelled.",
	"JOB_COMPLETED":                             "The job finished running.",
	"BUCKET_ACCESS_DENIED":                      "Macie doesn’t have permission to access the affected S3 bucket.",
	"BUCKET_DOES_NOT_EXIST":                     "The affected S3 bucket doesn’t exist anymore.",
	"BUCKET_IN_DIFFERENT_REGION":                "The affected S3 bucket was moved to a different AWS Region.",
	"BUCKET_OWNER_CHANGED":                      "The owner of the affected S3 bucket changed. Macie doesn’t have permission to access the bucket anymore.",
}

func (s *Service) logJob(j *job, kind string, at time.Time) {
	s.log = append(s.log, j.event(at, j.logFields(kind, at)))
}

func (s *Service) logBucket(j *job, kind, bucket string) {
	fields := j.logFields(kind, j.ended)
	fields["affectedAccount"] = j.session.account
	fields["affectedResource"] = map[string]any{"type": "S3_BUCKET_NAME", "value": bucket}
	if kind == "BUCKET_ACCESS_DENIED" {
		fields["operation"] = "ListObjectsV2"
	}
	s.log = append(s.log, j.event(j.ended, fields))
}

const logTime = "2006-01-02T15:04:05.000000Z"

func (j *job) logFields(kind string, at time.Time) map[string]any {
	fields := map[string]any{
		"adminAccountId": j.session.account, "jobId": j.id, "eventType": kind, "occurredAt": at.UTC().Format(logTime),
		"description": descriptions[kind], "jobName": j.name(),
	}
	if kind != "JOB_CREATED" {
		fields["runDate"] = j.created.Format(logTime)
	}
	return fields
}

func timeText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// findingJSON renders a finding as the service does, with the names of its model.
func findingJSON(f *types.Finding) map[string]any {
	c := f.ClassificationDetails
	object := objectJSON(f.ResourcesAffected.S3Object)
	object["versionId"] = aws.ToString(f.ResourcesAffected.S3Object.VersionId)
	return map[string]any{
		"schemaVersion": "1.0", "id": *f.Id, "accountId": *f.AccountId, "partition": *f.Partition, "region": *f.Region,
		"type": f.Type, "title": *f.Title, "description": *f.Description, "severity": severityJSON(f.Severity),
		"createdAt": timeText(*f.CreatedAt), "updatedAt": timeText(*f.UpdatedAt), "count": *f.Count, "category": f.Category,
		"archived": *f.Archived, "sample": *f.Sample, "policyDetails": nil,
		"resourcesAffected": map[string]any{"s3Bucket": bucketJSON(f.ResourcesAffected.S3Bucket), "s3Object": object},
		"classificationDetails": map[string]any{
			"jobArn": *c.JobArn, "jobId": *c.JobId, "originType": c.OriginType,
			"detailedResultsLocation": *c.DetailedResultsLocation, "result": resultJSON(c.Result, true),
		},
	}
}

func severityJSON(s *types.Severity) map[string]any {
	return map[string]any{"score": *s.Score, "description": s.Description}
}

func resultJSON(r *types.ClassificationResult, additional bool) map[string]any {
	sensitive, custom := []any{}, []any{}
	for _, item := range r.SensitiveData {
		detections := []any{}
		for _, d := range item.Detections {
			detections = append(detections, map[string]any{"type": *d.Type, "count": *d.Count, "occurrences": occurrencesJSON(d.Occurrences)})
		}
		sensitive = append(sensitive, map[string]any{"category": item.Category, "totalCount": *item.TotalCount, "detections": detections})
	}
	for _, d := range r.CustomDataIdentifiers.Detections {
		custom = append(custom, map[string]any{"arn": *d.Arn, "name": *d.Name, "count": *d.Count, "occurrences": occurrencesJSON(d.Occurrences)})
	}
	fields := map[string]any{
		"status": map[string]any{"code": *r.Status.Code, "reason": r.Status.Reason}, "sizeClassified": *r.SizeClassified,
		"mimeType": r.MimeType, "sensitiveData": sensitive,
		"customDataIdentifiers": map[string]any{"totalCount": *r.CustomDataIdentifiers.TotalCount, "detections": custom},
	}
	if additional {
		fields["additionalOccurrences"] = *r.AdditionalOccurrences
	}
	return fields
}

func occurrencesJSON(o *types.Occurrences) any {
	if o == nil {
		return nil
	}
	lines := []any{}
	for _, r := range o.LineRanges {
		lines = append(lines, map[string]any{"start": r.Start, "end": r.End, "startColumn": r.StartColumn})
	}
	return map[string]any{"lineRanges": lines}
}

func bucketJSON(b *types.S3Bucket) map[string]any {
	return map[string]any{
		"arn": *b.Arn, "name": *b.Name, "createdAt": timeText(*b.CreatedAt), "tags": []any{},
		"owner":                       map[string]any{"displayName": b.Owner.DisplayName, "id": b.Owner.Id},
		"defaultServerSideEncryption": encryptionJSON(b.DefaultServerSideEncryption),
		"publicAccess":                nil,
	}
}

func objectJSON(o *types.S3Object) map[string]any {
	tags := []any{}
	for _, tag := range o.Tags {
		tags = append(tags, map[string]any{"key": *tag.Key, "value": *tag.Value})
	}
	return map[string]any{
		"bucketArn": *o.BucketArn, "key": *o.Key, "path": *o.Path, "extension": *o.Extension, "lastModified": timeText(*o.LastModified),
		"eTag": *o.ETag, "serverSideEncryption": encryptionJSON(o.ServerSideEncryption), "size": *o.Size,
		"storageClass": o.StorageClass, "tags": tags, "publicAccess": nil,
	}
}

func encryptionJSON(e *types.ServerSideEncryption) map[string]any {
	return map[string]any{"encryptionType": e.EncryptionType, "kmsMasterKeyId": e.KmsMasterKeyId}
}
