package backup

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"time"
)

const (
	// format is the format version that this release reads.
	format = 1

	partDatabase = "user.db"
	partLog      = "user.db-wal"
	partJournal  = "redis.journal"
	partSecrets  = "secrets.json"
	manifestName = "manifest.json"

	sqlite = "sqlite:"
)

type (
	// Manifest describes a copy.
	Manifest struct {
		// Format is 1.
		Format int `json:"format"`
		// Version is the release that made the copy, Schema the latest migration of its
		// database.
		Version string `json:"version"`
		Schema  int64  `json:"schema"`
		// Made is the moment of the copy.
		Made time.Time `json:"made"`
		// Parts are the files, in order.
		Parts []Part `json:"parts"`
		// Pictures are those of users, if the service stores them as files.
		Pictures Blobs `json:"pictures"`
		// Secrets has a mark for each secret in use, by key. A mark shows whether a service
		// has the same secret and reveals nothing else.
		Secrets map[string]string `json:"secrets"`
	}

	// Part describes a file.
	Part struct {
		Name   string `json:"name"`
		Bytes  int64  `json:"bytes"`
		SHA256 string `json:"sha256"`
	}
)

// has reports whether there is a part of the given name.
func (m Manifest) has(name string) bool {
	return slices.ContainsFunc(m.Parts, func(p Part) bool { return p.Name == name })
}

// OtherSecrets returns the keys for which a service has a different secret or none.
func (m Manifest) OtherSecrets(secrets map[string]string) []string {
	now := marks(secrets)
	var other []string
	for _, key := range slices.Sorted(maps.Keys(m.Secrets)) {
		if now[key] != m.Secrets[key] {
			other = append(other, key)
		}
	}
	return other
}

func marks(secrets map[string]string) map[string]string {
	all := map[string]string{}
	for key, secret := range secrets {
		if secret != "" {
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write([]byte("user-api backup: " + key))
			all[key] = hex.EncodeToString(mac.Sum(nil)[:8])
		}
	}
	return all
}
