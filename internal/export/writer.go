package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// ErrWrite is returned if the destination cannot be written.
var ErrWrite = errors.New("export: the document could not be written")

// writer writes a JSON object member by member. After the first error it writes nothing.
type writer struct {
	to    io.Writer
	begun bool
	err   error
}

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *writer) text(text []byte) {
	if w.err != nil {
		return
	}
	if _, err := w.to.Write(text); err != nil {
		w.err = fmt.Errorf("%w: %w", ErrWrite, err)
	}
}

func (w *writer) value(v any) {
	text, err := json.Marshal(v)
	w.fail(err)
	w.text(text)
}

// name writes the name of a member.
func (w *writer) name(name string) {
	begin := ",\n"
	if !w.begun {
		begin, w.begun = "{", true
	}
	w.text([]byte(begin + `"` + name + `":`))
}

func (w *writer) member(name string, v any) {
	w.name(name)
	w.value(v)
}

func (w *writer) list(name string, items iter.Seq2[any, error]) {
	w.name(name)
	begin := "["
	for item, err := range items {
		w.fail(err)
		w.text([]byte(begin))
		w.value(item)
		if w.err != nil {
			return
		}
		begin = ",\n"
	}
	if begin == "[" {
		w.text([]byte("["))
	}
	w.text([]byte("]"))
}

func (w *writer) end() { w.text([]byte("}\n")) }
