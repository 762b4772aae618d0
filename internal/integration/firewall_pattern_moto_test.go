package integration_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/awspatterns/awspatterns/internal/eventpattern"
)

// judge has moto's EventPattern match pairs of patterns and events. Its server answers
// TestEventPattern with nothing.
const judge = `
import json, sys
from moto.events.models import EventPattern
print(json.dumps([EventPattern.load(p).matches_event(json.loads(e)) for p, e in json.load(sys.stdin)]))
`

// TestPatternsOnMoto compares random patterns and events. Left out is where moto differs
// from EventBridge's documentation: objects in lists, exists of objects and empty lists, and
// booleans, which are numbers in Python.
func TestPatternsOnMoto(t *testing.T) {
	python := filepath.Join(filepath.Dir(engine(t, "moto", "bin/moto_server")), "python")
	r := rand.New(rand.NewPCG(1, 5))
	var pairs [][2]string
	for range 3000 {
		pairs = append(pairs, [2]string{asJSON(t, randomPattern(r, 2)), asJSON(t, randomEvent(r, 2))})
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", judge)
	cmd.Stdin = bytes.NewReader([]byte(asJSON(t, pairs)))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	var verdicts []bool
	if err := json.Unmarshal(out, &verdicts); err != nil || len(verdicts) != len(pairs) {
		t.Fatalf("%d verdicts, %v", len(verdicts), err)
	}
	matched := 0
	for i, p := range pairs {
		got, err := eventpattern.Match([]byte(p[0]), []byte(p[1]))
		if err != nil || got != verdicts[i] {
			t.Errorf("%s and %s: %t and %v, moto says %t", p[0], p[1], got, err, verdicts[i])
		}
		if got {
			matched++
		}
	}
	if matched < 300 || matched > 2700 {
		t.Errorf("%d of %d match: the comparison says little", matched, len(pairs))
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func randomText(r *rand.Rand) string {
	return []string{"a", "b", "ab", "ba", "aab", "A", "aB", "*", ""}[r.IntN(9)]
}

func randomEvent(r *rand.Rand, depth int) map[string]any {
	e := map[string]any{}
	for i := range 3 {
		name := fmt.Sprintf("%c", 'x'+rune(i))
		switch k := r.IntN(6); {
		case k == 0:
		case name == "z" && depth > 0:
			e[name] = randomEvent(r, depth-1)
		case name == "z":
		case k == 1:
			e[name] = r.IntN(6)
		case k == 2:
			e[name] = []any{randomText(r), r.IntN(6)}
		case k == 3:
			e[name] = nil
		default:
			e[name] = randomText(r)
		}
	}
	return e
}

func randomPattern(r *rand.Rand, depth int) map[string]any {
	p := map[string]any{}
	for len(p) == 0 {
		for _, name := range []string{"x", "y"} {
			if r.IntN(2) == 0 {
				p[name] = []any{randomOperator(r), randomOperator(r)}
			}
		}
		if depth > 0 && r.IntN(4) == 0 {
			p["z"] = randomPattern(r, depth-1)
		}
		if depth > 0 && r.IntN(4) == 0 {
			p["$or"] = []any{randomPattern(r, 0), randomPattern(r, 0)}
		}
	}
	return p
}

func randomOperator(r *rand.Rand) any {
	low := r.IntN(4)
	switch r.IntN(11) {
	case 0:
		return map[string]any{"prefix": randomText(r)}
	case 1:
		return map[string]any{"suffix": randomText(r)}
	case 2:
		return map[string]any{"wildcard": []string{"a*", "*b", "a*b", `\*`, "*"}[r.IntN(5)]}
	case 3:
		return map[string]any{"equals-ignore-case": randomText(r)}
	case 4:
		return map[string]any{"anything-but": []any{randomText(r), randomText(r)}}
	case 5:
		return map[string]any{"anything-but": map[string]any{"prefix": "a"}}
	case 6:
		return map[string]any{"numeric": []any{">=", low, "<", low + 2}}
	case 7:
		return map[string]any{"exists": r.IntN(2) == 0}
	case 8:
		return nil
	case 9:
		return low
	}
	return randomText(r)
}
