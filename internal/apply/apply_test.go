package apply_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
)

// A script says what Look and Do meet, one after the other.
type script struct {
	looks []any // apply.Now or error
	does  []error
}

func TestRun(t *testing.T) {
	boom := errors.New("boom")
	var (
		found   any = apply.AsFound
		planned any = apply.AsPlanned
		other   any = apply.Other
		moved       = fmt.Errorf("412: %w", apply.ErrMoved)
	)
	tests := []struct {
		name       string
		actions    []awspatterns.Action
		scripts    []script
		incomplete bool
		each       bool // changes are independent
		want       string
		is         error
	}{
		{name: "nothing"},
		{
			name: "applied, already", actions: []awspatterns.Action{awspatterns.Create, awspatterns.Delete},
			scripts: []script{{looks: []any{found}, does: []error{nil}}, {looks: []any{planned}}},
			want:    "applied already",
		},
		{
			name: "stale", actions: []awspatterns.Action{awspatterns.Update, awspatterns.Update},
			scripts: []script{{looks: []any{other}}, {}},
			want:    "failed pending", is: awspatterns.ErrStale,
		},
		{
			name: "its answer was lost", actions: []awspatterns.Action{awspatterns.Create},
			scripts: []script{{looks: []any{found, planned}, does: []error{moved}}},
			want:    "applied",
		},
		{
			name: "moved, and back", actions: []awspatterns.Action{awspatterns.Update},
			scripts: []script{{looks: []any{found, found}, does: []error{moved, nil}}},
			want:    "applied",
		},
		{
			name: "keeps moving", actions: []awspatterns.Action{awspatterns.Update},
			scripts: []script{{looks: []any{found, found, found, found}, does: []error{moved, moved, moved}}},
			want:    "failed", is: awspatterns.ErrStale,
		},
		{
			name: "moved away", actions: []awspatterns.Action{awspatterns.Update},
			scripts: []script{{looks: []any{found, other}, does: []error{moved}}},
			want:    "failed", is: awspatterns.ErrStale,
		},
		{
			name: "look fails", actions: []awspatterns.Action{awspatterns.Update},
			scripts: []script{{looks: []any{boom}}},
			want:    "failed", is: boom,
		},
		{
			name: "do fails", actions: []awspatterns.Action{awspatterns.Update, awspatterns.Blocked},
			scripts: []script{{looks: []any{found}, does: []error{boom}}, {}},
			want:    "failed pending", is: boom,
		},
		{
			name: "one of independent ones fails", each: true,
			actions: []awspatterns.Action{awspatterns.Update, awspatterns.Update, awspatterns.Update},
			scripts: []script{{looks: []any{boom}}, {looks: []any{found}, does: []error{nil}}, {looks: []any{found}, does: []error{fmt.Errorf("crack")}}},
			want:    "failed applied failed", is: boom,
		},
		{
			name: "left", actions: []awspatterns.Action{awspatterns.Blocked, awspatterns.Create, awspatterns.Unknown},
			scripts: []script{{}, {looks: []any{found}, does: []error{nil}}, {}},
			want:    "left applied left", is: awspatterns.ErrIncomplete,
		},
		{
			name: "manual is no error", actions: []awspatterns.Action{awspatterns.Manual},
			scripts: []script{{}},
			want:    "left",
		},
		{
			name: "incomplete: no deletion", incomplete: true,
			actions: []awspatterns.Action{awspatterns.Delete, awspatterns.Replace, awspatterns.Update},
			scripts: []script{{}, {}, {looks: []any{found}, does: []error{nil}}},
			want:    "left left applied", is: awspatterns.ErrIncomplete,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			plan := awspatterns.Plan{Incomplete: test.incomplete}
			for i, a := range test.actions {
				plan.Changes = append(plan.Changes, awspatterns.Change{Action: a, Resource: awspatterns.Resource{Type: "thing", ID: fmt.Sprint(i)}})
			}
			told := 0
			prepared := false
			outcomes, err := apply.Run(t.Context(), plan, apply.Maker{
				Independent: test.each,
				Prepare:     func(context.Context) error { prepared = true; return nil },
				Look: func(_ context.Context, i int) (apply.Now, error) {
					next := test.scripts[i].looks[0]
					test.scripts[i].looks = test.scripts[i].looks[1:]
					if err, failed := next.(error); failed {
						return apply.Other, err
					}
					return next.(apply.Now), nil
				},
				Do: func(_ context.Context, i int) error {
					next := test.scripts[i].does[0]
					test.scripts[i].does = test.scripts[i].does[1:]
					return next
				},
				Progress: func(awspatterns.Outcome) { told++ },
			})
			var states []string
			for _, o := range outcomes {
				states = append(states, string(o.State))
				if (o.State == awspatterns.Failed) != (o.Err != nil) {
					t.Errorf("state %s with error %v", o.State, o.Err)
				}
			}
			if got := strings.Join(states, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if !errors.Is(err, test.is) {
				t.Errorf("got error %v, want %v", err, test.is)
			}
			if prepared != plan.Applies() {
				t.Errorf("prepared: %t", prepared)
			}
			if told != len(test.actions) {
				t.Errorf("told %d of %d outcomes", told, len(test.actions))
			}
			for i, s := range test.scripts {
				if len(s.looks)+len(s.does) > 0 {
					t.Errorf("change %d: not met %v", i, s)
				}
			}
		})
	}
}

// TestRunNotBegun checks that every change has an outcome, also if none was
// begun.
func TestRunNotBegun(t *testing.T) {
	why := errors.New("shut down")
	plan := awspatterns.Plan{Changes: []awspatterns.Change{{Action: awspatterns.Create}, {Action: awspatterns.Blocked}}}
	outcomes, err := apply.Run(t.Context(), plan, apply.Maker{Prepare: func(context.Context) error { return why }})
	if !errors.Is(err, why) || len(outcomes) != 2 || outcomes[0].State != awspatterns.Pending {
		t.Errorf("preparing fails: got %v, %v", outcomes, err)
	}

	ctx, cancel := context.WithCancelCause(t.Context())
	outcomes, err = apply.Run(ctx, plan, apply.Maker{Prepare: func(context.Context) error { cancel(why); return nil }})
	if !errors.Is(err, why) || len(outcomes) != 2 || outcomes[0].State != awspatterns.Pending {
		t.Errorf("the context ended: got %v, %v", outcomes, err)
	}
}
