package opensearch

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/internal/s3object"
	"github.com/awspatterns/awspatterns/rows"
)

// ErrInputChanged reports that a file or object is no longer the one that was found
// at first, or became another while it was read.
var ErrInputChanged = s3object.ErrChanged

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
	if err := checkSource(c, opts); err != nil {
		return nil, err
	}
	if opts.Documents != nil {
		return newDocumentSource(opts)
	}
	inputs, err := lookUp(ctx, c, opts)
	if err != nil {
		return nil, reason.Cause(ctx, err)
	}
	return newInputSource(opts, inputs)
}

func lookUp(ctx context.Context, c Clients, opts IngestOptions) ([]input, error) {
	if len(opts.Files) > 0 {
		return lookUpFiles(opts.Files)
	}
	return lookUpObjects(ctx, c.S3, opts.Objects)
}

// checkSource checks the options that say what to load.
func checkSource(c Clients, opts IngestOptions) error {
	given := 0
	for _, is := range []bool{len(opts.Files) > 0, len(opts.Objects) > 0, opts.Documents != nil} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		return fmt.Errorf("%d of Files, Objects and Documents are set: set one of them", given)
	case len(opts.Objects) > 0 && c.S3 == nil:
		return errors.New("no Clients.S3 to read Objects with: set it, as NewClients does")
	case opts.Documents == nil && opts.Version != "":
		return errors.New("a Version is for Documents: files and objects have one of their own, leave it empty")
	case opts.Documents != nil && opts.Version == "" && opts.Checkpoint != nil:
		return errors.New("a Checkpoint needs the Version of the Documents, to go on only in the content that it was made in: set it")
	case opts.Documents != nil && opts.Format != nil:
		return errors.New("no Format goes with Documents, which are JSON objects: leave it empty")
	}
	return nil
}

// optionsVersion tells options that make other documents or ids, or write them in
// another way, from each other. It begins with the number of the rules by which
// this package makes them.
func optionsVersion(opts IngestOptions) (string, error) {
	return hashOf([]any{1, describeFormat(opts.Format), opts.Fields, opts.IDField, opts.GeneratedIDs, opts.RoutingField, cmp.Or(opts.Mode, Append), opts.Pipeline})
}

// describeFormat returns what tells a format from another one: what it says of
// itself, or else its type and exported fields.
func describeFormat(f rows.Format) string {
	if s, ok := f.(fmt.Stringer); ok {
		return fmt.Sprintf("%T %s", f, s)
	}
	fields, err := json.Marshal(f)
	if err != nil { // such as a func
		return fmt.Sprintf("%T", f)
	}
	return fmt.Sprintf("%T %s", f, fields)
}

func hashOf(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:]), nil
}
