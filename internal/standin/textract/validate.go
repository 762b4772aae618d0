package textract

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"

	"github.com/awspatterns/awspatterns/awstest"
)

// A constraint is what the SDK's model says of a parameter: its length in
// characters, and the pattern that it has as a whole.
type constraint struct {
	min, max int
	pattern  *regexp.Regexp
}

var (
	idConstraint        = constraint{1, 64, regexp.MustCompile(`^[a-zA-Z0-9\-_]+$`)} // tokens and job IDs
	tagConstraint       = constraint{1, 64, regexp.MustCompile(`^[a-zA-Z0-9_.\-:]+$`)}
	bucketConstraint    = constraint{3, 255, regexp.MustCompile(`^[0-9A-Za-z.\-_]*$`)}
	nameConstraint      = constraint{1, 1024, notBlank} // of an object; its version, too
	pageTokenConstraint = constraint{1, 1024, notBlank}
	topicConstraint     = constraint{20, 1024, regexp.MustCompile(`^arn:([a-z\d-]+):sns:[a-zA-Z\d-]{1,20}:\w{12}:.+$`)}
	roleConstraint      = constraint{20, 2048, regexp.MustCompile(`^arn:([a-z\d-]+):iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$`)}
	notBlank            = regexp.MustCompile(`^.*\S.*$`)
)

// meets reports whether a parameter is as it must be. One that is not given is, if
// it is optional.
func (c constraint) meets(value *string, optional bool) bool {
	if value == nil {
		return optional
	}
	n := utf8.RuneCountInString(*value)
	return n >= c.min && n <= c.max && c.pattern.MatchString(*value)
}

const (
	required = false
	optional = true
)

func checkObject(o *types.S3Object) error {
	if o == nil || !bucketConstraint.meets(o.Bucket, required) || !nameConstraint.meets(o.Name, required) ||
		!nameConstraint.meets(o.Version, optional) {
		return invalidParameter()
	}
	return nil
}

// checkDocument wants either bytes or an object. More than 10 MB of bytes are
// refused as an object of that size is.
func checkDocument(d *types.Document) error {
	switch {
	case (d.Bytes == nil) == (d.S3Object == nil), d.Bytes != nil && len(d.Bytes) == 0:
		return invalidParameter()
	case d.Bytes != nil:
		return nil
	}
	return checkObject(d.S3Object)
}

func checkStart(c awstest.Caller, in *textractsdk.StartDocumentTextDetectionInput) error {
	switch {
	case in.OutputConfig != nil, in.KMSKeyId != nil:
		return notImplemented("OutputConfig and KMSKeyId")
	case !idConstraint.meets(in.ClientRequestToken, optional), !tagConstraint.meets(in.JobTag, optional):
		return invalidParameter()
	}
	if n := in.NotificationChannel; n != nil {
		if !topicConstraint.meets(n.SNSTopicArn, required) || !roleConstraint.meets(n.RoleArn, required) ||
			regionOf(*n.SNSTopicArn) != c.Region {
			return invalidParameter()
		}
	}
	return checkObject(in.DocumentLocation.S3Object)
}

// regionOf returns the Region of an ARN that meets topicConstraint. The topic must
// be in that of the call ("Configuring Amazon Textract for asynchronous
// operations" in the developer guide).
func regionOf(arn string) string { return strings.Split(arn, ":")[3] }

// maxBlocks is the most that one page of results holds, and the default
// (GetDocumentTextDetection in the API reference).
const maxBlocks = 1000

func checkGet(in *textractsdk.GetDocumentTextDetectionInput) error {
	if !idConstraint.meets(in.JobId, required) || !pageTokenConstraint.meets(in.NextToken, optional) ||
		in.MaxResults != nil && aws.ToInt32(in.MaxResults) < 1 {
		return invalidParameter()
	}
	return nil
}
