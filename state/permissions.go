package state

import (
	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/s3policy"
)

// S3Permissions returns what a [Store] in S3 needs, limited to what is below the
// prefix. kmsKey is the ARN of the key that the objects are encrypted with,
// whether it is that of [S3Options] or the bucket's own; empty for none.
func S3Permissions(bucket, prefix, kmsKey string) awspatterns.Policy {
	objects := s3policy.Below(bucket, prefix)
	policy := awspatterns.Policy{
		s3policy.List(bucket, prefix),
		{Action: "s3:GetObject", Resources: objects, Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"},
		{Action: "s3:PutObject", Resources: objects, Source: s3policy.API + "PutObject.html"},
	}
	policy = append(policy, s3policy.Key("kms:Decrypt", kmsKey, "s3:GetObject")...)
	return append(policy, s3policy.Key("kms:GenerateDataKey", kmsKey, "s3:PutObject")...)
}

// DynamoDBPermissions returns what a [Store] in DynamoDB needs of its table, for a
// table that is encrypted with a key of DynamoDB's own.
func DynamoDBPermissions(tableARN string) awspatterns.Policy {
	const api = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_"
	var policy awspatterns.Policy
	for _, operation := range []string{"GetItem", "PutItem", "Query"} {
		policy = append(policy, awspatterns.Permission{
			Action: "dynamodb:" + operation, Resources: []string{tableARN}, Source: api + operation + ".html",
		})
	}
	return policy
}
