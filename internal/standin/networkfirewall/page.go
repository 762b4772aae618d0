package networkfirewall

import (
	"encoding/hex"
	"slices"
	"sort"
)

// maxResults is the highest MaxResults of lists, and how many there are without.
const maxResults = 100

// pageOf returns the part of a list, which is in the order of its keys, that a call
// asks for, and the token of the next. The token names the last key: what comes and
// goes meanwhile does not make the next page skip anything.
func pageOf[T any](s *Service, all []T, key func(T) string, most *int32, token *string) ([]T, *string, error) {
	size := maxResults
	if most != nil {
		if *most < 1 || *most > maxResults {
			return nil, nil, invalid("MaxResults must be 1 to %d", maxResults)
		}
		size = int(*most)
	}
	if s.PageSize > 0 {
		size = min(size, s.PageSize)
	}
	if token != nil {
		last, err := hex.DecodeString(*token)
		if err != nil {
			return nil, nil, invalid("NextToken is invalid")
		}
		all = all[sort.Search(len(all), func(i int) bool { return key(all[i]) > string(last) }):]
	}
	if len(all) <= size {
		return all, nil, nil
	}
	page := slices.Clip(all[:size])
	return page, set(hex.EncodeToString([]byte(key(page[size-1])))), nil
}
