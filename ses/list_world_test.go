package ses

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses/region"
)

const (
	listAccount = "111122223333"
	listHome    = "eu-west-1" // the primary
	listAway    = "us-east-1" // the secondary

	listBucket     = "staging"      // in the secondary
	listHomeBucket = "staging-home" // in the primary
)

// smallLimits have a handful of addresses go through import jobs.
var smallLimits = suppressionLimits{oneByOne: 3, partRecords: 4, partBytes: 1000, poll: 10 * time.Second}

// A listWorld has two Regions out of the sandbox, and a bucket in each that SES may read.
type listWorld struct {
	cloud      *awstest.Cloud
	aws        *standin.World
	home, away *standin.Region

	staging    staging
	limits     suppressionLimits
	back       bool // also from the secondary to the primary
	list       string
	attributes bool
	tenant     string
}

func newListWorld(c *awstest.Cloud) *listWorld {
	sts.Handle(c)
	w := &listWorld{cloud: c, aws: standin.Serve(c), limits: smallLimits, staging: staging{listBucket, "below/"}}
	w.home, w.away = w.aws.Region(listAccount, listHome), w.aws.Region(listAccount, listAway)
	w.home.ProductionAccess(true)
	w.away.ProductionAccess(true)
	w.aws.PageSize = 4
	w.aws.S3 = s3.New(c)
	w.openBuckets()
	return w
}

