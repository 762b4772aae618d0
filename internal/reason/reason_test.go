package reason_test

import (
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
	} {
		if got := reason.Of(test.err); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
