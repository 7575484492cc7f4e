// Command generate writes the API document. It reads user.api as parsed by tools/apispec, in
// JSON, and adds what the code of the service defines: the status of each error code, who
// may call a route, the syntax of fields. Everything else, such as forms and pictures, is in
// the tables of this package. With the argument page it reads that document and writes the
// reference page. `make generate` runs both.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
)

// Command generate writes the API document. It reads, as JSON, what tools/apispec extracted
// from user.api, and adds what the service itself defines: the status of each code, who may
// call a route, the constraints of a field. The tables of this package contain what neither
// defines, such as forms and pictures. `make generate` runs it.
func main() {
	log.SetFlags(0)
	write := run
	if slices.Equal(os.Args[1:], []string{"page"}) {
		write = writePage
	}
	if err := write(os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(in io.Reader, out io.Writer) error {
	var f file
	if err := json.NewDecoder(in).Decode(&f); err != nil {
		return fmt.Errorf("read the routes: %w", err)
	}
	b, err := newBuilder(f)
	if err != nil {
		return err
	}
	document := b.document()
	if err := errors.Join(b.problems...); err != nil {
		return err
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return err
	}
	_, err = out.Write(text.Bytes())
	return err
}
