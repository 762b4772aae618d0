package s3

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Dump returns the state of all buckets as text, for comparing two runs: in a
// defined order, and without times, version IDs and entity tags, which are not
// the same in each.
func (s *Service) Dump() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out strings.Builder
	for _, b := range s.sortedBuckets() {
		b.dump(&out)
	}
	return out.String()
}

func (s *Service) sortedBuckets() []*bucket {
	var sorted []*bucket
	for _, name := range slices.Sorted(maps.Keys(s.buckets)) {
		sorted = append(sorted, s.buckets[name])
	}
	return sorted
}

func (b *bucket) dump(out *strings.Builder) {
	fmt.Fprintf(out, "bucket %s of %s in %s", b.name, b.Owner, b.Region)
	if b.versioning != "" {
		fmt.Fprintf(out, ", versioning %s", b.versioning)
	}
	byDefault := b.encryption.ApplyServerSideEncryptionByDefault
	fmt.Fprintf(out, ", %s%s\n", byDefault.SSEAlgorithm, field(" ", aws.ToString(byDefault.KMSMasterKeyID)))
	if b.publicAccess == nil {
		fmt.Fprintln(out, "  no public access block")
	} else if p := b.publicAccess; !*p.BlockPublicAcls || !*p.IgnorePublicAcls || !*p.BlockPublicPolicy || !*p.RestrictPublicBuckets {
		fmt.Fprintf(out, "  public access block %t %t %t %t\n", *p.BlockPublicAcls, *p.IgnorePublicAcls, *p.BlockPublicPolicy, *p.RestrictPublicBuckets)
	}
	if b.policy != "" {
		fmt.Fprintf(out, "  policy %s\n", b.policy)
	}
	b.dumpSettings(out)
	for _, key := range slices.Sorted(maps.Keys(b.objects)) {
		fmt.Fprintf(out, "  %q\n", key)
		for _, v := range b.objects[key] {
			fmt.Fprintf(out, "    %s\n", v.dump(b))
		}
	}
}

func (v *version) dump(b *bucket) string {
	var null string
	if b.versioning != "" && v.id == nullVersion {
		null = "null version: "
	}
	if v.marker {
		return null + "delete marker"
	}
	sum := sha256.Sum256(v.body)
	text := fmt.Sprintf("%s%d bytes, sha256 %x, %s, %s", null, len(v.body), sum[:8], v.shownContentType(), v.algorithm)
	text += field(" ", v.encryption.key) + field(", cache ", v.cacheControl) + field(", encoding ", v.contentEncoding) +
		field(", disposition ", v.contentDisposition) + field(", language ", v.contentLanguage) +
		field(", expires ", v.expires) + field(", redirect ", v.redirect) + field(", ", string(v.shownStorageClass()))
	for _, name := range slices.Sorted(maps.Keys(v.metadata)) {
		text += fmt.Sprintf(", meta %s=%q", name, v.metadata[name])
	}
	for _, tag := range v.tags {
		text += fmt.Sprintf(", tag %s=%q", *tag.Key, *tag.Value)
	}
	return text
}

// field leaves out what is empty.
func field(label, value string) string {
	if value == "" {
		return ""
	}
	return label + value
}
