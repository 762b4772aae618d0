package ses

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Dump writes all that the World holds, for comparing two runs: in a defined order, and
// without times and ids, which are not the same in each.
func (w *World) Dump(out io.Writer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var texts []string
	for _, r := range w.regions {
		texts = append(texts, r.dump())
	}
	slices.Sort(texts) // each begins with account and Region
	fmt.Fprint(out, strings.Join(texts, ""))
}

// Dump returns all that the Region holds, as that of the World does.
func (r *Region) Dump() string {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	return r.dump()
}

// dump is Dump for those who hold the lock.
func (r *Region) dump() string {
	var out strings.Builder
	fmt.Fprintf(&out, "SES of %s in %s\n", r.Account, r.Name)
	for _, part := range r.dumps {
		out.WriteString(part())
	}
	return out.String()
}

// dumpResources describes the part of this file.
func (r *Region) dumpResources() string { return "" }
