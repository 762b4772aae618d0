package macie

import (
	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/policydoc"
)

// macieService is what Macie writes discovery results as.
const macieService = "macie.amazonaws.com"

// macieRoleName is the service-linked role that Macie reads objects with.
const macieRoleName = "AWSServiceRoleForAmazonMacie"

func macieRolePath(account, partition string) string {
	return "arn:" + partition + ":iam::" + account + ":role/aws-service-role/" + macieService + "/" + macieRoleName
}

// fromMacie is the condition that Macie acts for this account ("Storing and
// retaining sensitive data discovery results" in the Macie user guide).
func fromMacie(t awspatterns.Target) map[string]map[string]policydoc.OneOrMore {
	macie := "arn:" + t.Partition + ":macie2:" + t.Region + ":" + t.Account + ":"
	return map[string]map[string]policydoc.OneOrMore{
		"StringEquals": {"aws:SourceAccount": {t.Account}},
		"ArnLike":      {"aws:SourceArn": {macie + "export-configuration:*", macie + "classification-job/*"}},
	}
}

// bucketStatements are what the policy of the results bucket has to hold: refuse
// what comes without TLS and, for the export, let Macie write ("Storing and
// retaining sensitive data discovery results").
func bucketStatements(o ScanSetupOptions, t awspatterns.Target) []policydoc.Statement {
	bucket := "arn:" + t.Partition + ":s3:::" + o.Bucket
	statements := []policydoc.Statement{{
		Sid: "AWSPatternsTLS", Effect: "Deny", Principal: "*", Action: policydoc.OneOrMore{"s3:*"}, Resource: policydoc.OneOrMore{bucket, bucket + "/*"},
		Condition: map[string]map[string]policydoc.OneOrMore{"Bool": {"aws:SecureTransport": {"false"}}},
	}}
	if o.Export == nil {
		return statements
	}
	service := map[string]string{"Service": macieService}
	return append(statements, policydoc.Statement{
		Sid: "AWSPatternsMacieLocation", Effect: "Allow", Principal: service,
		Action: policydoc.OneOrMore{"s3:GetBucketLocation"}, Resource: policydoc.OneOrMore{bucket}, Condition: fromMacie(t),
	}, policydoc.Statement{
		Sid: "AWSPatternsMaciePut", Effect: "Allow", Principal: service,
		Action: policydoc.OneOrMore{"s3:PutObject"}, Resource: policydoc.OneOrMore{bucket + "/" + o.Export.Prefix + "*"}, Condition: fromMacie(t),
	})
}

// keyStatements are what the policy of the key has to hold: Macie's role reads
// texts ("Analyzing encrypted S3 objects"; without it Macie skips them all) and,
// for the export, Macie encrypts results ("Storing and retaining sensitive data
// discovery results").
func keyStatements(o ScanSetupOptions, t awspatterns.Target) []policydoc.Statement {
	statements := []policydoc.Statement{{
		Sid: "AWSPatternsMacieDecrypt", Effect: "Allow", Principal: map[string]string{"AWS": macieRolePath(t.Account, t.Partition)},
		Action: policydoc.OneOrMore{"kms:Decrypt"}, Resource: policydoc.OneOrMore{"*"},
	}}
	if o.Export == nil {
		return statements
	}
	return append(statements, policydoc.Statement{
		Sid: "AWSPatternsMacieExport", Effect: "Allow", Principal: map[string]string{"Service": macieService},
		Action: policydoc.OneOrMore{"kms:GenerateDataKey", "kms:Encrypt"}, Resource: policydoc.OneOrMore{"*"}, Condition: fromMacie(t),
	})
}

// topicStatements are what the policy of the topic has to hold ("Enforce encryption
// of data in transit" in the SNS developer guide).
func topicStatements(topicARN string) []policydoc.Statement {
	return []policydoc.Statement{{
		Sid: "AWSPatternsTLS", Effect: "Deny", Principal: "*", Action: policydoc.OneOrMore{"SNS:Publish"}, Resource: policydoc.OneOrMore{topicARN},
		Condition: map[string]map[string]policydoc.OneOrMore{"Bool": {"aws:SecureTransport": {"false"}}},
	}}
}

// ownerStatement is what a topic is created with, beside those: what SNS allows its
// owner where no policy is given.
func ownerStatement(topicARN string, t awspatterns.Target) policydoc.Statement {
	return policydoc.Statement{
		Sid: "AWSPatternsOwner", Effect: "Allow", Principal: map[string]string{"AWS": "arn:" + t.Partition + ":iam::" + t.Account + ":root"},
		Action: policydoc.OneOrMore{
			"SNS:AddPermission", "SNS:DeleteTopic", "SNS:GetTopicAttributes", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
			"SNS:RemovePermission", "SNS:SetTopicAttributes", "SNS:Subscribe",
		},
		Resource: policydoc.OneOrMore{topicARN},
	}
}

// trustStatements let Textract assume the role, for this account alone
// ("Cross-service confused deputy prevention" in the Textract developer guide).
func trustStatements(t awspatterns.Target) []policydoc.Statement {
	return []policydoc.Statement{{
		Sid: "AWSPatternsTextract", Effect: "Allow", Principal: map[string]string{"Service": "textract.amazonaws.com"},
		Action:    policydoc.OneOrMore{"sts:AssumeRole"},
		Condition: map[string]map[string]policydoc.OneOrMore{"StringEquals": {"aws:SourceAccount": {t.Account}}},
	}}
}

// publishPolicy lets the role publish to the topic, and use the key that the topic
// is encrypted with ("Encrypting messages published to Amazon SNS with AWS KMS").
func publishPolicy(o ScanSetupEvents, topicARN string) string {
	policy := awspatterns.Policy{{Action: "sns:Publish", Resources: []string{topicARN}}}
	if o.TopicKMSKey != "" {
		policy = append(policy,
			awspatterns.Permission{Action: "kms:Decrypt", Resources: []string{o.TopicKMSKey}},
			awspatterns.Permission{Action: "kms:GenerateDataKey", Resources: []string{o.TopicKMSKey}})
	}
	return string(policy.Document(awspatterns.Target{}))
}
