package macie_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	dynamodbsdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	snssdk "github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/eventbridge"
	"github.com/awspatterns/awspatterns/internal/standin/iam"
	"github.com/awspatterns/awspatterns/internal/standin/kms"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/state"
)

// foreignSetup is an account where others have made everything, otherwise than
// wanted.
func foreignSetup(c *awstest.Cloud) *setupWorld {
	w := newSetupWorld(c)
	w.s3.CreateBucket(setupBucket, s3.Bucket{Owner: setupAccount, Region: setupRegion})
	w.s3.TagBucket(setupBucket, "aws:cloudformation:stack-name", "theirs", "team", "data")
	w.putLifecycle(s3types.LifecycleRule{
		ID: aws.String("theirs"), Status: s3types.ExpirationStatusDisabled, Prefix: aws.String("old/"), //lint:ignore SA1019 the old form
		Transitions: []s3types.Transition{{Days: aws.Int32(30), StorageClass: s3types.TransitionStorageClassGlacier}},
	})
	w.putBucketPolicy(`{"Version": "2008-10-17", "Id": "theirs", "Statement": {"Sid": "Théirs", "Effect": "Allow",
		"Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::scan-results/*"}}`)
	w.openPublicAccess()
	w.kms.CreateKey(setupKey, kms.Key{Policy: theirKeyPolicy})
	w.exportElsewhere()
	w.sns.CreateTopic(setupAccount, setupRegion, "AmazonTextract-awspatterns-scan")
	w.iam.CreateRole(setupAccount, iam.Role{Name: setupRole, Trust: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`})
	w.createTable(state.DynamoDBTable(setupTable))
	for _, name := range []string{"findings", "schedule"} {
		w.events.CreateRule(setupAccount, setupRegion, eventbridge.Rule{
			Name: "awspatterns-scan-" + name, Schedule: "rate(1 day)", State: eventtypes.RuleStateDisabled,
			Targets: []eventtypes.Target{{Id: aws.String("theirs"), Arn: aws.String("arn:aws:lambda:eu-central-1:123456789012:function:f")}},
		})
	}
	return w
}

const theirKeyPolicy = `{
  "Version": "2008-10-17", "Id": "key-1",
  "Statement": [
    {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": ["123456789012"]}, "NotAction": ["kms:ScheduleKeyDeletion"], "Resource": "*"},
    {"Sid": "Tor\u00e9", "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": ["*"], "Condition": {"Bool": {"aws:SecureTransport": false}}}
  ]
}`

// driftedSetup is an account that was set up, and then changed by hand.
func driftedSetup(c *awstest.Cloud) *setupWorld {
	w := newSetupWorld(c)
	if err := setUp(context.Background(), w, setupOptions()); err != nil {
		panic(err)
	}
	w.putLifecycle(s3types.LifecycleRule{
		ID: aws.String("awspatterns-macie-scan/macie-scan/"), Status: s3types.ExpirationStatusDisabled, Filter: &s3types.LifecycleRuleFilter{Prefix: aws.String("")},
		Expiration: &s3types.LifecycleExpiration{Days: aws.Int32(1000)},
	})
	w.putBucketPolicy(`{"Version": "2012-10-17", "Statement": [{"Sid": "AWSPatternsTLS", "Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "s3:*", "Resource": "arn:aws:s3:::scan-results"}]}`)
	w.openPublicAccess()
	w.encryptWithS3()
	w.kms.CreateKey(setupKey, kms.Key{})
	w.setTopic("KmsMasterKeyId", "alias/aws/sns")
	w.setTopic("Policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"SNS:Publish","Resource":"`+setupTopic+`"}]}`)
	role, _ := w.iam.Role(setupAccount, setupRole)
	role.Trust = `{"Version":"2012-10-17","Statement":[]}`
	role.Policies["awspatterns-publish"] = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:*","Resource":"*"}]}`
	w.iam.CreateRole(setupAccount, role)
	table := w.tables.Table(setupAccount, setupRegion, setupTable)
	table.DeletionProtectionEnabled = nil
	w.createTable(table)
	rule, _ := w.events.Rule(setupAccount, setupRegion, "awspatterns-scan-schedule")
	rule.State, rule.Targets[0].Arn = eventtypes.RuleStateDisabled, aws.String("arn:aws:sqs:eu-central-1:123456789012:old")
	w.events.CreateRule(setupAccount, setupRegion, rule)
	return w
}

// What others do by hand, with calls.

func (w *setupWorld) mustCall(err error) {
	if err != nil {
		panic(err)
	}
}

func (w *setupWorld) s3Client() *s3sdk.Client {
	return s3sdk.NewFromConfig(w.Config(setupRegion, setupAccount))
}

func (w *setupWorld) putLifecycle(rules ...s3types.LifecycleRule) {
	_, err := w.s3Client().PutBucketLifecycleConfiguration(context.Background(), &s3sdk.PutBucketLifecycleConfigurationInput{
		Bucket: aws.String(setupBucket), LifecycleConfiguration: &s3types.BucketLifecycleConfiguration{Rules: rules},
		TransitionDefaultMinimumObjectSize: s3types.TransitionDefaultMinimumObjectSizeVariesByStorageClass,
	})
	w.mustCall(err)
}

func (w *setupWorld) putBucketPolicy(text string) {
	_, err := w.s3Client().PutBucketPolicy(context.Background(), &s3sdk.PutBucketPolicyInput{Bucket: aws.String(setupBucket), Policy: &text})
	w.mustCall(err)
}

func (w *setupWorld) bucketPolicy(t *testing.T) string {
	t.Helper()
	out, err := w.s3Client().GetBucketPolicy(t.Context(), &s3sdk.GetBucketPolicyInput{Bucket: aws.String(setupBucket)})
	if err != nil {
		t.Fatal(err)
	}
	return *out.Policy
}

func (w *setupWorld) exportElsewhere() {
	w.s3.CreateBucket("elsewhere", s3.Bucket{Owner: setupAccount, Region: setupRegion})
	w.macie.Export(setupAccount, setupRegion, "elsewhere", "results/", setupKey)
}

func (w *setupWorld) openPublicAccess() {
	_, err := w.s3Client().DeletePublicAccessBlock(context.Background(), &s3sdk.DeletePublicAccessBlockInput{Bucket: aws.String(setupBucket)})
	w.mustCall(err)
}

func (w *setupWorld) encryptWithS3() {
	_, err := w.s3Client().DeleteBucketEncryption(context.Background(), &s3sdk.DeleteBucketEncryptionInput{Bucket: aws.String(setupBucket)})
	w.mustCall(err)
}

func (w *setupWorld) setTopic(name, value string) {
	_, err := snssdk.NewFromConfig(w.Config(setupRegion, setupAccount)).SetTopicAttributes(context.Background(), &snssdk.SetTopicAttributesInput{
		TopicArn: aws.String(setupTopic), AttributeName: &name, AttributeValue: &value,
	})
	w.mustCall(err)
}

func (w *setupWorld) createTable(in *dynamodbsdk.CreateTableInput) {
	w.mustCall(w.tables.CreateTable(setupAccount, setupRegion, in))
}

func TestScanSetup(t *testing.T) {
	w := newSetupWorld(awstest.New(t))
	plan := plannedSetup(t, w, setupOptions())
	golden.Equal(t, "testdata/golden/scan_setup.txt", plan.String())
	var markdown strings.Builder
	if err := plan.WriteMarkdown(&markdown); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/golden/scan_setup.md", markdown.String())
	golden.Equal(t, "testdata/golden/scan_setup_policy.json", string(macie.ScanSetupPermissions(setupOptions()).Apply.Document(plan.Target)))

	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var kept macie.ScanSetupPlan
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	var told []string
	kept.Progress = func(o awspatterns.Outcome) { told = append(told, string(o.State)) }
	result, err := macie.ApplyScanSetup(t.Context(), w.clients(), kept)
	if err != nil {
		t.Fatal(err)
	}
	if len(told) != len(plan.Changes) || result.TopicARN != setupTopic || result.RoleARN != "arn:aws:iam::123456789012:role/"+setupRole ||
		result.Table != setupTable || len(result.RuleARNs) != 2 || len(result.Notes) != 2 {
		t.Errorf("got %+v, told %v", result, told)
	}
	golden.Equal(t, "testdata/golden/scan_setup_state.txt", w.state())
	before := w.Count()
	if again := plannedSetup(t, w, setupOptions()); !again.Empty() {
		t.Errorf("planning again plans\n%s", again)
	}
	calls := w.Count() - before
	result, err = macie.ApplyScanSetup(t.Context(), w.clients(), kept)
	if err != nil || strings.Contains(setupStates(result), "applied") {
		t.Errorf("applying again: %v\n%s", err, setupStates(result))
	}
	t.Logf("%d calls to plan, %d in all", calls, w.Count())
}

// A table takes its time; what is made later waits.
func TestScanSetupWaits(t *testing.T) {
	proof := setupProof(func(c *awstest.Cloud) *setupWorld {
		w := newSetupWorld(c)
		w.tables.Making = 40e9
		return w
	}, setupOptions(), false)
	proof.Retries(t)
}

func TestScanSetupOfOthers(t *testing.T) {
	adopt := setupOptions()
	adopt.Adopt = true
	w := foreignSetup(awstest.New(t))
	before := w.state()
	blocked := plannedSetup(t, w, setupOptions())
	golden.Equal(t, "testdata/golden/scan_setup_blocked.txt", blocked.String())
	if n := blocked.Count(awspatterns.Update) + blocked.Count(awspatterns.Create); n != 1 {
		t.Errorf("%d changes would be applied, want that of the key policy alone:\n%s", n, blocked)
	}
	if _, err := macie.ApplyScanSetup(t.Context(), w.clients(), blocked); !errors.Is(err, awspatterns.ErrIncomplete) {
		t.Errorf("got %v, want %v", err, awspatterns.ErrIncomplete)
	}
	w.kms.CreateKey(setupKey, kms.Key{Policy: theirKeyPolicy})
	if after := w.state(); after != before {
		t.Errorf("the state became\n%s\nwant\n%s", after, before)
	}
	adopted := plannedSetup(t, w, adopt)
	golden.Equal(t, "testdata/golden/scan_setup_adopted.txt", adopted.String())
	if _, err := macie.ApplyScanSetup(t.Context(), w.clients(), adopted); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/golden/scan_setup_adopted_state.txt", w.state())
	if again := plannedSetup(t, w, setupOptions()); !again.Empty() {
		t.Errorf("what was adopted is not ours:\n%s", again)
	}
}

func TestScanSetupBlocked(t *testing.T) {
	const tlsOnly = `{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::scan-results", "arn:aws:s3:::scan-results/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}`
	only := macie.ScanSetupOptions{Bucket: setupBucket, KMSKey: setupKey, Adopt: true}
	for name, test := range map[string]struct {
		world  func(w *setupWorld)
		opts   func(o *macie.ScanSetupOptions)
		action awspatterns.Action
		kind   string
		reason string
	}{
		"Macie not enabled": {
			func(w *setupWorld) {
				w.iam.CreateRole("other", iam.Role{})
				w.removeMacie()
			}, nil, awspatterns.Blocked, "KMS key policy", "Macie is not enabled",
		},
		"no key": {nil, func(o *macie.ScanSetupOptions) { o.KMSKey = strings.Replace(setupKey, "1234abcd", "5678", 1) },
			awspatterns.Blocked, "KMS key policy", "there is no such key"},
		"disabled key": {func(w *setupWorld) { w.kms.CreateKey(setupKey, kms.Key{State: kmstypes.KeyStateDisabled}) }, nil,
			awspatterns.Blocked, "KMS key policy", "the key is Disabled"},
		"key of AWS": {func(w *setupWorld) { w.kms.CreateKey(setupKey, kms.Key{Manager: kmstypes.KeyManagerTypeAws}) }, nil,
			awspatterns.Blocked, "KMS key policy", "managed by AWS"},
		"asymmetric key": {func(w *setupWorld) {
			w.kms.CreateKey(setupKey, kms.Key{Spec: kmstypes.KeySpecRsa2048})
		}, nil, awspatterns.Blocked, "KMS key policy", "a key of RSA_2048"},
		"key of another account": {nil, func(o *macie.ScanSetupOptions) { o.KMSKey = strings.Replace(setupKey, setupAccount, "111122223333", 1) },
			awspatterns.Manual, "KMS key policy", "another account"},
		"a policy in two ways": {func(w *setupWorld) {
			w.kms.CreateKey(setupKey, kms.Key{Policy: `{"Statement": [], "statement": []}`})
		}, nil, awspatterns.Blocked, "KMS key policy", "does not edit"},
		"a full policy": {func(w *setupWorld) {
			w.kms.CreateKey(setupKey, kms.Key{Policy: `{"Id": "` + strings.Repeat("x", 32<<10) + `", "Statement": []}`})
		}, nil, awspatterns.Blocked, "KMS key policy", "larger than the service allows"},
		"bucket in another Region": {func(w *setupWorld) {
			w.s3.CreateBucket(setupBucket, s3.Bucket{Owner: setupAccount, Region: "us-east-1"})
		}, nil, awspatterns.Blocked, "S3 bucket", "in another Region"},
		"bucket of another account": {func(w *setupWorld) {
			w.s3.CreateBucket(setupBucket, s3.Bucket{Owner: "111122223333", Region: setupRegion})
		}, nil, awspatterns.Unknown, "S3 bucket", "AccessDenied"},
		"a public policy": {func(w *setupWorld) {
			w.s3.CreateBucket(setupBucket, s3.Bucket{Owner: setupAccount, Region: setupRegion})
			w.openPublicAccess()
			w.putBucketPolicy(`{"Statement": [` + tlsOnly + `, {"Sid": "Open", "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::scan-results/*"}]}`)
		}, func(o *macie.ScanSetupOptions) { o.Export = &macie.ScanSetupExport{} }, awspatterns.Blocked, "S3 bucket policy", `lets everybody in (statement 2 "Open")`},
		"a table with other keys": {func(w *setupWorld) {
			in := state.DynamoDBTable(setupTable)
			in.AttributeDefinitions[1].AttributeType = dynamodbtypes.ScalarAttributeTypeS
			w.createTable(in)
		}, func(o *macie.ScanSetupOptions) { o.Events = &macie.ScanSetupEvents{} }, awspatterns.Blocked, "DynamoDB table", "keys Set S, Key S instead of Set S, Key B"},
		"a managed rule": {func(w *setupWorld) {
			w.events.CreateRule(setupAccount, setupRegion, eventbridge.Rule{Name: "awspatterns-scan-findings", ManagedBy: "macie.amazonaws.com"})
		}, func(o *macie.ScanSetupOptions) { o.Events = &macie.ScanSetupEvents{} }, awspatterns.Blocked, "EventBridge rule", "managed by macie"},
		"a role with a path": {func(w *setupWorld) {
			w.iam.CreateRole(setupAccount, iam.Role{Name: setupRole, Path: "/service/"})
		}, func(o *macie.ScanSetupOptions) { o.Events = &macie.ScanSetupEvents{} }, awspatterns.Blocked, "IAM role", "with the path /service/"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSetupWorld(awstest.New(t))
			if test.world != nil {
				test.world(w)
			}
			opts := only
			if test.opts != nil {
				test.opts(&opts)
			}
			plan := plannedSetup(t, w, opts)
			for _, c := range plan.Changes {
				if c.Resource.Type == test.kind {
					if c.Action != test.action || !strings.Contains(c.Reason, test.reason) || c.Action != awspatterns.Unknown && len(c.Steps) == 0 {
						t.Errorf("got\n%swant %s: %s", c, test.action, test.reason)
					}
					return
				}
			}
			t.Errorf("no change of a %s in\n%s", test.kind, plan)
		})
	}
}

// removeMacie takes away what Macie makes when it is enabled.
func (w *setupWorld) removeMacie() {
	arn := "arn:aws:iam::" + setupAccount + ":role/aws-service-role/macie.amazonaws.com/" + macieRole
	w.kms.MissPrincipal(arn)
	w.iam.DeleteRole(setupAccount, macieRole)
}

// A bucket of others that is as wanted needs nothing, and no Adopt.
func TestScanSetupOfOthersThatFits(t *testing.T) {
	w := newSetupWorld(awstest.New(t))
	opts := macie.ScanSetupOptions{Bucket: setupBucket, KMSKey: setupKey}
	if err := setUp(t.Context(), w, opts); err != nil {
		t.Fatal(err)
	}
	w.s3.TagBucket(setupBucket)
	if plan := plannedSetup(t, w, opts); !plan.Empty() {
		t.Errorf("got\n%s", plan)
	}
	opts.ExpireDays = 7
	if got := briefSetup(plannedSetup(t, w, opts).Plan); got != "blocked S3 bucket lifecycle" {
		t.Errorf("got %s", got)
	}
}

// Between plan and application, others change things.
func TestScanSetupStale(t *testing.T) {
	for name, test := range map[string]struct {
		before, after func(w *setupWorld)
		failed        string
	}{
		"bucket made": {nil, func(w *setupWorld) {
			w.s3.CreateBucket(setupBucket, s3.Bucket{Owner: setupAccount, Region: setupRegion})
		}, "S3 bucket"},
		"bucket made anew by others": {func(w *setupWorld) { w.mustCall(setUp(context.Background(), w, setupOptions())); w.encryptWithS3() }, func(w *setupWorld) {
			w.s3.CreateBucket(setupBucket, s3.Bucket{Owner: setupAccount, Region: setupRegion})
		}, "S3 bucket encryption"},
		"key policy changed": {nil, func(w *setupWorld) { w.kms.CreateKey(setupKey, kms.Key{Policy: theirKeyPolicy}) }, "KMS key policy"},
		"export made":        {nil, (*setupWorld).exportElsewhere, "Macie export configuration"},
		"topic made":         {nil, func(w *setupWorld) { w.sns.CreateTopic(setupAccount, setupRegion, "AmazonTextract-awspatterns-scan") }, "SNS topic"},
		"role made":          {nil, func(w *setupWorld) { w.iam.CreateRole(setupAccount, iam.Role{Name: setupRole}) }, "IAM role"},
		"table made":         {nil, func(w *setupWorld) { w.createTable(state.DynamoDBTable(setupTable)) }, "DynamoDB table"},
		"rule made": {nil, func(w *setupWorld) {
			w.events.CreateRule(setupAccount, setupRegion, eventbridge.Rule{Name: "awspatterns-scan-schedule", Schedule: "rate(1 day)"})
		}, "EventBridge rule"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSetupWorld(awstest.New(t))
			if test.before != nil {
				test.before(w)
			}
			plan := plannedSetup(t, w, setupOptions())
			test.after(w)
			result, err := macie.ApplyScanSetup(t.Context(), w.clients(), plan)
			if !errors.Is(err, awspatterns.ErrStale) || !strings.Contains(setupStates(result), "failed "+test.failed) {
				t.Errorf("got %v\n%s", err, setupStates(result))
			}
		})
	}
}

// Written in other words by the service, a policy is still the planned one.
func TestScanSetupRewrittenPolicies(t *testing.T) {
	w := newSetupWorld(awstest.New(t))
	if err := setUp(t.Context(), w, setupOptions()); err != nil {
		t.Fatal(err)
	}
	rewrite := strings.NewReplacer(`["s3:*"]`, `"s3:*"`, `["kms:Decrypt"]`, `"kms:Decrypt"`, `"Principal":"*"`, `"Principal":{"AWS":"*"}`, `"],"`, `" ] , "`).Replace
	w.putBucketPolicy(rewrite(w.bucketPolicy(t)))
	w.kms.CreateKey(setupKey, kms.Key{Policy: rewrite(w.kms.Policy(setupKey))})
	if plan := plannedSetup(t, w, setupOptions()); !plan.Empty() {
		t.Errorf("got\n%s", plan)
	}
}

func TestScanSetupKeepsOthers(t *testing.T) {
	w := foreignSetup(awstest.New(t))
	opts := setupOptions()
	opts.Adopt = true
	if err := setUp(t.Context(), w, opts); err != nil {
		t.Fatal(err)
	}
	for what, has := range map[string]bool{
		"key policy":    strings.Contains(w.kms.Policy(setupKey), `"Sid":"Tor\u00e9"`) && strings.Contains(w.kms.Policy(setupKey), `"aws:SecureTransport":false`),
		"bucket policy": strings.Contains(w.bucketPolicy(t), `"Sid":"Théirs"`),
		"tags":          strings.Contains(w.s3.Dump(), `tag aws:cloudformation:stack-name="theirs"`) && strings.Contains(w.s3.Dump(), `tag team="data"`),
		"lifecycle":     strings.Contains(w.s3.Dump(), `"ID":"theirs"`) && strings.Contains(w.s3.Dump(), "varies_by_storage_class"),
		"targets":       strings.Contains(w.events.Dump(), "target theirs "),
		"trust":         strings.Contains(w.iam.Dump(), "lambda.amazonaws.com"),
	} {
		if !has {
			t.Errorf("%s: what others have is gone:\n%s", what, w.state())
		}
	}
}

func TestScanSetupFailedTarget(t *testing.T) {
	w := newSetupWorld(awstest.New(t))
	w.events.RefuseTarget(setupQueue, "AccessDeniedException")
	plan := plannedSetup(t, w, setupOptions())
	result, err := macie.ApplyScanSetup(t.Context(), w.clients(), plan)
	if err == nil || !strings.Contains(err.Error(), "AccessDeniedException: The target is refused") || !strings.Contains(setupStates(result), "failed EventBridge target") {
		t.Errorf("got %v\n%s", err, setupStates(result))
	}
}

func TestScanSetupWithoutTarget(t *testing.T) {
	w := newSetupWorld(awstest.New(t))
	opts := setupOptions()
	opts.Events = &macie.ScanSetupEvents{Name: "nightly", Schedule: "cron(0 20 * * ? *)"}
	result, err := macie.ApplyScanSetup(t.Context(), w.clients(), plannedSetup(t, w, opts))
	if err != nil || !strings.Contains(strings.Join(result.Notes, " "), "without targets") || strings.Contains(w.events.Dump(), "target") {
		t.Errorf("got %v, %+v", err, result)
	}
}

func TestScanSetupAltered(t *testing.T) {
	w := newSetupWorld(awstest.New(t))
	for name, change := range map[string]func(p *macie.ScanSetupPlan){
		"value":    func(p *macie.ScanSetupPlan) { p.Values[4].Wanted += " " },
		"options":  func(p *macie.ScanSetupPlan) { p.Options.Bucket = "other" },
		"no value": func(p *macie.ScanSetupPlan) { p.Values = p.Values[1:] },
		"pattern":  func(p *macie.ScanSetupPlan) { p.Pattern = "lineage.Publish" },
	} {
		plan := plannedSetup(t, w, setupOptions())
		change(&plan)
		before := w.Count()
		if _, err := macie.ApplyScanSetup(t.Context(), w.clients(), plan); !errors.Is(err, awspatterns.ErrAltered) || w.Count() != before {
			t.Errorf("%s: got %v after %d calls, want %v", name, err, w.Count()-before, awspatterns.ErrAltered)
		}
	}
	plan := plannedSetup(t, w, setupOptions())
	// A plan that was made by hand and digested anew is no reason to panic.
	for name, opts := range map[string]macie.ScanSetupOptions{"nothing": {}, "no defaults": {Bucket: setupBucket, KMSKey: setupKey, Events: &macie.ScanSetupEvents{}}} {
		forged := plan
		forged.Options, forged.Digest = opts, ""
		forged.Digest = macie.DigestOf(forged)
		if _, err := macie.ApplyScanSetup(t.Context(), w.clients(), forged); !errors.Is(err, awspatterns.ErrAltered) {
			t.Errorf("%s: got %v, want %v", name, err, awspatterns.ErrAltered)
		}
	}
	other := macie.NewClients(w.Config(setupRegion, "111122223333"))
	if _, err := macie.ApplyScanSetup(t.Context(), other, plan); !errors.Is(err, awspatterns.ErrWrongAccount) {
		t.Errorf("got %v, want %v", err, awspatterns.ErrWrongAccount)
	}
}

func TestScanSetupEnds(t *testing.T) {
	w := newSetupWorld(awstest.New(t))
	cause := errors.New("enough")
	for k := range 10 { // planning in this world takes 11 calls
		ctx, cancel := context.WithCancelCause(t.Context())
		calls := 0
		w.Inject(awstest.Fault{Match: func(awstest.Call) bool {
			if calls++; calls > k {
				cancel(cause)
			}
			return false
		}})
		if _, err := macie.PlanScanSetup(ctx, w.clients(), setupOptions()); !errors.Is(err, cause) {
			t.Errorf("after %d calls: got %v, want %v", k, err, cause)
		}
		w.ClearFaults()
	}
}

func TestScanSetupOptions(t *testing.T) {
	for want, change := range map[string]func(o *macie.ScanSetupOptions){
		"is no name of a bucket":      func(o *macie.ScanSetupOptions) { o.Bucket = "A" },
		"directory bucket":            func(o *macie.ScanSetupOptions) { o.Bucket = "a--x-s3" },
		"no KMSKey":                   func(o *macie.ScanSetupOptions) { o.KMSKey = "" },
		"is no ARN of a key":          func(o *macie.ScanSetupOptions) { o.KMSKey = "alias/a" },
		"S3 wants a key of its own":   func(o *macie.ScanSetupOptions) { o.KMSKey = strings.Replace(setupKey, "central", "west", 1) },
		"ExpireDays is -1":            func(o *macie.ScanSetupOptions) { o.ExpireDays = -1 },
		`the Prefix "a"`:              func(o *macie.ScanSetupOptions) { o.Prefix = "a" },
		`the Prefix "a*/"`:            func(o *macie.ScanSetupOptions) { o.Prefix = "a*/" },
		"proxies resolve":             func(o *macie.ScanSetupOptions) { o.Prefix = "a/../" },
		"overlap":                     func(o *macie.ScanSetupOptions) { o.Export.Prefix = "macie-scan/results/" },
		`the Export.Prefix "/"`:       func(o *macie.ScanSetupOptions) { o.Export.Prefix = "/" },
		"does not begin with Amazon":  func(o *macie.ScanSetupOptions) { o.Events.Topic = "Textract" },
		"the Events.Name":             func(o *macie.ScanSetupOptions) { o.Events.Name = "a b" },
		"no name of a role":           func(o *macie.ScanSetupOptions) { o.Events.Role = "a/b" },
		"no name of a table":          func(o *macie.ScanSetupOptions) { o.Events.Table = "a" },
		"neither rate(…) nor cron(…)": func(o *macie.ScanSetupOptions) { o.Events.Schedule = "daily" },
		"Lambda function or SQS":      func(o *macie.ScanSetupOptions) { o.Events.TargetARN = "arn:aws:s3:::a" },
		"Events.TopicKMSKey":          func(o *macie.ScanSetupOptions) { o.Events.TopicKMSKey = "alias/a" },
	} {
		w := newSetupWorld(awstest.New(t))
		opts := setupOptions()
		change(&opts)
		_, err := macie.PlanScanSetup(t.Context(), w.clients(), opts)
		if err == nil || !strings.Contains(err.Error(), want) || w.Count() != 0 {
			t.Errorf("got %v after %d calls, want %q", err, w.Count(), want)
		}
	}
	clients := newSetupWorld(awstest.New(t)).clients()
	clients.SNS = nil
	if _, err := macie.PlanScanSetup(t.Context(), clients, setupOptions()); err == nil || !strings.Contains(err.Error(), "no SNS client") {
		t.Errorf("got %v", err)
	}
	opts := setupOptions()
	opts.Events, opts.Export = &macie.ScanSetupEvents{}, &macie.ScanSetupExport{}
	plannedSetup(t, newSetupWorld(awstest.New(t)), opts)
	if *opts.Events != (macie.ScanSetupEvents{}) || *opts.Export != (macie.ScanSetupExport{}) {
		t.Errorf("the caller's options became %+v %+v", opts.Events, opts.Export)
	}
}

func ExamplePlanScanSetup() {
	clients := newSetupWorld(awstest.New(nil)).clients() // macie.NewClients(cfg) in a program
	ctx := context.Background()
	plan, err := macie.PlanScanSetup(ctx, clients, macie.ScanSetupOptions{Bucket: "scan-results", KMSKey: setupKey})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, change := range plan.Changes {
		fmt.Println(change.Action, change.Resource.Type)
	}
	result, err := macie.ApplyScanSetup(ctx, clients, plan) // after somebody read fmt.Print(plan)
	fmt.Println(len(result.Outcomes), "done:", err)
	// Output:
	// create S3 bucket
	// create S3 bucket encryption
	// create S3 public access block
	// create S3 bucket lifecycle
	// create S3 bucket policy
	// update KMS key policy
	// 6 done: <nil>
}

// In us-east-1, S3 wants no location, and creating one's own bucket again succeeds.
func TestScanSetupInVirginia(t *testing.T) {
	w := newSetupWorld(awstest.New(t))
	key := strings.Replace(setupKey, setupRegion, "us-east-1", 1)
	w.kms.CreateKey(key, kms.Key{})
	clients := macie.NewClients(w.Config("us-east-1", setupAccount))
	plan, err := macie.PlanScanSetup(t.Context(), clients, macie.ScanSetupOptions{Bucket: setupBucket, KMSKey: key})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := macie.ApplyScanSetup(t.Context(), clients, plan); err != nil || !strings.Contains(w.s3.Dump(), "in us-east-1") {
		t.Errorf("got %v\n%s", err, w.s3.Dump())
	}
}

// What a person must do to a key of another account does not keep the rest from
// being done.
func TestScanSetupManualKey(t *testing.T) {
	w := newSetupWorld(awstest.New(t))
	opts := setupOptions()
	opts.KMSKey = strings.Replace(setupKey, setupAccount, "111122223333", 1)
	plan := plannedSetup(t, w, opts)
	result, err := macie.ApplyScanSetup(t.Context(), w.clients(), plan)
	if err != nil || !strings.Contains(setupStates(result), "left KMS key policy") || strings.Contains(setupStates(result), "pending") {
		t.Errorf("got %v\n%s", err, setupStates(result))
	}
	if again := plannedSetup(t, w, opts); again.Applies() || again.Count(awspatterns.Manual) != 1 {
		t.Errorf("planning again plans\n%s", again)
	}
}

// The rule of the encryption holds more than the key.
func TestScanSetupKeepsBlockedEncryption(t *testing.T) {
	w := newSetupWorld(awstest.New(t))
	w.s3.CreateBucket(setupBucket, s3.Bucket{Owner: setupAccount, Region: setupRegion})
	blocked := &s3types.BlockedEncryptionTypes{EncryptionType: []s3types.EncryptionType{s3types.EncryptionTypeSseC}}
	_, err := w.s3Client().PutBucketEncryption(t.Context(), &s3sdk.PutBucketEncryptionInput{
		Bucket: aws.String(setupBucket), ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{
			Rules: []s3types.ServerSideEncryptionRule{{
				ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryptionAes256},
				BlockedEncryptionTypes:             blocked,
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := setUp(t.Context(), w, macie.ScanSetupOptions{Bucket: setupBucket, KMSKey: setupKey, Adopt: true}); err != nil {
		t.Fatal(err)
	}
	out, err := w.s3Client().GetBucketEncryption(t.Context(), &s3sdk.GetBucketEncryptionInput{Bucket: aws.String(setupBucket)})
	if err != nil {
		t.Fatal(err)
	}
	rule := out.ServerSideEncryptionConfiguration.Rules[0]
	if rule.BlockedEncryptionTypes == nil || rule.BlockedEncryptionTypes.EncryptionType[0] != s3types.EncryptionTypeSseC || *rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID != setupKey {
		t.Errorf("got %+v", rule)
	}
}
