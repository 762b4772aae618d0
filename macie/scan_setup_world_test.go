package macie_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/dynamodb"
	"github.com/awspatterns/awspatterns/internal/standin/eventbridge"
	"github.com/awspatterns/awspatterns/internal/standin/iam"
	"github.com/awspatterns/awspatterns/internal/standin/kms"
	"github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/sns"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/macie"
)

const (
	setupAccount = "123456789012"
	setupRegion  = "eu-central-1"
	setupBucket  = "scan-results"
	setupKey     = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	setupQueue   = "arn:aws:sqs:eu-central-1:123456789012:scans"
	setupTopic   = "arn:aws:sns:eu-central-1:123456789012:AmazonTextract-awspatterns-scan"
	setupRole    = "awspatterns-scan-textract-eu-central-1"
	setupTable   = "awspatterns-scan"

	macieRole = "AWSServiceRoleForAmazonMacie"
)

// A setupWorld is an account with a key, in which Macie is enabled.
type setupWorld struct {
	*awstest.Cloud
	s3     *s3.Service
	kms    *kms.Service
	iam    *iam.Service
	macie  *macie2.Service
	sns    *sns.Service
	tables *dynamodb.Service
	events *eventbridge.Service
	file   []byte // that a plan is kept in
}

func newSetupWorld(c *awstest.Cloud) *setupWorld {
	w := &setupWorld{
		Cloud: c, s3: s3.New(c), kms: kms.New(c), iam: iam.New(c), sns: sns.New(c), tables: dynamodb.New(c), events: eventbridge.New(c),
	}
	sts.Handle(c)
	w.macie = macie2.New(c, w.s3)
	w.macie.Enable(setupAccount, setupRegion)
	w.kms.CreateKey(setupKey, kms.Key{})
	w.iam.CreateRole(setupAccount, iam.Role{Name: macieRole, Path: "/aws-service-role/macie.amazonaws.com/"})
	return w
}

func (w *setupWorld) clients() macie.Clients {
	return macie.NewClients(w.Config(setupRegion, setupAccount))
}

// state is everything that setup is about, and what it wrote.
func (w *setupWorld) state() string {
	table := "no table\n"
	if t := w.tables.Table(setupAccount, setupRegion, setupTable); t != nil {
		text, err := json.Marshal(t)
		if err != nil {
			panic(err)
		}
		table = fmt.Sprintf("table %s\n", text)
	}
	return strings.Join([]string{w.s3.Dump(), w.kms.Dump(), w.macie.Dump(), w.sns.Dump(), w.iam.Dump(), table, w.events.Dump()}, "")
}

// setupOptions are with everything.
func setupOptions() macie.ScanSetupOptions {
	return macie.ScanSetupOptions{
		Bucket: setupBucket, KMSKey: setupKey, Export: &macie.ScanSetupExport{},
		Events: &macie.ScanSetupEvents{TargetARN: setupQueue, TopicKMSKey: setupKey},
	}
}

func plannedSetup(t *testing.T, w *setupWorld, opts macie.ScanSetupOptions) macie.ScanSetupPlan {
	t.Helper()
	plan, err := macie.PlanScanSetup(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func setUp(ctx context.Context, w *setupWorld, opts macie.ScanSetupOptions) error {
	plan, err := macie.PlanScanSetup(ctx, w.clients(), opts)
	if err != nil {
		return err
	}
	_, err = macie.ApplyScanSetup(ctx, w.clients(), plan)
	return err
}

// briefSetup tells each change in a line, without the account.
func briefSetup(plan awspatterns.Plan) string {
	var lines []string
	for _, c := range plan.Changes {
		line := fmt.Sprintf("%s %s", c.Action, c.Resource.Type)
		if c.Adopts {
			line += " (adopted)"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// setupStates tells what became of each change.
func setupStates(r macie.ScanSetupResult) string {
	var states []string
	for _, o := range r.Outcomes {
		states = append(states, fmt.Sprint(o.State, " ", o.Resource.Type))
	}
	return strings.Join(states, "\n")
}
