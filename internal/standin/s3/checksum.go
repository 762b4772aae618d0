package s3

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"reflect"
	"strings"

	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A checksum is stored with every object. Its value is in base64.
type checksum struct {
	algorithm s3types.ChecksumAlgorithm
	value     string
}

// crc64NVME is the reversed polynomial of the CRC-64 in the NVM Express
// specification.
var crc64NVME = crc64.MakeTable(0x9a6c9329ac4bc9b5)

func newHash(algorithm s3types.ChecksumAlgorithm) hash.Hash {
	switch algorithm {
	case s3types.ChecksumAlgorithmCrc32:
		return crc32.NewIEEE()
	case s3types.ChecksumAlgorithmCrc32c:
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case s3types.ChecksumAlgorithmCrc64nvme:
		return crc64.New(crc64NVME)
	case s3types.ChecksumAlgorithmMd5:
		return md5.New()
	case s3types.ChecksumAlgorithmSha1:
		return sha1.New()
	case s3types.ChecksumAlgorithmSha256:
		return sha256.New()
	case s3types.ChecksumAlgorithmSha512:
		return sha512.New()
	}
	return nil
}

// sumOf computes a checksum. Of an algorithm that it does not know, the value is
// empty.
func sumOf(algorithm s3types.ChecksumAlgorithm, body []byte) checksum {
	h := newHash(algorithm)
	if h == nil {
		return checksum{algorithm: algorithm}
	}
	h.Write(body)
	return checksum{algorithm, base64.StdEncoding.EncodeToString(h.Sum(nil))}
}

// checkSums compares body with the checksums that a call sends along, and returns
// the one to store. A call that names no algorithm gets CRC32: that is what the SDK
// adds to a payload by default, without showing it in the input.
func checkSums(in any, algorithm s3types.ChecksumAlgorithm, contentMD5 *string, body []byte) (checksum, error) {
	if err := checkMD5(contentMD5, body); err != nil {
		return checksum{}, err
	}
	given := checksumsOf(in)
	if len(given) > 1 {
		return checksum{}, invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
	}
	if len(given) == 1 {
		algorithm = given[0].algorithm
	}
	if algorithm == "" {
		algorithm = s3types.ChecksumAlgorithmCrc32
	}
	sum := sumOf(algorithm, body)
	switch {
	case sum.value == "":
		return checksum{}, notImplemented("the checksum " + string(algorithm))
	case len(given) == 1 && !isBase64(given[0].value, newHash(algorithm).Size()):
		return checksum{}, invalidRequest("Value for x-amz-checksum-" + strings.ToLower(string(algorithm)) + " header is invalid.")
	case len(given) == 1 && given[0] != sum:
		return checksum{}, awstest.Error(http.StatusBadRequest, "BadDigest", "The "+string(algorithm)+" you specified did not match the calculated checksum.")
	}
	return sum, nil
}

func checkMD5(given *string, body []byte) error {
	switch {
	case given == nil:
		return nil
	case !isBase64(*given, md5.Size):
		return awstest.Error(http.StatusBadRequest, "InvalidDigest", "The Content-MD5 you specified was invalid.")
	case *given != sumOf(s3types.ChecksumAlgorithmMd5, body).value:
		return awstest.Error(http.StatusBadRequest, "BadDigest", "The Content-MD5 you specified did not match what we received.")
	}
	return nil
}

func isBase64(s string, size int) bool {
	decoded, err := base64.StdEncoding.DecodeString(s)
	return err == nil && len(decoded) == size
}

// The SDK has one field for each algorithm, of the same name in all inputs and
// outputs, so that they are found by name here.

func checksumsOf(in any) []checksum {
	var found []checksum
	fields := reflect.ValueOf(in).Elem()
	for _, algorithm := range s3types.ChecksumAlgorithm("").Values() {
		if value := fields.FieldByName("Checksum" + string(algorithm)).Interface().(*string); value != nil {
			found = append(found, checksum{algorithm, *value})
		}
	}
	return found
}

func setChecksum(out any, sum checksum) {
	fields := reflect.ValueOf(out).Elem()
	fields.FieldByName("Checksum" + string(sum.algorithm)).Set(reflect.ValueOf(&sum.value))
	fields.FieldByName("ChecksumType").Set(reflect.ValueOf(s3types.ChecksumTypeFullObject))
}
