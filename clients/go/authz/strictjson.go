package authz

import (
	"bytes"
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
	in := json.NewDecoder(bytes.NewReader(data))
	_, _ = in.Token() // the data is valid, so no call fails
	var names [maxMembers]string
	for n := 0; in.More(); n++ {
		token, _ := in.Token()
		name, _ := token.(string)
		if n == maxMembers {
			return invalid("too many members")
		}
		for _, other := range names[:n] {
			if strings.EqualFold(other, name) {
				return invalid("a name occurs twice")
			}
		}
		names[n] = name
		var value json.RawMessage
		_ = in.Decode(&value)
		if err := each(name, string(value)); err != nil {
			return err
		}
	}
	return nil
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
	var list []json.RawMessage
	if value[0] != '[' || json.Unmarshal([]byte(value), &list) != nil {
		return invalid("a member is not a list")
	}
	*to = make([]string, len(list))
	for i, each := range list {
		if err := text(string(each), &(*to)[i]); err != nil {
			return err
		}
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
