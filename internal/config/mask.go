package config

import (
	"encoding/json"
	"fmt"
	"reflect"
)

const mask = "***"

// Format prints c as JSON with its secrets masked, whatever the verb. Every section that
// holds a secret has this method and MarshalJSON, because it may be printed alone.
func (c Config) Format(s fmt.State, _ rune) { format(s, c) }

// MarshalJSON masks the secrets.
func (c Config) MarshalJSON() ([]byte, error) { return maskedJSON(c) }

// Format masks the secrets.
func (a Alibaba) Format(s fmt.State, _ rune) { format(s, a) }

// MarshalJSON masks the secrets.
func (a Alibaba) MarshalJSON() ([]byte, error) { return maskedJSON(a) }

// Format masks the secrets.
func (a Auth) Format(s fmt.State, _ rune) { format(s, a) }

// MarshalJSON masks the secrets.
func (a Auth) MarshalJSON() ([]byte, error) { return maskedJSON(a) }

// Format masks the secrets.
func (b Blobs) Format(s fmt.State, _ rune) { format(s, b) }

// MarshalJSON masks the secrets.
func (b Blobs) MarshalJSON() ([]byte, error) { return maskedJSON(b) }

// Format masks the secrets.
func (c Captcha) Format(s fmt.State, _ rune) { format(s, c) }

// MarshalJSON masks the secrets.
func (c Captcha) MarshalJSON() ([]byte, error) { return maskedJSON(c) }

// Format masks the secrets.
func (d Dkim) Format(s fmt.State, _ rune) { format(s, d) }

// MarshalJSON masks the secrets.
func (d Dkim) MarshalJSON() ([]byte, error) { return maskedJSON(d) }

// Format masks the secrets.
func (h Http) Format(s fmt.State, _ rune) { format(s, h) }

// MarshalJSON masks the secrets.
func (h Http) MarshalJSON() ([]byte, error) { return maskedJSON(h) }

// Format masks the secrets.
func (m Meta) Format(s fmt.State, _ rune) { format(s, m) }

// MarshalJSON masks the secrets.
func (m Meta) MarshalJSON() ([]byte, error) { return maskedJSON(m) }

// Format masks the secrets.
func (m Msg91) Format(s fmt.State, _ rune) { format(s, m) }

// MarshalJSON masks the secrets.
func (m Msg91) MarshalJSON() ([]byte, error) { return maskedJSON(m) }

// Format masks the secrets.
func (o Otp) Format(s fmt.State, _ rune) { format(s, o) }

// MarshalJSON masks the secrets.
func (o Otp) MarshalJSON() ([]byte, error) { return maskedJSON(o) }

// Format masks the secrets.
func (p Privacy) Format(s fmt.State, _ rune) { format(s, p) }

// MarshalJSON masks the secrets.
func (p Privacy) MarshalJSON() ([]byte, error) { return maskedJSON(p) }

// Format masks the secrets.
func (r RedisNode) Format(s fmt.State, _ rune) { format(s, r) }

// MarshalJSON masks the secrets.
func (r RedisNode) MarshalJSON() ([]byte, error) { return maskedJSON(r) }

// Format masks the secrets.
func (s S3) Format(f fmt.State, _ rune) { format(f, s) }

// MarshalJSON masks the secrets.
func (s S3) MarshalJSON() ([]byte, error) { return maskedJSON(s) }

// Format masks the secrets.
func (s Smtp) Format(f fmt.State, _ rune) { format(f, s) }

// MarshalJSON masks the secrets.
func (s Smtp) MarshalJSON() ([]byte, error) { return maskedJSON(s) }

// Format masks the secrets.
func (s SocialProvider) Format(f fmt.State, _ rune) { format(f, s) }

// MarshalJSON masks the secrets.
func (s SocialProvider) MarshalJSON() ([]byte, error) { return maskedJSON(s) }

// Format masks the secrets.
func (t Twilio) Format(s fmt.State, _ rune) { format(s, t) }

// MarshalJSON masks the secrets.
func (t Twilio) MarshalJSON() ([]byte, error) { return maskedJSON(t) }

// Format masks the secrets.
func (w Webhook) Format(s fmt.State, _ rune) { format(s, w) }

// MarshalJSON masks the secrets.
func (w Webhook) MarshalJSON() ([]byte, error) { return maskedJSON(w) }

func format(s fmt.State, v json.Marshaler) {
	text, err := v.MarshalJSON()
	if err != nil {
		text = []byte(mask)
	}
	s.Write(text)
}

// maskedJSON encodes a struct with every field masked that has an environment variable.
func maskedJSON[T any](v T) ([]byte, error) {
	masked := reflect.ValueOf(&v).Elem()
	hide(masked)
	// A struct type without methods, or json.Marshal would call MarshalJSON again.
	plain := reflect.StructOf(reflect.VisibleFields(masked.Type()))
	return json.Marshal(masked.Convert(plain).Interface())
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
