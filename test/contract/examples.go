package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Examples judges every example of the document by its schema, and tells how many there
// are.
func (d *Document) Examples() (n int, err error) {
	for _, r := range d.routes {
		if body, ok := r.op["requestBody"].(map[string]any); ok {
			m, bad := d.judgeContent(body, r.at+"/requestBody")
			n, err = n+m, errors.Join(err, named(r.name, bad))
		}
		for status, node := range r.op["responses"].(map[string]any) {
			response, at := d.resolve(node.(map[string]any), r.at+"/responses/"+status)
			m, bad := d.judgeContent(response, at)
			n, err = n+m, errors.Join(err, named(r.name+" "+status, bad))
		}
	}
	return n, err
}

func named(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the example of %s: %w", name, err)
}

// judgeContent judges the examples of a body of each content type.
func (d *Document) judgeContent(owner map[string]any, at string) (n int, err error) {
	content, _ := owner["content"].(map[string]any)
	for kind, node := range content {
		media := node.(map[string]any)
		if media["schema"] == nil {
			continue
		}
		schema := at + "/content/" + escape(kind) + "/schema"
		for _, value := range d.valuesOf(media) {
			text, _ := json.Marshal(value) // it was JSON
			n, err = n+1, errors.Join(err, d.judgeValue(schema, value, text))
		}
		if strings.HasSuffix(kind, "json") && len(d.valuesOf(media)) == 0 {
			if _, bad := d.schema(schema); bad != nil { // it compiles at least
				err = errors.Join(err, bad)
			}
		}
	}
	return n, err
}

// valuesOf are the examples of a body.
func (d *Document) valuesOf(media map[string]any) (values []any) {
	if value, ok := media["example"]; ok {
		values = append(values, value)
	}
	examples, _ := media["examples"].(map[string]any)
	for _, node := range examples {
		example, _ := d.resolve(node.(map[string]any), "")
		values = append(values, example["value"])
	}
	return values
}
