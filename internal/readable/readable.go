// Package readable spells random bytes so that people can read them out and type them
// in: in groups of four, of an alphabet in which nothing looks like something else.
package readable

import (
	"encoding/base32"
	"fmt"
	"io"
	"strings"
)

const group = 4

// alphabet is Crockford's.
var alphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// New draws a text of so many random bytes, a multiple of five.
func New(rand io.Reader, bytes int) (string, error) {
	raw := make([]byte, bytes)
	if _, err := io.ReadFull(rand, raw); err != nil {
		return "", fmt.Errorf("readable: %w", err)
	}
	text := alphabet.EncodeToString(raw)
	var groups []string
	for i := 0; i < len(text); i += group {
		groups = append(groups, text[i:min(i+group, len(text))])
	}
	return strings.Join(groups, "-"), nil
}

// Plain is what was typed as New spelled it, but for the groups: in lower case, with the
// letters that were taken for others put right.
func Plain(text string) string {
	return strings.NewReplacer("-", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(text))
}
