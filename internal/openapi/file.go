package openapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// File is the document as served. Zipped is Data compressed with gzip; Tag identifies the
// content.
type File struct {
	Tag          string
	Data, Zipped []byte
}

// NewFile prepares the shipped document. Its only server is address or, if that is empty,
// the host that the document is loaded from.
func NewFile(shipped []byte, address string) (File, error) {
	if address == "" {
		address = "/"
	}
	servers, err := json.Marshal([]Server{{URL: address}})
	if err != nil {
		return File{}, fmt.Errorf("openapi: %w", err)
	}
	var document struct {
		OpenAPI    json.RawMessage `json:"openapi"`
		Info       json.RawMessage `json:"info"`
		Servers    json.RawMessage `json:"servers"`
		Tags       json.RawMessage `json:"tags"`
		Paths      json.RawMessage `json:"paths"`
		Components json.RawMessage `json:"components"`
	}
	if err := json.Unmarshal(shipped, &document); err != nil {
		return File{}, fmt.Errorf("openapi: %w", err)
	}
	document.Servers = servers
	f := File{}
	if f.Data, err = json.Marshal(document); err != nil {
		return File{}, fmt.Errorf("openapi: %w", err)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(f.Data); err != nil {
		return File{}, fmt.Errorf("openapi: %w", err)
	}
	if err := z.Close(); err != nil {
		return File{}, fmt.Errorf("openapi: %w", err)
	}
	sum := sha256.Sum256(f.Data)
	f.Zipped, f.Tag = zipped.Bytes(), base64.RawURLEncoding.EncodeToString(sum[:16])
	return f, nil
}
