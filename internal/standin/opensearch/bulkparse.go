package opensearch

import (
	"bytes"
	"strconv"
	"strings"
)

// A bulkParser splits the body of a bulk request into operations.
type bulkParser struct {
	server   *Server
	rest     []byte
	defaults operation
	line     int
	ops      []operation
	scanner  scanner
}

func (p *bulkParser) parse() *apiError {
	p.ops = make([]operation, 0, 1+bytes.Count(p.rest, []byte("\n"))/2)
	for len(p.rest) > 0 {
		line, ok := p.next()
		if !ok {
			return illegalArgument("The bulk request must be terminated by a newline [\\n]")
		}
		if len(line) == 0 {
			continue
		}
		op := p.defaults
		if fail := p.action(line, &op); fail != nil {
			return fail
		}
		if op.verb != verbDelete {
			if len(p.rest) == 0 {
				break
			}
			if op.source, ok = p.next(); !ok {
				return illegalArgument("The bulk request must be terminated by a newline [\\n]")
			}
			if op.verb == verbUpdate {
				if fail := p.checkUpdate(op.source); fail != nil {
					return fail
				}
			}
		}
		p.ops = append(p.ops, op)
	}
	return nil
}

func (p *bulkParser) next() (line []byte, ok bool) {
	p.line++
	line, rest, ok := bytes.Cut(p.rest, []byte("\n"))
	p.rest = rest
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, ok
}

// action reads the line of an action. What comes behind its object is not looked
// at, as OpenSearch does not.
func (p *bulkParser) action(line []byte, op *operation) *apiError {
	s := &p.scanner
	s.reset(line)
	switch c := s.peek(); c {
	case '{':
		s.i++
	default:
		if err := s.skip(); err != nil {
			return p.server.jsonError(err)
		}
		return illegalArgument("Malformed action/metadata line [%d], expected START_OBJECT but found [%s]", p.line, tokenName(c))
	}
	if s.peek() != '"' {
		if s.peek() == '}' {
			return illegalArgument("Malformed action/metadata line [%d], expected FIELD_NAME but found [END_OBJECT]", p.line)
		}
		return p.server.jsonError(s.unexpected())
	}
	name, err := s.text()
	if err != nil {
		return p.server.jsonError(err)
	}
	if s.peek() != ':' {
		return p.server.jsonError(s.unexpected())
	}
	s.i++
	if !op.setVerb(name) {
		return illegalArgument("Malformed action/metadata line [%d], expected one of [create, delete, index, update] but found [%s]", p.line, name)
	}
	if c := s.peek(); c != '{' {
		if c == '}' || c == 0 {
			return p.server.jsonError(s.unexpected())
		}
		return illegalArgument("Malformed action/metadata line [%d], expected START_OBJECT or END_OBJECT but found [%s]", p.line, tokenName(c))
	}
	err = s.object(func(key []byte) error { return p.parameter(s, key, op) })
	if fail, ok := err.(*apiError); ok {
		return fail
	} else if err != nil {
		return p.server.jsonError(err)
	}
	op.generated = op.id == "" && op.generated
	return nil
}

func (op *operation) setVerb(name []byte) bool {
	op.generated = true // until there is an _id
	for v, word := range verbs {
		if string(name) == word {
			op.verb = verb(v)
			return true
		}
	}
	return false
}

func tokenName(c byte) string {
	switch c {
	case '"':
		return "VALUE_STRING"
	case '{':
		return "START_OBJECT"
	case '[':
		return "START_ARRAY"
	case 't':
		return "VALUE_TRUE"
	case 'f':
		return "VALUE_FALSE"
	case 'n':
		return "VALUE_NULL"
	}
	return "VALUE_NUMBER"
}

// parameter reads one of the parameters of an action.
func (p *bulkParser) parameter(s *scanner, key []byte, op *operation) error {
	c := s.peek()
	if c == '{' || c == '[' {
		return illegalArgument("Malformed action/metadata line [%d], expected a simple value for field [%s] but found [%s]", p.line, key, tokenName(c))
	}
	raw, text, err := s.scalar()
	if err != nil {
		return err
	}
	if raw[0] == 'n' {
		return nil
	}
	switch string(key) {
	case "_index":
		if string(text) != op.index {
			op.index = p.sameIndex(text)
		}
	case "_id":
		op.id, op.generated = string(text), false
	case "routing":
		op.routing = string(text)
	case "pipeline":
		op.pipeline = string(text)
	case "require_alias":
		op.requireAlias = string(text) == "true"
	case "op_type":
		if op.verb == verbIndex && string(text) == "create" {
			op.verb = verbCreate
		}
	case "version":
		op.versioned = true
		op.version, err = strconv.ParseInt(string(text), 10, 64)
	case "version_type":
		return op.setVersionType(string(text))
	case "if_seq_no":
		op.ifSeqNo, err = strconv.ParseInt(string(text), 10, 64)
	case "if_primary_term":
		op.ifTerm, err = strconv.ParseInt(string(text), 10, 64)
	case "retry_on_conflict", "_source":
	default:
		return illegalArgument("Action/metadata line [%d] contains an unknown parameter [%s]", p.line, key)
	}
	if err != nil {
		return illegalArgument("For input string: %q", text)
	}
	return nil
}

// sameIndex is the name as a string, which is that of the operation before if it is equal.
func (p *bulkParser) sameIndex(name []byte) string {
	if n := len(p.ops); n > 0 && p.ops[n-1].index == string(name) {
		return p.ops[n-1].index
	}
	return string(name)
}

func (op *operation) setVersionType(word string) error {
	switch strings.ToLower(word) {
	case "internal":
		op.versionType = internalVersion
	case "external":
		op.versionType = externalVersion
	case "external_gte":
		op.versionType = externalGTE
	default:
		return illegalArgument("No version type match [%s]", word)
	}
	return nil
}
