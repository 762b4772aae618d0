package firewall_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/logs"
	"github.com/awspatterns/awspatterns/internal/standin/firewalllogs"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

const logKey = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"

// A logWorld has the logs of two firewalls, of six hours of one day, in S3.
type logWorld struct {
	*awstest.Cloud
	s3        *s3.Service
	firewalls *networkfirewall.Service
	keys      []string
	text      []byte // all lines
}

func newLogWorld(c *awstest.Cloud, prefix string) *logWorld {
	w := &logWorld{Cloud: c, s3: s3.New(c), firewalls: networkfirewall.New(c)}
	w.s3.PageSize = 7
	w.s3.CreateBucket("logs", s3.Bucket{Region: dashboardRegion, Owner: dashboardAccount})
	for _, name := range []string{"egress", "ingress"} {
		var to []nfwtypes.LogDestinationConfig
		for _, kind := range []nfwtypes.LogType{nfwtypes.LogTypeAlert, nfwtypes.LogTypeFlow, nfwtypes.LogTypeTls} {
			to = append(to, nfwtypes.LogDestinationConfig{LogType: kind, LogDestinationType: nfwtypes.LogDestinationTypeS3, LogDestination: map[string]string{"bucketName": "logs", "prefix": prefix}})
		}
		w.firewalls.CreateFirewall(dashboardAccount, dashboardRegion, networkfirewall.Firewall{Name: name, VPC: "vpc-1", Logging: to})
	}
	base := prefix + "/AWSLogs/"
	if prefix == "" {
		base = "AWSLogs/"
	}
	files := map[string]*bytes.Buffer{}
	for l := range firewalllogs.Lines(firewalllogs.Options{Seed: 1, Events: 3000}) {
		var envelope struct {
			Name string `json:"firewall_name"`
		}
		if err := json.Unmarshal(l.Text, &envelope); err != nil {
			panic(err)
		}
		at := l.Time.Truncate(20 * time.Minute)
		key := fmt.Sprintf("%s%s/network-firewall/%s/%s/%s/%s/%s_network-firewall_%s_%s.log.gz", base, dashboardAccount, l.Log, dashboardRegion, envelope.Name,
			at.Format("2006/01/02/15"), dashboardAccount, l.Log, at.Format("200601021504"))
		if files[key] == nil {
			files[key] = &bytes.Buffer{}
			w.keys = append(w.keys, key)
		}
		for _, b := range []*bytes.Buffer{files[key]} {
			b.Write(l.Text)
			b.WriteByte('\n')
		}
		w.text = append(append(w.text, l.Text...), '\n')
	}
	for key, lines := range files {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		z.Write(lines.Bytes())
		z.Close()
		w.s3.Put("logs", key, s3.Object{Body: packed.Bytes(), KMSKey: logKey})
	}
	return w
}

func (w *logWorld) clients() firewall.Clients {
	return firewall.NewClients(w.Config(dashboardRegion, dashboardAccount))
}

func logsOf(names ...string) firewall.AnalyzeLogsOptions {
	return firewall.AnalyzeLogsOptions{Options: logs.Options{Firewalls: names}}
}

// sameAsLocal compares a report with that of the same lines, read at once.
func (w *logWorld) sameAsLocal(t *testing.T, got logs.Report, opts logs.Options) {
	t.Helper()
	opts.Sources = logs.Reader("all", bytes.NewReader(w.text))
	want, err := logs.Analyze(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Answers, want.Answers) || got.Flows != want.Flows || got.Alerts != want.Alerts || got.TLSErrors != want.TLSErrors || got.Flows == 0 {
		t.Errorf("got %d flows, %d alerts, want %d, %d, or other answers", got.Flows, got.Alerts, want.Flows, want.Alerts)
	}
}

func TestAnalyzeLogs(t *testing.T) {
	since := time.Date(2026, 3, 2, 8, 10, 0, 0, time.UTC)
	within := logsOf("egress")
	within.Since, within.Until = since, since.Add(time.Hour)
	located := within
	for name, test := range map[string]struct {
		prefix   string
		opts     firewall.AnalyzeLogsOptions
		location string
	}{
		"both firewalls, all time": {"", logsOf("egress", "ingress"), ""},
		"an hour":                  {"network", within, ""},
		"leading slash":            {"/network", within, ""},
		"trailing slash":           {"network/", within, ""},
		"location":                 {"a/b", located, "a/b"},
		"location, all firewalls":  {"/a", logsOf(), "/a"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newLogWorld(awstest.New(t), test.prefix)
			if test.location != "" {
				test.opts.Locations = []firewall.LogsLocation{{Bucket: "logs", Prefix: test.location}}
			}
			result, err := firewall.AnalyzeLogs(t.Context(), w.clients(), test.opts)
			if err != nil {
				t.Fatal(err)
			}
			w.sameAsLocal(t, result.Report, test.opts.Options)
			estimate, err := firewall.EstimateLogs(t.Context(), w.clients(), test.opts)
			if err != nil || !reflect.DeepEqual(estimate, result.LogsEstimate) || estimate.Bytes == 0 {
				t.Errorf("the estimate is %+v, %v, the result %+v", estimate, err, result.LogsEstimate)
			}
			if !test.opts.Since.IsZero() && result.Objects > 4*3*3 { // 3 an hour, 07 to 10
				t.Errorf("%d objects were read for an hour", result.Objects)
			}
			if w.s3.Writes() != 0 {
				t.Errorf("%d writes", w.s3.Writes())
			}
		})
	}
}

