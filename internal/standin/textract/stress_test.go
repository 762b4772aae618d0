package textract

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/sns"
)

func TestHostileKeys(t *testing.T) {
	inBubble(t, func(w *world) {
		for name, want := range map[string]string{
			"scan 1.png": "", "ü/日本.png": "", "a/../b.png": "", "?versionId=1": "", "a+b%20c.png": "", "a//b/": "",
			strings.Repeat("k", 1024): "", strings.Repeat("ü", 512): "",
			"a\nb.png": "InvalidParameterException", "\t": "InvalidParameterException", "#": "InvalidS3ObjectException",
		} {
			version := w.put("scans", name, pngFile+"text")
			_, err := w.detect(object("scans", name, version))
			w.fails(name, err, want)
			_, err = w.start(object("scans", name, version))
			w.fails(name, err, want)
			if want == "" && w.Billed()[Document{"scans", name, version}] != (Pages{1, 1}) {
				w.Errorf("%q: billed %v", name, w.Billed())
			}
		}
		_, err := w.detect(object("scans", strings.Repeat("ü", 513), "")) // 1,026 bytes
		w.fails("too long", err, "InvalidS3ObjectException")
	})
}

// All that is started at once ends once, is billed once and announced once.
func TestConcurrentUse(t *testing.T) {
	inBubble(t, func(w *world) {
		topics := sns.New(w.cloud)
		done := topics.CreateTopic(account, region, "AmazonTextractDone")
		w.Publish = topics.Publish
		w.SetQuotas(account, region, Quotas{DetectTPS: 25, StartTPS: 25, GetTPS: 25, Jobs: 10, Kind: TokenBucket})
		const images = 60
		var wg sync.WaitGroup
		for i := range images {
			name := fmt.Sprintf("%d.png", i)
			w.put("scans", name, pngFile+name)
			wg.Go(func() { // until there is room
				in := startInput(object("scans", name, ""))
				in.ClientRequestToken, in.NotificationChannel = aws.String(fmt.Sprint(i)), channel()
				for {
					out, err := w.client.StartDocumentTextDetection(w.Context(), in)
					if err == nil {
						time.Sleep(2 * time.Second)
						w.client.GetDocumentTextDetection(w.Context(), &textractsdk.GetDocumentTextDetectionInput{JobId: out.JobId})
						return
					}
					time.Sleep(time.Second)
				}
			})
			wg.Go(func() { w.detect(object("scans", name, "")) })
			wg.Go(func() { w.Deliver() })
		}
		wg.Wait()
		w.Deliver()
		equal(w, "messages", len(topics.Messages(done)), images)
		starts, detections := w.Calls("StartDocumentTextDetection"), w.Calls("DetectDocumentText")
		equal(w, "pages", w.BilledTotal(), Pages{Sync: detections.Accepted, Async: images})
		equal(w, "jobs", starts.Accepted-starts.Limited, images)
		equal(w, "detections", detections.Accepted+detections.Throttled, images)
		if starts.Limited == 0 || starts.Throttled == 0 || detections.Throttled == 0 {
			w.Errorf("nothing was refused: %+v, %+v", starts, detections)
		}
	})
}

func TestLostToTheTopic(t *testing.T) {
	inBubble(t, func(w *world) {
		w.Publish = sns.New(w.cloud).Publish
		w.put("scans", "a.png", pngFile)
		in := startInput(object("scans", "a.png", ""))
		in.NotificationChannel = channel()
		_, err := w.startWith(in)
		w.fails("start", err, "")
		time.Sleep(time.Second)
		if got := w.Deliver(); len(got) != 1 || got[0].Err == nil {
			w.Errorf("got %v", got)
		}
	})
}

func BenchmarkDetect(b *testing.B) {
	cloud := awstest.New(nil)
	cloud.MaxCalls, cloud.LogLimit, cloud.Latency = 1<<40, -1, 0
	objects := s3.New(cloud)
	objects.CreateBucket("scans", s3.Bucket{Owner: account, Region: region})
	objects.Put("scans", "a.png", s3.Object{Body: []byte(pngFile + strings.Repeat("some words of text\n", 50))})
	s := New(cloud, objects, read)
	client := textractsdk.NewFromConfig(cloud.Config(region, account))
	in := &textractsdk.DetectDocumentTextInput{Document: &types.Document{S3Object: object("scans", "a.png", "")}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.DetectDocumentText(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
	if s.BilledTotal().Sync < b.N {
		b.Error("not all were billed")
	}
}