// openBuckets makes both buckets anew, so that SES may read them.
func (w *listWorld) openBuckets() {
	for where, bucket := range map[string]string{listAway: listBucket, listHome: listHomeBucket} {
		w.aws.S3.CreateBucket(bucket, s3.Bucket{Owner: listAccount, Region: where})
		policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ses.amazonaws.com"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::` + bucket + `/*"}]}`
		_, err := s3sdk.NewFromConfig(w.cloud.Config(where, listAccount)).PutBucketPolicy(context.Background(), &s3sdk.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy})
		if err != nil {
			panic(err)
		}
	}
}

// pair returns both Regions, as a new process has them.
func (w *listWorld) pair(ctx context.Context) (*pair, error) {
	p, err := newPair(NewClients(w.cloud.Config(listHome, listAccount)), NewClients(w.cloud.Config(listAway, listAccount)), nil)
	if err != nil {
		return nil, err
	}
	return p, p.identify(ctx)
}

// difference compares what the world is about.
func (w *listWorld) difference(ctx context.Context, p *pair) region.ListDifference {
	if w.list != "" {
		return p.contactDifference(ctx, w.list, w.attributes, nil)
	}
	return p.suppressionDifference(ctx, w.tenant, nil)
}

// plan is what a plan would say.
func (w *listWorld) plan(ctx context.Context) (plan awspatterns.Plan, err error) {
	p, err := w.pair(ctx)
	if err != nil {
		return plan, err
	}
	d := w.difference(ctx, p)
	plan.Pattern = "lists"
	if d.Unread != "" {
		plan.Changes = []awspatterns.Change{{Action: awspatterns.Unknown, Reason: d.Unread}}
	}
	for range w.steps(d) {
		plan.Changes = append(plan.Changes, awspatterns.Change{Action: awspatterns.Update})
	}
	return plan, apply.Seal(&plan, &plan)
}

// steps are what removes a difference.
func (w *listWorld) steps(d region.ListDifference) (steps []region.Step) {
	kind := region.SuppressionList
	if w.list != "" {
		kind = region.Contacts
	}
	if d.Missing+d.Different > 0 {
		steps = append(steps, region.Step{Kind: kind, Value: &region.Value{List: &d}})
	}
	if w.back && d.Back != "" {
		steps = append(steps, region.Step{Kind: kind, Primary: true, Value: &region.Value{List: &d}})
	}
	return steps
}

// sync plans and applies, as a program does that is run again.
func (w *listWorld) sync(ctx context.Context) error {
	p, err := w.pair(ctx)
	if err != nil {
		return err
	}
	d := w.difference(ctx, p)
	if d.Unread != "" {
		return fmt.Errorf("%s in %s", d.Unread, d.Where)
	}
	for _, step := range w.steps(d) {
		if err := w.apply(ctx, p, step); err != nil {
			return err
		}
	}
	return nil
}

// apply looks and writes, and wants the next look to find nothing more to do.
func (w *listWorld) apply(ctx context.Context, p *pair, step region.Step) error {
	look, write := p.suppressionLook, func(ctx context.Context, step region.Step) error {
		at := w.staging
		if step.Primary {
			at.bucket = listHomeBucket
		}
		return p.writeSuppression(ctx, step, at, w.limits, nil)
	}
	if w.list != "" {
		look, write = p.contactLook, func(ctx context.Context, step region.Step) error { return p.contactApply(ctx, step, w.staging, nil) }
	}
	if now, err := look(ctx, step); err != nil || now == apply.AsPlanned {
		return err
	}
	if err := write(ctx, step); err != nil {
		return err
	}
	if now, err := look(ctx, step); err != nil || now != apply.AsPlanned {
		return errors.Join(err, fmt.Errorf("after writing, the look tells %d", now))
	}
	return nil
}

// suppress puts addresses onto the list of a Region. Those that begin with "c" complained.
func suppress(r *standin.Region, addresses ...string) {
	for _, a := range addresses {
		reason := sestypes.SuppressionListReasonBounce
		if strings.HasPrefix(a, "c") {
			reason = sestypes.SuppressionListReasonComplaint
		}
		r.Suppress("", a, reason)
	}
}

// addresses returns so many that begin with a prefix.
func addresses(prefix string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s%02d@example.com", prefix, i))
	}
	return all
}

// state is what there is: lists, jobs, and objects.
func (w *listWorld) state() string {
	return w.home.Dump() + w.away.Dump() + w.aws.S3.Dump()
}

// staged returns the keys of objects in the bucket.
func (w *listWorld) staged() (keys []string) {
	for _, bucket := range []string{listBucket, listHomeBucket} {
		contents, _ := w.aws.S3.Contents(bucket, func(string) bool { return true })
		for _, o := range contents.Objects {
			keys = append(keys, o.Key)
		}
	}
	return keys
}

// inLists runs f in a world of its own.
func inLists(t *testing.T, f func(t *testing.T, w *listWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newListWorld(awstest.New(t))) })
}

// mustSync wants syncing to work, and the next plan to be empty.
func (w *listWorld) mustSync(t *testing.T) {
	t.Helper()
	if err := w.sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if plan, err := w.plan(t.Context()); err != nil || len(plan.Changes) > 0 {
		t.Errorf("plans again: %v, %v", plan.Changes, err)
	}
	if staged := w.staged(); len(staged) > 0 {
		t.Errorf("still staged: %v", staged)
	}
}

// calls returns how often an operation was called in a Region since the log had so many.
func (w *listWorld) calls(operation, region string, from int) (n int) {
	for _, c := range w.cloud.Calls()[from:] {
		if c.Operation == operation && c.Region == region {
			n++
		}
	}
	return n
}

// startJob starts an import job, as a run does that is killed.
func (w *listWorld) startJob(where, url string) {
	_, err := w.client(where).CreateImportJob(context.Background(), &sesv2.CreateImportJobInput{
		ImportDataSource: &sestypes.ImportDataSource{DataFormat: sestypes.DataFormatJson, S3Url: &url},
		ImportDestination: &sestypes.ImportDestination{SuppressionListDestination: &sestypes.SuppressionListDestination{
			SuppressionListImportAction: sestypes.SuppressionListImportActionPut,
		}},
	})
	if err != nil {
		panic(err)
	}
}

// client returns one of SES in a Region, of another hand.
func (w *listWorld) client(region string) *sesv2.Client {
	return sesv2.NewFromConfig(w.cloud.Config(region, listAccount))
}

// underRaceDetector reports whether the race detector runs, which makes all slow.
func underRaceDetector() bool {
	build, _ := debug.ReadBuildInfo()
	return build != nil && slices.Contains(build.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
