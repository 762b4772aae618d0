package integration_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/state"
)

const motoKey = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// A scanAccount is an account of moto's with two buckets. Macie is not in it: moto
// knows no classification jobs, so the scans have another Detector.
type scanAccount struct {
	t       *testing.T
	url     string
	s3      *s3.Client
	clients macie.Clients
	opts    macie.ScanImagesOptions
}

// startTextract starts a moto whose Textract finds a card number on each page: in
// the middle of its height, as wide as the page.
func startTextract(t *testing.T) string {
	t.Helper()
	command, err := filepath.EvalSymlinks(engine(t, "moto", "bin/moto_server"))
	if err != nil {
		t.Fatal(err)
	}
	type object = map[string]any
	geometry := func(left, width float64) object {
		return object{"BoundingBox": object{"Left": left, "Top": 0.4, "Width": width, "Height": 0.2}}
	}
	blocks := []object{
		{"BlockType": "PAGE", "Id": "p", "Geometry": geometry(0, 1), "Relationships": []object{{"Type": "CHILD", "Ids": []string{"l"}}}},
		{
			"BlockType": "LINE", "Id": "l", "Text": "card " + drawnCard, "Confidence": 99.5, "Geometry": geometry(0, 1),
			"Relationships": []object{{"Type": "CHILD", "Ids": []string{"w0", "w1", "w2", "w3", "w4"}}},
		},
	}
	for i, word := range strings.Fields("card " + drawnCard) {
		blocks = append(blocks, object{
			"BlockType": "WORD", "Id": fmt.Sprint("w", i), "Text": word, "TextType": "PRINTED", "Confidence": 99.5,
			"Geometry": geometry(0.2*float64(i), 0.19),
		})
	}
	content, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "blocks.json")
	if err := os.WriteFile(file, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return startMotoAs(t, filepath.Join(filepath.Dir(command), "python"), "testdata/moto_textract.py", file)
}

func newScanAccount(t *testing.T) *scanAccount {
	t.Helper()
	url := startTextract(t)
	a := &scanAccount{t: t, url: url, s3: motoS3(url), clients: macie.NewClients(motoConfig(url))}
	a.clients.Macie, a.clients.ServiceQuotas = nil, nil
	a.opts = macie.ScanImagesOptions{
		Sources:  []macie.ImageSource{{Bucket: "scans", Prefix: "in box+/"}},
		Results:  macie.ResultsLocation{Bucket: "results", Prefix: "scan/", KMSKey: motoKey},
		Detector: macie.PatternDetector(),
		Quotas:   macie.TextractQuotas{Detect: 100, Start: 100, Get: 100, Jobs: 100},
	}
	for _, bucket := range []string{"scans", "results"} {
		_, err := a.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket, CreateBucketConfiguration: &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraintEuCentral1}})
		a.check(err)
	}
	return a
}

func (a *scanAccount) check(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// protect gives the results bucket what a scan wants it to have.
func (a *scanAccount) protect() {
	a.t.Helper()
	bucket := aws.String("results")
	_, err := a.s3.PutBucketEncryption(a.t.Context(), &s3.PutBucketEncryptionInput{
		Bucket: bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: aws.String(motoKey)},
		}}},
	})
	a.check(err)
	_, err = a.s3.PutPublicAccessBlock(a.t.Context(), &s3.PutPublicAccessBlockInput{
		Bucket: bucket, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
		},
	})
	a.check(err)
	_, err = a.s3.PutBucketLifecycleConfiguration(a.t.Context(), &s3.PutBucketLifecycleConfigurationInput{
		Bucket: bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			ID: aws.String("texts"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("scan/")},
			Expiration: &types.LifecycleExpiration{Days: aws.Int32(30)},
		}}},
	})
	a.check(err)
}

func (a *scanAccount) put(key string, content []byte) {
	a.t.Helper()
	_, err := a.s3.PutObject(a.t.Context(), &s3.PutObjectInput{Bucket: aws.String("scans"), Key: &key, Body: bytes.NewReader(content)})
	if err != nil {
		a.t.Fatalf("%q: %v", key, err)
	}
}

