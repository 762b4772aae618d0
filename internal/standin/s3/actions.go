package s3

import "github.com/awspatterns/awspatterns/awstest"

// Actions are the IAM actions that calls of Amazon S3 need ("Required permissions
// for Amazon S3 API operations" in the user guide; for conditions "How to prevent
// object overwrites with conditional writes" and "How to perform conditional
// deletes"). CopyObject and DeleteObjects are not among them: what they need
// depends on the source and on the versions among the keys.
var Actions = awstest.Actions{
	"S3.CreateBucket":                  {"s3:CreateBucket"},
	"S3.CreateBucket(ACL)":             {"s3:PutBucketAcl"},
	"S3.CreateBucket(ObjectOwnership)": {"s3:PutBucketOwnershipControls"},
	"S3.DeleteBucket":                  {"s3:DeleteBucket"},
	"S3.DeleteBucketEncryption":        {"s3:PutEncryptionConfiguration"},
	"S3.DeleteBucketPolicy":            {"s3:DeleteBucketPolicy"},
	"S3.DeletePublicAccessBlock":       {"s3:PutBucketPublicAccessBlock"},
	"S3.GetBucketEncryption":           {"s3:GetEncryptionConfiguration"},
	"S3.GetBucketLocation":             {"s3:GetBucketLocation"},
	"S3.GetBucketPolicy":               {"s3:GetBucketPolicy"},
	"S3.GetBucketVersioning":           {"s3:GetBucketVersioning"},
	"S3.GetPublicAccessBlock":          {"s3:GetBucketPublicAccessBlock"},
	"S3.HeadBucket":                    {"s3:ListBucket"},
	"S3.ListBuckets":                   {"s3:ListAllMyBuckets"},
	"S3.ListObjectVersions":            {"s3:ListBucketVersions"},
	"S3.ListObjectsV2":                 {"s3:ListBucket"},
	"S3.PutBucketEncryption":           {"s3:PutEncryptionConfiguration"},
	"S3.PutBucketPolicy":               {"s3:PutBucketPolicy"},
	"S3.PutBucketVersioning":           {"s3:PutBucketVersioning"},
	"S3.PutPublicAccessBlock":          {"s3:PutBucketPublicAccessBlock"},

	// Creating a bucket with tags also needs s3:TagResource ("CreateBucketConfiguration"
	// in the API reference), which a key about the input alone cannot tell.
	"S3.DeleteBucketLifecycle":           {"s3:PutLifecycleConfiguration"},
	"S3.DeleteBucketTagging":             {"s3:PutBucketTagging"},
	"S3.GetBucketLifecycleConfiguration": {"s3:GetLifecycleConfiguration"},
	"S3.GetBucketTagging":                {"s3:GetBucketTagging"},
	"S3.PutBucketLifecycleConfiguration": {"s3:PutLifecycleConfiguration"},
	"S3.PutBucketTagging":                {"s3:PutBucketTagging"},

	"S3.GetObject(!VersionId)":           {"s3:GetObject"},
	"S3.GetObject(VersionId)":            {"s3:GetObjectVersion"},
	"S3.HeadObject(!VersionId)":          {"s3:GetObject"},
	"S3.HeadObject(VersionId)":           {"s3:GetObjectVersion"},
	"S3.GetObjectTagging(!VersionId)":    {"s3:GetObjectTagging"},
	"S3.GetObjectTagging(VersionId)":     {"s3:GetObjectVersionTagging"},
	"S3.PutObjectTagging(!VersionId)":    {"s3:PutObjectTagging"},
	"S3.PutObjectTagging(VersionId)":     {"s3:PutObjectVersionTagging"},
	"S3.DeleteObjectTagging(!VersionId)": {"s3:DeleteObjectTagging"},
	"S3.DeleteObjectTagging(VersionId)":  {"s3:DeleteObjectVersionTagging"},

	"S3.PutObject":          {"s3:PutObject"},
	"S3.PutObject(ACL)":     {"s3:PutObjectAcl"},
	"S3.PutObject(Tagging)": {"s3:PutObjectTagging"},
	"S3.PutObject(IfMatch)": {"s3:GetObject"},

	"S3.DeleteObject(!VersionId)": {"s3:DeleteObject"},
	"S3.DeleteObject(VersionId)":  {"s3:DeleteObjectVersion"},
	"S3.DeleteObject(IfMatch)":    {"s3:GetObject"},
}
