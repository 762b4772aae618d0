// Package parallel does several things at a time.
package parallel

import "sync"

// ForEach calls f for 0 to n-1, at most limit at a time, and returns when all are
// done.
func ForEach(n, limit int, f func(i int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, limit)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			f(i)
		})
	}
	wg.Wait()
}
