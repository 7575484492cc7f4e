package store

import (
	"errors"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// scrub replaces what the server quotes in an error by …, from the first quote
// to the last, since a value may hold quotes itself: the text of a duplicate-key
// error has the phone number, and errors go to logs and traces. The name of a
// violated key stays.
func scrub(err error) error {
	var my *mysql.MySQLError
	if !errors.As(err, &my) {
		return err
	}
	text, tail := my.Message, ""
	if i := strings.LastIndex(text, "for key "); my.Number == 1062 && i >= 0 {
		text, tail = text[:i], text[i:]
	}
	if first, last := strings.Index(text, "'"), strings.LastIndex(text, "'"); first >= 0 {
		text = text[:first] + "…" + text[last+1:]
	}
	return &mysql.MySQLError{Number: my.Number, SQLState: my.SQLState, Message: text + tail}
}