// TestAnalyzeLogsOfHours checks that other hours are not even listed.
func TestAnalyzeLogsOfHours(t *testing.T) {
	w := newLogWorld(awstest.New(t), "")
	opts := logsOf("egress")
	opts.Since, opts.Until = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), time.Date(2026, 3, 2, 6, 30, 0, 0, time.UTC)
	short, err := firewall.EstimateLogs(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	lists := w.Count()
	if opts.Until = opts.Until.Add(24 * time.Hour); lists > 8 {
		t.Errorf("%d calls for half an hour", lists)
	}
	long, err := firewall.EstimateLogs(t.Context(), w.clients(), opts)
	if err != nil || short.Objects >= long.Objects || w.Count()-lists <= lists {
		t.Errorf("%d objects for half an hour, %d for a day, %v", short.Objects, long.Objects, err)
	}
}

func TestAnalyzeLogsUnread(t *testing.T) {
	first := func(w *logWorld) string { return w.keys[0] }
	for name, test := range map[string]struct {
		harm func(w *logWorld)
		says []string
	}{
		"denied": {func(w *logWorld) {
			w.Inject(awstest.Fault{Operation: "S3.GetObject", Times: 1, Err: awstest.Denied()})
		}, []string{"1 of ", "AccessDenied", "s3:GetObject", "kms:Decrypt"}},
		"key denied": {func(w *logWorld) { w.s3.DenyKMS(logKey) }, []string{"kms:Decrypt"}},
		"no gzip":    {func(w *logWorld) { w.s3.Put("logs", first(w), s3.Object{Body: []byte{0x1f, 0x8b, 0}}) }, []string{"1 of ", "s3://logs/AWSLogs/"}},
		"list denied": {func(w *logWorld) {
			w.Inject(awstest.Fault{Operation: "S3.ListObjectsV2", Times: 1, Err: awstest.Denied()})
		}, []string{"s3:ListBucket", "could not be found"}},
		"no firewall": {func(w *logWorld) {
			w.Inject(awstest.Fault{Operation: "Network Firewall.DescribeLoggingConfiguration", Times: 1, Err: awstest.Denied()})
		}, []string{"egress: ", "could not be found", "network-firewall:DescribeLoggingConfiguration"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newLogWorld(awstest.New(t), "")
			test.harm(w)
			result, err := firewall.AnalyzeLogs(t.Context(), w.clients(), logsOf("egress", "ingress"))
			for _, want := range append(test.says, "firewall: analyze logs: ") {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			}
			if strings.Contains(fmt.Sprint(err), "logs: analyze:") {
				t.Errorf("two prefixes: %v", err)
			}
			if result.Objects == 0 || result.Report.Flows == 0 && name != "key denied" {
				t.Errorf("the others were not read: %+v", result.LogsEstimate)
			}
			if result.Report.Failed+len(result.Unlisted) == 0 {
				t.Error("the result does not tell what was not read")
			}
		})
	}
}

func TestAnalyzeLogsDeletedMeanwhile(t *testing.T) {
	w := newLogWorld(awstest.New(t), "")
	opts := logsOf("egress", "ingress")
	opts.Workers = 1
	deleted := false
	opts.Progress = func(logs.Totals) {
		if !deleted {
			deleted = true
			for _, key := range w.keys[len(w.keys)/2:] {
				w.s3.Delete("logs", key)
			}
		}
	}
	result, err := firewall.AnalyzeLogs(t.Context(), w.clients(), opts)
	if err == nil || !strings.Contains(err.Error(), "deleted since it was listed") || result.Report.Failed == 0 || result.Report.Failed == result.Report.Sources {
		t.Errorf("got %v, %d of %d", err, result.Report.Failed, result.Report.Sources)
	}
}

