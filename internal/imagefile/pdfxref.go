package imagefile

import (
	"errors"
	"fmt"
	"strconv"
)

const (
	maxSections = 1000   // of a file: one for each time that it was changed
	maxParts    = 20_000 // of all sections
)

// An entry tells where an object is.
type entry struct {
	kind         entryKind
	where, index int64 // its offset; or the number of its stream, and its place in it
}

type entryKind int

const (
	absent entryKind = iota // not in this section
	free
	inFile
	inStream
)

// An xrefSection is a part of the cross-reference table: a table in the text
// (7.5.4), of which only the places are kept, or the bytes of a stream (7.5.8).
type xrefSection struct {
	parts  []xrefPart
	data   []byte // of a stream
	fields [3]int // bytes of the fields of an entry of a stream
	hidden *xrefSection

	// Of the trailer:
	root      pdfRef // of the zero value if it has none
	encrypted bool
	previous  int64 // offset of the section before, -1 if there is none
	stream    int64 // offset of the section that is hidden from old readers, -1 if there is none
}

// An xrefPart says where the entries of successive objects are.
type xrefPart struct {
	first, count int64
	at, stride   int64 // in the file, or in data
}

// objects returns how many objects the section may tell of, at most.
func (s *xrefSection) objects() int64 {
	var n int64
	for _, part := range s.parts {
		n += part.count
	}
	if s.data != nil {
		n = min(n, int64(len(s.data)))
	}
	if s.hidden != nil {
		n += s.hidden.objects()
	}
	return n
}

// find returns where an object is, by the newest section that tells.
func (p *pdf) find(num int64) (entry, error) {
	for i := 0; ; i++ {
		if i == len(p.sections) {
			if p.next < 0 {
				return entry{}, nil
			}
			if err := p.readSection(); err != nil {
				return entry{}, err
			}
		}
		e, err := p.lookUp(p.sections[i], num)
		if err != nil {
			return entry{}, fmt.Errorf("cross-reference: %w", err)
		}
		if e.kind != absent {
			return e, nil
		}
	}
}

func (p *pdf) lookUp(s *xrefSection, num int64) (entry, error) {
	e := entry{}
	for _, part := range s.parts {
		if num < part.first || num-part.first >= part.count {
			continue
		}
		at := part.at + (num-part.first)*part.stride
		if s.data != nil {
			e = s.streamEntry(at)
			break
		}
		var err error
		if e, err = p.tableEntry(at); err != nil {
			return e, err
		}
		break
	}
	// What a table calls free may be hidden from old readers (7.5.8.4).
	if s.hidden != nil && (e.kind == absent || e.kind == free) {
		if hidden, err := p.lookUp(s.hidden, num); err != nil || hidden.kind != absent {
			return hidden, err
		}
	}
	return e, nil
}

func (p *pdf) tableEntry(at int64) (entry, error) {
	text, err := p.in.at(p.base+at, 18)
	if err != nil {
		return entry{}, err
	}
	where, err := strconv.ParseInt(string(text[:10]), 10, 64)
	switch {
	case err != nil || where < 0 || text[17] != 'n' && text[17] != 'f':
		return entry{}, fmt.Errorf("malformed entry %q", text)
	case text[17] == 'f' || where == 0:
		return entry{kind: free}, nil
	}
	return entry{kind: inFile, where: where}, nil
}

func (s *xrefSection) streamEntry(at int64) entry {
	var field [3]int64
	if s.fields[0] == 0 {
		field[0] = 1
	}
	for i, width := range s.fields {
		if at+int64(width) > int64(len(s.data)) {
			return entry{}
		}
		for ; width > 0; width-- {
			field[i] = field[i]<<8 | int64(s.data[at])
			at++
		}
	}
	switch field[0] {
	case 0:
		return entry{kind: free}
	case 1:
		return entry{kind: inFile, where: field[1]}
	case 2:
		return entry{kind: inStream, where: field[1], index: field[2]}
	}
	return entry{kind: free} // kinds to come are null (7.5.8.3)
}

// readSection reads the section at p.next and sets that to the one before.
func (p *pdf) readSection() error {
	s, err := p.sectionAt(p.next)
	if err == nil && s.data == nil && s.stream >= 0 {
		s.hidden, err = p.sectionAt(s.stream)
	}
	if err != nil {
		return fmt.Errorf("cross-reference: %w", err)
	}
	p.next = s.previous
	p.sections = append(p.sections, s)
	return nil
}

// setTrailer keeps what matters of a trailer.
func (s *xrefSection) setTrailer(trailer pdfDict) error {
	s.root, _ = trailer["Root"].(pdfRef)
	s.encrypted = trailer["Encrypt"] != nil
	s.stream = number(trailer, "XRefStm", -1)
	switch previous := trailer["Prev"].(type) {
	case nil:
		s.previous = -1
	case int64:
		s.previous = previous
	case float64:
		s.previous = int64(previous)
	default:
		return errors.New("previous section: no offset")
	}
	return nil
}

