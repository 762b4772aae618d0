package macie

import (
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/s3policy"
)

// ScanImagesPermissions returns what [EstimateScan] (as planning) and [ScanImages]
// (as applying) need. On the sources that is to list and to read, in the named
// buckets, below the prefixes. Name in the options what they are for: KMSKey of
// the sources and of the results, Export, and a TopicARN.
//
// What the Store needs is not in it: see [state.S3Permissions] and
// [state.DynamoDBPermissions]. A Detector that has a method Permissions() with an
// [awspatterns.Policy] adds its own. Options that ScanImages refuses need nothing.
//
// [state.S3Permissions]: https://pkg.go.dev/github.com/awspatterns/awspatterns/state#S3Permissions
// [state.DynamoDBPermissions]: https://pkg.go.dev/github.com/awspatterns/awspatterns/state#DynamoDBPermissions
func ScanImagesPermissions(opts ScanImagesOptions) awspatterns.Permissions {
	if opts.complete() != nil {
		return awspatterns.Permissions{}
	}
	plan := awspatterns.Policy{identity.Permission}
	for _, source := range opts.Sources {
		plan = append(plan, opts.sourcePermissions(source)...)
	}
	texts := s3policy.Below(opts.Results.Bucket, opts.Results.Prefix+ocrFolder)
	plan = append(plan,
		s3policy.List(opts.Results.Bucket, opts.Results.Prefix+ocrFolder),
		awspatterns.Permission{Action: "s3:GetObject", Resources: texts, Source: s3policy.API + "GetObject.html"},
	)
	apply := slices.Clone(plan)
	apply = append(apply, opts.resultPermissions()...)
	apply = append(apply, opts.textractPermissions()...)
	if opts.Detector == nil {
		apply = append(apply, opts.maciePermissions()...)
	} else if d, ok := opts.Detector.(interface{ Permissions() awspatterns.Policy }); ok {
		apply = append(apply, d.Permissions()...)
	}
	if opts.TopicARN != "" {
		apply = append(apply, awspatterns.Permission{Action: "sns:Publish", Resources: []string{opts.TopicARN}})
	}
	return awspatterns.Permissions{Plan: plan, Apply: apply}
}

func (o ScanImagesOptions) sourcePermissions(source ImageSource) awspatterns.Policy {
	objects := s3policy.Below(source.Bucket, source.Prefix)
	policy := awspatterns.Policy{
		s3policy.List(source.Bucket, source.Prefix),
		{Action: "s3:GetObject", Resources: objects, Source: s3policy.API + "GetObject.html"},
		{
			Action: "s3:GetObjectVersion", Resources: objects, ImpliedBy: "s3:GetObject",
			Source: s3policy.API + "GetObject.html", // only a bucket with versions takes it
		},
	}
	return append(policy, s3policy.Key("kms:Decrypt", source.KMSKey, "s3:GetObject")...)
}

func (o ScanImagesOptions) resultPermissions() awspatterns.Policy {
	r := o.Results
	bucket := []string{s3policy.Bucket(r.Bucket)}
	objects := append(s3policy.Below(r.Bucket, r.Prefix+ocrFolder), s3policy.Below(r.Bucket, r.Prefix+textsFolder)...)
	policy := awspatterns.Policy{{Action: "s3:PutObject", Resources: objects, Source: s3policy.API + "PutObject.html"}}
	if !o.Unprotected {
		policy = append(policy,
			awspatterns.Permission{Action: "s3:GetEncryptionConfiguration", Resources: bucket, Source: s3policy.API + "GetBucketEncryption.html"},
			awspatterns.Permission{Action: "s3:GetBucketPublicAccessBlock", Resources: bucket, Source: s3policy.API + "GetPublicAccessBlock.html"},
			awspatterns.Permission{Action: "s3:GetLifecycleConfiguration", Resources: bucket, Source: s3policy.API + "GetBucketLifecycleConfiguration.html"},
		)
	}
	policy = append(policy, s3policy.Key("kms:GenerateDataKey", r.KMSKey, "s3:PutObject")...)
	return append(policy, s3policy.Key("kms:Decrypt", r.KMSKey, "s3:GetObject")...)
}

