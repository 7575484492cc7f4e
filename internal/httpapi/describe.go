package httpapi

import (
	"reflect"
	"strings"

	"user-api/internal/apperr"
)

// The API document derives its error responses from the functions below.

// StatusOf returns the HTTP status of a code, or 0 for an unknown code.
func StatusOf(code apperr.Code) int { return statuses[code] }

// ErrorMembers returns the names of the members that an error body can have, in order.
func ErrorMembers() (names []string) {
	t := reflect.TypeFor[errorBody]()
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// ErrorJSON returns the response body for e.
func ErrorJSON(e *apperr.Error, requestID string) []byte { return newBody(e, requestID).encode() }

// OAuthErrorJSON returns the response body for e at the paths of Options.OAuth.
func OAuthErrorJSON(e *apperr.Error, requestID string) []byte {
	return newBody(e, requestID).forOAuth().encode()
}
