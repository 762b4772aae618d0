package integration_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/standin/dynamodb/conformance"
	"github.com/awspatterns/awspatterns/state"
	"github.com/awspatterns/awspatterns/state/statetest"
)

// TestStateInS3OnMoto runs the conformance suite of stores over moto. Each store
// has a prefix of its own. It sends one request at a time: between the condition of a
// write and the write itself, moto lets another one in.
func TestStateInS3OnMoto(t *testing.T) {
	cfg := motoConfig(startMoto(t))
	cfg.HTTPClient = &oneAtATime{client: http.DefaultClient}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	bucket := "records"
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket, CreateBucketConfiguration: &types.CreateBucketConfiguration{
		LocationConstraint: types.BucketLocationConstraintEuCentral1}}); err != nil {
		t.Fatal(err)
	}
	open := func(t *testing.T, prefix string) state.Store {
		store, err := state.NewS3(client, bucket, prefix, state.S3Options{Owner: motoAccount})
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
	var opened atomic.Int64
	next := func() string { return fmt.Sprintf("scan #%d/", opened.Add(1)) }
	statetest.Run(t, func(t *testing.T) state.Store { return open(t, next()) })
	statetest.RunShared(t, func(t *testing.T) (a, b state.Store) {
		prefix := next()
		return open(t, prefix), open(t, prefix)
	})
	t.Run("answers are lost", func(t *testing.T) {
		cfg, lost := loseAnswers(client.Options().BaseEndpoint)
		store, err := state.NewS3(s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }), bucket, next(), state.S3Options{})
		if err != nil {
			t.Fatal(err)
		}
		writeTwice(t, store, lost)
	})
}

// TestStateInDynamoDBOnMoto sends one request at a time, too. DynamoDB Local takes any.
func TestStateInDynamoDBOnMoto(t *testing.T) {
	cfg := motoConfig(startMoto(t))
	cfg.HTTPClient = &oneAtATime{client: http.DefaultClient}
	testStateInDynamoDB(t, cfg)
}

type oneAtATime struct {
	mu     sync.Mutex
	client *http.Client
}

func (c *oneAtATime) Do(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.client.Do(r)
}

// TestStateInDynamoDBLocal runs over what AWS itself offers for tests.
func TestStateInDynamoDBLocal(t *testing.T) {
	testStateInDynamoDB(t, motoConfig(startDynamoDBLocal(t)))
}

// TestDynamoDB runs the cases that the stand-in for DynamoDB passes over moto and
// over DynamoDB Local.
func TestDynamoDB(t *testing.T) {
	t.Run("moto", func(t *testing.T) {
		cfg := motoConfig(startMoto(t))
		conformance.Run(t, func(*testing.T) *dynamodb.Client { return once(cfg) }, motoDynamoDBDeviations)
	})
	t.Run("DynamoDB Local", func(t *testing.T) {
		cfg := motoConfig(startDynamoDBLocal(t))
		conformance.Run(t, func(*testing.T) *dynamodb.Client { return once(cfg) }, nil)
	})
}

// once returns a client that repeats nothing.
func once(cfg aws.Config) *dynamodb.Client {
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} })
}

// motoDynamoDBDeviations is where moto 5.2 does otherwise than DynamoDB.
var motoDynamoDBDeviations = map[string]string{
	"empty keys": "an empty binary is taken for a key",
	"keys that are missing or of another type":      "the types of a key to read are not checked",
	"item that is too large":                        "more than the item is counted",
	"placeholders that are not used or not defined": "values are not checked, and the server fails",
	"query pages by number":                         "a limit of 0 makes the server fail",
	"query with a wrong start":                      "the start is not checked, and the server fails",
	"query with wrong keys":                         "they are not checked",
	"tables of wrong form":                          "names and the order of keys are not checked",
}

