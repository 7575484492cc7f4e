package types

import (
	"regexp"
	"strconv"
	"time"
	"unicode/utf8"
)

const (
	defaultPage = 50
	maxPage     = 100
	maxReason   = 255
	// The longest that administrators look for.
	maxAddress   = 254
	maxNetwork   = 64
	maxRequestID = 64
	// maxUntil is far enough for a ban, in Unix seconds.
	maxUntil = 1 << 40
)

// recordID is the id of an event or of a step, which is the cursor of their pages.
var recordID = regexp.MustCompile(`^[0-9A-V]{26}$`)

// searchCursor is the cursor of users that were looked for.
var searchCursor = regexp.MustCompile(`^q\.[A-Za-z0-9_-]{2,400}$`)

// Page is where the page begins and how many users it holds.
func (r *ListUsersReq) Page() (after int64, limit int) {
	after, _ = strconv.ParseInt(r.Cursor, 10, 64)
	return after, pageSize(r.Limit)
}

// PageSize is how many events a page holds.
func (r *ListEventsReq) PageSize() int { return pageSize(r.Limit) }

// Times are the range of time that is asked for; zero where it has no such end.
func (r *ListEventsReq) Times() (from, to time.Time) {
	if r.From != 0 {
		from = time.UnixMilli(r.From)
	}
	if r.To != 0 {
		to = time.UnixMilli(r.To)
	}
	return from, to
}

// PageSize is how many messages a page holds.
func (r *ListDeliveriesReq) PageSize() int { return pageSize(r.Limit) }

// PageSize is how many events a page holds.
func (r *OwnEventsReq) PageSize() int { return pageSize(r.Limit) }

// Validate demands a known status, a cursor of ours and a page of a sane size.
func (r *ListUsersReq) Validate() error {
	_, err := strconv.ParseUint(r.Cursor, 10, 63)
	ours := err == nil
	if r.Q != "" {
		ours = searchCursor.MatchString(r.Cursor)
	}
	switch {
	case r.Status != "" && r.Status != "active" && r.Status != "banned" && r.Status != "anonymous":
		return malformed("status", "status is active, banned or anonymous.")
	case r.Cursor != "" && !ours:
		return malformed("cursor", "cursor is the next of the page before.")
	case len(r.Q) > 254:
		return malformed("q", "q is too long.")
	}
	return page(r.Limit)
}

// Validate demands a user and times that can be, a cursor of ours and a page of a sane
// size. What the address and the network may look like, who reads them says.
func (r *ListEventsReq) Validate() error {
	switch {
	case r.UserId < 0:
		return malformed("userId", "userId is a user's id.")
	case r.From < 0 || r.From > maxTime:
		return malformed("from", "from is a time in Unix milliseconds.")
	case r.To < 0 || r.To > maxTime:
		return malformed("to", "to is a time in Unix milliseconds.")
	case r.From != 0 && r.To != 0 && r.From >= r.To:
		return malformed("to", "to is after from.")
	case len(r.Address) > maxAddress:
		return malformed("address", "address is too long.")
	case len(r.Ip) > maxNetwork:
		return malformed("ip", "ip is too long.")
	case len(r.RequestId) > maxRequestID:
		return malformed("requestId", "requestId is too long.")
	}
	if err := optional("cursor", r.Cursor, recordID); err != nil {
		return err
	}
	return page(r.Limit)
}

// Validate demands a cursor of ours and a page of a sane size.
func (r *OwnEventsReq) Validate() error {
	if err := optional("cursor", r.Cursor, recordID); err != nil {
		return err
	}
	return page(r.Limit)
}

// Validate demands one of to and userId at most, a cursor of ours and a page of a sane
// size. What to may look like, who reads it says.
func (r *ListDeliveriesReq) Validate() error {
	switch {
	case r.UserId < 0:
		return malformed("userId", "userId is a user's id.")
	case r.UserId != 0 && r.To != "":
		return malformed("userId", "Give to or userId, not both.")
	}
	if err := optional("cursor", r.Cursor, recordID); err != nil {
		return err
	}
	return page(r.Limit)
}

// Validate demands a reason that fits its column.
func (r *BanReq) Validate() error {
	if r.Reason == "" || utf8.RuneCountInString(r.Reason) > maxReason {
		return malformed("reason", "reason has 1 to 255 characters.")
	}
	if r.Until < 0 || r.Until > maxUntil {
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

func page(limit int) error {
	if limit < 0 || limit > maxPage {
		return malformed("limit", "limit is 1 to 100.")
	}
	return nil
}

func pageSize(limit int) int {
	if limit == 0 {
		return defaultPage
	}
	return limit
}