// addPart adds a part to a section, if the file has not too many.
func (p *pdf) addPart(s *xrefSection, part xrefPart) error {
	if p.parts++; p.parts > maxParts {
		return fmt.Errorf("more than %d parts", maxParts)
	}
	s.parts = append(s.parts, part)
	return nil
}

func (p *pdf) sectionAt(off int64) (*xrefSection, error) {
	switch {
	case p.seen[off]:
		return nil, fmt.Errorf("section at %d comes before itself", off)
	case len(p.seen) == maxSections:
		return nil, fmt.Errorf("more than %d sections", maxSections)
	case off < 0 || off >= p.in.size:
		return nil, fmt.Errorf("section at %d of %d", off, p.in.size)
	}
	p.seen[off] = true
	table := false
	var body int64
	err := p.parse(off, func(l *lexer) error {
		word, err := l.word()
		table = string(word) == "xref"
		body = off + int64(l.pos)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case table:
		return p.readTable(body)
	}
	return p.readXRefStream(off)
}

// readTable reads where the parts of a table are, and its trailer.
func (p *pdf) readTable(off int64) (*xrefSection, error) {
	s := &xrefSection{}
	for {
		part, trailer, err := p.readPart(off)
		if err != nil {
			return nil, err
		}
		if trailer != nil {
			return s, s.setTrailer(trailer)
		}
		if err := p.addPart(s, part); err != nil {
			return nil, err
		}
		off = part.at + part.count*part.stride
	}
}

// readPart reads the head of a part of a table, or else the trailer.
func (p *pdf) readPart(off int64) (part xrefPart, trailer pdfDict, err error) {
	err = p.parse(off, func(l *lexer) error {
		if l.keyword("trailer") == nil {
			v, err := l.value(0)
			trailer, _ = v.(pdfDict)
			if err == nil && trailer == nil {
				err = errors.New("trailer is no dictionary")
			}
			return err
		}
		if part.first, err = l.integer(); err != nil {
			return err
		}
		if part.count, err = l.integer(); err != nil {
			return err
		}
		if part.count == 0 {
			part.at = off + int64(l.pos)
			return nil
		}
		l.skip()
		part.at = off + int64(l.pos)
		return part.measure(l.text[l.pos:])
	})
	if err == nil && trailer == nil && (part.count > (p.in.size-part.at)/max(part.stride, 1) || part.first > 1<<40) {
		err = fmt.Errorf("part of %d entries from %d on", part.count, part.first)
	}
	return part, trailer, err
}

// measure finds out how long the entries are, of which the first is at the
// beginning of text: 20 bytes, if the writer kept to the rule.
func (part *xrefPart) measure(text []byte) error {
	if len(text) < 21 {
		return errShort
	}
	switch {
	case !isSpace(text[18]):
		return fmt.Errorf("malformed entry %q", text[:20])
	case !isSpace(text[19]):
		part.stride = 19
	case isSpace(text[20]):
		part.stride = 21
	default:
		part.stride = 20
	}
	// Some writers begin at 1, but with the entry of object 0.
	if part.first == 1 && string(text[:18]) == "0000000000 65535 f" {
		part.first = 0
	}
	return nil
}

func (p *pdf) readXRefStream(off int64) (*xrefSection, error) {
	dict, data, err := p.stream(off, -1)
	if err != nil {
		return nil, err
	}
	s := &xrefSection{data: append([]byte{}, data...)}
	if err := s.setTrailer(dict); err != nil {
		return nil, err
	}
	widths, _ := dict["W"].([]any)
	if len(widths) < len(s.fields) {
		return nil, errors.New("stream without W")
	}
	for i := range s.fields {
		width, ok := widths[i].(int64)
		if !ok || width < 0 || width > 8 {
			return nil, fmt.Errorf("field of %v bytes", widths[i])
		}
		s.fields[i] = int(width)
	}
	return s, p.index(s, dict)
}

// index sets the parts of a stream.
func (p *pdf) index(s *xrefSection, dict pdfDict) error {
	pairs, ok := dict["Index"].([]any)
	if !ok {
		pairs = []any{int64(0), dict["Size"]}
	}
	stride, at := int64(s.fields[0]+s.fields[1]+s.fields[2]), int64(0)
	for ; len(pairs) >= 2; pairs = pairs[2:] {
		first, ok1 := pairs[0].(int64)
		count, ok2 := pairs[1].(int64)
		if !ok1 || !ok2 || first < 0 || count < 0 || first > 1<<40 || count > maxInflated {
			return fmt.Errorf("part of %v entries from %v on", pairs[1], pairs[0])
		}
		if err := p.addPart(s, xrefPart{first, count, at, stride}); err != nil {
			return err
		}
		at += count * stride
	}
	return nil
}
