package web

import (
	"crypto/sha256"
	"encoding/hex"

	"user-api/internal/markup"
)

// DocsPage is the API reference page. It is in English and complete without its script.
const DocsPage = "docs"

const docs = `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
` + icon + `<title>{name}: the API</title>
<link rel="stylesheet" href="{style}">
<script type="module" src="{script}"></script>
</head>
<body>
<main>
`

const docsEnd = `</main>
</body>
</html>
`

// Docs returns the reference page with a body rendered from the API document. It is the
// same for everyone.
func (s *Site) Docs(body string) (Asset, error) {
	begin := markup.Fill(docs, "{name}", s.brand.Name, "{style}", s.addresses[DocsPage+".css"], "{script}", s.addresses[DocsPage+".js"])
	return zipped(Asset{Type: "text/html; charset=utf-8", Data: []byte(begin + body + docsEnd), Policy: s.policyOf(DocsPage)})
}

// Tag identifies the content of a file.
func (a Asset) Tag() string {
	sum := sha256.Sum256(a.Data)
	return hex.EncodeToString(sum[:16])
}
