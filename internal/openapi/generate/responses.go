package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
	"user-api/internal/openapi"
	"user-api/internal/server"
)

const (
	jsonType  = "application/json"
	schemaRef = "#/components/schemas/"
)

// errorNotes maps the errors of a route to their notes, which may be empty.
type errorNotes map[apperr.Code]string

// errorsOf returns the errors of a route. Its own errors are in the `responses` of
// user.api; the others follow from its input and the required authorization.
func (b *builder) errorsOf(r route) errorNotes {
	all := errorNotes{}
	for line := range strings.SplitSeq(r.Responses, "<br>") {
		b.read(r, strings.TrimSpace(line), all)
	}
	add := func(codes ...apperr.Code) {
		for _, code := range codes {
			if _, ok := all[code]; !ok {
				all[code] = ""
			}
		}
	}
	add(apperr.Internal, apperr.Unavailable)
	d := server.DemandOf(r.Method, r.served())
	switch {
	case d.Clients:
		add(apperr.Unauthorized, apperr.Forbidden, apperr.RateLimited)
	case d.People():
		add(apperr.Unauthorized, apperr.SessionEnded)
		if d.Bounded {
			add(apperr.RateLimited)
		}
		if d.Admin {
			add(apperr.Forbidden)
		}
		if d.MayAskProof() {
			add(apperr.Reauthenticate)
		}
	}
	if b.body(r) != nil {
		add(apperr.InvalidRequest, apperr.RequestTimeout, apperr.BodyTooLarge, apperr.UnsupportedMedia)
	}
	if b.hasInput(r) {
		add(apperr.InvalidRequest)
	}
	if len(r.variables()) > 0 {
		add(apperr.NotFound) // for a variable in a non-canonical spelling
	}
	if slices.Contains(r.Middlewares, "Idempotent") {
		add(apperr.KeyMismatch)
	}
	return all
}

// read parses one line of `responses`: "STATUS-code, code, with a note". Lines of success
// statuses contain no codes; the tables describe them.
func (b *builder) read(r route, line string, into errorNotes) {
	if line == "" {
		return
	}
	status, err := strconv.Atoi(line[:min(3, len(line))])
	if err != nil {
		b.problem(r, "has the response %q, which begins with no status", line)
		return
	}
	if status < http.StatusBadRequest {
		return
	}
	var last apperr.Code
	for part := range strings.FieldsFuncSeq(line[3:], func(c rune) bool { return c == ',' || c == ';' }) {
		part = strings.TrimLeft(part, " -")
		word, note, _ := strings.Cut(part, " ")
		if httpapi.StatusOf(apperr.Code(word)) == status && (note == "" || last == "" || strings.HasPrefix(note, "while")) {
			last = apperr.Code(word)
			into[last] = note
			continue
		}
		if last == "" {
			b.problem(r, "has the response %q, whose first word is no code of that status", line)
			return
		}
		into[last] = strings.TrimPrefix(into[last]+", "+part, ", ")
	}
}

// responses returns all responses of a route by status.
func (b *builder) responses(r route) map[string]*openapi.Response {
	all := map[string]*openapi.Response{}
	for _, a := range b.successes(r) {
		all[strconv.Itoa(a.status)] = a.response()
	}
	for status, errors := range b.errorsOf(r).byStatus() {
		all[strconv.Itoa(status)] = b.failure(r, status, errors)
	}
	return all
}

// successes returns the responses in the tables, or 200 with the response of user.api, or
// 204 if it has none.
func (b *builder) successes(r route) []answer {
	own := slices.Clone(answers[r.name()])
	for i := range own {
		if own[i].media == jsonType && own[i].schema == nil {
			own[i].schema = b.answerSchema(r.Response)
			own[i].example = b.examples[r.name()].Response
		}
	}
	if slices.ContainsFunc(own, func(a answer) bool { return a.status < 300 || a.only }) {
		return own
	}
	plain := answer{status: http.StatusNoContent, text: "Done."}
	if r.Response != "" {
		plain = answer{
			status: http.StatusOK, text: "Done.", media: jsonType,
			schema: b.answerSchema(r.Response), example: b.examples[r.name()].Response,
		}
	}
	if slices.Contains(r.Middlewares, "Idempotent") {
		plain.headers = append(plain.headers, "Idempotency-Replayed")
	}
	return append(own, plain)
}

func (t errorNotes) byStatus() map[int]errorNotes {
	all := map[int]errorNotes{}
	for code, note := range t {
		status := httpapi.StatusOf(code)
		if all[status] == nil {
			all[status] = errorNotes{}
		}
		all[status][code] = note
	}
	return all
}

// count counts how often equal responses occur: repeated ones become components.
func (b *builder) count(r route) {
	for _, errors := range b.errorsOf(r).byStatus() {
		b.used[errors.key(r)]++
	}
}

// failure returns the response for one status.
func (b *builder) failure(r route, status int, errors errorNotes) *openapi.Response {
	full := b.failed(r, status, errors)
	if b.used[errors.key(r)] < 2 {
		return full
	}
	name := errors.key(r)
	b.out.Components.Responses[name] = full
	return &openapi.Response{Ref: "#/components/responses/" + name}
}

func (b *builder) failed(r route, status int, errors errorNotes) *openapi.Response {
	codes := slices.Sorted(maps.Keys(errors))
	schema := &openapi.Schema{Ref: schemaRef + "Error", Properties: openapi.Properties{{Name: "code", Schema: &openapi.Schema{Enum: anys(codes)}}}}
	media, lines := openapi.Media{Schema: schema, Examples: map[string]openapi.Example{}}, []string{}
	for _, code := range codes {
		lines = append(lines, errors.line(code))
		media.Examples[string(code)] = b.errorExample(r, code)
	}
	names := []string{}
	switch {
	case status == http.StatusUnauthorized && !slices.ContainsFunc(codes, unchallenged):
		names = append(names, "WWW-Authenticate")
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		names = append(names, "WWW-Authenticate?")
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		names = append(names, "Retry-After")
	}
	return &openapi.Response{
		Description: strings.Join(lines, "\n"), Headers: headerRefs(names), Content: map[string]openapi.Media{jsonType: media},
	}
}

// unchallenged reports whether a 401 code has no WWW-Authenticate header.
func unchallenged(code apperr.Code) bool {
	return code != apperr.Unauthorized && code != apperr.SessionEnded && code != apperr.MfaRequired
}

// line describes a code: "`not_found`: There is nothing here. (without an authenticator
// app)".
func (t errorNotes) line(code apperr.Code) string {
	text := fmt.Sprintf("- `%s`: %s", code, apperr.New(code).Message())
	if note := t[code]; note != "" {
		text += " (" + note + ")"
	}
	return text
}

// key identifies equal responses. OAuth responses have their own members, and a response
// with a note is unique.
func (t errorNotes) key(r route) string {
	words := []string{}
	for _, code := range slices.Sorted(maps.Keys(t)) {
		if t[code] != "" {
			return r.Handler + "-" + strconv.Itoa(httpapi.StatusOf(code))
		}
		words = append(words, camel(string(code)))
	}
	name := strings.Join(words, "Or")
	if server.AnswersOAuth(r.served()) {
		name = "OAuth" + name
	}
	return name
}

func camel(text string) string {
	var out strings.Builder
	for word := range strings.SplitSeq(text, "_") {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return out.String()
}

func anys[T ~string](list []T) []any {
	out := make([]any, 0, len(list))
	for _, one := range list {
		out = append(out, string(one))
	}
	return out
}
