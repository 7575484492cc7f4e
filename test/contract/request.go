package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// judgeRequest judges a request that was answered with success.
func (d *Document) judgeRequest(r route, x Exchange) error {
	err := d.judgeQuery(r, x.URL.Query())
	node, _ := r.op["requestBody"].(map[string]any)
	if node == nil {
		return err
	}
	if len(x.Body) == 0 {
		if node["required"] == true {
			err = errors.Join(err, errors.New("the request has no body, and needs one"))
		}
		return err
	}
	content := node["content"].(map[string]any)
	kind, _, parseErr := mime.ParseMediaType(x.Header.Get("Content-Type"))
	media, ok := content[kind].(map[string]any)
	if parseErr != nil || !ok {
		return errors.Join(err, fmt.Errorf("the request's content type %q is none of %v", x.Header.Get("Content-Type"), slices.Sorted(maps.Keys(content))))
	}
	if media["schema"] == nil || x.Header.Get("Content-Encoding") != "" {
		return err
	}
	at := r.at + "/requestBody/content/" + escape(kind) + "/schema"
	switch kind {
	case "application/json":
		value, parseErr := jsonschema.UnmarshalJSON(bytes.NewReader(x.Body))
		if parseErr != nil {
			return errors.Join(err, fmt.Errorf("the request is no JSON: %s", short(x.Body)))
		}
		bad := d.judgeValue(at, without(value, nil), x.Body)
		if bad != nil {
			bad = d.judgeValue(at, without(value, ""), x.Body)
		}
		return errors.Join(err, asked(bad))
	case "application/x-www-form-urlencoded":
		return errors.Join(err, asked(d.judgeForm(at, string(x.Body))))
	}
	return err
}

func asked(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the request was taken and is outside the document: %w", err)
}

// without takes the members away that are null, or "", which count as absent in a body
// where they may be.
func without(value, absent any) any {
	if object, ok := value.(map[string]any); ok {
		maps.DeleteFunc(object, func(_ string, v any) bool { return v == absent })
	}
	return value
}

func (d *Document) judgeForm(at, text string) error {
	form, err := url.ParseQuery(text)
	if err != nil {
		return err
	}
	object := map[string]any{}
	for name, values := range form {
		object[name] = values[0]
	}
	return d.judgeValue(at, object, []byte(text))
}

// judgeQuery judges the parameters that the document has.
func (d *Document) judgeQuery(r route, query url.Values) (err error) {
	list, _ := r.op["parameters"].([]any)
	for i, node := range list {
		p, at := d.resolve(node.(map[string]any), r.at+"/parameters/"+strconv.Itoa(i))
		if p["in"] != "query" {
			continue
		}
		name := p["name"].(string)
		given := query.Get(name)
		if given == "" {
			if p["required"] == true {
				err = errors.Join(err, fmt.Errorf("the request lacks the parameter %s", name))
			}
			continue
		}
		schema, _ := p["schema"].(map[string]any)
		value := any(given)
		if schema["type"] == "integer" || schema["type"] == "boolean" {
			value = json.Number(given)
			if schema["type"] == "boolean" {
				value = given == "true"
			}
		}
		if bad := d.judgeValue(at+"/schema", value, []byte(given)); bad != nil {
			err = errors.Join(err, fmt.Errorf("the parameter %s: %w", name, bad))
		}
	}
	return err
}

// Names are the operations of the document, as METHOD /path/{id}.
func (d *Document) Names() []string {
	names := make([]string, 0, len(d.routes))
	for _, r := range d.routes {
		names = append(names, r.name)
	}
	slices.Sort(names)
	return names
}

// Name is the operation that answers a request, or "".
func (d *Document) Name(method, path string) string {
	r, _ := d.find(method, strings.TrimSuffix(path, "?"))
	return r.name
}
