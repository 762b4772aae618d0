package opensearch

import (
	"fmt"
	"strconv"
	"strings"
)

// A replacement is what the mark of an index says that was made to replace others.
type replacement struct {
	Alias      string   `json:"alias"`
	Generation int      `json:"generation"`
	Source     string   `json:"source"`     // ReplacePlan.Source
	Definition string   `json:"definition"` // its digest
	Plan       string   `json:"plan"`       // its digest
	Replaces   []string `json:"replaces,omitempty"`

	// What is to be done before it is searched: tuned settings become these again, which
	// are not those that Ingest restores, and shards are merged to so many segments.
	Settings   originals `json:"settings,omitempty"`
	ForceMerge int       `json:"forceMerge,omitempty"`

	// State is loading until all of it is written and verified, and Documents then how
	// many there are.
	State     string `json:"state"`
	Documents int64  `json:"documents,omitempty"`
}

// The states of a replacement.
const (
	loading = "loading"
	loaded  = "loaded"
)

// generationName is the name of the n-th index of an alias. Names of indices have no
// capitals.
func generationName(alias string, n int) string {
	return fmt.Sprintf("%s-%06d", strings.ToLower(alias), n)
}

// generationOf returns which of the indices of an alias has a name, 0 if none.
func generationOf(alias, name string) int {
	n, err := strconv.Atoi(name[strings.LastIndexByte(name, '-')+1:])
	if err != nil || n < 1 || generationName(alias, n) != name {
		return 0
	}
	return n
}

// A generation is an index with its mark.
type generation struct {
	index
	mark indexMark
}

func (g generation) number(alias string) int { return generationOf(alias, g.name) }

// ours reports whether this library made the index for an alias.
func (g generation) ours(alias string) bool {
	r := g.mark.replace
	return r != nil && r.Alias == alias && g.number(alias) == r.Generation && r.Generation > 0
}

// begun reports whether this library made the index for an alias, that nothing shows it,
// and that it is not loaded yet: the only ones that may be loaded or thrown away.
func (g generation) begun(alias string) bool {
	return g.ours(alias) && g.mark.replace.State != loaded && len(g.aliases) == 0
}

func (g generation) loaded(alias string) bool { return g.ours(alias) && g.mark.replace.State == loaded }
