package macie2

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

// A record is what Macie tells of the analysis of one object, whatever came of it.
type record struct {
	bucket bucket
	object object
	result result
	place  string // s3://bucket/key of the file that it goes to
	id     string
}

// noExport stands for the bucket while there is no export configuration.
const noExport = "[export-config-not-set]"

// detailsPlace returns where the next record of a job goes to.
func (s *Service) detailsPlace(j *job) string {
	if n := len(j.records); n%max(1, s.RecordsPerFile) != 0 {
		return j.records[n-1].place
	}
	bucket, prefix := noExport, ""
	if j.session.export != nil {
		bucket, prefix = *j.session.export.S3Destination.BucketName, j.session.exportPrefix()
	}
	return "s3://" + bucket + "/" + prefix + j.resultKey(s.newUUID("result"))
}

func (j *job) resultKey(uuid string) string {
	return "AWSLogs/" + j.session.account + "/Macie/" + j.session.region + "/" + j.id + "/" + j.session.account + "/" + uuid + ".jsonl.gz"
}

// export writes the records of a job if they are due and there is a place for
// them. Records that find none wait, for up to 90 days: whoever configures the
// export later gets them ("After you save the repository settings, Macie adds
// existing discovery results for the preceding 90 days").
func (s *Service) export(j *job) {
	if len(j.records) == 0 || time.Now().Before(j.ended.Add(s.ExportDelay)) || !s.writable(j.session) {
		return
	}
	if time.Since(j.ended) > 90*24*time.Hour {
		j.records = nil
		return
	}
	for len(j.records) > 0 {
		n := 1
		for n < len(j.records) && j.records[n].place == j.records[0].place {
			n++
		}
		key := keyOf(j.records[0].place)
		// The export may have been configured since, or elsewhere.
		place := "s3://" + *j.session.export.S3Destination.BucketName + "/" + j.session.exportPrefix() + key
		s.put(j.session, key, j.file(j.records[:n], place))
		j.records = j.records[n:]
	}
}

// keyOf returns the part of a place that begins with AWSLogs.
func keyOf(place string) string {
	return place[strings.LastIndex(place, "AWSLogs/"):]
}

// file renders records as Macie writes them: a JSON object a line, compressed.
func (j *job) file(records []record, place string) []byte {
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	lines := json.NewEncoder(zip)
	for _, r := range records {
		if err := lines.Encode(j.recordJSON(r, place)); err != nil {
			panic(err)
		}
	}
	if err := zip.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// recordJSON has the fields of the Athena table that the package doc names.
func (j *job) recordJSON(r record, place string) map[string]any {
	told := make([]int, len(r.result.detections))
	for i, d := range r.result.detections {
		told[i] = min(len(d.ranges), recordPlaces)
	}
	made := timeText(j.ended)
	resources := affected(j.session.partition, r.bucket, r.object, "")
	object := objectJSON(resources.S3Object)
	object["embeddedFileDetails"] = nil
	fields := map[string]any{
		"schemaVersion": "1.0", "id": r.id, "accountId": j.session.account, "partition": j.session.partition,
		"region": j.session.region, "category": "CLASSIFICATION", "createdAt": made, "updatedAt": made,
		"type": nil, "title": nil, "description": nil, "severity": nil,
		"resourcesAffected": map[string]any{"s3Bucket": bucketJSON(resources.S3Bucket), "s3Object": object},
		"classificationDetails": map[string]any{
			"jobArn": *j.arn, "jobId": j.id, "originType": string(types.OriginTypeSensitiveDataDiscoveryJob),
			"detailedResultsLocation": place, "result": resultJSON(r.result.classification(told), false),
		},
	}
	if len(r.result.detections) > 0 {
		kind := findingType(r.result.detections)
		title, description := texts(kind)
		fields["type"], fields["title"], fields["description"] = kind, title, description
		fields["severity"] = severityJSON(severity(r.result.detections))
	}
	return fields
}
