package firewall

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/logs"
	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// foundLogs are the objects to read, in the order of their folders and names.
type foundLogs struct {
	LogsEstimate
	objects []logObject
}

type logObject struct {
	bucket, key, etag string
	size              int64
}

// A logFolder is that of one log of one firewall: ….../<firewall>/ before the date.
type logFolder struct {
	bucket, prefix string
}

func (f logFolder) String() string { return "s3://" + f.bucket + "/" + f.prefix }

// A logFinder finds the objects.
type logFinder struct {
	AnalyzeLogsOptions
	clients Clients
	found   foundLogs
	folders []logFolder
	lists   int // requests
}

// listsAtOnce is how many folders are listed at a time.
const listsAtOnce = 8

func findLogs(ctx context.Context, c Clients, opts AnalyzeLogsOptions) (foundLogs, error) {
	if err := opts.check(ctx); err != nil {
		return foundLogs{}, err
	}
	if c.S3 == nil || len(opts.Locations) == 0 && c.NetworkFirewall == nil {
		return foundLogs{}, errors.New("the Clients lack S3 or NetworkFirewall")
	}
	f := &logFinder{AnalyzeLogsOptions: opts, clients: c}
	for _, l := range opts.Locations {
		f.locate(ctx, l)
	}
	if len(opts.Locations) == 0 {
		for _, name := range opts.Firewalls {
			f.ask(ctx, name)
		}
	}
	f.listAll(ctx)
	if err := context.Cause(ctx); err != nil {
		return foundLogs{}, err
	}
	f.cost()
	return f.found, nil
}

func (f *logFinder) unlisted(name string, err error) {
	f.found.Unlisted = append(f.found.Unlisted, UnlistedLogs{Name: name, Reason: reason.Of(err), Err: err})
}

// logTypes are the logs, as folders and configurations call them.
var logTypes = []struct {
	log  logs.Log
	kind nfwtypes.LogType
}{{logs.Alert, nfwtypes.LogTypeAlert}, {logs.Flow, nfwtypes.LogTypeFlow}, {logs.TLS, nfwtypes.LogTypeTls}}

// bases are what folders of a location may begin with. It is not documented whether the
// slash at the end of a prefix is written twice.
func (l LogsLocation) bases() []string {
	switch {
	case l.Prefix == "":
		return []string{"AWSLogs/"}
	case strings.HasSuffix(l.Prefix, "/"):
		return []string{l.Prefix + "AWSLogs/", l.Prefix + "/AWSLogs/"}
	}
	return []string{l.Prefix + "/AWSLogs/"}
}

// ask adds the folders of a firewall, from its configuration.
func (f *logFinder) ask(ctx context.Context, name string) {
	out, err := f.clients.NetworkFirewall.DescribeLoggingConfiguration(ctx, &networkfirewall.DescribeLoggingConfigurationInput{FirewallName: &name})
	if err != nil {
		f.unlisted(name, needing(err, "network-firewall:DescribeLoggingConfiguration"))
		return
	}
	id, err := arn.Parse(aws.ToString(out.FirewallArn))
	if err != nil {
		f.unlisted(name, fmt.Errorf("the ARN of the firewall: %w", err))
		return
	}
	for _, t := range logTypes {
		d := destinationOf(out, t.kind)
		if d.LogDestinationType != nfwtypes.LogDestinationTypeS3 {
			f.found.Elsewhere = append(f.found.Elsewhere, elsewhere(name, t.log, d.LogDestinationType))
			continue
		}
		l := LogsLocation{d.LogDestination["bucketName"], d.LogDestination["prefix"]}
		for _, base := range l.bases() {
			f.add(logFolder{l.Bucket, base + id.AccountID + "/network-firewall/" + string(t.log) + "/" + id.Region + "/" + name + "/"})
		}
	}
}

func (f *logFinder) add(folder logFolder) {
	if !slices.Contains(f.folders, folder) {
		f.folders = append(f.folders, folder)
	}
}

func destinationOf(out *networkfirewall.DescribeLoggingConfigurationOutput, kind nfwtypes.LogType) (d nfwtypes.LogDestinationConfig) {
	if out.LoggingConfiguration == nil {
		return d
	}
	for _, c := range out.LoggingConfiguration.LogDestinationConfigs {
		if c.LogType == kind {
			return c
		}
	}
	return d
}

