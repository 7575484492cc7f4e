package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
)

// DocsPage is the reference page of the API. It is in English, and whole without its
// script.
const DocsPage = "docs"

var docs = template.Must(template.New("docs").Parse(`<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
` + icon + `<title>{{.Name}}: the API</title>
<link rel="stylesheet" href="{{.Style}}">
<script type="module" src="{{.Script}}"></script>
</head>
<body>
<main>
{{.Body}}</main>
</body>
</html>
`))

// Docs is the reference page, around what is made of the document of the API. It is the
// same for everybody.
func (s *Site) Docs(body template.HTML) (Asset, error) {
	var out bytes.Buffer
	err := docs.Execute(&out, map[string]any{
		"Name": s.brand.Name, "Style": s.addresses[DocsPage+".css"], "Script": s.addresses[DocsPage+".js"], "Body": body,
	})
	if err != nil {
		return Asset{}, fmt.Errorf("web: %w", err)
	}
	return zipped(Asset{Type: "text/html; charset=utf-8", Data: out.Bytes(), Policy: s.policyOf(DocsPage)})
}

// Tag names the content of a file.
func (a Asset) Tag() string {
	sum := sha256.Sum256(a.Data)
	return hex.EncodeToString(sum[:16])
}
