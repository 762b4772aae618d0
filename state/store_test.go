package state_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	dynamodbsdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/dynamodb"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/state"
	"github.com/awspatterns/awspatterns/state/statetest"
)

const (
	account = "123456789012"
	region  = "eu-central-1"
	bucket  = "records"
	prefix  = "scan #1+%2F é/"
	table   = "records"
	kmsKey  = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// A world is AWS with a bucket and a table.
type world struct {
	*awstest.Cloud
	s3       *s3.Service
	dynamodb *dynamodb.Service
	t        *testing.T

	// attempt, if not nil, is run before each attempt of a call arrives.
	attempt func(operation string, n int)
}

// newClient returns the world as another client of it sees it.
func newClient(w *world, attempt func(operation string, n int)) *world {
	return &world{w.Cloud, w.s3, w.dynamodb, w.t, attempt}
}

// newWorld makes pages small, and lists only below the prefix.
func newWorld(t *testing.T) *world {
	cloud := awstest.New(t)
	cloud.MaxCalls, cloud.LogLimit = 100_000, 20_000
	w := &world{cloud, s3.New(cloud), dynamodb.New(cloud), t, nil}
	w.s3.PageSize, w.dynamodb.PageSize = 70, 70
	w.s3.CreateBucket(bucket, s3.Bucket{Owner: account, Region: region, ListPrefix: prefix})
	if _, err := w.dynamoDBClient().CreateTable(t.Context(), state.DynamoDBTable(table)); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) dynamoDBClient() *dynamodbsdk.Client { return dynamodbsdk.NewFromConfig(w.config()) }

func (w *world) s3Client() *s3sdk.Client { return s3sdk.NewFromConfig(w.config()) }

func (w *world) config() aws.Config {
	cfg := w.Config(region, account)
	if w.attempt == nil {
		return cfg
	}
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		n := 0
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("Attempt", func(
			ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
		) (middleware.DeserializeOutput, middleware.Metadata, error) {
			n++
			w.attempt(middleware.GetOperationName(ctx), n)
			return next.HandleDeserialize(ctx, in)
		}), middleware.Before)
	})
	return cfg
}

func (w *world) inS3(opts state.S3Options) state.Store {
	store, err := state.NewS3(w.s3Client(), bucket, prefix, opts)
	if err != nil {
		w.t.Fatal(err)
	}
	return store
}

func (w *world) inDynamoDB() state.Store { return state.NewDynamoDB(w.dynamoDBClient(), table) }

func openFile(t *testing.T, path string) *state.File {
	t.Helper()
	f, err := state.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func newFile(t *testing.T) *state.File { return openFile(t, filepath.Join(t.TempDir(), "scan.db")) }

func TestMemory(t *testing.T) {
	statetest.Run(t, func(*testing.T) state.Store { return state.NewMemory() })
}

func TestFile(t *testing.T) {
	statetest.Run(t, func(t *testing.T) state.Store { return newFile(t) })
}

func TestS3(t *testing.T) {
	statetest.Run(t, func(t *testing.T) state.Store { return newWorld(t).inS3(state.S3Options{Owner: account}) })
}

func TestS3Versioned(t *testing.T) {
	statetest.Run(t, func(t *testing.T) state.Store {
		w := newWorld(t)
		w.s3.CreateBucket(bucket, s3.Bucket{Owner: account, Region: region, ListPrefix: prefix, Versioned: true})
		return w.inS3(state.S3Options{KMSKey: kmsKey})
	})
}

func TestS3Shared(t *testing.T) {
	statetest.RunShared(t, func(t *testing.T) (a, b state.Store) {
		w := newWorld(t)
		return w.inS3(state.S3Options{}), w.inS3(state.S3Options{KMSKey: kmsKey})
	})
}

func TestDynamoDB(t *testing.T) {
	statetest.Run(t, func(t *testing.T) state.Store { return newWorld(t).inDynamoDB() })
}

func TestDynamoDBShared(t *testing.T) {
	statetest.RunShared(t, func(t *testing.T) (a, b state.Store) {
		w := newWorld(t)
		arn := aws.String("arn:aws:dynamodb:" + region + ":" + account + ":table/" + table)
		return w.inDynamoDB(), state.NewDynamoDB(w.dynamoDBClient(), *arn)
	})
}
