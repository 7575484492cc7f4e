package httpapi

import (
	"reflect"
	"strings"

	"user-api/internal/apperr"
)

// What the API document tells of errors is asked here, where they are made.

// StatusOf is the status of a code; 0 of one that is none.
func StatusOf(code apperr.Code) int { return statuses[code] }

// ErrorMembers are the members that the body of an error can have, in their order.
func ErrorMembers() (names []string) {
	t := reflect.TypeFor[errorBody]()
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// ErrorJSON is the body that e is answered with.
func ErrorJSON(e *apperr.Error, requestID string) []byte { return newBody(e, requestID).encode() }

// OAuthErrorJSON is that body at the paths of Options.OAuth.
func OAuthErrorJSON(e *apperr.Error, requestID string) []byte {
	return newBody(e, requestID).forOAuth().encode()
}
