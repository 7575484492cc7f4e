package alibaba

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"
)

const algorithm = "ACS3-HMAC-SHA256"

// authorization returns the header for a POST to the root without a body, signed over the query
// and the headers.
func authorization(keyID, keySecret, query string, headers map[string]string) string {
	keys := slices.Sorted(maps.Keys(headers))
	var lines strings.Builder
	for _, key := range keys {
		lines.WriteString(key + ":" + strings.TrimSpace(headers[key]) + "\n")
	}
	names := strings.Join(keys, ";")
	request := strings.Join([]string{"POST", "/", query, lines.String(), names, hash(nil)}, "\n")
	mac := hmac.New(sha256.New, []byte(keySecret))
	mac.Write([]byte(algorithm + "\n" + hash([]byte(request))))
	return algorithm + " Credential=" + keyID + ",SignedHeaders=" + names + ",Signature=" + hex.EncodeToString(mac.Sum(nil))
}

// canonical returns a query as it is signed: sorted, and escaped as in RFC 3986.
func canonical(query url.Values) string {
	// QueryEscape differs from RFC 3986 only in the space.
	return strings.ReplaceAll(query.Encode(), "+", "%20")
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
