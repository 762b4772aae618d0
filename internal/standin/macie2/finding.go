package macie2

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

// Places that are told of what was found: of each detection in a record, and of
// all together in a finding ("Amazon Macie quotas").
const (
	findingPlaces = 15
	recordPlaces  = 1_000
)

// finding makes what Macie tells of one object.
func (s *Service) finding(j *job, b bucket, o object, found result, place string) *types.Finding {
	made := aws.Time(j.ended)
	kind := findingType(found.detections)
	title, description := texts(kind)
	return &types.Finding{
		AccountId: aws.String(j.session.account), Archived: aws.Bool(false), Category: types.FindingCategoryClassification,
		ClassificationDetails: &types.ClassificationDetails{
			DetailedResultsLocation: aws.String(place), JobArn: j.arn, JobId: aws.String(j.id),
			OriginType: types.OriginTypeSensitiveDataDiscoveryJob,
			Result:     found.classification(shares(found.detections)),
		},
		Count: aws.Int64(1), CreatedAt: made, UpdatedAt: made, Description: aws.String(description), Title: aws.String(title),
		Id: aws.String(s.newID("finding")), Partition: aws.String(j.session.partition), Region: aws.String(j.session.region),
		ResourcesAffected: affected(j.session.partition, b, o, o.version), Sample: aws.Bool(false), SchemaVersion: aws.String("1.0"),
		Severity: severity(found.detections), Type: kind,
	}
}

// shares says how many places of each detection a finding tells: one of each, and
// of the rest as many as there is room for, in turn.
func shares(detections []detection) []int {
	told := make([]int, len(detections))
	for left := findingPlaces; left > 0; {
		gave := false
		for i, d := range detections {
			if told[i] < len(d.ranges) && left > 0 {
				told[i]++
				left--
				gave = true
			}
		}
		if !gave {
			break
		}
	}
	return told
}

// classification is the result with so many places of each detection.
func (r result) classification(told []int) *types.ClassificationResult {
	out := &types.ClassificationResult{
		AdditionalOccurrences: aws.Bool(false), MimeType: set(r.mime), SizeClassified: aws.Int64(r.size),
		Status:                &types.ClassificationResultStatus{Code: aws.String(r.code), Reason: set(r.reason)},
		CustomDataIdentifiers: &types.CustomDataIdentifiers{Detections: []types.CustomDetection{}, TotalCount: aws.Int64(0)},
		SensitiveData:         []types.SensitiveDataItem{},
	}
	for i, d := range r.detections {
		count := int64(len(d.ranges))
		if told[i] < len(d.ranges) {
			out.AdditionalOccurrences = aws.Bool(true)
		}
		where := occurrences(r.mime, d.ranges[:told[i]])
		if d.custom == nil {
			out.SensitiveData = addItem(out.SensitiveData, d, where)
			continue
		}
		c := out.CustomDataIdentifiers
		c.Detections = append(c.Detections, types.CustomDetection{
			Arn: aws.String(d.custom.id), Name: d.custom.in.Name, Count: aws.Int64(count), Occurrences: where,
		})
		*c.TotalCount += count
	}
	return out
}

func occurrences(mime string, ranges []types.Range) *types.Occurrences {
	if !hasLines(mime) || len(ranges) == 0 {
		return nil
	}
	return &types.Occurrences{LineRanges: slices.Clone(ranges)}
}

func addItem(items []types.SensitiveDataItem, d detection, where *types.Occurrences) []types.SensitiveDataItem {
	i := slices.IndexFunc(items, func(item types.SensitiveDataItem) bool { return item.Category == d.category })
	if i < 0 {
		i, items = len(items), append(items, types.SensitiveDataItem{Category: d.category, TotalCount: aws.Int64(0)})
	}
	items[i].Detections = append(items[i].Detections, types.DefaultDetection{
		Type: aws.String(d.kind), Count: aws.Int64(int64(len(d.ranges))), Occurrences: where,
	})
	*items[i].TotalCount += int64(len(d.ranges))
	return items
}

