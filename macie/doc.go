// Package macie finds sensitive data where Amazon Macie cannot read by itself:
// in images.
//
//   - [ScanImages] reads the text of images in S3 with Amazon Textract, has Macie
//     analyse it, and maps what is found back to the image and the place on it.
//   - [EstimateScan] counts the pages first, which are what costs.
//
// # Clients
//
// Every function takes [Clients]. Retries, timeouts, logs and traces are those of
// the clients; the calls of Textract are admitted within the quotas of the
// account, also when the client makes them again.
package macie
