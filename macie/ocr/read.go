package ocr

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Read reads a document that was written by [Document.Write]. It reads page by
// page and takes no more memory than the document and the JSON of one page; who
// does not trust the source limits r. The document passes [Document.Check], and its
// lines are as in [Document.Text].
//
// Fields that are not known are passed over. An error names page and line, or the
// byte where the JSON is broken; after the document there must be nothing.
func Read(r io.Reader) (Document, error) {
	reader := reader{dec: json.NewDecoder(r)}
	if err := reader.document(); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return Document{}, fmt.Errorf("ocr: read document: byte %d: %w", reader.dec.InputOffset(), err)
	}
	return Document{Pages: reader.pages}, nil
}

type reader struct {
	dec    *json.Decoder
	pages  []Page
	number int // of the last page
	found  bool
}

func (r *reader) document() error {
	if err := r.expect('{'); err != nil {
		return err
	}
	for r.dec.More() {
		if err := r.field(); err != nil {
			return err
		}
	}
	if err := r.expect('}'); err != nil {
		return err
	}
	if !r.found {
		return errors.New(`no field "pages": this is no document`)
	}
	switch _, err := r.dec.Token(); {
	case err == io.EOF:
		return nil
	case err != nil:
		return err
	}
	return errors.New("something follows the document")
}

func (r *reader) expect(want json.Delim) error {
	token, err := r.dec.Token()
	if err != nil {
		return err
	}
	if token != want {
		return fmt.Errorf("want %v, not %v", want, token)
	}
	return nil
}

func (r *reader) field() error {
	name, err := r.dec.Token()
	if err != nil {
		return err
	}
	if name != "pages" {
		var unknown json.RawMessage
		return r.dec.Decode(&unknown)
	}
	if r.found {
		return errors.New(`two fields "pages"`)
	}
	r.found = true
	if err := r.expect('['); err != nil {
		return err
	}
	for r.dec.More() {
		if err := r.page(); err != nil {
			return err
		}
	}
	return r.expect(']')
}

func (r *reader) page() error {
	var page Page
	if err := r.dec.Decode(&page); err != nil {
		return fmt.Errorf("page after page %d: %w", r.number, err)
	}
	if err := page.check(r.number); err != nil {
		return err
	}
	for i := range page.Lines {
		page.Lines[i].Text = rendered(page.Lines[i].Text)
	}
	r.number = page.Number
	r.pages = append(r.pages, page)
	return nil
}
