package ses

import (
	"errors"
	"fmt"
	"sync"

	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/internal/parallel"
)

// A listWriter writes entries one by one, several at a time, and tells how far it is. An
// entry that SES refuses keeps none of the others from being written.
type listWriter struct {
	progress func(done int) // nil or called one at a time

	mu      sync.Mutex
	done    int
	refused int
	shown   []error // of those that were refused
}

const (
	listWriters = 4 // at a time; the rate is that of the operation
	listRefused = 5 // of which an error shows the reasons
)

// tell reports that n more entries are written.
func (w *listWriter) tell(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done += n
	if w.progress != nil {
		w.progress(w.done)
	}
}

// each calls write for 0 to n-1. It returns the first error that is not a refusal, after
// which nothing more is begun.
func (w *listWriter) each(n int, write func(i int) error) error {
	var (
		mu     sync.Mutex
		failed error
	)
	over := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return failed != nil
	}
	parallel.ForEach(n, listWriters, func(i int) {
		if over() {
			return
		}
		err := write(i)
		if err == nil {
			w.tell(1)
			return
		}
		if w.refuses(err) {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if failed == nil {
			failed = err
		}
	})
	return failed
}

// refuses takes note of an error if it is about the entry.
func (w *listWriter) refuses(err error) bool {
	if _, bad := errors.AsType[*sestypes.BadRequestException](err); !bad {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused++
	if len(w.shown) < listRefused {
		w.shown = append(w.shown, err)
	}
	return true
}

// refusals returns an error that tells how many entries SES refused, nil for none.
func (w *listWriter) refusals() error {
	if w.refused == 0 {
		return nil
	}
	return fmt.Errorf("%d entries were refused, among them\n%w", w.refused, errors.Join(w.shown...))
}