// scan scans and compares the states of images, by key.
func (a *scanAccount) scan(want map[string]macie.State) macie.ScanImagesResult {
	a.t.Helper()
	result, err := macie.ScanImages(a.t.Context(), a.clients, a.opts)
	if result.States[macie.StateFailed] == 0 || !errors.Is(err, macie.ErrFailedImages) {
		a.check(err)
	}
	got := map[string]macie.State{}
	for i, err := range result.Images(a.t.Context()) {
		a.check(err)
		got[i.Key] = i.State
		if want[i.Key] != i.State {
			a.t.Errorf("%q is %q (%s), want %q", i.Key, i.State, i.Reason, want[i.Key])
		}
	}
	if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
		a.t.Errorf("got %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	return result
}

// hostileKeys are names of objects that are more than letters. All of them are
// below the one prefix. Moto has no address for a line feed.
func hostileKeys() []string {
	const prefix = "in box+/"
	keys := []string{
		" leading and trailing ", "../up.png", "a/../b.png", "./d.png", "..", "a+b c%2Fd%.png", "a//b.png", "/c.png", "grüße 表 😀.png", "q?x=1&y=2#z.png", `quote"'back\slash.png`,
		"<xml>&amp;]]>.png", "percent%00.png", "tab\t.png", "bell\a.png", "\u2028.png", "é.png", "e\u0301.png", "~!@$^*(){}[]|;:,.png",
	}
	for i := range keys {
		keys[i] = prefix + keys[i]
	}
	return append(keys, prefix+strings.Repeat("long", (1024-len(prefix)-len(".png"))/4)+".png")
}

// TestScanImagesOnMoto scans objects with hostile names over HTTP, with the state
// in each of the stores that processes can share, again, and after a change.
func TestScanImagesOnMoto(t *testing.T) {
	image := pngFile(t, drawPage(t, "A picture").img)
	stores := map[string]func(*scanAccount) state.Store{
		"DynamoDB": func(a *scanAccount) state.Store {
			client := dynamodb.NewFromConfig(motoConfig(a.url))
			_, err := client.CreateTable(t.Context(), state.DynamoDBTable("scans"))
			a.check(err)
			return state.NewDynamoDB(client, "scans")
		},
		"S3": func(a *scanAccount) state.Store {
			store, err := state.NewS3(a.s3, "results", "state/", state.S3Options{Owner: motoAccount, KMSKey: motoKey})
			a.check(err)
			return store
		},
	}
	for name, store := range stores {
		for _, async := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, async %t", name, async), func(t *testing.T) {
				a := newScanAccount(t)
				a.protect()
				a.opts.Store, a.opts.Async = store(a), async
				want := map[string]macie.State{"in box+/empty.png": macie.StateSkipped, "in box+/text.txt": macie.StateSkipped, "in box+/none.png": macie.StateFailed}
				for _, key := range hostileKeys() {
					a.put(key, image)
					want[key] = macie.StateFinding
				}
				a.put("in box+/empty.png", nil)
				a.put("in box+/text.txt", []byte("text"))
				a.put("in box+/none.png", []byte("none"))
				a.put("in box /other.png", image)

				n := int64(len(hostileKeys()))
				first := a.scan(want)
				if first.Pages != n || first.PagesAgain != 0 || first.Listed != n+3 {
					t.Errorf("%d objects, %d pages, %d again, want %d pages", first.Listed, first.Pages, first.PagesAgain, n)
				}
				a.checkResults(2 * int(n))

				again := a.scan(want)
				if again.Pages != 0 || again.Kept < n {
					t.Errorf("%d pages again, %d kept", again.Pages, again.Kept)
				}
				a.put("in box+/a//b.png", pngFile(t, drawPage(t, "Another").img))
				if changed := a.scan(want); changed.Pages != 1 || changed.Kept < n-1 {
					t.Errorf("%d pages after one change, %d kept", changed.Pages, changed.Kept)
				}
			})
		}
	}
}

