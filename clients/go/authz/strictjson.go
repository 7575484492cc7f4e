package authz

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxMembers bounds what is compared with each other.
const maxMembers = 48

// readHeader reads one JSON object of alg, typ and kid and nothing more: any other
// parameter may bring a key of its own (jwk, jku, x5u, x5c) or change what the token
// means (crit, b64, zip).
func readHeader(data []byte) (alg, kid string, err error) {
	var typ string
	err = members(data, func(name string, value []byte) error {
		switch name {
		case "alg":
			return text(value, &alg)
		case "typ":
			return text(value, &typ)
		case "kid":
			return text(value, &kid)
		}
		return invalid("an unknown header parameter")
	})
	switch {
	case err != nil:
		return "", "", err
	case typ != typAccess:
		return "", "", invalid("type")
	case alg != algES256 && alg != algEdDSA:
		return "", "", invalid("algorithm")
	case !isThumbprint(kid):
		return "", "", invalid("an unknown key")
	}
	return alg, kid, nil
}

// members calls each with the members of one JSON object, whose names occur once, also
// when their case is ignored.
func members(data []byte, each func(name string, value []byte) error) error {
	if !json.Valid(data) || !utf8.Valid(data) || data[0] != '{' || data[len(data)-1] != '}' {
		return invalid("not one JSON object")
	}
	in := scanner{rest: data[1:]}
	var names [maxMembers]string
	for n := 0; in.space() != '}'; n++ {
		if n > 0 {
			in.take() // the comma
			in.space()
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
		in.space()
		in.take() // the colon
		in.space()
		if err := each(name, in.value()); err != nil {
			return err
		}
	}
	return nil
}

// scanner walks over text that is known to be JSON.
type scanner struct{ rest []byte }

// space passes over white space and tells what is behind it.
func (s *scanner) space() byte {
	s.rest = bytes.TrimLeft(s.rest, " \t\r\n")
	return s.rest[0]
}

func (s *scanner) take() byte {
	first := s.rest[0]
	s.rest = s.rest[1:]
	return first
}

// value passes over a value and returns it.
func (s *scanner) value() []byte {
	depth, inText, n := 0, false, 0
	for ; n < len(s.rest); n++ {
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
		case c == '}' || c == ']':
			if depth == 0 {
				return s.cut(n) // the object's own end, behind a number or a word
			}
			if depth--; depth == 0 {
				return s.cut(n + 1)
			}
		case depth == 0 && (c == ',' || c <= ' '):
			return s.cut(n)
		}
	}
	return s.cut(n)
}

func (s *scanner) cut(n int) []byte {
	value := s.rest[:n]
	s.rest = s.rest[n:]
	return value
}

// text reads a string; null is none.
func text(value []byte, to *string) error {
	if len(value) < 2 || value[0] != '"' {
		return invalid("a member is no text")
	}
	if bytes.IndexByte(value, '\\') < 0 {
		*to = string(value[1 : len(value)-1])
		return nil
	}
	if json.Unmarshal(value, to) != nil {
		return invalid("a member is no text")
	}
	return nil
}

// texts reads a list of strings.
func texts(value []byte, to *[]string) error {
	var list []json.RawMessage
	if len(value) == 0 || value[0] != '[' || json.Unmarshal(value, &list) != nil {
		return invalid("a member is no list")
	}
	*to = make([]string, len(list))
	for i, each := range list {
		if err := text(each, &(*to)[i]); err != nil {
			return err
		}
	}
	return nil
}

// one reads a string or a list of one, the two forms of RFC 7519 section 4.1.3.
func one(value []byte, to *string) error {
	if len(value) == 0 || value[0] != '[' {
		return text(value, to)
	}
	var list []string
	if err := texts(value, &list); err != nil {
		return err
	}
	if len(list) != 1 {
		return invalid("more than one audience")
	}
	*to = list[0]
	return nil
}

// whole reads a number of digits alone.
func whole(value []byte, to *int64) error {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || value[0] == '+' {
		return invalid("a member is no whole number")
	}
	*to = n
	return nil
}