func elsewhere(firewall string, log logs.Log, to nfwtypes.LogDestinationType) string {
	if to == "" {
		return fmt.Sprintf("%s writes no %s log", firewall, log)
	}
	return fmt.Sprintf("the %s log of %s goes to %s", log, firewall, to)
}

// locate adds the folders below a location: of all accounts and Regions, and of the
// firewalls that are asked for.
func (f *logFinder) locate(ctx context.Context, l LogsLocation) {
	for _, base := range l.bases() {
		for _, account := range f.below(ctx, l.Bucket, base) {
			for _, t := range logTypes {
				for _, region := range f.below(ctx, l.Bucket, account+"network-firewall/"+string(t.log)+"/") {
					f.locateFirewalls(ctx, l.Bucket, region)
				}
			}
		}
	}
}

func (f *logFinder) locateFirewalls(ctx context.Context, bucket, region string) {
	if len(f.Firewalls) == 0 {
		for _, firewall := range f.below(ctx, bucket, region) {
			f.add(logFolder{bucket, firewall})
		}
	}
	for _, name := range f.Firewalls {
		f.add(logFolder{bucket, region + name + "/"})
	}
}

// below lists the folders in a folder.
func (f *logFinder) below(ctx context.Context, bucket, prefix string) (folders []string) {
	pages := s3.NewListObjectsV2Paginator(f.clients.S3, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix, Delimiter: aws.String("/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		f.lists++
		if err != nil {
			f.unlisted(logFolder{bucket, prefix}.String(), needing(err, "s3:ListBucket"))
			return folders
		}
		for _, p := range page.CommonPrefixes {
			folders = append(folders, aws.ToString(p.Prefix))
		}
	}
	return folders
}

// listAll lists the objects of all folders.
func (f *logFinder) listAll(ctx context.Context) {
	type listing struct {
		objects []logObject
		pages   int
		err     error
	}
	all := make([]listing, len(f.folders))
	parallel.ForEach(len(all), listsAtOnce, func(i int) {
		l := &all[i]
		l.objects, l.pages, l.err = f.list(ctx, f.folders[i])
	})
	for i, l := range all {
		f.lists += l.pages
		if l.err != nil {
			f.unlisted(f.folders[i].String(), needing(l.err, "s3:ListBucket"))
		}
		f.found.objects = append(f.found.objects, l.objects...)
	}
}

// list lists the objects of the hours that are asked for. Their keys begin with the date,
// so that one listing goes from the first hour to the last.
func (f *logFinder) list(ctx context.Context, folder logFolder) (objects []logObject, pages int, err error) {
	const hour = "2006/01/02/15"
	in := &s3.ListObjectsV2Input{Bucket: &folder.bucket, Prefix: &folder.prefix}
	last := "~" // after all digits
	if !f.Since.IsZero() {
		in.StartAfter = aws.String(folder.prefix + f.Since.UTC().Add(-around).Format(hour))
	}
	if !f.Until.IsZero() {
		last = f.Until.UTC().Add(around).Format(hour) + "~"
	}
	list := s3.NewListObjectsV2Paginator(f.clients.S3, in)
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		pages++
		if err != nil {
			return objects, pages, err
		}
		for _, o := range page.Contents {
			key := aws.ToString(o.Key)
			if key[len(folder.prefix):] > last {
				return objects, pages, nil
			}
			if !strings.HasSuffix(key, "/") { // a folder that the console made
				objects = append(objects, logObject{folder.bucket, key, aws.ToString(o.ETag), aws.ToInt64(o.Size)})
			}
		}
	}
	return objects, pages, nil
}

// cost adds up what was found.
func (f *logFinder) cost() {
	e := &f.found.LogsEstimate
	e.Objects = len(f.found.objects)
	for _, o := range f.found.objects {
		e.Bytes += o.size
	}
	e.Costs = []awspatterns.Cost{
		{Item: "S3 LIST requests", Quantity: float64(f.lists), Unit: "request", Price: f.ListPrice},
		{Item: "S3 GET requests", Quantity: float64(e.Objects), Unit: "request", Price: f.GetPrice},
		{Item: "data read from S3", Quantity: float64(e.Bytes), Unit: "byte", Ceiling: float64(f.MaxBytes)},
	}
}
