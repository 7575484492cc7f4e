// Command apispec prints an API file as parsed by goctl, in JSON: the routes and types from
// which internal/openapi/generate builds the API document. It is in the module of the
// tools, so that the service does not depend on goctl.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path"
	"strings"

	"github.com/zeromicro/go-zero/tools/goctl/api/spec"
	"github.com/zeromicro/go-zero/tools/goctl/pkg/parser/api/parser"
)

type (
	file struct {
		Info   map[string]string
		Routes []route
		Types  []definition
	}

	route struct {
		Method, Path, Handler           string
		Summary, Description, Responses string
		Tag                             string
		Middlewares                     []string
		// Request and Response are names of types, or empty.
		Request, Response string
	}

	definition struct {
		Name   string
		Fields []field
	}

	// field is a field of a struct. Type and Tag are spelled as in Go.
	field struct{ Name, Type, Tag, Comment string }
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: apispec file.api")
	}
	f, err := read(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(f); err != nil {
		log.Fatal(err)
	}
}

func read(name string) (file, error) {
	parsed, err := parser.Parse(name, nil)
	if err != nil {
		return file{}, err
	}
	f := file{Info: unquoted(parsed.Info.Properties)}
	for _, group := range parsed.Service.Groups {
		about := unquoted(group.Annotation.Properties)
		for _, r := range group.Routes {
			f.Routes = append(f.Routes, newRoute(about, r))
		}
	}
	for _, t := range parsed.Types {
		def, ok := t.(spec.DefineStruct)
		if !ok {
			return file{}, fmt.Errorf("%s: the type %s is no struct", name, t.Name())
		}
		f.Types = append(f.Types, newDefinition(def))
	}
	return f, nil
}

func newRoute(about map[string]string, r spec.Route) route {
	doc := unquoted(r.AtDoc.Properties)
	out := route{
		Method: strings.ToUpper(r.Method), Path: path.Join("/", about[spec.RoutePrefixKey], r.Path), Handler: r.Handler,
		Summary: doc["summary"], Description: doc["description"], Responses: doc["responses"], Tag: about["tags"],
	}
	if out.Summary == "" {
		out.Summary = strings.Trim(r.AtDoc.Text, `"`)
	}
	if list := about["middleware"]; list != "" {
		out.Middlewares = strings.Split(list, ",")
	}
	if r.RequestType != nil {
		out.Request = r.RequestType.Name()
	}
	if r.ResponseType != nil {
		out.Response = r.ResponseType.Name()
	}
	return out
}

func newDefinition(def spec.DefineStruct) definition {
	out := definition{Name: def.RawName}
	for _, m := range def.Members {
		out.Fields = append(out.Fields, field{
			Name: m.Name, Type: m.Type.Name(), Tag: strings.Trim(m.Tag, "`"),
			Comment: strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(m.Comment), "//")),
		})
	}
	return out
}

// unquoted removes the quotation marks that the parser keeps.
func unquoted(properties map[string]string) map[string]string {
	out := make(map[string]string, len(properties))
	for key, value := range properties {
		out[key] = strings.Trim(value, "\"`")
	}
	return out
}
