// Package macie2 stands in for Amazon Macie.
//
// It keeps sessions, classification jobs, findings, custom data identifiers and
// allow lists of all accounts and Regions, answers as the SDK answers, and
// classifies the objects of the stand-in for S3. Jobs run in the time of the
// test: a job that should be finished by now is run when somebody next calls or
// asks. There are no goroutines and no timers.
//
// # Where the rules are from
//
// Limits and states are from the doc comments of the SDK (service/macie2
// v1.51.4) and its model of version 1 (models/apis/macie2/2020-01-01), from
// "Amazon Macie quotas", "Severity scoring for Macie findings", "Managed data
// identifiers recommended for sensitive data discovery jobs", "Understanding log
// events for sensitive data discovery jobs" and "Storing and retaining sensitive
// data discovery results" in the user guide.
//
// A finding has the form of one that Macie made in March 2024 (exported by its
// owner to github.com/renatomateusx/aws-ai-discover-sensitive-data-present-in-s3-bucket-using-macie,
// README.md): the entity tag has no quotes, the version is "" in a bucket without
// versions, the arn of a custom detection is the identifier's id and no ARN, and
// without an export configuration the place of the detailed results is in a
// bucket called [export-config-not-set].
//
// The export is written below <prefix>/AWSLogs/<account>/Macie/<region>/<job>/
// in files <account>/<uuid>.jsonl.gz, as the finding above has it; one of October
// 2020 has no folder for the account. The fields of a record are those of the
// Athena table in github.com/aws-samples/amazon-macie-results-analytics
// (athena-table-scripts/create-macie-job-table-all-jobs.sql, commit 02f0cfb):
//
//	accountId, category, classificationDetails{jobArn, result{status{code,
//	reason}, sizeClassified, mimeType, sensitiveData[{category, totalCount,
//	detections[{type, count, occurrences{lineRanges[{start, end,
//	startColumn}], pages, records, cells}}]}], customDataIdentifiers{totalCount,
//	detections[{arn, name, count, occurrences}]}}, detailedResultsLocation,
//	jobId, originType}, createdAt, description, id, partition, region,
//	resourcesAffected{s3Bucket, s3Object{bucketArn, key, path, extension,
//	lastModified, eTag, serverSideEncryption, size, storageClass, tags,
//	embeddedFileDetails, publicAccess}}, schemaVersion, severity, title, type,
//	updatedAt
//
// The object in a record has no version: the table names none. Before it accepts
// an export configuration, Macie writes an object called macie-test-object below
// the prefix (seen in the documentation of aws-secure-environment-accelerator), so
// the bucket policy has to let macie.amazonaws.com write.
//
// # What is not known
//
// Where nobody tells, the stand-in takes what is harder on its caller:
//   - a client token with other parameters is refused as a conflict, and holds for
//     ever;
//   - jobs, findings and identifiers are listed in no useful order unless a sort is
//     asked for, and a page of most lists has 25 entries at most;
//   - an identifier that was deleted, or never was, makes CreateClassificationJob
//     fail with ValidationException, and deleting it again with
//     ResourceNotFoundException; lists leave it out, and its tags are gone;
//   - two custom data identifiers may have one name;
//   - groups that capture and flags in a regex, which the user guide says are not
//     supported, are refused;
//   - the 15 places of a finding ("as many as 15 occurrences of sensitive data that
//     Macie found in an affected S3 object") are shared by all its detections;
//   - a record of an object without sensitive data has null for title, type,
//     description and severity, and ids of records are not those of findings;
//   - a detection below the lowest threshold of its identifier is in no record;
//   - a prefix of the export may or may not end in a slash, and makes one folder;
//   - GetFindings leaves out findings that are not there;
//   - a change of status that is not allowed is a ValidationException, and so is more
//     than the model allows of anything that has no quota;
//   - while Macie is suspended, creating a job is denied as if it were not enabled;
//   - a bucket that does not exist, or is in another Region, is an error of the
//     run (BUCKET_DOES_NOT_EXIST), not of creating the job.
//
// A job looks at its objects all at once, at the first call or question after it
// should have ended. Macie takes its time: of an object that is deleted or changed
// meanwhile, it may have seen what was there before.
//
// # What it refuses
//
// Recurring jobs, bucket criteria, sampling, members of an organization, and
// filters and sorts of findings by most of the properties that Macie has: with
// status 501, NotImplemented, so that no test takes it for an answer of Macie's. It
// analyses what looks like text, by a handful of managed identifiers with patterns
// of its own (variable managed; jobs may name all that there are), and tells places
// in it as lines of plain text alone: of JSON, CSV and the like it counts the
// occurrences and tells no place. Archives and PDF are skipped as unsupported,
// although Macie reads them.
package macie2

