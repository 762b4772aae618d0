package state_test

import (
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/dynamodb"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/state"
)

const tableARN = "arn:aws:dynamodb:" + region + ":" + account + ":table/" + table

// TestPermissions compares what the stores declare with what their calls need.
func TestPermissions(t *testing.T) {
	for name, test := range map[string]struct {
		open   func(*world) state.Store
		policy awspatterns.Policy
	}{
		"S3": {
			func(w *world) state.Store { return w.inS3(state.S3Options{}) },
			state.S3Permissions(bucket, prefix, ""),
		},
		"S3 with KMS": {
			func(w *world) state.Store { return w.inS3(state.S3Options{KMSKey: kmsKey}) },
			state.S3Permissions(bucket, prefix, kmsKey),
		},
		"DynamoDB": {(*world).inDynamoDB, state.DynamoDBPermissions(tableARN)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			store := test.open(w)
			made := w.Count() // the table
			batch := batchOf(3)
			for range 2 {
				if err := store.Put(t.Context(), batch); err != nil {
					t.Fatal(err)
				}
			}
			for _, key := range []string{"001", "missing"} {
				if _, err := store.Get(t.Context(), "set", key); err != nil {
					t.Fatal(err)
				}
			}
			listed(t, store)
			_ = store.Put(t.Context(), batchOf(1)) // refused
			awstest.CheckPermissions(t, test.policy, w.Calls()[made:], s3.Actions, dynamodb.Actions)
		})
	}
}

func TestPolicies(t *testing.T) {
	target := awspatterns.Target{Partition: "aws-cn", Account: account, Region: "cn-north-1"}
	golden.Equal(t, "testdata/golden/policy_s3.json", string(state.S3Permissions(bucket, "sc*n/", "arn:aws-cn:kms:cn-north-1:123456789012:key/1").Document(target)))
	golden.Equal(t, "testdata/golden/policy_s3_bucket.json", string(state.S3Permissions(bucket, "", "").Document(target)))
	golden.Equal(t, "testdata/golden/policy_dynamodb.json", string(state.DynamoDBPermissions(tableARN).Document(target)))
}
