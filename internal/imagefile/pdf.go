package imagefile

import (
	"bytes"
	"errors"
	"fmt"
)

const (
	pdfTail       = 32 << 10
	maxObject     = 1 << 20 // bytes of the text of an object
	maxReferences = 16      // that lead from one to the next
	maxKidsRead   = 16      // of the root of the page tree
)

// A pdf is a PDF that is being looked into. What it was read with is ISO
// 32000-1:2008; section numbers are of it.
type pdf struct {
	in       *ranges
	base     int64 // what offsets are counted from
	sections []*xrefSection
	next     int64 // offset of the section that comes before those; -1 if there is none
	seen     map[int64]bool
	streams  map[int64]objectStream
	parts    int   // of all sections
	inflated int64 // bytes that streams made
	depth    int   // of objects that are read to read others
}

func inspectPDF(in *ranges, info *Info) error {
	in.least = 8 << 10
	info.Pages = 0
	pages, err := pdfPages(in)
	switch {
	case errors.Is(err, ErrEncrypted):
		return err
	case err != nil:
		if notPDF(in) {
			return errors.New("no PDF header")
		}
		return &UnknownPagesError{Format: PDF, Err: err}
	}
	info.Pages = pages
	return nil
}

func notPDF(in *ranges) bool {
	head, err := in.upTo(0, SniffLen)
	return err == nil && pdfHeader(head) < 0
}

// pdfPages returns the number of pages that the root of the page tree states.
func pdfPages(in *ranges) (int, error) {
	p, err := openPDF(in)
	if err != nil {
		return 0, err
	}
	root, err := p.root()
	if err != nil {
		return 0, fmt.Errorf("catalog: %w", err)
	}
	pages, err := p.dict(root["Pages"])
	if err != nil {
		return 0, fmt.Errorf("page tree: %w", err)
	}
	return p.count(pages)
}

// openPDF reads the newest part of the cross-reference table.
func openPDF(in *ranges) (*pdf, error) {
	n := int(min(in.size, pdfTail))
	tail, err := in.at(in.size-int64(n), n)
	if err != nil {
		return nil, err
	}
	at := bytes.LastIndex(tail, []byte("startxref"))
	if at < 0 {
		return nil, errors.New("no startxref at the end")
	}
	start, err := (&lexer{text: tail, pos: at + len("startxref"), last: true}).integer()
	if err != nil {
		return nil, fmt.Errorf("startxref: %w", err)
	}
	p, err := openAt(in, 0, start)
	if err == nil {
		return p, nil
	}
	// Offsets may be counted from the header, if something stands before it.
	head, headErr := in.upTo(0, SniffLen)
	if base := pdfHeader(head); headErr == nil && base > 0 {
		return openAt(in, int64(base), start)
	}
	return nil, err
}

func openAt(in *ranges, base, start int64) (*pdf, error) {
	p := &pdf{in: in, base: base, next: start, seen: map[int64]bool{}, streams: map[int64]objectStream{}}
	if err := p.readSection(); err != nil {
		return nil, err
	}
	return p, nil
}

// root returns the document catalog.
func (p *pdf) root() (pdfDict, error) {
	for i := 0; ; i++ {
		for i >= len(p.sections) {
			if p.next < 0 {
				return nil, errors.New("not named in a trailer")
			}
			if err := p.readSection(); err != nil {
				return nil, err
			}
		}
		switch s := p.sections[i]; {
		case s.encrypted:
			return nil, ErrEncrypted
		case s.root != pdfRef{}:
			return p.dict(s.root)
		}
	}
}

// count returns the number of pages below the root of the page tree. It looks at
// so many of the kids as tell a lie for little.
func (p *pdf) count(root pdfDict) (int, error) {
	count, err := p.stated(root)
	if err != nil {
		return 0, err
	}
	if count == 0 {
		return 0, errors.New("page tree: no pages")
	}
	v, err := p.resolve(root["Kids"])
	if err != nil {
		return 0, fmt.Errorf("kids of the page tree: %w", err)
	}
	kids, ok := v.([]any)
	if !ok || int64(len(kids)) > count {
		return 0, fmt.Errorf("page tree: %d kids, but %d pages", len(kids), count)
	}
	if err := p.check(kids, count); err != nil {
		return 0, err
	}
	return int(count), p.enough(count)
}

// enough checks that there are as many objects as pages.
func (p *pdf) enough(count int64) error {
	var objects int64
	for i := 0; objects < count; i++ {
		if i == len(p.sections) {
			if p.next < 0 {
				return fmt.Errorf("page tree: count of %d pages, but there are %d objects", count, objects)
			}
			if err := p.readSection(); err != nil {
				return err
			}
		}
		objects += p.sections[i].objects()
	}
	return nil
}

