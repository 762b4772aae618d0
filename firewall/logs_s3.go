package firewall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/logs"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/internal/s3object"
	"github.com/awspatterns/awspatterns/internal/s3policy"
)

// AnalyzeLogsOptions say which logs in S3 to read, and what to ask.
type AnalyzeLogsOptions struct {
	// Options are those of [logs.Analyze]. Sources must not be set: they are the objects
	// that are found. Firewalls are the names of the firewalls. Since and Until say which
	// folders are listed, one for each hour; without Since all logs are read.
	logs.Options

	// Locations, if set, are where the logs are. Otherwise each of the Firewalls is asked.
	Locations []LogsLocation

	// MaxBytes is the most that is read, as the objects are in S3, which is compressed. If
	// they are more, nothing is read. 0 is any.
	MaxBytes int64

	// GetPrice and ListPrice are those of a request to S3, for the costs. 0 is not known.
	GetPrice, ListPrice float64

	// KMSKey is the ARN of the key that encrypts the logs, for [AnalyzeLogsPermissions].
	KMSKey string
}

// A LogsLocation is a bucket that firewalls log to, and the prefix that they were given.
type LogsLocation struct {
	Bucket, Prefix string
}

// LogsEstimate says what there is to read.
type LogsEstimate struct {
	Objects int
	Bytes   int64 // of the objects, which are compressed
	Costs   []awspatterns.Cost

	// Unlisted are folders that could not be listed, and firewalls that do not tell where
	// they log to. What is in them is unknown, not nothing.
	Unlisted []UnlistedLogs

	// Elsewhere are logs that do not go to S3, or that a firewall does not write.
	Elsewhere []string
}

// UnlistedLogs is a folder, or a firewall, whose logs could not be found out.
type UnlistedLogs struct {
	Name   string // s3://bucket/prefix, or the name of the firewall
	Reason string

	Err error `json:"-"`
}

// AnalyzeLogsResult is what logs in S3 say.
type AnalyzeLogsResult struct {
	LogsEstimate
	Report logs.Report
}

// AnalyzeLogs answers questions about logs of AWS Network Firewall that are in S3. It
// finds where the firewalls log to, lists the folders of the hours that are asked for
// (and of one hour more at both ends, since an event may be in the file that was begun
// before it, or after), and reads the objects as they are; where a connection breaks it
// reads on. It changes nothing.
//
// An object or a folder that cannot be read does not end the call: the report covers the
// others, and the error, beside the result, names each. A nil error says that everything
// was read. More than MaxBytes is [awspatterns.ErrCeiling], with the estimate and before
// anything is read. Logs that a firewall sends elsewhere are in Elsewhere, and no error.
//
// A prefix may begin with a slash: the service then writes a folder without a name.
//
// IAM actions: [AnalyzeLogsPermissions].
func AnalyzeLogs(ctx context.Context, c Clients, opts AnalyzeLogsOptions) (AnalyzeLogsResult, error) {
	result, err := analyzeLogs(ctx, c, opts)
	if err != nil {
		err = fmt.Errorf("firewall: analyze logs: %w", reason.Cause(ctx, err))
	}
	return result, err
}

// EstimateLogs lists what [AnalyzeLogs] would read, and reads nothing of it. Its error is
// like that of AnalyzeLogs, but for the ceiling.
func EstimateLogs(ctx context.Context, c Clients, opts AnalyzeLogsOptions) (LogsEstimate, error) {
	found, err := findLogs(ctx, c, opts)
	if err = errors.Join(err, found.unlisted()); err != nil {
		return found.LogsEstimate, fmt.Errorf("firewall: estimate logs: %w", reason.Cause(ctx, err))
	}
	return found.LogsEstimate, nil
}

func analyzeLogs(ctx context.Context, c Clients, opts AnalyzeLogsOptions) (AnalyzeLogsResult, error) {
	found, err := findLogs(ctx, c, opts)
	result := AnalyzeLogsResult{LogsEstimate: found.LogsEstimate}
	if err != nil {
		return result, err
	}
	if opts.MaxBytes > 0 && found.Bytes > opts.MaxBytes {
		return result, fmt.Errorf("the objects have %d bytes, MaxBytes is %d: %w", found.Bytes, opts.MaxBytes, awspatterns.ErrCeiling)
	}
	opts.Sources = found.sources(c.S3)
	result.Report, err = logs.Analyze(ctx, opts.Options)
	if result.Report.Failed > 0 {
		err = unreadLogs(result.Report)
	}
	return result, errors.Join(err, found.unlisted())
}

