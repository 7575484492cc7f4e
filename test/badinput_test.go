package test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// badBodies returns inputs that are invalid for every route; good is a valid one.
func badBodies(route bodyRoute, good string) []badInput {
	first, open := route.fields[0], strings.TrimSuffix(good, "}")
	none, large := refusal{400, badRequest, ""}, refusal{413, tooLarge, ""}
	long := `{"` + first + `":"` + canary
	return append(append(wrongTypes(route.fields, good), wrongMedia(good)...), []badInput{
		{name: "nothing", refusal: route.empty},
		{name: "nothing, in chunks", chunked: true, refusal: route.empty},
		{name: "no field", body: `{}`, refusal: route.empty},
		{name: "white space", body: " \n", refusal: none},
		{name: "not JSON", body: canary, refusal: none},
		{name: "cut short", body: open, refusal: none},
		{name: "a list", body: `["` + canary + `"]`, refusal: none},
		{name: "a string", body: `"` + canary + `"`, refusal: none},
		{name: "a number", body: canaryNumber, refusal: none},
		{name: "null", body: `null`, refusal: none},
		{name: "a list of a right one", body: `[` + good + `]`, refusal: none},
		{name: "an unknown field", body: open + `,"admin":"` + canary + `"}`, refusal: refusal{400, badRequest, "admin"}},
		{name: "an unknown field that is no name", body: open + `,"<` + canary + `>":1}`, refusal: none},
		{name: "an unknown field that is a number", body: open + `,"` + canaryNumber + `":1}`, refusal: none},
		{name: "a field in another case", body: strings.Replace(good, first, strings.ToUpper(first), 1), refusal: refusal{400, badRequest, strings.ToUpper(first)}},
		{name: "a field in two cases", body: open + `,"` + strings.ToUpper(first) + `":"` + canary + `"}`, refusal: refusal{400, badRequest, strings.ToUpper(first)}},
		{name: "a field twice", body: open + `,"` + first + `":"` + canary + `"}`, refusal: refusal{400, badRequest, first}},
		{name: "a raw NUL in a string", body: long + "\x00\"}", refusal: none},
		{name: "a raw NUL at the end", body: good + "\x00", refusal: none},
		{name: "an escaped NUL", body: long + `\u0000"}`, refusal: none},
		{name: "a raw line break in a string", body: long + "\n\"}", refusal: none},
		{name: "invalid UTF-8", body: long + "\xff\xfe\"}", refusal: none},
		{name: "overlong UTF-8", body: long + "\xc0\xb1\"}", refusal: none},
		{name: "UTF-16", body: "\xfe\xff\x00{\x00}", refusal: none},
		{name: "a byte order mark", body: "\ufeff" + good, refusal: none},
		{name: "half a surrogate pair", body: long + `\ud83d"}`, refusal: none},
		{name: "trailing text", body: good + canary, refusal: none},
		{name: "two objects", body: good + good, refusal: none},
		{name: "a comment", body: good + `/*` + canary + `*/`, refusal: none},
		{name: "9,000 levels", body: `{"` + first + `":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`, refusal: refusal{400, badRequest, first}},
		{name: "30,000 levels", body: `{"` + first + `":` + strings.Repeat("[", 30000) + strings.Repeat("]", 30000) + `}`, refusal: none},
		{name: "3,000 objects without an end", body: strings.Repeat(`{"`+first+`":`, 3000), refusal: none},
		{name: "65 KiB", body: good + strings.Repeat(" ", 65<<10-len(good)), refusal: large},
		{name: "65 KiB in chunks", body: good + strings.Repeat(" ", 65<<10-len(good)), chunked: true, refusal: large},
		{name: "10 MB", body: long, fill: 10 << 20, refusal: large},
		{name: "10 MB in chunks", body: long, fill: 10 << 20, chunked: true, refusal: large},
	}...)
}

// objects lists the fields that take an object.
var objects = []string{"metadata", "appMetadata", "credential"}

