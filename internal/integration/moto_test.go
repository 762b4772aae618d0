package integration_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// motoAccount is the account that moto gives to whoever calls it.
const motoAccount = "123456789012"

// startMoto starts a moto server for this test alone, which begins empty and
// ends with the test, and returns its URL. What the server wrote is shown if
// the test fails.
func startMoto(t *testing.T) string {
	t.Helper()
	return startMotoAs(t, engine(t, "moto", "bin/moto_server"))
}

// startMotoAs is startMoto with the command that starts the server.
func startMotoAs(t *testing.T, command ...string) string {
	t.Helper()
	// A file, unlike a pipe, does not keep Wait waiting for what else holds it.
	output, err := os.Create(filepath.Join(t.TempDir(), "moto.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	// The server must not outlive us, and when a test times out, no cleanup runs:
	// so a shell beside it waits until our end of a pipe is closed.
	watched, alive, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// The server picks the port: one that we find free may be taken by then.
	args := append([]string{"-c", `(cat; kill -KILL 0) <&3 & exec "$0" "$@" 3<&-`}, command...)
	cmd := exec.Command("sh", append(args, "--host", "127.0.0.1", "--port", "0")...)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = output, output, []*os.File{watched}
	// A process group of its own, which is killed as one.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Start()
	watched.Close()
	if err != nil {
		alive.Close()
		t.Fatalf("moto: %v", err)
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait()
		close(exited)
	}()
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		alive.Close()
		<-exited
		if t.Failed() {
			t.Logf("moto (%v):\n%s", cmd.ProcessState, motoOutput(t, output.Name()))
		}
	})

	deadline := time.After(time.Minute)
	for {
		if url := motoURL(motoOutput(t, output.Name())); url != "" && motoAnswers(url) {
			return url
		}
		select {
		case <-exited:
			t.Fatal("moto ended before it answered")
		case <-deadline:
			t.Fatal("moto does not answer")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func motoOutput(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var motoRunning = regexp.MustCompile(`Running on (http://127\.0\.0\.1:\d+)\s`)

// motoURL returns the URL that a server announced, empty if it did not yet.
func motoURL(output string) string {
	if found := motoRunning.FindStringSubmatch(output); found != nil {
		return found[1]
	}
	return ""
}

func motoAnswers(url string) bool {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get(url + "/moto-api/data.json")
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// motoConfig is for clients of the server at url.
func motoConfig(url string) aws.Config {
	return aws.Config{
		Region:       "eu-central-1",
		BaseEndpoint: aws.String(url),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "anybody", SecretAccessKey: "anything"}, nil
		}),

		// What config.LoadDefaultConfig sets and a bare aws.Config lacks.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	}
}

// TestMoto checks that clients of the SDK work against the server, and that a
// second server knows nothing of the first.
func TestMoto(t *testing.T) {
	start := time.Now()
	url := startMoto(t)
	t.Logf("answers after %v", time.Since(start))

	caller, err := sts.NewFromConfig(motoConfig(url)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(caller.Account); got != motoAccount {
		t.Errorf("the account is %q, want %q", got, motoAccount)
	}

	client := motoS3(url)
	bucket, key, content := aws.String("films"), aws.String("a/b c"), "content"
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: bucket, CreateBucketConfiguration: &types.CreateBucketConfiguration{
		LocationConstraint: types.BucketLocationConstraintEuCentral1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key, Body: strings.NewReader(content)}); err != nil {
		t.Fatal(err)
	}
	object, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer object.Body.Close()
	if got, err := io.ReadAll(object.Body); err != nil || string(got) != content {
		t.Errorf("got %q, %v, want %q", got, err, content)
	}

	other, err := motoS3(startMoto(t)).ListBuckets(t.Context(), &s3.ListBucketsInput{})
	if err != nil || len(other.Buckets) > 0 {
		t.Errorf("a second server has %+v, %v, want no buckets", other, err)
	}
}

func motoS3(url string) *s3.Client {
	// Path style: there is no DNS name for each bucket.
	return s3.NewFromConfig(motoConfig(url), func(o *s3.Options) { o.UsePathStyle = true })
}
