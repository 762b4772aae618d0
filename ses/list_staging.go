package ses

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/ses/region"
)

// listOneByOne is up to how many addresses are written one by one: SES takes one in a second,
// so these take 17 minutes, and an import job is hardly faster.
const listOneByOne = 1000

// noStaging is why a change that listNeedsStaging is blocked without a bucket.
const noStaging = "the list is written by import jobs, which read objects: give a staging bucket"

// listNeedsStaging tells whether a difference is written by import jobs. Those know no
// tenants. Contacts never are: see contactApply.
func listNeedsStaging(d region.ListDifference) bool {
	return d.List == "" && d.Tenant == "" && d.Missing+d.Different > listOneByOne
}

// listWrites returns how many entries a step writes: to the primary go those that only the
// secondary has, and those of which it keeps what is stricter.
func listWrites(step region.Step) int {
	if step.Value == nil || step.Value.List == nil {
		return 0
	}
	if d := step.Value.List; step.Primary {
		return d.Extra + d.Stricter
	}
	return step.Value.List.Missing + step.Value.List.Different
}

// stepNeedsStaging is listNeedsStaging in the direction in which a step writes.
func stepNeedsStaging(step region.Step) bool {
	n := listWrites(step)
	return n > 0 && listNeedsStaging(region.ListDifference{Tenant: step.Value.List.Tenant, List: step.Value.List.List, Missing: n})
}

// tenantOneByOne is up to how many addresses are written to the list of a tenant, in three
// hours.
const tenantOneByOne = 10_000

// stepTooLong tells why a step can be made in no sensible way, whatever the options; empty if
// it can.
func stepTooLong(step region.Step) string {
	n := listWrites(step)
	if n <= tenantOneByOne || step.Value.List.Tenant == "" {
		return ""
	}
	return fmt.Sprintf("import jobs know no tenants, and one by one %d addresses take too long", n)
}

// A staging is where the objects are that import jobs read: in the Region that is written to.
// Without a bucket, entries are written one by one.
type staging struct{ bucket, prefix string }

// stagedMark is the key of the metadata of objects that this library staged. Its value is
// what they are for. Objects without it are never deleted.
const stagedMark = "awspatterns-staged-for"

// A stagingFolder holds the objects of one list. Each is named after its content, so that a
// run that is repeated overwrites its own.
type stagingFolder struct {
	*site
	staging
	folder string // below the prefix
	mark   string
}

// suppressionFolderName is where objects for the suppression list are, below the prefix.
const suppressionFolderName = "suppression-list/"

// suppressionFolder returns that of the suppression list of the account.
func suppressionFolder(s *site, at staging) *stagingFolder {
	return &stagingFolder{s, at, at.prefix + suppressionFolderName, s.target.Account + " " + s.Region + " suppression list"}
}

// url is how import jobs name an object.
func (f *stagingFolder) url(key string) string { return "s3://" + f.bucket + "/" + key }

// owner keeps a bucket of the same name in another account from being used.
func (f *stagingFolder) owner() *string {
	if f.target.Account == "" {
		return nil
	}
	return &f.target.Account
}

// put stages an object, and returns its key.
func (f *stagingFolder) put(ctx context.Context, body []byte) (key string, err error) {
	sum := sha256.Sum256(body)
	key = f.folder + hex.EncodeToString(sum[:16]) + ".json"
	_, err = f.S3.PutObject(ctx, &s3sdk.PutObjectInput{
		Bucket: &f.bucket, Key: &key, Body: bytes.NewReader(body), ExpectedBucketOwner: f.owner(),
		ContentType: aws.String("application/x-ndjson"), Metadata: map[string]string{stagedMark: f.mark},
	})
	if err != nil {
		return "", fmt.Errorf("staging %s: %w", f.url(key), err)
	}
	return key, nil
}

// left returns the keys of what a killed run has left: objects in the folder that bear the
// mark.
func (f *stagingFolder) left(ctx context.Context) (keys []string, err error) {
	var token *string
	for {
		out, err := f.S3.ListObjectsV2(ctx, &s3sdk.ListObjectsV2Input{
			Bucket: &f.bucket, Prefix: &f.folder, ContinuationToken: token, ExpectedBucketOwner: f.owner(),
		})
		if err != nil {
			return nil, fmt.Errorf("what is staged below %s: %w", f.url(f.folder), err)
		}
		for _, o := range out.Contents {
			ours, err := f.marked(ctx, aws.ToString(o.Key))
			if err != nil {
				return nil, err
			}
			if ours {
				keys = append(keys, *o.Key)
			}
		}
		if !aws.ToBool(out.IsTruncated) {
			return keys, nil
		}
		token = out.NextContinuationToken
	}
}

// marked tells whether an object bears the mark of this list.
func (f *stagingFolder) marked(ctx context.Context, key string) (bool, error) {
	out, err := f.S3.HeadObject(ctx, &s3sdk.HeadObjectInput{Bucket: &f.bucket, Key: &key, ExpectedBucketOwner: f.owner()})
	if _, gone := errors.AsType[*s3types.NotFound](err); gone {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("whether %s was staged by this library: %w", f.url(key), err)
	}
	return out.Metadata[stagedMark] == f.mark, nil
}

// stagingCleanup is how long deleting staged objects may take after ctx has ended.
const stagingCleanup = time.Minute

// remove deletes objects, also after ctx has ended: they hold addresses.
func (f *stagingFolder) remove(ctx context.Context, keys []string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stagingCleanup)
	defer cancel()
	var failed []error
	for _, key := range keys {
		_, err := f.S3.DeleteObject(ctx, &s3sdk.DeleteObjectInput{Bucket: &f.bucket, Key: &key, ExpectedBucketOwner: f.owner()})
		if err != nil {
			failed = append(failed, fmt.Errorf("%s, which holds addresses, is still there: %w", f.url(key), err))
		}
	}
	return errors.Join(failed...)
}

// has tells whether an import job reads an object of the folder.
func (f *stagingFolder) has(url string) bool { return strings.HasPrefix(url, f.url(f.folder)) }