// wrongTypes puts each JSON type except string into each field, and each except object into
// object fields. For null, see TestInput_null.
func wrongTypes(fields []string, good string) []badInput {
	var list []badInput
	for _, field := range fields {
		for _, value := range []string{canaryNumber, "1.5", "true", `{"a":"` + canary + `"}`, `["` + canary + `"]`} {
			var members map[string]json.RawMessage
			if err := json.Unmarshal([]byte(good), &members); err != nil {
				panic(err)
			}
			if slices.Contains(objects, field) && value[0] == '{' {
				value = `"` + canary + `"`
			}
			members[field] = json.RawMessage(value)
			list = append(list, badInput{name: field + " is " + value, body: jsonText(members), refusal: refusal{400, badRequest, field}})
		}
	}
	return list
}

// wrongMedia sends valid input with another media type than JSON.
func wrongMedia(good string) []badInput {
	media, none := refusal{415, mediaType, ""}, refusal{400, badRequest, ""}
	const json, encoded = "Content-Type: application/json\r\n", "Content-Type: application/json\r\nContent-Encoding: "
	return []badInput{
		{name: "text/plain", headers: "Content-Type: text/plain\r\n", body: good, refusal: media},
		{name: "no content type", headers: "X-Canary: " + canary + "\r\n", body: good, refusal: media},
		{name: "an empty content type", headers: "Content-Type:\r\n", body: good, refusal: media},
		{name: "an unknown content type", headers: "Content-Type: " + canary + "\r\n", body: good, refusal: media},
		{name: "two content types", headers: json + json, body: good, refusal: media},
		{name: "another charset", headers: "Content-Type: application/json; charset=" + canary + "\r\n", body: good, refusal: media},
		{name: "a form", headers: "Content-Type: application/x-www-form-urlencoded\r\n", body: "otp=" + canary, refusal: media},
		{name: "a form of files", headers: "Content-Type: multipart/form-data; boundary=" + canary + "\r\n", body: "--" + canary + "--\r\n", refusal: media},
		{name: "a form of files without a boundary", headers: "Content-Type: multipart/form-data\r\n", body: good, refusal: media},
		{name: "brotli", headers: encoded + "br\r\n", body: good, refusal: media},
		{name: "an unknown encoding", headers: encoded + canary + "\r\n", body: good, refusal: media},
		{name: "gzip twice", headers: encoded + "gzip, gzip\r\n", body: zipped(zipped(good)), refusal: media},
		{name: "gzip in name only", headers: encoded + "gzip\r\n", body: good, refusal: none},
		{name: "gzip cut short", headers: encoded + "gzip\r\n", body: zipped(good)[:30], refusal: none},
		{name: "a gzip bomb", headers: encoded + "gzip\r\n", body: bomb(), refusal: refusal{413, tooLarge, ""}},
		{name: "a gzip bomb in chunks", headers: encoded + "gzip\r\n", body: bomb(), chunked: true, refusal: refusal{413, tooLarge, ""}},
	}
}

func badCodes() []badInput {
	list := []badInput{{name: "a code with leading zeros as a number", body: `{"otpId":"x","otp":0012345678}`, refusal: refusal{400, badRequest, ""}}}
	for _, code := range []string{"", "123", "12345678901", " 123456", "123456 ", "+123456", "-12345", "1e5678", "0x1234", "12.456",
		"１２３４５６", "١٢٣٤٥٦", "१२३४५६", "123456\\n", canary, strings.Repeat("1", 60<<10)} {
		name := fmt.Sprintf("the code %.20s", code)
		list = append(list, badInput{name: name, body: `{"otpId":"x","otp":"` + code + `"}`, refusal: refusal{400, badRequest, "otp"}})
	}
	return list
}

func badTokens() []badInput {
	return []badInput{
		{name: "no token", body: `{"refreshToken":"a ` + canary + `"}`, refusal: refusal{400, badRequest, "refreshToken"}},
		{name: "a padded token", body: `{"refreshToken":"` + canary + `="}`, refusal: refusal{400, badRequest, "refreshToken"}},
		{name: "60 KB of token", body: `{"refreshToken":"` + strings.Repeat("A", 60<<10) + `"}`, refusal: refusal{401, "refresh_invalid", ""}},
		{name: "a token of nothing", body: `{"refreshToken":"` + canary + `..` + canary + `"}`, refusal: refusal{401, "refresh_invalid", ""}},
	}
}