// textractPermissions are on all resources: Textract knows none for these.
func (o ScanImagesOptions) textractPermissions() awspatterns.Policy {
	var policy awspatterns.Policy
	for _, action := range []string{"textract:DetectDocumentText", "textract:StartDocumentTextDetection", "textract:GetDocumentTextDetection"} {
		policy = append(policy, awspatterns.Permission{Action: action, Resources: []string{"*"}})
	}
	if q := o.Quotas; q.Detect == 0 || q.Start == 0 || q.Get == 0 || q.Jobs == 0 {
		policy = append(policy, awspatterns.Permission{Action: "servicequotas:ListServiceQuotas", Resources: []string{"*"}})
	}
	return policy
}

func (o ScanImagesOptions) maciePermissions() awspatterns.Policy {
	arn := func(resource string) []string {
		return []string{"arn:${Partition}:macie2:${Region}:${Account}:" + resource}
	}
	jobs := arn("classification-job/*")
	policy := awspatterns.Policy{
		{Action: "macie2:GetMacieSession", Resources: []string{"*"}},
		{Action: "macie2:GetClassificationExportConfiguration", Resources: []string{"*"}},
		{Action: "macie2:CreateClassificationJob", Resources: jobs},
		{Action: "macie2:TagResource", Resources: jobs},
		{Action: "macie2:DescribeClassificationJob", Resources: jobs},
		{Action: "macie2:ListClassificationJobs", Resources: []string{"*"}},
		{Action: "macie2:ListFindings", Resources: []string{"*"}},
		{Action: "macie2:GetFindings", Resources: []string{"*"}},
	}
	for _, id := range o.Identifiers.Custom {
		policy = append(policy, awspatterns.Permission{
			Action: "macie2:BatchGetCustomDataIdentifiers", Resources: arn("custom-data-identifier/" + awspatterns.PolicyLiteral(id)),
		})
	}
	for _, id := range o.Identifiers.AllowLists {
		policy = append(policy, awspatterns.Permission{Action: "macie2:GetAllowList", Resources: arn("allow-list/" + awspatterns.PolicyLiteral(id))})
	}
	return append(policy, exportPermissions(o.Export)...)
}

// exportPermissions are for reading the analysis records that Macie exports.
func exportPermissions(export ResultsLocation) awspatterns.Policy {
	if export.Bucket == "" {
		return nil
	}
	prefix := strings.Trim(export.Prefix, "/")
	if prefix != "" {
		prefix += "/"
	}
	return readBelow(export, prefix)
}

// readBelow allows to list and read below a prefix of the bucket of a location.
func readBelow(l ResultsLocation, prefix string) awspatterns.Policy {
	policy := awspatterns.Policy{
		s3policy.List(l.Bucket, prefix),
		{Action: "s3:GetObject", Resources: s3policy.Below(l.Bucket, prefix), Source: s3policy.API + "GetObject.html"},
	}
	return append(policy, s3policy.Key("kms:Decrypt", l.KMSKey, "s3:GetObject")...)
}

// LocatePermissions returns what [Locate] needs. Name the Export, and the KMSKey
// of the results, in the options.
func LocatePermissions(opts LocateOptions) awspatterns.Permissions {
	policy := readBelow(opts.Results, opts.Results.Prefix+ocrFolder)
	if opts.Detector == nil && !opts.SkipExport {
		policy = append(policy, identity.Permission,
			awspatterns.Permission{Action: "macie2:GetMacieSession", Resources: []string{"*"}},
			awspatterns.Permission{Action: "macie2:GetClassificationExportConfiguration", Resources: []string{"*"}},
		)
		policy = append(policy, exportPermissions(opts.Export)...)
	} else if d, ok := opts.Detector.(interface{ Permissions() awspatterns.Policy }); ok {
		policy = append(policy, d.Permissions()...)
	}
	return awspatterns.Permissions{Apply: policy}
}

// DrawPermissions returns what [Annotate] and [Redact] need: to read the one image.
// Name its KMSKey in the options.
func DrawPermissions(opts DrawOptions) awspatterns.Permissions {
	i := opts.Located.Image
	action := "s3:GetObject"
	if i.VersionID != "" {
		action = "s3:GetObjectVersion"
	}
	policy := awspatterns.Policy{{
		Action: action, Resources: []string{s3policy.Object(i.Bucket, i.Key)}, Source: s3policy.API + "GetObject.html",
	}}
	return awspatterns.Permissions{Apply: append(policy, s3policy.Key("kms:Decrypt", opts.KMSKey, action)...)}
}
