package maciejobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A record is what this package reads of a line of Macie's sensitive data discovery
// results ("Schema for reporting the location of sensitive data" in the user guide;
// the table of github.com/aws-samples/amazon-macie-results-analytics has all fields).
// It has the form of a finding.
type record struct {
	ID       string `json:"id"`
	Severity struct {
		Description string `json:"description"`
	} `json:"severity"`
	ClassificationDetails struct {
		JobID                   string       `json:"jobId"`
		DetailedResultsLocation string       `json:"detailedResultsLocation"`
		Result                  recordResult `json:"result"`
	} `json:"classificationDetails"`
	ResourcesAffected struct {
		S3Bucket struct {
			Name string `json:"name"`
		} `json:"s3Bucket"`
		S3Object struct {
			BucketARN string `json:"bucketArn"`
			Key       string `json:"key"`
			VersionID string `json:"versionId"`
			ETag      string `json:"eTag"`
		} `json:"s3Object"`
	} `json:"resourcesAffected"`
}

type recordResult struct {
	Status struct {
		Code   string `json:"code"`
		Reason string `json:"reason"`
	} `json:"status"`
	SizeClassified        number `json:"sizeClassified"`
	AdditionalOccurrences bool   `json:"additionalOccurrences"`
	SensitiveData         []struct {
		Category   string `json:"category"`
		Detections []struct {
			Type        string      `json:"type"`
			Count       number      `json:"count"`
			Occurrences occurrences `json:"occurrences"`
		} `json:"detections"`
	} `json:"sensitiveData"`
	CustomDataIdentifiers struct {
		Detections []struct {
			ARN         string      `json:"arn"`
			Name        string      `json:"name"`
			Count       number      `json:"count"`
			Occurrences occurrences `json:"occurrences"`
		} `json:"detections"`
	} `json:"customDataIdentifiers"`
}

type occurrences struct {
	LineRanges []lineRange `json:"lineRanges"`
}

// A number is a count. The analytics sample of AWS reads counts as strings, so
// both are taken.
type number int64

func (n *number) UnmarshalJSON(text []byte) error {
	s := strings.Trim(string(text), `"`)
	if s == "null" || s == "" {
		return nil
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		*n = number(i)
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return fmt.Errorf("%.40q is no whole number", s)
	}
	*n = number(f)
	return nil
}

// parseRecord reads a line of the export.
func parseRecord(line []byte) (Analysis, error) {
	var r record
	if err := json.Unmarshal(line, &r); err != nil {
		return Analysis{}, err
	}
	details, object := r.ClassificationDetails, r.ResourcesAffected.S3Object
	a := Analysis{
		ID: r.ID, JobID: details.JobID,
		Bucket: bucketOf(r.ResourcesAffected.S3Bucket.Name, object.BucketARN),
		Key:    object.Key, VersionID: object.VersionID, ETag: strings.Trim(object.ETag, `"`),
		Status: details.Result.Status.Code, Reason: details.Result.Status.Reason,
		Severity:        r.Severity.Description,
		More:            details.Result.AdditionalOccurrences,
		Record:          true,
		ResultsLocation: details.DetailedResultsLocation,
		SizeClassified:  int64(details.Result.SizeClassified),
	}
	if a.Bucket == "" || a.Key == "" || a.Status == "" {
		return Analysis{}, errors.New("no record of an analysis: it lacks the bucket, the key or the status")
	}
	for _, item := range details.Result.SensitiveData {
		for _, d := range item.Detections {
			a.add(Detection{Type: d.Type, Category: item.Category, Count: int64(d.Count)}, d.Occurrences.LineRanges)
		}
	}
	for _, d := range details.Result.CustomDataIdentifiers.Detections {
		a.add(Detection{Category: customCategory, ARN: d.ARN, Name: d.Name, Custom: true, Count: int64(d.Count)}, d.Occurrences.LineRanges)
	}
	return a, nil
}
