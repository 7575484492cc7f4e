package authz

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxMembers bounds what is compared with each other.
const maxMembers = 48

// members calls each with the members of one JSON object, whose names occur once, also
// when their case is ignored.
func members(data []byte, each func(name, value string) error) error {
	if !json.Valid(data) || !utf8.Valid(data) || data[0] != '{' || data[len(data)-1] != '}' {
		return invalid("not one JSON object")
	}
	in := scanner{rest: string(data[1:])}
	var names [maxMembers]string
	for n := 0; in.space() != '}'; n++ {
		if n > 0 {
			in.skip() // the comma
		}
		var name string
		if err := text(in.value(), &name); err != nil {
			return err
		}
		if n == maxMembers {
			return invalid("too many members")
		}
		for _, other := range names[:n] {
			if strings.EqualFold(other, name) {
				return invalid("a name occurs twice")
			}
		}
		names[n] = name
		in.skip() // the colon
		if err := each(name, in.value()); err != nil {
			return err
		}
	}
	return nil
}

// scanner walks over text that is known to be JSON, and to have an end of an object or
// a list.
type scanner struct{ rest string }

// space passes over white space and tells what is behind it.
func (s *scanner) space() byte {
	s.rest = strings.TrimLeft(s.rest, " \t\r\n")
	return s.rest[0]
}

// skip passes over a character, and the white space around it.
func (s *scanner) skip() {
	s.space()
	s.rest = s.rest[1:]
	s.space()
}

// value passes over a value and returns it.
func (s *scanner) value() string {
	depth, inText := 0, false
	for n := 0; n < len(s.rest); n++ {
		c := s.rest[n]
		switch {
		case inText && c == '\\':
			n++
		case c == '"':
			inText = !inText
			if !inText && depth == 0 {
				return s.cut(n + 1)
			}
		case inText:
		case c == '{' || c == '[':
			depth++
		case depth == 0 && (c == ',' || c == '}' || c == ']' || c <= ' '):
			return s.cut(n) // behind a number or a word
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return s.cut(n + 1)
			}
		}
	}
	return s.cut(len(s.rest))
}

func (s *scanner) cut(n int) string {
	value := s.rest[:n]
	s.rest = s.rest[n:]
	return value
}

// text reads a string; null is none.
func text(value string, to *string) error {
	if len(value) < 2 || value[0] != '"' {
		return invalid("a member is no text")
	}
	if strings.IndexByte(value, '\\') < 0 {
		*to = value[1 : len(value)-1]
		return nil
	}
	if json.Unmarshal([]byte(value), to) != nil {
		return invalid("a member is no text")
	}
	return nil
}

// texts reads a list of strings.
func texts(value string, to *[]string) error {
	if value[0] != '[' {
		return invalid("a member is no list")
	}
	in := scanner{rest: value[1:]}
	*to = make([]string, 0, 4)
	for n := 0; in.space() != ']'; n++ {
		if n > 0 {
			in.skip() // the comma
		}
		var each string
		if err := text(in.value(), &each); err != nil {
			return err
		}
		*to = append(*to, each)
	}
	return nil
}

// one reads a string or a list of one, the two forms of RFC 7519 section 4.1.3.
func one(value string, to *string) error {
	if value[0] != '[' {
		return text(value, to)
	}
	var list []string
	if err := texts(value, &list); err != nil {
		return err
	}
	if len(list) != 1 {
		return invalid("not one audience")
	}
	*to = list[0]
	return nil
}

// whole reads a number of digits alone.
func whole(value string, to *int64) error {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return invalid("a member is no whole number")
	}
	*to = n
	return nil
}