import (
	"context"
	"crypto/md5"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

// A Service is Amazon Macie in all accounts and Regions of a Cloud. Set its fields
// before the first call. Its methods may be called from several goroutines; they
// are no calls, so that the log of the Cloud does not hold them and faults do not
// meet them.
type Service struct {
	// Duration is how long a job runs; New sets 15 minutes. See also [Outcome].
	Duration time.Duration

	// JobInterval is the least time between two calls of CreateClassificationJob in
	// one account and Region; New sets 10 seconds (0.1 a second in the quotas). Zero
	// lets all through.
	JobInterval time.Duration

	// ExportDelay is how long after its end the analysis records of a job arrive.
	ExportDelay time.Duration

	// RecordsPerFile is how many objects one file of the export tells of at most;
	// New sets 3.
	RecordsPerFile int

	// FindingsPerRun is how many findings of one run ListFindings tells at most, and
	// of the rest one in each RestShare; New sets 100,000 and 20 ("Findings per
	// sensitive data discovery job" in the quotas). The others are still published
	// as events and exported as records. RestShare 0 hides the rest.
	FindingsPerRun, RestShare int

	// PageSize, if not zero, is the most that one page of any list holds.
	PageSize int

	store storage

	mu       sync.Mutex
	sessions map[place]*session
	denied   map[string]bool // KMS keys by ARN
	closed   map[string]bool // buckets
	objects  map[objectName]objectOutcome
	outcomes []Outcome
	made     int // ids so far
	jobs     int
	bytes    int64
	findings []Event
	log      []Event
}

// A place is where Macie is: everything in it belongs to one account and Region.
type place struct{ account, region string }

type objectName struct{ bucket, key string }

// A session is Macie in one place.
type session struct {
	place
	partition   string
	status      types.MacieStatus
	frequency   types.FindingPublishingFrequency
	created     time.Time
	updated     time.Time
	export      *types.ClassificationExportConfiguration
	trusted     bool // the bucket policy is not asked
	lastCreate  time.Time
	jobs        []*job
	identifiers []*identifier
	allowLists  []*allowList
	findings    []*types.Finding // that ListFindings tells
}

// New returns a Macie that is enabled nowhere and reads from store, and makes it
// answer the calls of c.
func New(c *awstest.Cloud, store *s3.Service) *Service {
	s := &Service{
		Duration:       15 * time.Minute,
		JobInterval:    10 * time.Second,
		RecordsPerFile: 3,
		FindingsPerRun: 100_000,
		RestShare:      20,

		store:    storage{store},
		sessions: map[place]*session{},
		denied:   map[string]bool{},
		closed:   map[string]bool{},
		objects:  map[objectName]objectOutcome{},
	}
	s.handleSessions(c)
	s.handleJobs(c)
	s.handleFindings(c)
	s.handleIdentifiers(c)
	s.handleLists(c)
	return s
}

// open returns the session of a caller, with all that is due by now done. The
// caller of open holds s.mu.
func (s *Service) open(ctx context.Context) (*session, error) {
	s.advance()
	caller := awstest.CallerOf(ctx)
	session, ok := s.sessions[place{caller.Account, caller.Region}]
	if !ok {
		return nil, notEnabled()
	}
	return session, nil
}

// newID returns 32 hexadecimal digits, different ones each time and the same ones
// in each run of a test.
func (s *Service) newID(kind string) string {
	s.made++
	return fmt.Sprintf("%x", md5.Sum(fmt.Appendf(nil, "%s %d", kind, s.made)))
}

func (s *Service) newUUID(kind string) string {
	id := s.newID(kind)
	return strings.Join([]string{id[:8], id[8:12], "3" + id[13:16], "8" + id[17:20], id[20:]}, "-")
}

func (s *session) arn(kind, id string) *string {
	return aws.String(fmt.Sprintf("arn:%s:macie2:%s:%s:%s/%s", s.partition, s.region, s.account, kind, id))
}

// now is the time as Macie tells it, in milliseconds.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// sorted returns the places in a defined order.
func (s *Service) sorted() []*session {
	var all []*session
	for _, session := range s.sessions {
		all = append(all, session)
	}
	slices.SortFunc(all, func(a, b *session) int {
		return strings.Compare(a.account+" "+a.region, b.account+" "+b.region)
	})
	return all
}
