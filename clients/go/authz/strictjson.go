package authz

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxMembers bounds the number of names that are compared with each other.
const maxMembers = 48

// object decodes one JSON object. No name may occur twice, even in different case. Those in
// names must be spelled exactly like that and not be null. Others are ignored or, with only,
// rejected.
func object(data []byte, to any, names []string, only bool) error {
	if !json.Valid(data) || !utf8.Valid(data) || data[0] != '{' || data[len(data)-1] != '}' {
		return invalid("not one JSON object")
	}
	in := json.NewDecoder(bytes.NewReader(data))
	_, _ = in.Token() // the data is valid, so no call fails
	found := make([]string, 0, maxMembers)
	for in.More() {
		token, _ := in.Token()
		name, _ := token.(string)
		var value json.RawMessage
		_ = in.Decode(&value)
		same := func(other string) bool { return strings.EqualFold(other, name) }
		switch known := slices.Contains(names, name); {
		case len(found) == maxMembers:
			return invalid("too many members")
		case slices.ContainsFunc(found, same):
			return invalid("a name occurs twice")
		case !known && only:
			return invalid("an unknown member")
		case !known && slices.ContainsFunc(names, same):
			return invalid("a name is spelled in another case")
		case known && string(value) == "null":
			return invalid("a member is null")
		}
		found = append(found, name)
	}
	if json.Unmarshal(data, to) != nil {
		return invalid("a member has the wrong type")
	}
	return nil
}

// audience is decoded from a string or a list of one string, the two forms of RFC 7519
// section 4.1.3.
type audience string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(data []byte) error {
	if data[0] != '[' {
		return json.Unmarshal(data, (*string)(a))
	}
	var list []string
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	if len(list) != 1 {
		return invalid("the token does not have exactly one audience")
	}
	*a = audience(list[0])
	return nil
}
