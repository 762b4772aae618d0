package respond_test

import (
	"errors"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
)

// A target that has no room for more entries keeps those that it has for longer: that
// takes none.
func TestBlockExtendsWithoutRoom(t *testing.T) {
	w := newWorld(awstest.New(t))
	opts := w.options()
	full := w.lines
	full.Rules = &respond.BlockRules{FirstSid: 100, LastSid: 102}
	opts.Targets, opts.InstanceTags = []respond.Target{full}, nil
	opts.Finding.Domains = nil
	w.mustBlock(t, opts)
	opts.Finding.Domains = []string{"evil.example"} // three rules more
	opts.Finding.Updated = opts.Finding.Updated.Add(30 * time.Minute)
	plan, err := w.block(t.Context(), opts)
	if !errors.Is(err, awspatterns.ErrIncomplete) || plan.Count(awspatterns.Blocked) != 1 {
		t.Errorf("error %v of\n%s", err, plan)
	}
	n := 0
	for b, err := range respond.Blocks(t.Context(), w.store) {
		n++
		if want := opts.Finding.Updated.Add(time.Hour); err != nil || !b.Until.Equal(want) {
			t.Errorf("%v: %s is blocked until %v, want %v", err, b.Entry, b.Until, want)
		}
	}
	if n != 2 {
		t.Errorf("%d blocks, want 2", n)
	}
}
