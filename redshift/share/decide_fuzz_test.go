package share_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// FuzzDecide takes any description, state and memory: it never panics, each statement is
// one that can be sent, and nothing is taken away that is not owned.
func FuzzDecide(f *testing.F) {
	for _, file := range []string{"testdata/anycompany.json", "testdata/anycompany-state.json"} {
		if _, err := os.Stat(file); err != nil {
			f.Fatal(err)
		}
	}
	d, _ := os.ReadFile("testdata/anycompany.json")
	s, _ := os.ReadFile("testdata/anycompany-state.json")
	f.Add(d, s, []byte("[]"), false)
	for seed := range uint64(4) {
		m := newModel(f)
		r := dice{rand.New(rand.NewPCG(seed, 12))}
		m.apply(m.decide(r.description(), m.options()))
		m.byHand(r)
		breakSome(r, &m.state)
		f.Add(marshal(f, r.description()), marshal(f, m.state), marshal(f, m.options().Owned), seed%2 == 0)
	}
	f.Fuzz(func(t *testing.T, description, state, owned []byte, adopt bool) {
		var d share.Description
		var s share.State
		opts := share.DecideOptions{Remembers: true, Adopt: adopt}
		if json.Unmarshal(description, &d) != nil || json.Unmarshal(state, &s) != nil || json.Unmarshal(owned, &opts.Owned) != nil {
			return
		}
		decision, err := share.Decide(d, s, opts)
		if err != nil {
			return
		}
		mine := keys(opts.Owned)
		for _, step := range decision.Steps {
			if _, err := redshiftsql.Parse(step.SQL); step.SQL != "" && err != nil {
				t.Errorf("%s: %v", step.SQL, err)
			}
			for _, i := range step.Items {
				if step.Revokes && !adopt && !mine[i.Key()] {
					t.Errorf("not owned: %s", i)
				}
			}
		}
		share.Script(decision.Steps)
	})
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
