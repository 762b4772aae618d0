package redshift_test

import (
	"errors"
	"testing"

	"github.com/awspatterns/awspatterns/redshift"
)

func TestErrorTexts(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{
			&redshift.StatementError{ID: "d9b6c0c9:2", SQL: "GRANT …", Message: "ERROR: permission denied\n  Position: 3", Advice: "ask"},
			`statement d9b6c0c9:2, "GRANT …": ERROR: permission denied Position: 3: ask`,
		},
		{&redshift.StatementError{ID: "d9b6c0c9", SQL: "ALTER …", QueryID: 7}, `statement d9b6c0c9, "ALTER …": the database gave no reason: look for query 7 in SYS_QUERY_HISTORY`},
		{&redshift.StatementError{ID: "d9b6c0c9", SQL: "ALTER …"}, `statement d9b6c0c9, "ALTER …": the database gave no reason: look for the statement in SYS_QUERY_HISTORY`},
		{&redshift.InterruptedError{ID: "d9b6c0c9", SQL: "CALL load()", Count: 1, State: redshift.StateStopped, Err: errShutdown}, `statement d9b6c0c9, "CALL load()", was stopped: shutdown`},
		{&redshift.InterruptedError{ID: "d9b6c0c9", SQL: "CALL load()", Count: 3, State: redshift.StateUnknown, Err: errShutdown}, `batch of 3 d9b6c0c9, "CALL load()", may still run: shutdown`},
		{&redshift.InterruptedError{SQL: "CALL load()", Count: 1, State: redshift.StateUnknown, Err: errShutdown}, `statement "CALL load()" may or may not have been submitted: shutdown`},
		{&redshift.InputError{Index: 2, SQL: "BEGIN", Err: errShutdown}, `statement 3, "BEGIN": shutdown`},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
	if err := (&redshift.InputError{Err: errShutdown}); !errors.Is(err, errShutdown) {
		t.Error("the reason is not wrapped")
	}
}
