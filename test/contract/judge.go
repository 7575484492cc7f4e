package contract

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Exchange is a request and its answer.
type Exchange struct {
	Method string
	URL    *url.URL
	// Header and Body are the request's. Of a body that was not read, HasBody alone tells.
	Header  http.Header
	Body    []byte
	HasBody bool
	Status  int
	// Answered and Answer are the answer's header and body.
	Answered http.Header
	Answer   []byte
}

const errorRef = "#/components/schemas/Error"

// Judge tells how an exchange departs from the document: the answer always, and the
// request where it was answered with success. nil is that it does not.
func (d *Document) Judge(x Exchange) error {
	r, ok := d.find(x.Method, x.URL.EscapedPath())
	if !ok {
		return d.judgeNowhere(x)
	}
	var err error
	if x.Status/100 == 2 {
		err = d.judgeRequest(r, x)
	}
	err = errors.Join(err, d.judgeAnswer(r, x))
	if err != nil {
		return fmt.Errorf("%s answers %d, and docs/openapi.json knows another form: %w", r.name, x.Status, err)
	}
	return nil
}

// judgeNowhere judges the answer to a request that is for no operation.
func (d *Document) judgeNowhere(x Exchange) error {
	if x.Method == http.MethodOptions && x.Status == http.StatusNoContent {
		return nil // a preflight
	}
	if x.Status < http.StatusBadRequest {
		return fmt.Errorf("%s %s answers %d, and docs/openapi.json has no such operation", x.Method, x.URL.Path, x.Status)
	}
	if err := d.judgeJSON(errorRef, x); err != nil {
		return fmt.Errorf("%s %s answers %d: %w", x.Method, x.URL.Path, x.Status, err)
	}
	return nil
}

func (d *Document) judgeAnswer(r route, x Exchange) error {
	responses := r.op["responses"].(map[string]any)
	status := strconv.Itoa(x.Status)
	node, ok := responses[status].(map[string]any)
	if !ok {
		if x.Status >= http.StatusBadRequest && x.HasBody && r.op["requestBody"] == nil {
			return d.judgeJSON(errorRef, x) // the request is not the document's
		}
		return fmt.Errorf("the status is none of %v: %s", slices.Sorted(maps.Keys(responses)), short(x.Answer))
	}
	response, at := d.resolve(node, r.at+"/responses/"+status)
	err := d.judgeHeaders(response, x)
	content, _ := response["content"].(map[string]any)
	if len(content) == 0 {
		if len(x.Answer) > 0 {
			err = errors.Join(err, fmt.Errorf("the answer has a body: %s", short(x.Answer)))
		}
		return err
	}
	kind, _, parseErr := mime.ParseMediaType(x.Answered.Get("Content-Type"))
	media, ok := content[kind].(map[string]any)
	if parseErr != nil || !ok {
		return errors.Join(err, fmt.Errorf("the content type %q is none of %v", x.Answered.Get("Content-Type"), slices.Sorted(maps.Keys(content))))
	}
	if x.Method == http.MethodHead || kind != "application/json" || media["schema"] == nil {
		return err
	}
	return errors.Join(err, d.judgeJSON(at+"/content/"+escape(kind)+"/schema", x))
}

func (d *Document) judgeHeaders(response map[string]any, x Exchange) (err error) {
	headers, _ := response["headers"].(map[string]any)
	for name, node := range headers {
		header, _ := d.resolve(node.(map[string]any), "")
		if header["required"] == true && len(x.Answered.Values(name)) == 0 {
			err = errors.Join(err, fmt.Errorf("the header %s is missing", name))
		}
	}
	return err
}

func (d *Document) judgeJSON(at string, x Exchange) error {
	if x.Method == http.MethodHead {
		return nil
	}
	plain := x.Answer
	if x.Answered.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(x.Answer))
		if err == nil {
			plain, err = io.ReadAll(z)
		}
		if err != nil {
			return fmt.Errorf("the answer is no gzip: %w", err)
		}
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(plain))
	if err != nil {
		return fmt.Errorf("the answer is no JSON: %s", short(plain))
	}
	return d.judgeValue(at, value, plain)
}

func (d *Document) judgeValue(at string, value any, text []byte) error {
	schema, err := d.schema(at)
	if err != nil {
		return err
	}
	if err := schema.Validate(value); err != nil {
		// Its first line names the schema by an address of no use to anybody.
		_, reasons, _ := strings.Cut(err.Error(), "\n")
		return fmt.Errorf("%s\nof %s", reasons, short(text))
	}
	return nil
}

func short(text []byte) string {
	const most = 600
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}
