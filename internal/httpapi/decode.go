package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/zeromicro/go-zero/rest/pathvar"

	"user-api/internal/apperr"
	"user-api/internal/document"
)

// What a client is told beyond "invalid_request". Fixed sentences: an answer
// never repeats input.
const (
	detailUnreadable = "The request body could not be read."
	detailNotObject  = "The request body must be one JSON object."
	detailText       = "The request holds text that is not valid UTF-8, or a NUL."
	detailQuery      = "The query string is malformed."
	detailUnknown    = "There is no such field."
	detailTwice      = "A field is given twice."
	detailMissing    = "A required field is missing."
	detailType       = "A field has a value of the wrong type."
	detailOption     = "A field has a value that is not one of its options."
	detailInside     = "A key occurs twice in an object."
	detailDeep       = "A field is nested too deeply."
)

// fieldName is what an unknown key must look like to be named in an answer, so
// that an answer cannot be made to carry someone else's text.
var fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,31}$`)

// Decode fills v, a pointer to a request type of goctl's, from the request, and
// calls its Validate if it has one. It stands in for httpx.Parse, which merges
// all sources into one, ignores chunked bodies, unknown keys, duplicates and
// trailing data, reads forms into temporary files, and puts the whole body into
// the text of its errors.
//
// `path` fields come from the route, `form` fields from the query alone (an
// empty value counts as absent, keys not declared are ignored, a declared key
// may occur once), `header` fields from the headers, `json` fields from the body:
// one JSON object of at most MaxBody bytes with these very keys and types. A null
// counts as absent, as many clients write it for what is not set.
//
// Errors are *apperr.Error: invalid_request with the field at fault,
// body_too_large, unsupported_media_type, or what Validate says.
func Decode(r *http.Request, v any) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() || target.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("httpapi: decode into %T", v)
	}
	target = target.Elem()
	s, err := schemaOf(target.Type())
	if err != nil {
		return err
	}
	if err := decodePath(r, target, s.path); err != nil {
		return err
	}
	if err := decodeQuery(r, target, s.query); err != nil {
		return err
	}
	if err := decodeText(target, s.header, r.Header.Values); err != nil {
		return err
	}
	if err := decodeBody(r, target, s.body); err != nil {
		return err
	}
	return validate(v)
}

func decodePath(r *http.Request, target reflect.Value, fields []field) error {
	vars := pathvar.Vars(r)
	return decodeText(target, fields, func(name string) []string {
		if value, ok := vars[name]; ok {
			return []string{value}
		}
		return nil
	})
}

func decodeQuery(r *http.Request, target reflect.Value, fields []field) error {
	if len(fields) == 0 {
		return nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return malformed(detailQuery)
	}
	return decodeText(target, fields, func(name string) []string { return query[name] })
}

// decodeText sets the fields from a source of texts.
func decodeText(target reflect.Value, fields []field, values func(name string) []string) error {
	for _, f := range fields {
		given := values(f.name)
		switch {
		case len(given) > 1:
			return refuse(f.name, detailTwice)
		case len(given) == 0 || given[0] == "":
			if err := f.setAbsent(target); err != nil {
				return err
			}
		case !utf8.ValidString(given[0]) || strings.ContainsRune(given[0], 0):
			return refuse(f.name, detailText)
		default:
			if err := f.setText(target.FieldByIndex(f.index), given[0]); err != nil {
				return f.refusal(err)
			}
		}
	}
	return nil
}

func decodeBody(r *http.Request, target reflect.Value, fields []field) error {
	if len(fields) == 0 {
		return nil
	}
	data, err := readBody(r, jsonBody)
	if err != nil {
		return err
	}
	var given []member
	if data != nil {
		if given, err = parseObject(data); err != nil {
			return err
		}
	}
	// seen has the fields given; true means with a value.
	seen := make(map[string]bool, len(given))
	for _, m := range given {
		f, ok := find(fields, m.name)
		_, twice := seen[m.name]
		switch {
		case !ok:
			return refuse(m.name, detailUnknown)
		case twice:
			return refuse(m.name, detailTwice)
		}
		if seen[m.name] = !isNull(m.value); !seen[m.name] {
			continue
		}
		if err := f.setJSON(target.FieldByIndex(f.index), m.value); err != nil {
			return f.refusal(err)
		}
	}
	for _, f := range fields {
		if !seen[f.name] {
			if err := f.setAbsent(target); err != nil {
				return err
			}
		}
	}
	return nil
}

// validate calls the request type's own check; what it finds is the client's fault.
func validate(v any) error {
	checked, ok := v.(interface{ Validate() error })
	if !ok {
		return nil
	}
	err := checked.Validate()
	var known *apperr.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return apperr.New(apperr.InvalidRequest).Wrap(err)
}

func (f field) setAbsent(target reflect.Value) error {
	if f.required {
		return refuse(f.name, detailMissing)
	}
	if f.fallback == "" {
		return nil
	}
	if err := f.setText(target.FieldByIndex(f.index), f.fallback); err != nil {
		return fmt.Errorf("httpapi: default of %s: %w", f.name, err)
	}
	return nil
}

func (f field) refusal(err error) error {
	switch {
	case errors.Is(err, errNotOption):
		return refuse(f.name, detailOption)
	case errors.Is(err, document.ErrTwice):
		return refuse(f.name, detailInside)
	case errors.Is(err, document.ErrDeep):
		return refuse(f.name, detailDeep)
	}
	return refuse(f.name, detailType)
}

func find(fields []field, name string) (field, bool) {
	for _, f := range fields {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

func malformed(detail string) *apperr.Error {
	return apperr.New(apperr.InvalidRequest).WithDetail(detail)
}

func refuse(name, detail string) error {
	e := malformed(detail)
	if fieldName.MatchString(name) {
		e.Field = name
	}
	return e
}
