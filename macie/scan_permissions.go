package macie

import (
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/identity"
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
// [state.S3Permissions]: https://pkg.go.dev/github.com/awspatterns/awspatterns/macie/state#S3Permissions
// [state.DynamoDBPermissions]: https://pkg.go.dev/github.com/awspatterns/awspatterns/macie/state#DynamoDBPermissions
func ScanImagesPermissions(opts ScanImagesOptions) awspatterns.Permissions {
	if opts.complete() != nil {
		return awspatterns.Permissions{}
	}
	plan := awspatterns.Policy{identity.Permission}
	for _, source := range opts.Sources {
		plan = append(plan, opts.sourcePermissions(source)...)
	}
	texts := below(opts.Results.Bucket, opts.Results.Prefix+ocrFolder)
	plan = append(plan,
		listBelow(opts.Results.Bucket, opts.Results.Prefix+ocrFolder),
		awspatterns.Permission{Action: "s3:GetObject", Resources: texts, Source: s3API + "GetObject.html"},
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

const s3API = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_"

func bucketARN(bucket string) string {
	return "arn:${Partition}:s3:::" + awspatterns.PolicyLiteral(bucket)
}

// below returns the ARN pattern of all objects below a prefix.
func below(bucket, prefix string) []string {
	return []string{bucketARN(bucket) + "/" + awspatterns.PolicyLiteral(prefix) + "*"}
}

// listBelow allows to list below a prefix. Without it S3 answers 403 for a key
// that is not there.
func listBelow(bucket, prefix string) awspatterns.Permission {
	p := awspatterns.Permission{Action: "s3:ListBucket", Resources: []string{bucketARN(bucket)}, Source: s3API + "ListObjectsV2.html"}
	if prefix != "" {
		p.Conditions = map[string]map[string][]string{"StringLike": {"s3:prefix": {awspatterns.PolicyLiteral(prefix) + "*"}}}
	}
	return p
}

func (o ScanImagesOptions) sourcePermissions(source ImageSource) awspatterns.Policy {
	objects := below(source.Bucket, source.Prefix)
	policy := awspatterns.Policy{
		listBelow(source.Bucket, source.Prefix),
		{Action: "s3:GetObject", Resources: objects, Source: s3API + "GetObject.html"},
		{
			Action: "s3:GetObjectVersion", Resources: objects, ImpliedBy: "s3:GetObject",
			Source: s3API + "GetObject.html", // only a bucket with versions takes it
		},
	}
	return append(policy, kmsPermission("kms:Decrypt", source.KMSKey, "s3:GetObject")...)
}

func (o ScanImagesOptions) resultPermissions() awspatterns.Policy {
	r := o.Results
	bucket := []string{bucketARN(r.Bucket)}
	objects := append(below(r.Bucket, r.Prefix+ocrFolder), below(r.Bucket, r.Prefix+textsFolder)...)
	policy := awspatterns.Policy{{Action: "s3:PutObject", Resources: objects, Source: s3API + "PutObject.html"}}
	if !o.Unprotected {
		policy = append(policy,
			awspatterns.Permission{Action: "s3:GetEncryptionConfiguration", Resources: bucket, Source: s3API + "GetBucketEncryption.html"},
			awspatterns.Permission{Action: "s3:GetBucketPublicAccessBlock", Resources: bucket, Source: s3API + "GetPublicAccessBlock.html"},
			awspatterns.Permission{Action: "s3:GetLifecycleConfiguration", Resources: bucket, Source: s3API + "GetBucketLifecycleConfiguration.html"},
		)
	}
	policy = append(policy, kmsPermission("kms:GenerateDataKey", r.KMSKey, "s3:PutObject")...)
	return append(policy, kmsPermission("kms:Decrypt", r.KMSKey, "s3:GetObject")...)
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
		listBelow(l.Bucket, prefix),
		{Action: "s3:GetObject", Resources: below(l.Bucket, prefix), Source: s3API + "GetObject.html"},
	}
	return append(policy, kmsPermission("kms:Decrypt", l.KMSKey, "s3:GetObject")...)
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
		Action: action, Resources: []string{bucketARN(i.Bucket) + "/" + awspatterns.PolicyLiteral(i.Key)}, Source: s3API + "GetObject.html",
	}}
	return awspatterns.Permissions{Apply: append(policy, kmsPermission("kms:Decrypt", opts.KMSKey, action)...)}
}

// kmsPermission allows an action on a key, if there is one, only to S3, in the
// name of the caller.
func kmsPermission(action, key, impliedBy string) awspatterns.Policy {
	if key == "" {
		return nil
	}
	p := awspatterns.Permission{
		Action: action, Resources: []string{key}, ImpliedBy: impliedBy,
		Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
	}
	if arn := strings.Split(key, ":"); len(arn) > 3 {
		p.Conditions = map[string]map[string][]string{"StringLike": {"kms:ViaService": {"s3." + arn[3] + ".amazonaws.com*"}}}
	}
	return awspatterns.Policy{p}
}
