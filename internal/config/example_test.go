package config_test

import (
	"fmt"

	"user-api/internal/config"
)

func ExampleParse() {
	text := `
Mode: dev
Auth: {AccesExpire: 900}
Otp: {Expire: 7200, Pepper: too short}
`
	_, err := config.Parse([]byte(text), func(string) string { return "" })
	fmt.Println(err)
	// Output:
	// Auth.AccesExpire: unknown key (line 3), did you mean AccessExpire?
	// Otp.Expire: must be between 30 and 600 seconds, is 7200
	// Otp.Pepper: must have at least 32 bytes, has 9
}