// checkResults looks at what a scan left in the results bucket: so many texts and
// places of texts, each encrypted with the key that was asked for.
func (a *scanAccount) checkResults(want int) {
	a.t.Helper()
	listed, err := a.s3.ListObjectsV2(a.t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("results"), Prefix: aws.String("scan/")})
	a.check(err)
	texts := 0
	for _, object := range listed.Contents {
		head, err := a.s3.HeadObject(a.t.Context(), &s3.HeadObjectInput{Bucket: aws.String("results"), Key: object.Key})
		a.check(err)
		if head.ServerSideEncryption != types.ServerSideEncryptionAwsKms || aws.ToString(head.SSEKMSKeyId) != motoKey {
			a.t.Errorf("%s is encrypted by %q with %q", *object.Key, head.ServerSideEncryption, aws.ToString(head.SSEKMSKeyId))
		}
		if strings.HasPrefix(*object.Key, "scan/ocr/") || strings.HasPrefix(*object.Key, "scan/texts/") {
			texts++
		} else {
			a.t.Errorf("there is %s", *object.Key)
		}
	}
	if texts > want || texts == 0 {
		a.t.Errorf("%d objects, want up to %d", texts, want)
	}
}

// TestScanPreflightOnMoto scans into a bucket that lacks everything, and then ever
// less. Names of errors are those that another author took from S3.
func TestScanPreflightOnMoto(t *testing.T) {
	a := newScanAccount(t)
	a.opts.Results.KMSKey = ""
	_, err := macie.ScanImages(t.Context(), a.clients, a.opts)
	lacking, ok := errors.AsType[*macie.PreflightError](err)
	if !ok || len(lacking.Missing) != 3 || len(lacking.Errs) > 0 {
		t.Fatalf("got %v, want encryption, public access block and lifecycle rule", err)
	}
	for i, want := range []string{"encryption of results", "public access block of results", "lifecycle rule of results"} {
		if !strings.Contains(lacking.Missing[i], want) {
			t.Errorf("%q, want %q", lacking.Missing[i], want)
		}
	}
	a.protect()
	a.scan(map[string]macie.State{})

	a.opts.Results.Bucket = "nowhere"
	_, err = macie.ScanImages(t.Context(), a.clients, a.opts)
	if lacking, ok := errors.AsType[*macie.PreflightError](err); !ok || len(lacking.Errs) == 0 {
		t.Errorf("got %v, want that the bucket could not be read", err)
	}
	if _, missing := errors.AsType[*types.NoSuchBucket](err); missing {
		t.Log("the cause is NoSuchBucket")
	}
}

// TestScanNoticeOnMoto subscribes to the topic of a scan, and gets the notice.
func TestScanNoticeOnMoto(t *testing.T) {
	a := newScanAccount(t)
	a.protect()
	a.put("in box+/secret name.png", pngFile(t, drawPage(t, "A picture").img))
	notices, topic := a.subscribe("scans")
	a.opts.TopicARN = topic
	a.scan(map[string]macie.State{"in box+/secret name.png": macie.StateFinding})
	a.checkNotice(notices, 1)
}