// TestAnalyzeLogsBrokenConnection checks that reading goes on where it broke.
func TestAnalyzeLogsBrokenConnection(t *testing.T) {
	w := newLogWorld(awstest.New(t), "")
	for _, key := range w.keys {
		w.s3.BreakBody("logs", key, 100, nil)
	}
	opts := logsOf("egress", "ingress")
	result, err := firewall.AnalyzeLogs(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	w.sameAsLocal(t, result.Report, opts.Options)
}

func TestAnalyzeLogsCeiling(t *testing.T) {
	w := newLogWorld(awstest.New(t), "")
	opts := logsOf("egress")
	opts.MaxBytes = 100
	result, err := firewall.AnalyzeLogs(t.Context(), w.clients(), opts)
	if !errors.Is(err, awspatterns.ErrCeiling) || result.Bytes <= 100 {
		t.Errorf("got %v, %d bytes", err, result.Bytes)
	}
	for _, operation := range w.Operations() {
		if operation == "S3.GetObject" {
			t.Fatal("an object was read")
		}
	}
}

func TestAnalyzeLogsElsewhere(t *testing.T) {
	w := newLogWorld(awstest.New(t), "")
	w.firewalls.CreateFirewall(dashboardAccount, dashboardRegion, goodFirewall("edge"))
	result, err := firewall.AnalyzeLogs(t.Context(), w.clients(), logsOf("edge"))
	want := []string{"the alert log of edge goes to CloudWatchLogs", "the flow log of edge goes to CloudWatchLogs", "edge writes no tls log"}
	if err != nil || !reflect.DeepEqual(result.Elsewhere, want) || result.Objects != 0 {
		t.Errorf("got %v, %q", err, result.Elsewhere)
	}
}

func TestAnalyzeLogsRefuses(t *testing.T) {
	for want, change := range map[string]func(*firewall.AnalyzeLogsOptions){
		"whose logs":                func(o *firewall.AnalyzeLogsOptions) { o.Firewalls = nil },
		"Sources is set":            func(o *firewall.AnalyzeLogsOptions) { o.Sources = logs.Files() },
		"MaxBytes":                  func(o *firewall.AnalyzeLogsOptions) { o.MaxBytes = -1 },
		"has no Bucket":             func(o *firewall.AnalyzeLogsOptions) { o.Locations = []firewall.LogsLocation{{}} },
		"has no name":               func(o *firewall.AnalyzeLogsOptions) { o.Firewalls = []string{""} },
		"want no negative number":   func(o *firewall.AnalyzeLogsOptions) { o.Top = -1 },
		"question \"\" has no name": func(o *firewall.AnalyzeLogsOptions) { o.Questions = []logs.Question{{}} },
		"is not before Until 2026-03": func(o *firewall.AnalyzeLogsOptions) {
			o.Until = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
			o.Since = o.Until
		},
	} {
		cloud := awstest.New(t)
		opts := logsOf("egress")
		change(&opts)
		_, err := firewall.AnalyzeLogs(t.Context(), firewall.NewClients(cloud.Config(dashboardRegion, dashboardAccount)), opts)
		if err == nil || !strings.Contains(err.Error(), want) || cloud.Count() != 0 {
			t.Errorf("%s: got %v, %d calls", want, err, cloud.Count())
		}
		if p := firewall.AnalyzeLogsPermissions(opts); p.Plan != nil || p.Apply != nil {
			t.Errorf("%s: options that are refused need %v", want, p)
		}
	}
}

func TestAnalyzeLogsEndsWithContext(t *testing.T) {
	w := newLogWorld(awstest.New(t), "")
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	opts := logsOf("egress", "ingress")
	opts.Progress = func(logs.Totals) { cancel(why) }
	if _, err := firewall.AnalyzeLogs(ctx, w.clients(), opts); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

func TestAnalyzeLogsPermissions(t *testing.T) {
	for name, located := range map[string]bool{"firewalls": false, "location": true} {
		w := newLogWorld(awstest.New(t), "network")
		opts := logsOf("egress")
		if opts.KMSKey = logKey; located {
			opts.Locations = []firewall.LogsLocation{{Bucket: "logs", Prefix: "network"}}
		}
		p := firewall.AnalyzeLogsPermissions(opts)
		if _, err := firewall.EstimateLogs(t.Context(), w.clients(), opts); err != nil {
			t.Fatal(name, err)
		}
		awstest.CheckPermissions(t, p.Plan, w.Calls(), s3.Actions, networkfirewall.Actions)
		if _, err := firewall.AnalyzeLogs(t.Context(), w.clients(), opts); err != nil {
			t.Fatal(name, err)
		}
		awstest.CheckPermissions(t, p.Apply, w.Calls(), s3.Actions, networkfirewall.Actions)
	}
}

func TestAnalyzeLogsProof(t *testing.T) {
	sweep(t)
	proof := awstest.Proof[*logWorld]{
		Start: func(c *awstest.Cloud) *logWorld {
			w := newLogWorld(c, "")
			w.s3.PageSize = 0
			return w
		},
		Run: func(ctx context.Context, _ *awstest.Cloud, w *logWorld) error {
			opts := logsOf("egress")
			opts.Since = time.Date(2026, 3, 2, 11, 50, 0, 0, time.UTC)
			_, err := firewall.AnalyzeLogs(ctx, w.clients(), opts)
			return err
		},
		State: func(w *logWorld) string { return fmt.Sprint(w.s3.Writes()) },
	}
	t.Run("retries", proof.Retries)
	t.Run("failures", proof.Failures)
}
