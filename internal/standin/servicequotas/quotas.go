package servicequotas

// A quota is what AWS tells of a quota of Textract. Names and codes are from the
// list of all adjustable quotas in the public repository
// gruntwork-io/terraform-aws-utilities (docs/quotas.md), which was made with this
// API.
type quota struct {
	code, name string
	defaults   []float64 // by column of regionColumns
}

// Codes of quotas that text detection has.
const (
	DetectDocumentText         = "L-75788A8B" // calls a second
	StartDocumentTextDetection = "L-AE9E2453" // calls a second
	GetDocumentTextDetection   = "L-94C8FE3F" // calls a second
	DocumentTextDetectionJobs  = "L-5B33D1C3" // in progress at once
)

const (
	throttle = " throttle limit in transactions per second"
	jobs     = " throttle limit for max number of concurrent jobs"
)

// regionColumns are the Regions whose defaults differ from those of all others,
// which are the last column ("Amazon Textract endpoints and quotas" in the AWS
// general reference).
var regionColumns = map[string]int{"us-east-1": 0, "us-west-2": 1, "us-east-2": 2, "eu-west-1": 3, "ap-south-1": 4}

const otherRegions = 5

// quotas are some of those of Textract, in no order, as AWS lists them. Of those
// that are not for text detection, some defaults outside us-east-1 are guessed.
var quotas = []quota{
	{DocumentTextDetectionJobs, "Async DocumentTextDetection" + jobs, []float64{600, 600, 100, 100, 100, 100}},
	{"L-5E3A5D59", "StartDocumentAnalysis" + throttle, []float64{10, 10, 5, 5, 5, 1}},
	{"L-5CF3B0DF", "Async DocumentAnalysis" + jobs, []float64{600, 600, 100, 100, 100, 100}},
	{DetectDocumentText, "DetectDocumentText" + throttle, []float64{25, 25, 10, 5, 5, 1}},
	{GetDocumentTextDetection, "GetDocumentTextDetection" + throttle, []float64{25, 25, 10, 5, 5, 5}},
	{"L-B83AD6FF", "AnalyzeDocument" + throttle, []float64{10, 10, 10, 5, 5, 1}},
	{StartDocumentTextDetection, "StartDocumentTextDetection" + throttle, []float64{15, 15, 5, 5, 5, 1}},
	{"L-9ACAE5E4", "GetDocumentAnalysis" + throttle, []float64{10, 10, 10, 5, 5, 5}},
}

func (q quota) defaultIn(region string) float64 {
	column, ok := regionColumns[region]
	if !ok {
		column = otherRegions
	}
	return q.defaults[column]
}