// TestRedactOnMoto locates and redacts what a scan found, over HTTP, in a bucket
// with versions and in one without.
func TestRedactOnMoto(t *testing.T) {
	for _, versioned := range []bool{false, true} {
		t.Run(fmt.Sprintf("versioned %t", versioned), func(t *testing.T) {
			a := newScanAccount(t)
			a.protect()
			if versioned {
				_, err := a.s3.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
					Bucket: aws.String("scans"), VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
				})
				a.check(err)
			}
			key := "in box+/a b+c.png"
			page := drawPage(t, "A picture", "of three", "lines")
			a.put(key, pngFile(t, page.img))
			result := a.scan(map[string]macie.State{key: macie.StateFinding})
			located, err := macie.Locate(t.Context(), a.clients, macie.LocateOptions{
				Image: result.Attention[0], Results: a.opts.Results, Detector: a.opts.Detector,
			})
			a.check(err)
			a.put(key, pngFile(t, drawPage(t, "Another").img))
			var out bytes.Buffer
			_, err = macie.Redact(t.Context(), a.clients, macie.DrawOptions{Located: located, Output: &out})
			if !versioned {
				if err == nil || out.Len() > 0 {
					t.Errorf("an image that changed was redacted: %v", err)
				}
				return
			}
			a.check(err)
			w, h := page.img.Rect.Dx(), page.img.Rect.Dy()
			redacted := decode(t, out.Bytes())
			for i := range 4 {
				left := w * (i + 1) / 5
				word := redacted.Bounds().Intersect(page.img.Rect)
				word.Min.X, word.Max.X, word.Min.Y, word.Max.Y = left+1, left+w*19/100-1, h*4/10+1, h*6/10-1
				if n := lightPixels(redacted, word); n > 0 {
					t.Errorf("group %d of the number: %d pixels are not black", i+1, n)
				}
			}
			if n := otherPixels(redacted, page.img, page.words[0].ink); n > 0 {
				t.Errorf("%d pixels above the number are not as they were", n)
			}
		})
	}
}

// TestEstimateScanOnMoto counts the pages of large files by ranged reads over HTTP,
// each of the version that the first of them met.
func TestEstimateScanOnMoto(t *testing.T) {
	a := newScanAccount(t)
	page := drawPage(t, "One", "Two", "Three")
	large := tiffFile(t, engine(t, "libtiff", "tiffcp"), slices.Repeat([]drawnPage{page}, 9))
	printed := printPDF(t, pagesHTML(45))
	a.put("in box+/large.tiff", large)
	a.put("in box+/printed.pdf", printed)
	a.put("in box+/single.png", pngFile(t, page.img))
	a.put("in box+/empty.pdf", nil)
	counted := &readCounter{S3API: a.clients.S3}
	a.clients.S3 = counted
	estimate, err := macie.EstimateScan(t.Context(), a.clients, a.opts)
	a.check(err)
	if estimate.Listed != 4 || estimate.Images != 3 || estimate.Pages != 9+45+1 || estimate.Unknown != 0 {
		t.Errorf("got %+v, want 55 pages of 3 images", estimate)
	}
	if counted.ranged < 5 || counted.conditional == 0 || counted.bytes > int64(len(large)/2) {
		t.Errorf("%d ranged reads, %d of them conditional, %d bytes of %d", counted.ranged, counted.conditional, counted.bytes, len(large)+len(printed))
	}

	// The file is replaced between two reads: nothing of it is counted.
	counted.then = func() { a.put("in box+/large.tiff", large[:len(large)/2]) }
	estimate, err = macie.EstimateScan(t.Context(), a.clients, a.opts)
	if err == nil && estimate.Pages != 45+1 || counted.then != nil {
		t.Errorf("after a change: %+v, %v", estimate, err)
	}
}

// A readCounter counts the reads of images, and runs then, once, after the first
// read of the large one.
type readCounter struct {
	macie.S3API
	mu                  sync.Mutex
	ranged, conditional int
	bytes               int64
	then                func()
}

func (c *readCounter) GetObject(ctx context.Context, in *s3.GetObjectInput, options ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	out, err := c.S3API.GetObject(ctx, in, options...)
	c.mu.Lock()
	defer c.mu.Unlock()
	if in.Range != nil {
		c.ranged++
	}
	if in.IfMatch != nil {
		c.conditional++
	}
	if err == nil {
		c.bytes += aws.ToInt64(out.ContentLength)
	}
	if c.then != nil && strings.HasSuffix(*in.Key, "large.tiff") {
		c.then()
		c.then = nil
	}
	return out, err
}