// testStateInDynamoDB runs the conformance suite of stores. Each store has a table
// of its own.
func testStateInDynamoDB(t *testing.T, cfg aws.Config) {
	client := dynamodb.NewFromConfig(cfg)
	var opened atomic.Int64
	newTable := func(t *testing.T) string {
		name := fmt.Sprintf("records-%d", opened.Add(1))
		if _, err := client.CreateTable(t.Context(), state.DynamoDBTable(name)); err != nil {
			t.Fatal(err)
		}
		quickly := func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay = 100 * time.Millisecond }
		err := dynamodb.NewTableExistsWaiter(client, quickly).Wait(t.Context(), &dynamodb.DescribeTableInput{TableName: &name}, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	statetest.Run(t, func(t *testing.T) state.Store { return state.NewDynamoDB(client, newTable(t)) })
	statetest.RunShared(t, func(t *testing.T) (a, b state.Store) {
		name := newTable(t)
		return state.NewDynamoDB(client, name), state.NewDynamoDB(dynamodb.NewFromConfig(cfg), name)
	})
	t.Run("answers are lost", func(t *testing.T) {
		lossy, lost := loseAnswers(cfg.BaseEndpoint)
		writeTwice(t, state.NewDynamoDB(dynamodb.NewFromConfig(lossy), newTable(t)), lost)
	})
}

// loseAnswers returns a configuration whose clients never see the first answer to
// a write, and how many were lost.
func loseAnswers(url *string) (cfg aws.Config, lost *atomic.Int64) {
	cfg, lost = motoConfig(*url), new(atomic.Int64)
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		answers := 0
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("Lose", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
			middleware.DeserializeOutput, middleware.Metadata, error,
		) {
			out, md, err := next.HandleDeserialize(ctx, in)
			operation := middleware.GetOperationName(ctx)
			if answers++; answers == 1 && (operation == "PutItem" || operation == "PutObject") && err == nil {
				lost.Add(1)
				return middleware.DeserializeOutput{RawResponse: out.RawResponse}, md, &net.OpError{Op: "read", Err: syscall.ECONNRESET}
			}
			return out, md, err
		}), middleware.Before)
	})
	return cfg, lost
}

// writeTwice creates and replaces a record through a store that loses answers.
func writeTwice(t *testing.T, store state.Store, lost *atomic.Int64) {
	t.Helper()
	batch := []state.Record{{Set: "set", Key: "key", Value: []byte("first")}}
	for _, value := range []string{"first", "second"} {
		batch[0].Value = []byte(value)
		if err := store.Put(t.Context(), batch); err != nil {
			t.Fatalf("%s: %v", value, err)
		}
		if lost.Swap(0) != 1 {
			t.Fatalf("%s: no answer was lost", value)
		}
		got, err := store.Get(t.Context(), "set", "key")
		if err != nil || string(got.Value) != value || got.Version != batch[0].Version {
			t.Fatalf("got %+v and %v, want %+v", got, err, batch[0])
		}
	}
	batch[0].Version = "0"
	if err := store.Put(t.Context(), batch); !errors.Is(err, state.ErrConflict) {
		t.Errorf("got %v, want a conflict", err)
	}
}

// startDynamoDBLocal starts DynamoDB Local for this test alone, and returns its
// URL. It ends with the test, or with this process.
func startDynamoDBLocal(t *testing.T) string {
	t.Helper()
	lib := engine(t, "dynamodb_local", "lib")
	java, err := exec.LookPath("java")
	if err != nil {
		missing(t, "dynamodb_local")
	}
	for range 3 { // somebody else may take the port that we find free
		if url := tryDynamoDBLocal(t, java, lib); url != "" {
			return url
		}
	}
	t.Fatal("DynamoDB Local does not answer")
	return ""
}

func tryDynamoDBLocal(t *testing.T, java, lib string) (url string) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	free.Close()
	output, err := os.Create(filepath.Join(t.TempDir(), "dynamodb.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	watched, alive, err := os.Pipe() // see startMoto
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `(cat; kill -KILL 0) <&3 & exec "$0" "$@" 3<&-`, java, "-Xmx512m", "-cp", filepath.Join(lib, "*"),
		"-Djava.library.path="+lib, "software.amazon.dynamodb.services.local.main.ServerRunner", "-inMemory", "-port", strconv.Itoa(port))
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = output, output, []*os.File{watched}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Start()
	watched.Close()
	if err != nil {
		alive.Close()
		t.Fatalf("DynamoDB Local: %v", err)
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
			t.Logf("DynamoDB Local (%v):\n%s", cmd.ProcessState, motoOutput(t, output.Name()))
		}
	})
	url = fmt.Sprintf("http://127.0.0.1:%d", port)
	client := once(motoConfig(url))
	deadline := time.After(time.Minute)
	for {
		if _, err := client.ListTables(t.Context(), &dynamodb.ListTablesInput{}); err == nil {
			return url
		}
		select {
		case <-exited:
			return ""
		case <-deadline:
			t.Fatal("DynamoDB Local does not answer")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// TestStatePolicies compares the permissions that the stores declare with the IAM
// actions that there are.
func TestStatePolicies(t *testing.T) {
	target := awspatterns.Target{Partition: "aws", Account: motoAccount, Region: "eu-central-1"}
	key := "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	checkPolicies(t, []policyDocument{
		{"S3", state.S3Permissions("records", "scan/", key).Document(target), false},
		{"S3, whole bucket", state.S3Permissions("records", "", "").Document(target), false},
		{"DynamoDB", state.DynamoDBPermissions("arn:aws:dynamodb:eu-central-1:123456789012:table/records").Document(target), false},
	})
}
