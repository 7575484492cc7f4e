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

// told is what user.api and the rules tell of the errors of a route: by code, with a
// note where there is one.
type told map[apperr.Code]string

// errorsOf are the errors that a route answers. What it answers itself is in the
// `responses` of user.api; the rest follows from what it takes and who may call it.
func (b *builder) errorsOf(r route) told {
	all := told{}
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
		add(apperr.NotFound) // for a part in another spelling than its one
	}
	if slices.Contains(r.Middlewares, "Idempotent") {
		add(apperr.KeyMismatch)
	}
	return all
}

// read reads one line of `responses`: "STATUS-code, code, with a note". A line of a
// success has no codes and is for the tables.
func (b *builder) read(r route, line string, into told) {
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

// responses are all answers of a route by status.
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

// successes are those of the tables, or else 200 with the answer of user.api or 204
// without one.
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

func (t told) byStatus() map[int]told {
	all := map[int]told{}
	for code, note := range t {
		status := httpapi.StatusOf(code)
		if all[status] == nil {
			all[status] = told{}
		}
		all[status][code] = note
	}
	return all
}

// count notes which answers occur more than once: they become components.
func (b *builder) count(r route) {
	for _, errors := range b.errorsOf(r).byStatus() {
		b.used[errors.key(r)]++
	}
}

// failure is the answer of one status.
func (b *builder) failure(r route, status int, errors told) *openapi.Response {
	full := b.failed(r, status, errors)
	if b.used[errors.key(r)] < 2 {
		return full
	}
	name := errors.key(r)
	b.out.Components.Responses[name] = full
	return &openapi.Response{Ref: "#/components/responses/" + name}
}

func (b *builder) failed(r route, status int, errors told) *openapi.Response {
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

// unchallenged reports whether a code of 401 comes without WWW-Authenticate.
func unchallenged(code apperr.Code) bool {
	return code != apperr.Unauthorized && code != apperr.SessionEnded && code != apperr.MfaRequired
}

// line describes a code: "`not_found`: There is nothing here. (without an authenticator app)".
func (t told) line(code apperr.Code) string {
	text := fmt.Sprintf("- `%s`: %s", code, apperr.New(code).Message())
	if note := t[code]; note != "" {
		text += " (" + note + ")"
	}
	return text
}

// key names answers that are the same. One of OAuth has members of its own, and one
// with a note says something that others do not.
func (t told) key(r route) string {
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
