package types

import (
	"strconv"
	"unicode/utf8"
)

const (
	defaultPage = 50
	maxPage     = 100
	maxReason   = 255
)

// Page is where the page begins and how many users it holds.
func (r *ListUsersReq) Page() (after int64, limit int) {
	after, _ = strconv.ParseInt(r.Cursor, 10, 64)
	if r.Limit == 0 {
		return after, defaultPage
	}
	return after, r.Limit
}

// Validate demands a known status, a cursor of ours and a page of a sane size.
func (r *ListUsersReq) Validate() error {
	_, err := strconv.ParseUint(r.Cursor, 10, 63)
	switch {
	case r.Status != "" && r.Status != "active" && r.Status != "banned":
		return malformed("status", "status is active or banned.")
	case r.Cursor != "" && err != nil:
		return malformed("cursor", "cursor is the next of the page before.")
	case r.Limit < 0 || r.Limit > maxPage:
		return malformed("limit", "limit is 1 to 100.")
	case len(r.Q) > 254:
		return malformed("q", "q is too long.")
	}
	return nil
}

// Validate demands a reason that fits its column.
func (r *BanReq) Validate() error {
	if r.Reason == "" || utf8.RuneCountInString(r.Reason) > maxReason {
		return malformed("reason", "reason has 1 to 255 characters.")
	}
	if r.Until < 0 || r.Until > 1<<40 {
		return malformed("until", "until is a time in Unix seconds.")
	}
	return nil
}

// Validate knows two roles.
func (r *SetRoleReq) Validate() error {
	if r.Role != "user" && r.Role != "admin" {
		return malformed("role", "role is user or admin.")
	}
	return nil
}
