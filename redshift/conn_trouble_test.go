package redshift_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/redshift"
)

// TestAnyTrouble draws what goes wrong by chance, and when the caller gives up. What Run
// says must be true, and the statement, sent again with its token, must be run once in all.
func TestAnyTrouble(t *testing.T) {
	seeds := uint64(600)
	if testing.Short() {
		seeds = 60
	}
	states := map[string]int{}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { states[trouble(t, rand.New(rand.NewPCG(seed, 7)))]++ })
		})
	}
	t.Log(states)
	for _, state := range []string{"done", "not sent", string(redshift.StateStopped), string(redshift.StateFinished), string(redshift.StateUnknown)} {
		if states[state] == 0 {
			t.Errorf("never was: %s", state)
		}
	}
}

func trouble(t *testing.T, random *rand.Rand) (state string) {
	cloud := awstest.New(t)
	cloud.Latency = 20 * time.Millisecond
	takes := time.Duration(random.Int64N(int64(3 * time.Minute)))
	if random.IntN(3) == 0 {
		takes = time.Duration(random.Int64N(int64(time.Second)))
	}
	w := newDataWorld(cloud, func(string) reply { return reply{takes: takes, affected: 1} })
	w.pending = time.Duration(random.Int64N(int64(3 * time.Second)))
	w.plain = random.IntN(3) == 0
	for range random.IntN(4) {
		fault := awstest.Fault{
			Operation: []string{executeCall, describeCall, cancelCall}[random.IntN(3)],
			Err:       []error{throttled(), errors.New("reset"), awstest.Error(500, "InternalServerException", ""), awstest.Denied(), nil}[random.IntN(5)],
			Applied:   random.IntN(2) == 0, Skip: random.IntN(3), Times: 1 + random.IntN(8),
			Latency: time.Duration(random.Int64N(int64(2 * time.Second))),
		}
		if code, ok := errors.AsType[interface {
			error
			HTTPStatusCode() int
		}](fault.Err); ok && code.HTTPStatusCode() < 500 {
			fault.Applied = false // what is refused has no effect
		}
		cloud.Inject(fault)
	}
	ctx := t.Context()
	if random.IntN(2) == 0 {
		ctx = ending(t, time.Duration(random.Int64N(int64(takes+4*time.Second))))
	}
	c, s := newConn(t, cloud), redshift.Statement{SQL: "INSERT INTO t VALUES (1)", Token: "once"}
	_, err := c.Run(ctx, s)
	state = said(t, ctx, err)
	time.Sleep(time.Hour)
	switch ran := len(w.effects()); {
	case ran > 1,
		ran == 0 && (state == "done" || state == string(redshift.StateFinished)),
		ran == 1 && (state == "not sent" || state == string(redshift.StateStopped)):
		t.Errorf("ran %d times, and said: %v", ran, err)
	}
	cloud.ClearFaults()
	if _, err := c.Run(t.Context(), s); err != nil || len(w.effects()) != 1 {
		t.Errorf("the second time: ran %d times, %v", len(w.effects()), err)
	}
	return state
}

// said returns what an error says of the statement.
func said(t *testing.T, ctx context.Context, err error) string {
	e, interrupted := errors.AsType[*redshift.InterruptedError](err)
	if err != nil && ctx.Err() != nil && !errors.Is(err, errShutdown) {
		t.Errorf("not told why: %v", err)
	}
	switch {
	case err == nil:
		return "done"
	case interrupted:
		return string(e.State)
	}
	return "not sent"
}
