// Package awstest is AWS in the process: the calls of real AWS SDK clients, and of
// HTTP clients that sign their requests, are answered by Go functions.
//
// A [Cloud] plugs into the middleware stack of the clients, so that code under
// test keeps all that the SDK does before a request leaves the process: input
// validation, endpoint rules, signing, checksums, retries with backoff,
// paginators, waiters and presigning. Only the network is replaced, by one typed
// function for each operation:
//
//	cloud := awstest.New(t)
//	awstest.Handle(cloud, func(ctx context.Context, in *sns.PublishInput) (*sns.PublishOutput, error) {
//		return &sns.PublishOutput{MessageId: aws.String("1")}, nil
//	})
//	client := sns.NewFromConfig(cloud.Config("us-east-1", "123456789012"))
//
// An operation that nobody handles fails the test. [Cloud.Inject] adds faults:
// throttling, denied calls, lost answers, latency. [Cloud.CrashBefore] and
// [Cloud.CrashAfter] stop the process, as it were, at a call, and [Proof] uses
// them to show that a pattern ends in the same state wherever it was killed.
// [CheckPermissions] compares what was called with the IAM actions that a
// pattern declares.
//
// In a bubble of testing/synctest, backoff and the delays of waiters take no time.
// Use the standard retry mode there: the adaptive one spins when the clock
// stands still.
//
// Not possible are operations that answer with an event stream.
//
// This package is experimental: it may change in any version.
package awstest
