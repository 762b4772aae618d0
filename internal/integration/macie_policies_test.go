package integration_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/identifier"
	"github.com/awspatterns/awspatterns/state"
)

// scanEverything are options that need every permission a scan can need.
func scanEverything() macie.ScanImagesOptions {
	const topic = "arn:aws:sns:eu-central-1:123456789012:scans"
	return macie.ScanImagesOptions{
		Sources: []macie.ImageSource{{Bucket: "scans", Prefix: "in/", KMSKey: motoKey}, {Bucket: "others"}},
		Results: macie.ResultsLocation{Bucket: "results", Prefix: "scan/", KMSKey: motoKey},
		Export:  macie.ResultsLocation{Bucket: "exports", Prefix: "macie", KMSKey: motoKey},
		Identifiers: macie.Identifiers{
			Custom: []string{"11111111-1111-1111-1111-111111111111"}, AllowLists: []string{"abcdefghijklmnopqrst"},
		},
		TopicARN: topic,
	}
}

// macieDeclares are the policies of package macie. Some are of options that leave
// something out, so that a statement that then has no resource is noticed.
func macieDeclares() []declaredPolicy {
	full, bare := scanEverything(), scanEverything()
	bare.Sources, bare.Results.Prefix, bare.Results.KMSKey, bare.Export, bare.Unprotected = bare.Sources[1:], "", "", macie.ResultsLocation{}, true
	other := bare
	other.Detector = &macie.ComprehendDetector{}
	events := macie.ScanEventsOptions{
		ScanImagesOptions: full, TextractTopic: "arn:aws:sns:eu-central-1:123456789012:AmazonTextract-scans",
		TextractRole: "arn:aws:iam::123456789012:role/textract",
	}
	events.Store = state.NewMemory()
	image := macie.Image{Bucket: "scans", Key: "in/a b*?${c}.png"}
	version := image
	version.VersionID = "1"
	locate := macie.LocateOptions{Image: image, Results: full.Results, Export: full.Export}
	identifiers := macie.CustomIdentifiersPermissions(macie.CustomIdentifiersOptions{
		TestInMacie: true, Adopt: true, RemoveStale: true,
		Identifiers: []macie.CustomIdentifier{{Name: "nric", Regex: `[SFTG]\d{7}[A-Z]`, Samples: []identifier.Sample{{Text: "S1234567D", Matches: 1}}}},
	})
	var declared []declaredPolicy
	for name, p := range map[string]awspatterns.Permissions{
		"ScanImages":                macie.ScanImagesPermissions(full),
		"ScanImages, bare":          macie.ScanImagesPermissions(bare),
		"ScanImages, by Comprehend": macie.ScanImagesPermissions(other),
		"StartScanImages":           macie.ScanEventsPermissions(events),
		"CustomIdentifiers":         identifiers,
	} {
		if len(p.Plan) > 0 {
			declared = append(declared, declaredPolicy{name + ", planning", p.Plan, true})
		}
		declared = append(declared, declaredPolicy{name, p.Apply, false})
	}
	return append(declared,
		declaredPolicy{"Locate", macie.LocatePermissions(locate).Apply, true},
		declaredPolicy{"Redact", macie.DrawPermissions(macie.DrawOptions{Located: macie.LocateResult{Image: image}}).Apply, true},
		declaredPolicy{"Redact, a version", macie.DrawPermissions(macie.DrawOptions{Located: macie.LocateResult{Image: version}}).Apply, true},
		declaredPolicy{"Store in S3", state.S3Permissions("results", "state/", motoKey), false},
		declaredPolicy{"Store in S3, whole", state.S3Permissions("results", "", ""), false},
		declaredPolicy{"Store in DynamoDB", state.DynamoDBPermissions("arn:${Partition}:dynamodb:${Region}:${Account}:table/scans"), false},
	)
}

// TestMaciePolicies checks what is promised of them beyond that they are right: no
// policy is empty, the sources are only listed and read, below their prefixes, and
// nothing of S3, KMS, SNS, DynamoDB and IAM is for all resources.
func TestMaciePolicies(t *testing.T) {
	target := awspatterns.Target{Partition: "aws", Account: motoAccount, Region: "eu-central-1"}
	for _, p := range macieDeclares() {
		var document struct {
			Statement []struct {
				Action, Resource []string
				Condition        map[string]map[string][]string
			}
		}
		if err := json.Unmarshal(p.policy.Document(target), &document); err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		if len(document.Statement) == 0 {
			t.Errorf("%s allows nothing", p.name)
		}
		for _, s := range document.Statement {
			for _, action := range s.Action {
				service, _, _ := strings.Cut(action, ":")
				if slices.Contains(s.Resource, "*") && slices.Contains([]string{"s3", "kms", "sns", "dynamodb", "iam"}, service) {
					t.Errorf("%s allows %s on all resources", p.name, action)
				}
				for _, resource := range s.Resource {
					if !strings.HasPrefix(resource, "arn:aws:s3:::scans") {
						continue
					}
					read := slices.Contains([]string{"s3:GetObject", "s3:GetObjectVersion"}, action) && strings.HasPrefix(resource, "arn:aws:s3:::scans/in/")
					listed := action == "s3:ListBucket" && slices.Equal(s.Condition["StringLike"]["s3:prefix"], []string{"in/*"})
					if !read && !listed {
						t.Errorf("%s allows %s on %s, %v", p.name, action, resource, s.Condition)
					}
				}
			}
		}
	}
}
