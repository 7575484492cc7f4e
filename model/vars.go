// Package model is the database layer. goctl generates *_gen.go from the folder schema; the
// other files add the statements that go beyond CRUD of one row. Only users and profiles
// are cached, and only by id; every decision about identity or the validity of a session
// reads the database.
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

// ErrNotFound is returned if a row does not exist.
var ErrNotFound = sqlx.ErrNotFound

const (
	mysqlDuplicateEntry = 1062
	mysqlNoParent       = 1452
)

// Text converts a text to a nullable column; "" is null.
func Text(text string) sql.NullString { return sql.NullString{String: text, Valid: text != ""} }

// Duplicate reports whether err is a violation of a unique key, and returns the column: "id",
// or the part of the key name after the table, such as phone for user_phone.
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

// Orphan reports whether err is a violation of a foreign key: the parent row does not exist.
func Orphan(err error) bool {
	var my *mysql.MySQLError
	var lite *sqlite.Error
	return errors.As(err, &my) && my.Number == mysqlNoParent ||
		errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// changedOne reports whether a statement changed exactly one row.
func changedOne(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()
	return rows == 1, err
}
