package macie

import (
	"slices"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/identity"
)

// anyRegion stands for the Region in names that have it.
const anyRegion = "${Region}"

// ScanSetupPermissions returns what [PlanScanSetup] and [ApplyScanSetup] need,
// limited to the things of the options. Whoever applies can change policies, so
// that it is a job for an administrator. Options that PlanScanSetup refuses need
// nothing.
func ScanSetupPermissions(opts ScanSetupOptions) awspatterns.Permissions {
	o, err := opts.complete(anyRegion)
	if err != nil {
		return awspatterns.Permissions{}
	}
	n := setupNames{awspatterns.Target{Partition: "${Partition}", Region: anyRegion, Account: "${Account}"}}
	plan := awspatterns.Policy{identity.Permission}
	plan = append(plan, onOne("arn:${Partition}:s3:::"+o.Bucket,
		"s3:GetBucketTagging", "s3:GetEncryptionConfiguration", "s3:GetBucketPublicAccessBlock", "s3:GetLifecycleConfiguration", "s3:GetBucketPolicy")...)
	plan = append(plan, onOne(o.KMSKey, "kms:DescribeKey", "kms:GetKeyPolicy")...)
	apply := onOne("arn:${Partition}:s3:::"+o.Bucket,
		"s3:CreateBucket", "s3:PutEncryptionConfiguration", "s3:PutBucketPublicAccessBlock", "s3:PutLifecycleConfiguration", "s3:PutBucketPolicy")
	apply = append(apply, awspatterns.Permission{
		Action: "s3:TagResource", Resources: []string{"arn:${Partition}:s3:::" + o.Bucket}, ImpliedBy: "s3:CreateBucket",
		Source: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html",
	})
	apply = append(apply, onOne(o.KMSKey, "kms:PutKeyPolicy")...)
	if o.Adopt {
		apply = append(apply, onOne("arn:${Partition}:s3:::"+o.Bucket, "s3:PutBucketTagging")...)
	}
	if o.Export != nil {
		plan = append(plan, onOne("*", "macie2:GetClassificationExportConfiguration")...)
		apply = append(apply, onOne("*", "macie2:PutClassificationExportConfiguration")...)
	}
	if o.Events != nil {
		reads, writes := eventsPermissions(n, *o.Events)
		plan, apply = append(plan, reads...), append(apply, writes...)
	}
	return awspatterns.Permissions{
		Plan:  append(onOne(macieRolePath(n.Account, n.Partition), "iam:GetRole"), plan...),
		Apply: slices.Concat(plan, apply),
	}
}

func eventsPermissions(n setupNames, e ScanSetupEvents) (reads, writes awspatterns.Policy) {
	rules := []string{n.rule(e.findingsRule()), n.rule(e.scheduleRule())}
	reads = slices.Concat(
		onOne(n.topic(e.Topic), "sns:GetTopicAttributes", "sns:ListTagsForResource"),
		onOne(n.role(e.Role), "iam:GetRole", "iam:GetRolePolicy"),
		onOne(n.table(e.Table), "dynamodb:DescribeTable", "dynamodb:ListTagsOfResource"),
		onAll(rules, "events:DescribeRule", "events:ListTagsForResource"),
	)
	writes = slices.Concat(
		onOne(n.topic(e.Topic), "sns:CreateTopic", "sns:SetTopicAttributes", "sns:TagResource"),
		onOne(n.role(e.Role), "iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole", "iam:UpdateAssumeRolePolicy"),
		onOne(n.table(e.Table), "dynamodb:CreateTable", "dynamodb:TagResource", "dynamodb:UpdateTable"),
		onAll(rules, "events:PutRule", "events:TagResource"),
	)
	if e.TargetARN != "" {
		reads = append(reads, onAll(rules, "events:ListTargetsByRule")...)
		writes = append(writes, onAll(rules, "events:PutTargets")...)
	}
	return reads, writes
}

// onOne allows actions on a resource.
func onOne(resource string, actions ...string) awspatterns.Policy {
	return onAll([]string{resource}, actions...)
}

func onAll(resources []string, actions ...string) awspatterns.Policy {
	var policy awspatterns.Policy
	for _, action := range actions {
		policy = append(policy, awspatterns.Permission{Action: action, Resources: resources})
	}
	return policy
}