// stated returns the number of pages that a node of the page tree states: its
// Count, or 1 if it is a page itself.
func (p *pdf) stated(node pdfDict) (int64, error) {
	v, err := p.resolve(node["Count"])
	if err != nil {
		return 0, fmt.Errorf("count of the page tree: %w", err)
	}
	if kind, _ := p.resolve(node["Type"]); kind == pdfName("Page") || v == nil && node["Kids"] == nil {
		return 1, nil
	}
	count, ok := v.(int64)
	if !ok || count < 0 || count > maxAllBytes {
		return 0, fmt.Errorf("page tree: count of %v pages", v)
	}
	return count, nil
}

// check compares the sum of what kids state with count. If that is their number
// already, or if they are many, it looks at the first and the last only.
func (p *pdf) check(kids []any, count int64) error {
	sample := kids
	if len(kids) > maxKidsRead || int64(len(kids)) == count && count > 2 {
		sample = []any{kids[0], kids[len(kids)-1]}
	}
	all := len(sample) == len(kids)
	var sum int64
	for _, kid := range sample {
		node, err := p.dict(kid)
		if err != nil {
			return fmt.Errorf("kid of the page tree: %w", err)
		}
		n, err := p.stated(node)
		if err != nil {
			return err
		}
		sum += n
	}
	// Each of the kids that were not looked at has a page at least.
	least := sum + int64(len(kids)-len(sample))
	if all && sum != count || least > count {
		return fmt.Errorf("page tree: count of %d pages, but its kids have %d", count, least)
	}
	return nil
}

// dict returns the dictionary that v is or refers to.
func (p *pdf) dict(v any) (pdfDict, error) {
	v, err := p.resolve(v)
	if err != nil {
		return nil, err
	}
	dict, ok := v.(pdfDict)
	if !ok {
		return nil, errors.New("no dictionary")
	}
	return dict, nil
}

// resolve returns what v refers to, v itself if it is no reference. What is not
// there is null (7.3.10).
func (p *pdf) resolve(v any) (any, error) {
	for range maxReferences {
		ref, ok := v.(pdfRef)
		if !ok {
			return v, nil
		}
		var err error
		if v, err = p.object(ref.num); err != nil {
			return nil, fmt.Errorf("object %d: %w", ref.num, err)
		}
	}
	return nil, errors.New("reference to a reference without end")
}

func (p *pdf) object(num int64) (any, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxReferences {
		return nil, errors.New("objects need one another without end")
	}
	e, err := p.find(num)
	if err != nil {
		return nil, err
	}
	switch e.kind {
	case inFile:
		v, _, err := p.objectAt(e.where, num)
		return v, err
	case inStream:
		return p.streamed(e.where, e.index, num)
	}
	return nil, nil
}

// objectAt reads the object at an offset. It returns what stands behind it, too:
// the offset of the bytes of a stream, or 0.
func (p *pdf) objectAt(off, num int64) (v any, stream int64, err error) {
	err = p.parse(off, func(l *lexer) error {
		got, err := l.integer()
		if err != nil {
			return err
		}
		if num >= 0 && got != num {
			return fmt.Errorf("offset %d has object %d", off, got)
		}
		if _, err = l.integer(); err != nil {
			return err
		}
		if err = l.keyword("obj"); err != nil {
			return err
		}
		if v, err = l.value(0); err != nil {
			return err
		}
		begins, err := l.streamBegins()
		if begins {
			stream = off + int64(l.pos)
		}
		return err
	})
	return v, stream, err
}

// streamBegins tells whether the bytes of a stream follow, and passes over what
// is before them.
func (l *lexer) streamBegins() (bool, error) {
	err := l.keyword("stream")
	short := errors.Is(err, errShort) || err == nil && len(l.text)-l.pos < 2
	switch {
	case short && !l.last:
		return false, errShort
	case err != nil:
		return false, nil
	}
	if l.pos < len(l.text) && l.text[l.pos] == '\r' {
		l.pos++
	}
	if l.pos < len(l.text) && l.text[l.pos] == '\n' {
		l.pos++
	}
	return true, nil
}

// parse calls fn for the text at an offset, with ever more of it until it is
// enough.
func (p *pdf) parse(off int64, fn func(*lexer) error) error {
	off += p.base
	if off >= 0 && off < p.in.size {
		if text := p.in.known(off); len(text) > 0 {
			text = text[:min(len(text), maxObject)]
			last := off+int64(len(text)) == p.in.size
			if err := fn(&lexer{text: text, last: last}); !errors.Is(err, errShort) || last {
				return err
			}
		}
	}
	for n := 4 << 10; ; n *= 4 {
		text, err := p.in.upTo(off, n)
		if err != nil {
			return err
		}
		last := off+int64(len(text)) == p.in.size
		if err := fn(&lexer{text: text, last: last}); !errors.Is(err, errShort) || last || n >= maxObject {
			return err
		}
	}
}
