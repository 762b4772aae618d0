package conformance

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var checksumCases = []testCase{
	{"checksum that the SDK adds", defaultChecksum},
	{"checksum by algorithm", checksumAlgorithms},
	{"checksum that the caller gives", givenChecksum},
	{"checksum that does not match", wrongChecksum},
	{"checksum that is none", malformedChecksum},
	{"Content-MD5", contentMD5},
	{"no checksum of a range", rangeChecksum},
	{"checksum of a listed object", listedChecksum},
	{"checksum type of a listed object", listedChecksumType},
}

// Checksums of "hello".
const (
	helloCRC32     = "NhCmhg=="
	helloCRC32C    = "mnG7TA=="
	helloCRC64NVME = "M3eFcAZSQlc="
	helloSHA1      = "qvTGHdzF6KLavt4PO0gs2a6pQ00="
	helloSHA256    = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
)

func checksumMode(in *s3.HeadObjectInput) { in.ChecksumMode = s3types.ChecksumModeEnabled }

// An SDK of today sends CRC32 with each object and asks for the checksum with each
// GetObject. HeadObject tells it only if asked.
func defaultChecksum(w *world) {
	put := w.put("a", "hello")
	w.equal("checksum of put", put.ChecksumCRC32, helloCRC32)
	w.equal("type of put", put.ChecksumType, s3types.ChecksumTypeFullObject)
	get := w.get("a")
	w.equal("checksum", get.ChecksumCRC32, helloCRC32)
	w.equal("type", get.ChecksumType, s3types.ChecksumTypeFullObject)
	w.equal("other checksum", get.ChecksumSHA256, nil)
	w.equal("checksum of head", w.head("a").ChecksumCRC32, nil)
	w.equal("checksum of head that asks", w.head("a", checksumMode).ChecksumCRC32, helloCRC32)
}

func checksumAlgorithms(w *world) {
	for _, c := range []struct {
		algorithm s3types.ChecksumAlgorithm
		want      string
		of        func(*s3.HeadObjectOutput) *string
	}{
		{s3types.ChecksumAlgorithmCrc32, helloCRC32, func(o *s3.HeadObjectOutput) *string { return o.ChecksumCRC32 }},
		{s3types.ChecksumAlgorithmCrc32c, helloCRC32C, func(o *s3.HeadObjectOutput) *string { return o.ChecksumCRC32C }},
		{s3types.ChecksumAlgorithmCrc64nvme, helloCRC64NVME, func(o *s3.HeadObjectOutput) *string { return o.ChecksumCRC64NVME }},
		{s3types.ChecksumAlgorithmSha1, helloSHA1, func(o *s3.HeadObjectOutput) *string { return o.ChecksumSHA1 }},
		{s3types.ChecksumAlgorithmSha256, helloSHA256, func(o *s3.HeadObjectOutput) *string { return o.ChecksumSHA256 }},
	} {
		w.put("a", "hello", func(in *s3.PutObjectInput) { in.ChecksumAlgorithm = c.algorithm })
		w.equal(string(c.algorithm), c.of(w.head("a", checksumMode)), c.want)
	}
}

func givenChecksum(w *world) {
	put := w.put("a", "hello", func(in *s3.PutObjectInput) { in.ChecksumSHA256 = aws.String(helloSHA256) })
	w.equal("checksum of put", put.ChecksumSHA256, helloSHA256)
	head := w.head("a", checksumMode)
	w.equal("checksum", head.ChecksumSHA256, helloSHA256)
	w.equal("other checksum", head.ChecksumCRC32, nil)
}

func wrongChecksum(w *world) {
	sum := sha256.Sum256([]byte("other"))
	_, err := w.tryPut("a", "hello", func(in *s3.PutObjectInput) {
		in.ChecksumSHA256 = aws.String(base64.StdEncoding.EncodeToString(sum[:]))
	})
	w.fails("SHA256", err, http.StatusBadRequest, "BadDigest")
	w.absent("a")
}

func malformedChecksum(w *world) {
	_, err := w.tryPut("a", "hello", func(in *s3.PutObjectInput) { in.ChecksumSHA256 = aws.String("xyz") })
	w.fails("SHA256", err, http.StatusBadRequest, "InvalidRequest")
	w.absent("a")
}

func contentMD5(w *world) {
	sum, other := md5.Sum([]byte("hello")), md5.Sum([]byte("other"))
	w.put("a", "hello", func(in *s3.PutObjectInput) { in.ContentMD5 = aws.String(base64.StdEncoding.EncodeToString(sum[:])) })
	_, err := w.tryPut("b", "hello", func(in *s3.PutObjectInput) { in.ContentMD5 = aws.String(base64.StdEncoding.EncodeToString(other[:])) })
	w.fails("other digest", err, http.StatusBadRequest, "BadDigest")
	_, err = w.tryPut("b", "hello", func(in *s3.PutObjectInput) { in.ContentMD5 = aws.String("xyz") })
	w.fails("no digest", err, http.StatusBadRequest, "InvalidDigest")
	w.absent("b")
}

func rangeChecksum(w *world) {
	w.put("a", "hello")
	get := w.get("a", func(in *s3.GetObjectInput) { in.Range = aws.String("bytes=1-2") })
	w.equal("body", get.body, "el")
	w.equal("checksum", get.ChecksumCRC32, nil)
}

func listedChecksum(w *world) {
	w.put("a", "hello", func(in *s3.PutObjectInput) { in.ChecksumAlgorithm = s3types.ChecksumAlgorithmSha256 })
	listed := w.list(nil).Contents
	w.equal("objects", len(listed), 1)
	w.equal("algorithm", listed[0].ChecksumAlgorithm, []s3types.ChecksumAlgorithm{s3types.ChecksumAlgorithmSha256})
}

func listedChecksumType(w *world) {
	w.put("a", "hello", func(in *s3.PutObjectInput) { in.ChecksumAlgorithm = s3types.ChecksumAlgorithmSha256 })
	w.equal("type", w.list(nil).Contents[0].ChecksumType, s3types.ChecksumTypeFullObject)
}