func findingType(detections []detection) types.FindingType {
	var categories []types.SensitiveDataItemCategory
	for _, d := range detections {
		categories = append(categories, cmp.Or(d.category, types.SensitiveDataItemCategoryCustomIdentifier))
	}
	slices.Sort(categories)
	categories = slices.Compact(categories)
	if len(categories) > 1 {
		return types.FindingTypeSensitiveDataS3ObjectMultiple
	}
	switch categories[0] {
	case financial:
		return types.FindingTypeSensitiveDataS3ObjectFinancial
	case personal:
		return types.FindingTypeSensitiveDataS3ObjectPersonal
	case credentials:
		return types.FindingTypeSensitiveDataS3ObjectCredentials
	}
	return types.FindingTypeSensitiveDataS3ObjectCustomIdentifier
}

// texts are those that findings were seen with; that of credentials is guessed.
func texts(kind types.FindingType) (title, description string) {
	switch kind {
	case types.FindingTypeSensitiveDataS3ObjectMultiple:
		return "The S3 object contains multiple categories of sensitive data",
			"The S3 object contains more than one category of sensitive data."
	case types.FindingTypeSensitiveDataS3ObjectFinancial:
		return "The S3 object contains financial information",
			"The S3 object contains financial information such as bank account numbers or credit card numbers."
	case types.FindingTypeSensitiveDataS3ObjectPersonal:
		return "The S3 object contains personal information",
			"The S3 object contains personal information such as first or last names, addresses, or identification numbers."
	case types.FindingTypeSensitiveDataS3ObjectCredentials:
		return "The S3 object contains credentials data", "The S3 object contains credentials data such as private keys."
	}
	return "The S3 object contains text that matches custom data identifier criteria",
		"The S3 object contains text that matches the criteria of one or more custom data identifiers. The object might contain multiple types of sensitive data."
}

// severity is the highest of all types.
func severity(detections []detection) *types.Severity {
	var score int64
	for _, d := range detections {
		score = max(score, d.severity)
	}
	names := []types.SeverityDescription{"", types.SeverityDescriptionLow, types.SeverityDescriptionMedium, types.SeverityDescriptionHigh}
	return &types.Severity{Score: &score, Description: names[score]}
}

func affected(partition string, b bucket, o object, version string) *types.ResourcesAffected {
	arn := "arn:" + partition + ":s3:::" + b.name
	encrypted := func(algorithm, key string) *types.ServerSideEncryption {
		return &types.ServerSideEncryption{EncryptionType: types.EncryptionType(algorithm), KmsMasterKeyId: set(key)}
	}
	byDefault := "AES256"
	if b.kmsKey != "" {
		byDefault = "aws:kms"
	}
	tags := []types.KeyValuePair{}
	for _, tag := range o.tags {
		tags = append(tags, types.KeyValuePair{Key: tag.Key, Value: tag.Value})
	}
	return &types.ResourcesAffected{
		S3Bucket: &types.S3Bucket{
			Arn: &arn, CreatedAt: aws.Time(b.created), Name: aws.String(b.name), Tags: []types.KeyValuePair{},
			DefaultServerSideEncryption: encrypted(byDefault, b.kmsKey),
			// The canonical user ID, which is no account.
			Owner: &types.S3BucketOwner{DisplayName: aws.String("owner"), Id: aws.String(strings.Repeat("0", 52) + b.owner)},
		},
		S3Object: &types.S3Object{
			BucketArn: &arn, ETag: aws.String(o.etag), Extension: aws.String(extension(o.key)), Key: aws.String(o.key),
			LastModified: aws.Time(o.modified), Path: aws.String(b.name + "/" + o.key),
			ServerSideEncryption: encrypted(o.algorithm, o.kmsKey), Size: aws.Int64(int64(len(o.body))),
			StorageClass: types.StorageClass(o.storageClass), Tags: tags, VersionId: aws.String(version),
		},
	}
}

// set returns nil for what an answer leaves out.
func set(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
