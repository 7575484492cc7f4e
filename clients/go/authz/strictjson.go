package authz

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxMembers bounds the number of names that are compared with each other.
const maxMembers = 48

// members calls each for the members of one JSON object. No name may occur twice, even in
// different case.
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

// scanner splits text that is known to be valid JSON and ends with the end of an object or
// list.
type scanner struct{ rest string }

// space skips white space and returns the next character.
func (s *scanner) space() byte {
	s.rest = strings.TrimLeft(s.rest, " \t\r\n")
	return s.rest[0]
}

// skip skips a character and the white space around it.
func (s *scanner) skip() {
	s.space()
	s.rest = s.rest[1:]
	s.space()
}

// value skips a value and returns it.
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
			return s.cut(n) // after a number or literal
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

// text parses a string. null is not a string.
func text(value string, to *string) error {
	if len(value) < 2 || value[0] != '"' {
		return invalid("a member is not a string")
	}
	if strings.IndexByte(value, '\\') < 0 {
		*to = value[1 : len(value)-1]
		return nil
	}
	if json.Unmarshal([]byte(value), to) != nil {
		return invalid("a member is not a string")
	}
	return nil
}

// texts parses a list of strings.
func texts(value string, to *[]string) error {
	if value[0] != '[' {
		return invalid("a member is not a list")
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

// one parses a string or a list of one string, the two forms of RFC 7519 section 4.1.3.
func one(value string, to *string) error {
	if value[0] != '[' {
		return text(value, to)
	}
	var list []string
	if err := texts(value, &list); err != nil {
		return err
	}
	if len(list) != 1 {
		return invalid("the token does not have exactly one audience")
	}
	*to = list[0]
	return nil
}

// whole parses an integer without fraction or exponent.
func whole(value string, to *int64) error {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return invalid("a member is not an integer")
	}
	*to = n
	return nil
}
