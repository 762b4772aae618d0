package macie2

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// pageOf returns the part of a list that a call asks for, and the token of the
// next. A token holds for the list that it was given for, not for another query.
func pageOf[T any](s *Service, items []T, query string, max *int32, limit int, token *string) ([]T, *string, error) {
	if max != nil && (*max < 1 || int(*max) > limit) {
		return nil, nil, invalid(fmt.Sprintf("maxResults must be 1 to %d", limit))
	}
	size := limit
	if max != nil {
		size = int(*max)
	}
	if s.PageSize > 0 {
		size = min(size, s.PageSize)
	}
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(query)))[:16]
	start := 0
	if token != nil {
		digits, rest, _ := strings.Cut(*token, ".")
		n, err := strconv.Atoi(digits)
		if err != nil || rest != sum || n < 0 {
			return nil, nil, invalid("nextToken isn't valid")
		}
		start = min(n, len(items))
	}
	end := min(start+size, len(items))
	if end == len(items) {
		return items[start:end], nil, nil
	}
	return items[start:end], aws.String(strconv.Itoa(end) + "." + sum), nil
}
