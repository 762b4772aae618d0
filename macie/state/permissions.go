package state

import (
	"strings"

	"github.com/awspatterns/awspatterns"
)

// S3Permissions returns what a [Store] in S3 needs, limited to what is below the
// prefix. kmsKey is the ARN of the key that the objects are encrypted with,
// whether it is that of [S3Options] or the bucket's own; empty for none.
func S3Permissions(bucket, prefix, kmsKey string) awspatterns.Policy {
	const api = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_"
	arn, below := "arn:${Partition}:s3:::"+awspatterns.PolicyLiteral(bucket), awspatterns.PolicyLiteral(prefix)+"*"
	objects := []string{arn + "/" + below}
	list := awspatterns.Permission{Action: "s3:ListBucket", Resources: []string{arn}, Source: api + "ListObjectsV2.html"}
	if prefix != "" {
		list.Conditions = map[string]map[string][]string{"StringLike": {"s3:prefix": {below}}}
	}
	policy := awspatterns.Policy{
		list,
		{Action: "s3:GetObject", Resources: objects, Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"},
		{Action: "s3:PutObject", Resources: objects, Source: api + "PutObject.html"},
	}
	if kmsKey != "" {
		policy = append(policy, kmsPermission("kms:Decrypt", kmsKey, "s3:GetObject"), kmsPermission("kms:GenerateDataKey", kmsKey, "s3:PutObject"))
	}
	return policy
}

// kmsPermission returns a permission to use a key through S3 alone.
func kmsPermission(action, key, impliedBy string) awspatterns.Permission {
	p := awspatterns.Permission{
		Action: action, Resources: []string{key}, ImpliedBy: impliedBy,
		Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
	}
	if arn := strings.Split(key, ":"); len(arn) > 3 { // the partitions end the name of the service differently
		p.Conditions = map[string]map[string][]string{"StringLike": {"kms:ViaService": {"s3." + arn[3] + ".amazonaws.com*"}}}
	}
	return p
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
