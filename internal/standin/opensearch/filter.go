package opensearch

import (
	"strings"
)

// filterPath leaves of an answer what paths such as errors,items.*.status name.
// Arrays have no step of their own, and ** is any number of steps.
func filterPath(body []byte, paths string) []byte {
	var patterns [][]string
	for path := range strings.SplitSeq(paths, ",") {
		patterns = append(patterns, strings.Split(path, "."))
	}
	s := scanner{b: body}
	out, some := s.filter(make([]byte, 0, len(body)), patterns)
	if !some {
		return []byte("{}")
	}
	return out
}

// filter appends what is left of the next value, and tells whether anything is.
func (s *scanner) filter(out []byte, patterns [][]string) (left []byte, some bool) {
	before := len(out)
	switch s.peek() {
	case '{':
		out = append(out, '{')
		s.object(func(key []byte) error {
			at := len(out)
			if some {
				out = append(out, ',')
			}
			out = append(appendString(out, key), ':')
			var kept bool
			if out, kept = s.member(out, step(patterns, key)); kept {
				some = true
			} else {
				out = out[:at]
			}
			return nil
		})
		out = append(out, '}')
	case '[':
		out = append(out, '[')
		s.array(func() error {
			at := len(out)
			if some {
				out = append(out, ',')
			}
			var kept bool
			if out, kept = s.filter(out, patterns); kept {
				some = true
			} else {
				out = out[:at]
			}
			return nil
		})
		out = append(out, ']')
	default:
		s.skip()
	}
	if !some {
		return out[:before], false
	}
	return out, true
}

// member appends what is left of the value of a member.
func (s *scanner) member(out []byte, patterns [][]string) (left []byte, some bool) {
	for _, p := range patterns {
		if len(p) == 0 {
			value, _ := s.value()
			return append(out, value...), true
		}
	}
	if len(patterns) == 0 {
		s.skip()
		return out, false
	}
	return s.filter(out, patterns)
}

// step returns what is left of the patterns behind a key.
func step(patterns [][]string, key []byte) (left [][]string) {
	for _, p := range patterns {
		if len(p) == 0 {
			continue
		}
		switch {
		case p[0] == "**":
			left = append(left, p)
			left = append(left, step([][]string{p[1:]}, key)...)
		case p[0] == "*" || p[0] == string(key) || strings.Contains(p[0], "*") && matchName(p[0], string(key)):
			left = append(left, p[1:])
		}
	}
	return left
}
