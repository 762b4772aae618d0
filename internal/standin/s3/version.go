package s3

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
)

type objectName struct{ bucket, key string }

// A version is one version of an object, or a delete marker. Nothing changes it
// once it is stored, except its tags.
type version struct {
	number   int    // in the order in which versions were made
	id       string // nullVersion or a unique one
	marker   bool   // a delete marker has none of the below but modified
	modified time.Time
	body     []byte
	etag     string // with its quotes
	checksum checksum
	headers
	encryption
	metadata map[string]string // by lower-case name
	tags     []s3types.Tag
}

// headers are what S3 keeps of a PUT request and sends with every GET.
type headers struct {
	contentType        string
	cacheControl       string
	contentDisposition string
	contentEncoding    string
	contentLanguage    string
	expires            string
	redirect           string
	storageClass       s3types.StorageClass
}

// nullVersion is the ID of what is put into a bucket whose versioning is not
// enabled.
const nullVersion = "null"

const versionPrefix = "version-"

func versionID(number int) string { return fmt.Sprintf("%s%08d", versionPrefix, number) }

// versionNumber returns which number a version with a unique ID has or had.
func versionNumber(id string) (int, bool) {
	digits, ok := strings.CutPrefix(id, versionPrefix)
	number, err := strconv.Atoi(digits)
	return number, ok && err == nil
}

// current returns the current version of an object, nil if there never was one.
// It may be a delete marker.
func (b *bucket) current(key string) *version {
	if versions := b.objects[key]; len(versions) > 0 {
		return versions[len(versions)-1]
	}
	return nil
}

// live returns the current version of an object, nil if that is a delete marker.
func (b *bucket) live(key string) *version {
	if v := b.current(key); v != nil && !v.marker {
		return v
	}
	return nil
}

func (b *bucket) version(key, id string) *version {
	versions := b.objects[key]
	if i := slices.IndexFunc(versions, func(v *version) bool { return v.id == id }); i >= 0 {
		return versions[i]
	}
	return nil
}

// find returns the version that a call names, the current one if it names none.
func (b *bucket) find(key string, id *string) (*version, error) {
	if id == nil {
		switch v := b.current(key); {
		case v == nil:
			return nil, noSuchKey()
		case v.marker:
			return nil, withHeader(noSuchKey(), "X-Amz-Delete-Marker", "true")
		default:
			return v, nil
		}
	}
	if err := checkVersion(*id); err != nil {
		return nil, err
	}
	v := b.version(key, *id)
	switch {
	case v == nil:
		return nil, noSuchVersion()
	case v.marker:
		err := withHeader(methodNotAllowed(), "X-Amz-Delete-Marker", "true")
		return nil, withHeader(err, "Last-Modified", v.modified.Format(http.TimeFormat))
	}
	return v, nil
}

// store makes v the current version of an object. It replaces the null version if
// it becomes that itself.
func (s *Service) store(b *bucket, key string, v *version) {
	s.versions++
	v.number, v.id, v.modified = s.versions, versionID(s.versions), now()
	if b.versioning != s3types.BucketVersioningStatusEnabled {
		v.id = nullVersion
		b.remove(key, nullVersion)
	}
	b.objects[key] = append(b.objects[key], v)
}

// remove removes a version for good and returns it, nil if there was none.
func (b *bucket) remove(key, id string) *version {
	removed := b.version(key, id)
	if removed == nil {
		return nil
	}
	left := slices.DeleteFunc(slices.Clone(b.objects[key]), func(v *version) bool { return v == removed })
	if b.objects[key] = left; len(left) == 0 {
		delete(b.objects, key)
	}
	return removed
}

// shownID returns the version ID as answers tell it: not at all in a bucket that
// never had versioning.
func (b *bucket) shownID(v *version) *string {
	if b.versioning == "" {
		return nil
	}
	return &v.id
}

func checkVersion(id string) error {
	if _, ok := versionNumber(id); !ok && id != nullVersion {
		return invalidArgument("Invalid version id specified")
	}
	return nil
}

// maxKeyBytes is from "Naming Amazon S3 objects" in the user guide, as is the rule
// that a relative path in a key must not lead out of it.
const maxKeyBytes = 1024

func checkKey(key string) error {
	switch {
	case len(key) > maxKeyBytes:
		return awstest.Error(http.StatusBadRequest, "KeyTooLongError", "Your key is too long")
	case key == "" || !utf8.ValidString(key) || leadsOut(key):
		return awstest.Error(http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI.")
	}
	return nil
}

// leadsOut reports whether, read from the left, a key has at some point more ".."
// than other segments.
func leadsOut(key string) bool {
	depth := 0
	for segment := range strings.SplitSeq(key, "/") {
		switch segment {
		case "..":
			depth--
		case "", ".":
		default:
			depth++
		}
		if depth < 0 {
			return true
		}
	}
	return false
}
