//go:build linux && !purego

package distance

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// What is found is what the kernel of Linux says, which also leaves out what it does not
// save.
func TestDetect(t *testing.T) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		t.Skip(err)
	}
	var flags []string
	for line := range strings.Lines(string(info)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "flags" {
			flags = strings.Fields(value)
			break
		}
	}
	if len(flags) == 0 {
		t.Skip("/proc/cpuinfo has no flags")
	}
	want := portable
	for _, needs := range [][]string{{"avx", "avx2", "fma", "popcnt"}, {"avx512f", "avx512bw", "avx512dq", "avx512vl"}, {"avx512_vpopcntdq"}} {
		if slices.ContainsFunc(needs, func(flag string) bool { return !slices.Contains(flags, flag) }) {
			break
		}
		want++
	}
	if got := detect(); got != want {
		t.Errorf("found %v, /proc/cpuinfo has %v: %v", got, want, flags)
	}
}
