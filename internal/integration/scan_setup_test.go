package integration_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/macie"
)

// TestScanSetup sets up for scans in moto, through HTTP: what is written comes back
// as what was wanted. The bucket is there before, since moto ignores the tags of a
// new one, and there is no export, which moto does not know.
func TestScanSetup(t *testing.T) {
	url := startMoto(t)
	config := motoConfig(url)
	clients := macie.NewClients(config)
	clients.S3 = motoS3(url)
	key := prepareScanSetup(t, url)
	opts := macie.ScanSetupOptions{
		Bucket: "scan-results", KMSKey: key, Adopt: true,
		Events: &macie.ScanSetupEvents{TargetARN: "arn:aws:sqs:eu-central-1:123456789012:scans", TopicKMSKey: key},
	}
	plan, err := macie.PlanScanSetup(t.Context(), clients, opts)
	if err != nil {
		t.Fatal(err)
	}
	if n := plan.Count(awspatterns.Create) + plan.Count(awspatterns.Update); n != 14 || n != len(plan.Changes) {
		t.Errorf("%d of %d changes, want 14:\n%s", n, len(plan.Changes), plan)
	}
	for _, run := range []string{"applied", "already"} {
		result, err := macie.ApplyScanSetup(t.Context(), clients, plan)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range result.Outcomes {
			if string(o.State) != run {
				t.Errorf("%s %s, want %s", o.State, o.Resource, run)
			}
		}
	}
	if again, err := macie.PlanScanSetup(t.Context(), clients, opts); err != nil || !again.Empty() {
		t.Errorf("planning again: %v\n%s", err, again)
	}
}

// prepareScanSetup makes a bucket, a key, and the role that Macie makes when it is
// enabled.
func prepareScanSetup(t *testing.T, url string) (keyARN string) {
	t.Helper()
	_, err := motoS3(url).CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket:                    aws.String("scan-results"),
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraintEuCentral1},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = iam.NewFromConfig(motoConfig(url)).CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: aws.String("AWSServiceRoleForAmazonMacie"), AssumeRolePolicyDocument: aws.String("{}"),
	})
	if err != nil {
		t.Fatal(err)
	}
	key, err := kms.NewFromConfig(motoConfig(url)).CreateKey(t.Context(), &kms.CreateKeyInput{KeyUsage: kmstypes.KeyUsageTypeEncryptDecrypt})
	if err != nil {
		t.Fatal(err)
	}
	return *key.KeyMetadata.Arn
}

// TestScanSetupPolicies compares the permissions that setting up declares with the
// IAM actions that there are.
func TestScanSetupPolicies(t *testing.T) {
	p := macie.ScanSetupPermissions(macie.ScanSetupOptions{
		Bucket: "scan-results", KMSKey: "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", Adopt: true,
		Export: &macie.ScanSetupExport{}, Events: &macie.ScanSetupEvents{TargetARN: "arn:aws:sqs:eu-central-1:123456789012:scans"},
	})
	target := awspatterns.Target{Partition: "aws", Account: motoAccount, Region: "eu-central-1"}
	checkPolicies(t, []policyDocument{
		{"PlanScanSetup", p.Plan.Document(target), true},
		{"ApplyScanSetup", p.Apply.Document(target), false},
	})
}
