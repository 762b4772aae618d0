package opensearch

import (
	"context"
	"errors"
	"iter"
)

// An item is what a source yields: a document, or what is wrong with one.
type item struct {
	pos   Position
	input string     // name of the file or object
	doc   Document   // its ID is set, unless the service is to make it
	bad   *Rejection // instead of doc: the record cannot be made a document
}

// A source is what is loaded, in a defined order.
type source interface {
	// version tells this content from any other.
	version() string

	// size is how many bytes there are to read, 0 if that is not known; done is how
	// many of them were read so far.
	size() int64
	done() int64

	// items yields what is at from and behind it. The bytes of an item may be used
	// until the next one. An error is the last thing it yields.
	items(ctx context.Context, from Position) iter.Seq2[item, error]
}

// openSource looks up what there is to load, and reads none of it.
func openSource(ctx context.Context, c Clients, opts IngestOptions) (source, error) {
	return nil, errors.New("to be written")
}
