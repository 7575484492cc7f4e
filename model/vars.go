// Package model is the database: goctl makes *_gen.go from the folder schema, and
// the files beside them add the statements that need more than one row's CRUD. Only users are cached, and only by id; whatever decides
// who somebody is, or whether a session lives, reads the database.
package model

import (
	"database/sql"
	"errors"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/zeromicro/go-zero/core/stores/sqlx"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNotFound is returned where a row is asked for that is not there.
var ErrNotFound = sqlx.ErrNotFound

const (
	mysqlDuplicateEntry = 1062
	mysqlNoParent       = 1452
)

// Text is a text that a row may lack: "" is none.
func Text(text string) sql.NullString { return sql.NullString{String: text, Valid: text != ""} }

// Duplicate reports whether err is a violated unique key, and of which column:
// "id", or the name behind the table's in a key such as user_phone.
func Duplicate(err error) (column string, ok bool) {
	var text string
	var my *mysql.MySQLError
	var lite *sqlite.Error
	switch {
	case errors.As(err, &my) && my.Number == mysqlDuplicateEntry:
		// Duplicate entry '…' for key 'user.user_phone' (MariaDB: 'user_phone')
		text = strings.TrimSuffix(my.Message, "'")
		text = text[strings.LastIndexAny(text, "'.")+1:]
		if text == "PRIMARY" {
			return "id", true
		}
		return text[strings.IndexByte(text, '_')+1:], true
	case errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
		errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE:
		// constraint failed: UNIQUE constraint failed: user.phone (2067)
		text = lite.Error()
		text = text[strings.LastIndexByte(text, '.')+1:]
		column, _, _ = strings.Cut(text, " ")
		return column, true
	default:
		return "", false
	}
}

// Orphan reports whether a row was refused because the one it belongs to is not
// there.
func Orphan(err error) bool {
	var my *mysql.MySQLError
	var lite *sqlite.Error
	return errors.As(err, &my) && my.Number == mysqlNoParent ||
		errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// changedOne reports whether a statement that can change one row did.
func changedOne(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()
	return rows == 1, err
}
