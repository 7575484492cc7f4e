package model_test

import (
	"bytes"
	"database/sql"
	"math"
	"reflect"
	"testing"

	"user-api/model"
)

// The cache preserves every column of a user. A new column must be added to the encoding.
func TestUserRow(t *testing.T) {
	full := model.User{}
	for i, fields := 0, reflect.ValueOf(&full).Elem(); i < fields.NumField(); i++ {
		switch field := fields.Field(i).Addr().Interface().(type) {
		case *int64:
			*field = math.MaxInt64 - int64(i)
		case *string:
			*field = string(rune('a' + i))
		case *sql.NullString:
			*field = sql.NullString{String: string(rune('a' + i)), Valid: true}
		default:
			t.Fatalf("a column of type %T is not encoded", field)
		}
	}
	for _, user := range []model.User{full, {}, {Id: -1, Email: sql.NullString{Valid: true}, BanReason: "ünï\x00"}} {
		row, err := user.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		var got model.User
		if err := got.UnmarshalBinary(row); err != nil || got != user {
			t.Errorf("%+v is decoded as %+v, %v", user, got, err)
		}
		for cut := range row {
			if err := got.UnmarshalBinary(row[:cut]); err == nil {
				t.Errorf("%d of %d bytes are decoded as a user", cut, len(row))
			}
		}
		if err := got.UnmarshalBinary(append(bytes.Clone(row), 0)); err == nil {
			t.Error("a row that is too long is decoded as a user")
		}
	}
}

func FuzzUserRow(f *testing.F) {
	row, _ := (&model.User{Id: 7, Role: "user", Phone: model.Text("+919876543210")}).AppendBinary(nil)
	f.Add(row)
	f.Add([]byte("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, row []byte) {
		var user, again model.User
		if user.UnmarshalBinary(row) != nil {
			return
		}
		same, _ := user.AppendBinary(nil)
		if err := again.UnmarshalBinary(same); err != nil || again != user {
			t.Errorf("%+v is decoded as %+v, %v", user, again, err)
		}
	})
}
