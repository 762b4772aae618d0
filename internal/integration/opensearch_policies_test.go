package integration_test

import "github.com/awspatterns/awspatterns/opensearch"

// openSearchDeclares are the policies of package opensearch, for a domain and for a
// collection.
func openSearchDeclares() []declaredPolicy {
	const key = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
	declared := []declaredPolicy{{"dead letters in S3", opensearch.DeadLetterS3Permissions("letters", "dead/", key), false}}
	for name, arn := range map[string]string{
		"domain":     "arn:aws:es:eu-central-1:123456789012:domain/books",
		"collection": "arn:aws:aoss:eu-central-1:123456789012:collection/0123456789abcdefghij",
	} {
		ingest := opensearch.IngestOptions{ARN: arn, Objects: []string{"s3://books/new/"}, KMSKey: key}
		replace := opensearch.ReplacePermissions(opensearch.ReplaceOptions{Alias: "books", Ingest: ingest})
		ingest.Index, ingest.Tune = "books", name == "domain"
		declared = append(declared,
			declaredPolicy{"Ingest, " + name, opensearch.IngestPermissions(ingest).Apply, false},
			declaredPolicy{"Replace, " + name, replace.Apply, false},
			declaredPolicy{"MeasureIndexRecall, " + name, opensearch.MeasureIndexRecallPermissions(opensearch.MeasureIndexRecallOptions{Index: "books", ARN: arn}).Apply, false},
			declaredPolicy{"Replace, " + name + ", planning", replace.Plan, name == "domain"},
		)
	}
	return declared
}
