package networkfirewall

import (
	"fmt"
	"strconv"
	"strings"
)

// maxResults is the highest MaxResults of lists, and how many there are without.
const maxResults = 100

// pageOf returns the part of a list that a call asks for, and the token of the next.
func pageOf[T any](s *Service, all []T, most *int32, token *string) ([]T, *string, error) {
	size, from := maxResults, 0
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
		n, err := strconv.Atoi(strings.TrimPrefix(*token, "from-"))
		if err != nil || n < 0 || n > len(all) {
			return nil, nil, invalid("NextToken is invalid")
		}
		from = n
	}
	to := min(from+size, len(all))
	if to == len(all) {
		return all[from:], nil, nil
	}
	return all[from:to], set(fmt.Sprintf("from-%d", to)), nil
}
