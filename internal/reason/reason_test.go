package reason_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/reason"
)

func TestOf(t *testing.T) {
	denied := &smithy.OperationError{ServiceID: "S3", OperationName: "HeadObject", Err: awstest.Denied()}
	for _, test := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("index.html: %w", denied), "S3 HeadObject: AccessDenied: Access Denied"},
		{&smithy.OperationError{ServiceID: "S3", OperationName: "HeadObject", Err: awstest.Error(404, "NotFound", "")}, "S3 HeadObject: NotFound"},
		{errors.New("no route"), "no route"},
		{
			&smithy.OperationError{ServiceID: "S3", OperationName: "ListObjectsV2", Err: awstest.Error(403, "AccessDenied",
				"User: arn:aws:sts::123456789012:assumed-role/Deploy/run-4711 is not authorized to perform: s3:ListBucket")},
			"S3 ListObjectsV2: AccessDenied: User: arn:aws:sts::123456789012:assumed-role/Deploy/… is not authorized to perform: s3:ListBucket",
		},
		{
			&smithy.OperationError{ServiceID: "S3", OperationName: "HeadObject", Err: errors.New("read tcp 127.0.0.1:58094->127.0.0.1:80: reset")},
			"S3 HeadObject: no answer",
		},
		{
			&smithy.OperationError{ServiceID: "S3", OperationName: "HeadObject", Err: awstest.Status(502, errors.New("deserialization failed"))},
			"S3 HeadObject: an answer with status 502 that cannot be read",
		},
	} {
		if got := reason.Of(test.err); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestCause(t *testing.T) {
	why, err := errors.New("shut down"), errors.New("request canceled")
	ctx, cancel := context.WithCancelCause(t.Context())
	if got := reason.Cause(ctx, err); got != err {
		t.Errorf("before the end: got %v", got)
	}
	cancel(why)
	got := reason.Cause(ctx, err)
	if !errors.Is(got, why) || !errors.Is(got, err) || got.Error() != "shut down: request canceled" {
		t.Errorf("got %v", got)
	}
	if again := reason.Cause(ctx, got); again != got {
		t.Errorf("added twice: %v", again)
	}
	if got := reason.Cause(ctx, nil); got != nil {
		t.Errorf("got %v without an error", got)
	}
}