// unreadLogs names the objects that were not read to the end.
func unreadLogs(r logs.Report) error {
	errs := make([]error, len(r.Unread))
	for i := range r.Unread {
		errs[i] = &r.Unread[i]
	}
	return fmt.Errorf("%d of %d objects were not read to the end: %w", r.Failed, r.Sources, errors.Join(errs...))
}

func (f foundLogs) unlisted() error {
	var errs []error
	for _, u := range f.Unlisted {
		errs = append(errs, fmt.Errorf("%s: the logs could not be found: %w", u.Name, u.Err))
	}
	return errors.Join(errs...)
}

// sources are the objects.
func (f foundLogs) sources(c S3API) logs.Sources {
	return func(yield func(logs.Source, error) bool) {
		for _, o := range f.objects {
			open := func(ctx context.Context) (io.ReadCloser, error) {
				return s3object.Open(ctx, c, s3object.Object{Bucket: o.bucket, Key: o.key, ETag: o.etag, Explain: explainRead})
			}
			if !yield(logs.Source{Name: "s3://" + o.bucket + "/" + o.key, Open: open}, nil) {
				return
			}
		}
	}
}

func explainRead(err error) error {
	switch s3object.Status(err) {
	case 403:
		return fmt.Errorf("%w; it needs s3:GetObject and, if a KMS key encrypts the object, kms:Decrypt", err)
	case 404:
		return fmt.Errorf("it was deleted since it was listed: %w", err)
	}
	return err
}

// check refuses bad options before the first call. What is pure is checked where it is
// known: an analysis of nothing.
func (o AnalyzeLogsOptions) check(ctx context.Context) error {
	pure := o.Options
	pure.Sources, pure.Progress = func(func(logs.Source, error) bool) {}, nil
	if _, err := logs.Analyze(ctx, pure); err != nil {
		return errors.Unwrap(err)
	}
	switch {
	case o.Sources != nil:
		return errors.New("option Sources is set; it is for what is found in S3")
	case len(o.Locations) == 0 && len(o.Firewalls) == 0:
		return errors.New("neither Firewalls nor Locations: whose logs?")
	case o.MaxBytes < 0:
		return errors.New("option MaxBytes must not be negative")
	}
	for _, l := range o.Locations {
		if l.Bucket == "" {
			return errors.New("a location has no Bucket")
		}
	}
	return checkFirewallNames(o.Firewalls)
}

func checkFirewallNames(names []string) error {
	for _, name := range names {
		if name == "" {
			return errors.New("a firewall has no name")
		}
	}
	return nil
}

// AnalyzeLogsPermissions returns what [EstimateLogs] (as planning) and [AnalyzeLogs] (as
// applying) need. With Locations it is limited to them; otherwise it is not known before
// which bucket it will be. Options that AnalyzeLogs refuses need nothing.
func AnalyzeLogsPermissions(opts AnalyzeLogsOptions) awspatterns.Permissions {
	if opts.check(context.Background()) != nil {
		return awspatterns.Permissions{}
	}
	var plan, read awspatterns.Policy
	get := func(resources []string) {
		read = append(read, awspatterns.Permission{Action: "s3:GetObject", Resources: resources, Source: s3policy.API + "GetObject.html"})
	}
	for _, l := range opts.Locations {
		plan = append(plan, s3policy.List(l.Bucket, l.Prefix))
		get(s3policy.Below(l.Bucket, l.Prefix))
	}
	if len(opts.Locations) == 0 {
		plan = append(loggingPermissions(opts.Firewalls),
			awspatterns.Permission{Action: "s3:ListBucket", Resources: []string{"arn:${Partition}:s3:::*"}, Source: s3policy.API + "ListObjectsV2.html"})
		get([]string{"arn:${Partition}:s3:::*/AWSLogs/*/network-firewall/*"})
	}
	apply := append(append(awspatterns.Policy{}, plan...), read...)
	return awspatterns.Permissions{Plan: plan, Apply: append(apply, s3policy.Key("kms:Decrypt", opts.KMSKey, "s3:GetObject")...)}
}

// loggingPermissions are for reading where firewalls log to.
func loggingPermissions(names []string) awspatterns.Policy {
	var policy awspatterns.Policy
	for _, p := range firewallPermissions(names) {
		switch p.Action {
		case "network-firewall:DescribeLoggingConfiguration", "logs:GetLogDelivery", "logs:ListLogDeliveries":
			policy = append(policy, p)
		}
	}
	return policy
}

// around is how much earlier and later than its events a file may be named.
const around = time.Hour
