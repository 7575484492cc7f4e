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
	// Maximum lengths of search terms.
	maxAddress   = 254
	maxNetwork   = 64
	maxRequestID = 64
	// maxUntil limits the end of a ban, in Unix seconds.
	maxUntil = 1 << 40
)

// recordID matches the id of an event or of a step, which is the cursor of their pages.
var recordID = regexp.MustCompile(`^[0-9A-V]{26}$`)

// searchCursor matches the cursor of a user search.
var searchCursor = regexp.MustCompile(`^q\.[A-Za-z0-9_-]{2,400}$`)

// Page returns the id after which the page starts, and its size.
func (r *ListUsersReq) Page() (after int64, limit int) {
	after, _ = strconv.ParseInt(r.Cursor, 10, 64)
	return after, pageSize(r.Limit)
}

// PageSize returns the size of the page.
func (r *ListEventsReq) PageSize() int { return pageSize(r.Limit) }

// Times returns the requested range of time; an end that is not given is zero.
func (r *ListEventsReq) Times() (from, to time.Time) {
	if r.From != 0 {
		from = time.UnixMilli(r.From)
	}
	if r.To != 0 {
		to = time.UnixMilli(r.To)
	}
	return from, to
}

// PageSize returns the size of the page.
func (r *ListDeliveriesReq) PageSize() int { return pageSize(r.Limit) }

// PageSize returns the size of the page.
func (r *OwnEventsReq) PageSize() int { return pageSize(r.Limit) }

// Validate requires a known status, a valid cursor and an allowed page size.
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

// Validate requires a possible user id and range of time, a valid cursor and an allowed
// page size. The address and the network are checked by their reader.
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

// Validate requires a valid cursor and an allowed page size.
func (r *OwnEventsReq) Validate() error {
	if err := optional("cursor", r.Cursor, recordID); err != nil {
		return err
	}
	return page(r.Limit)
}

// Validate requires at most one of to and userId, a valid cursor and an allowed page size.
// The syntax of to is checked by its reader.
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

// Validate requires a reason that fits its column.
func (r *BanReq) Validate() error {
	if r.Reason == "" || utf8.RuneCountInString(r.Reason) > maxReason {
		return malformed("reason", "reason has 1 to 255 characters.")
	}
	if r.Until < 0 || r.Until > maxUntil {
		return malformed("until", "until is a time in Unix seconds.")
	}
	return nil
}

// Validate accepts two roles.
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
