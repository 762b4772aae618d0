package ses

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
)

// TestJudge has what hooks of net/http saw against what an error says.
func TestJudge(t *testing.T) {
	dial := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	read := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	for name, test := range map[string]struct {
		handed, dialled, opened bool
		err                     error
		want                    verdict
	}{
		"accepted":                           {true, true, true, nil, accepted},
		"no request":                         {false, false, false, errors.New("no credentials"), notMade},
		"no connection":                      {true, true, false, dial, notOpened},
		"no connection, it says otherwise":   {true, true, false, read, notOpened},
		"a connection, it says otherwise":    {true, true, true, dial, unknown},
		"a connection that broke":            {true, true, true, read, unknown},
		"not net/http, no connection":        {true, false, false, dial, notOpened},
		"not net/http, one that broke":       {true, false, false, read, unknown},
		"not net/http, no more is known":     {true, false, false, errors.New("what?"), unknown},
		"a proxy that cannot be reached":     {true, false, false, &net.OpError{Op: "proxyconnect", Err: dial}, unknown},
		"an answer":                          {true, true, true, awstest.Error(400, "MessageRejected", ""), refused},
		"an answer that wraps no connection": {true, true, true, awstest.Status(502, dial), unknown},
	} {
		c := &sendCall{throttled: func() {}, heeded: true, made: 1, handed: test.handed, dialled: test.dialled, opened: test.opened}
		c.judge(test.err)
		if got := c.verdict(test.err); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// TestVerdictOfCall has calls that end otherwise than their last attempt.
func TestVerdictOfCall(t *testing.T) {
	over := errors.New("ctx ended")
	for _, test := range []struct {
		last verdict
		want verdict
	}{{throttled, throttled}, {notOpened, notOpened}, {accepted, unknown}, {notMade, notMade}, {unknown, unknown}} {
		c := &sendCall{heeded: true, made: 1, last: test.last}
		if got := c.verdict(over); got != test.want {
			t.Errorf("after %v: %v, want %v", test.last, got, test.want)
		}
	}
	// A second attempt that was not made tells nothing: what the first told stays.
	c := &sendCall{heeded: true, made: 2, last: throttled}
	c.judge(fmt.Errorf("no credentials any more"))
	if c.last != throttled {
		t.Errorf("then %v", c.last)
	}
}
