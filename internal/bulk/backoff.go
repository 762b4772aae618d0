package bulk

import (
	"math/rand/v2"
	"time"
)

const (
	leastPause = 50 * time.Millisecond
	mostPause  = 30 * time.Second
)

// Backoff returns how long to wait before trying again, after attempt failures
// before this one: anything up to 50 ms at first and twice as much each time, up to
// 30 s. The whole of it is random ("full jitter"), so that those who failed together
// do not come back together:
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter. A nil r is a
// source of its own.
func Backoff(attempt int, r *rand.Rand) time.Duration {
	most := mostPause
	if attempt < 10 { // 50 ms * 2^10 is more than 30 s
		most = min(mostPause, leastPause<<max(attempt, 0))
	}
	if r == nil {
		return rand.N(most + 1)
	}
	return time.Duration(r.Int64N(int64(most) + 1))
}
