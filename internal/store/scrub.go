package store

import (
	"errors"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// scrub replaces quoted values in a server's error with …, from the first quote to the
// last, since a value may contain quotes: a duplicate-key error contains the phone number,
// and errors go to logs and traces. The name of the violated key is kept.
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
