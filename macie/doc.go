// Package macie finds sensitive data where Amazon Macie does not look by itself: in
// images. Amazon Textract reads their text, Macie analyses it, and what it finds is
// a place on a page again.
//
// # Scanning
//
//   - [ScanImages] scans the images of some buckets, and says of every object what
//     became of it: see [State]. It goes on where it was stopped.
//   - [EstimateScan] counts the pages first, which are what costs.
//   - [LastScan] reads the result of the latest scan again.
//
// # Scanning by events
//
// [StartScanImages], [OnTextractCompletion] and [OnMacieEvent] are the same scan for
// handlers that live for minutes, such as functions of AWS Lambda: each does what
// can be done now, and ends. They take events as AWS sends them. docs/macie-scan-lambda.md
// in the repository has whole programs, for both forms.
//
// # Places
//
//   - [Locate] finds the places of all occurrences in an image of a result.
//   - [Annotate] outlines them on a copy of the image.
//   - [Redact] blacks them out on a copy, or refuses with an [*IncompleteError].
//
// Results name types, counts and places, and never a value. Values are in the results
// bucket alone: it holds the text of the images.
//
// # What a scan needs in the account
//
//   - [PlanScanSetup] and [ApplyScanSetup] make the results bucket and protect it, let
//     Macie decrypt with its key, and, if asked for, make the export of Macie's analysis
//     records and what the event-driven form needs.
//   - [PlanCustomIdentifiers] and [ApplyCustomIdentifiers] make custom data identifiers,
//     whose rules are in package identifier.
//
// Planning only reads. A plan is plain data, to be printed and approved; package
// awspatterns says what plans have in common. That Macie is enabled, and its service
// role is there, is not done here.
//
// # Detectors
//
// A [Detector] takes the place of Macie where its jobs, which take some minutes, are
// too slow, or its identifiers are not what is looked for: a [ComprehendDetector],
// [PatternDetector], or the caller's own. None makes findings in Macie and Security
// Hub.
//
// # Stores
//
// A scan keeps its state in a [state.Store]: in memory, in a file for one process, in
// DynamoDB or S3 for several. Package state has them all. Without one that outlives
// the process, the next scan begins anew: it reads no text twice, as long as that is
// in the results bucket, but has all of it analysed again.
//
// # Clients and permissions
//
// Every function takes [Clients]. Retries, timeouts, logs and traces are those of
// the clients; the calls of Textract are admitted within the quotas of the account,
// also when the client makes them again.
//
// [ScanImagesPermissions], [ScanEventsPermissions], [LocatePermissions],
// [DrawPermissions], [ScanSetupPermissions] and [CustomIdentifiersPermissions] are the
// IAM policies, limited to the buckets, prefixes and keys of the options;
// [state.S3Permissions] and [state.DynamoDBPermissions] are those of stores.
//
// # Errors
//
// What is wrong with one image is its state and the reason of it, and the scan goes
// on: the error then wraps [ErrFailedImages]. What a scan lacks is a
// [*PreflightError], before anything is paid for. A ceiling that would be exceeded
// is an [awspatterns.ErrCeiling], also before. Plans have the errors of package
// awspatterns. Each function names what else it returns.
//
// # Costs
//
// Text detection, by the page, is nearly all of it. Macie takes little, by the
// gigabyte of text, beside what it takes for being enabled. S3 takes about five
// requests for an image that is new or changed, and none for others but the listing.
// [ScanImages] has ceilings, MaxPages and MaxCost. Nothing is left that runs but, if
// [PlanScanSetup] was asked for it, a schedule. The text of images is kept until the
// lifecycle rule of the results bucket deletes it.
//
// # What is not done
//
// What Textract cannot read is not found: text under 15 pixels high, vertical, or in
// other than its six languages. PDF is scanned and not redacted. Only buckets of S3
// that are in the Region of the clients are scanned, and one account and Region at a
// time.
//
// [state.Store]: https://pkg.go.dev/github.com/awspatterns/awspatterns/state#Store
// [state.S3Permissions]: https://pkg.go.dev/github.com/awspatterns/awspatterns/state#S3Permissions
// [state.DynamoDBPermissions]: https://pkg.go.dev/github.com/awspatterns/awspatterns/state#DynamoDBPermissions
// [awspatterns.ErrCeiling]: https://pkg.go.dev/github.com/awspatterns/awspatterns#ErrCeiling
package macie
