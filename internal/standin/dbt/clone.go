// Package dbt makes dbt manifests as large as those of big companies, for
// benchmarks and tests, out of the manifest of a small project.
package dbt

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// macroShare is the share of macros in the bytes of a large manifest; measured on
// public ones it is between 14 and 32 percent.
const macroShare = 0.2

// cloned are the sections that grow with a project.
var cloned = []string{
	"nodes", "sources", "exposures", "metrics", "semantic_models", "saved_queries", "unit_tests", "functions",
	"parent_map", "child_map",
}

// Clone writes a manifest of about size bytes that holds the nodes of manifest
// many times, each time in packages of another name. It writes on one line, as
// dbt does.
func Clone(w io.Writer, manifest []byte, size int64) error {
	var sections map[string]json.RawMessage
	if err := json.Unmarshal(manifest, &sections); err != nil {
		return fmt.Errorf("clone manifest: %w", err)
	}
	entries := map[string][]entry{}
	var one, macros int
	for name := range sections {
		list, err := read(sections[name])
		if err != nil {
			return fmt.Errorf("clone manifest: %s: %w", name, err)
		}
		entries[name] = list
		if slices.Contains(cloned, name) {
			one += len(sections[name])
		} else if name == "macros" {
			macros = len(sections[name])
		}
	}
	times := map[string]int{"macros": max(1, int(macroShare*float64(size)/float64(max(1, macros))))}
	for _, name := range cloned {
		times[name] = max(1, int((1-macroShare)*float64(size)/float64(one)))
	}

	packages := packagesOf(sections["nodes"])
	b := bufio.NewWriter(w)
	separator := "{"
	for _, name := range order(sections) {
		fmt.Fprintf(b, "%s%q: ", separator, name)
		separator = ", "
		if times[name] == 0 {
			b.Write(sections[name])
			continue
		}
		write(b, entries[name], times[name], packages)
	}
	b.WriteString("}")
	return b.Flush()
}

type entry struct{ key, value []byte }

// read returns the members of an object by key; of anything else, nothing.
func read(section json.RawMessage) ([]entry, error) {
	if len(section) == 0 || section[0] != '{' {
		return nil, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(section, &members); err != nil {
		return nil, err
	}
	var list []entry
	for _, key := range slices.Sorted(maps.Keys(members)) {
		quoted, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		list = append(list, entry{quoted, members[key]})
	}
	return list, nil
}

// order returns the names of the sections, metadata first, as dbt has it.
func order(sections map[string]json.RawMessage) []string {
	names := slices.Sorted(maps.Keys(sections))
	names = slices.DeleteFunc(names, func(n string) bool { return n == "metadata" })
	return slices.Insert(names, 0, "metadata")
}

func packagesOf(nodes json.RawMessage) []string {
	var list map[string]struct {
		Package string `json:"package_name"`
	}
	if json.Unmarshal(nodes, &list) != nil {
		return nil
	}
	seen := map[string]bool{}
	for _, n := range list {
		seen[n.Package] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// write writes the members of a section the given number of times.
func write(b *bufio.Writer, list []entry, times int, packages []string) {
	separator := "{"
	for copy := range times {
		for _, e := range list {
			b.WriteString(separator)
			separator = ", "
			b.Write(rename(e.key, packages, copy))
			b.WriteString(": ")
			b.Write(rename(e.value, packages, copy))
		}
	}
	if separator == "{" {
		b.WriteByte('{')
	}
	b.WriteByte('}')
}

// rename gives the packages in a piece of JSON other names: in unique ids, where
// the package stands between dots, and where it stands alone. Macros get a number
// as well, whichever package they are of, so that no key comes twice.
func rename(text []byte, packages []string, copy int) []byte {
	if copy == 0 {
		return text
	}
	for _, p := range packages {
		text = bytes.ReplaceAll(text, fmt.Appendf(nil, ".%s.", p), fmt.Appendf(nil, ".%s_%d.", p, copy))
		text = bytes.ReplaceAll(text, fmt.Appendf(nil, "%q", p), fmt.Appendf(nil, "\"%s_%d\"", p, copy))
	}
	return bytes.ReplaceAll(text, []byte(`"macro.`), fmt.Appendf(nil, `"macro_%d.`, copy))
}
