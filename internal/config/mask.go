package config

import (
	"encoding/json"
	"fmt"
	"reflect"
)

const mask = "***"

// Format prints c as JSON with its secrets masked, whatever the verb. It is a
// method of every section that holds a secret, as a section may be printed alone.
func (c Config) Format(s fmt.State, _ rune) { format(s, c) }

// MarshalJSON masks the secrets.
func (c Config) MarshalJSON() ([]byte, error) {
	type plain Config
	return json.Marshal(plain(masked(c)))
}

// Format is as Config.Format.
func (a Auth) Format(s fmt.State, _ rune) { format(s, a) }

// MarshalJSON masks the secrets.
func (a Auth) MarshalJSON() ([]byte, error) {
	type plain Auth
	return json.Marshal(plain(masked(a)))
}

// Format is as Config.Format.
func (o Otp) Format(s fmt.State, _ rune) { format(s, o) }

// MarshalJSON masks the peppers.
func (o Otp) MarshalJSON() ([]byte, error) {
	type plain Otp
	return json.Marshal(plain(masked(o)))
}

// Format is as Config.Format.
func (p Privacy) Format(s fmt.State, _ rune) { format(s, p) }

// MarshalJSON masks the secrets.
func (p Privacy) MarshalJSON() ([]byte, error) {
	type plain Privacy
	return json.Marshal(plain(masked(p)))
}

// Format is as Config.Format.
func (n RedisNode) Format(s fmt.State, _ rune) { format(s, n) }

// MarshalJSON masks the password.
func (n RedisNode) MarshalJSON() ([]byte, error) {
	type plain RedisNode
	return json.Marshal(plain(masked(n)))
}

func format(s fmt.State, v json.Marshaler) {
	text, err := v.MarshalJSON()
	if err != nil {
		text = []byte(mask)
	}
	s.Write(text)
}

// masked copies v and hides every field that has an environment variable.
func masked[T any](v T) T {
	hide(reflect.ValueOf(&v).Elem())
	return v
}

func hide(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(c, v)
		v.Set(c)
		for i := range v.Len() {
			hide(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch {
			case fieldOf(v.Type().Field(i), "").env == "":
				hide(v.Field(i))
			case v.Field(i).Kind() == reflect.String && v.Field(i).Len() > 0:
				v.Field(i).SetString(mask)
			} // Headers mask themselves
		}
	}
}
