package ses

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// pageIn returns the page of items that a token names, and the token of the next page. size
// is what the caller asked for, of at most limit; query tells lists apart whose tokens are
// not for each other. All pages are views of the same list only while it is not changed,
// as with SES.
func pageIn[T any](r *Region, items []T, query string, size *int32, limit int, token *string) ([]T, *string, error) {
	if size != nil && (*size < 1 || int(*size) > limit) {
		return nil, nil, refuseBad("PageSize must be 1 to %d", limit)
	}
	most := limit
	if size != nil {
		most = int(*size)
	}
	if r.world.PageSize > 0 {
		most = min(most, r.world.PageSize)
	}
	sum := sha256.Sum256([]byte(r.arn(query)))
	seal := hex.EncodeToString(sum[:8])
	start := 0
	if token != nil {
		digits, rest, _ := strings.Cut(*token, ".")
		n, err := strconv.Atoi(digits)
		if err != nil || rest != seal || n < 0 {
			return nil, nil, refuseBad("The NextToken is not valid")
		}
		start = min(n, len(items))
	}
	end := min(start+most, len(items))
	if end == len(items) {
		return items[start:end], nil, nil
	}
	return items[start:end], aws.String(strconv.Itoa(end) + "." + seal), nil
}
