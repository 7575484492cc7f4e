package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// eventWrite is how long a client may take to read one event.
const eventWrite = 5 * time.Second

// EventStream answers with server-sent events: follow is told the id of the last one that
// the client has had, "" if none, and sends what comes after it until the request ends. If
// follow fails before it has sent any, the answer is the error; else the client comes
// again. Only for routes that Routes.Held names.
func EventStream(w http.ResponseWriter, r *http.Request, follow func(after string, send func(id, name string, data any) error) error) {
	control := http.NewResponseController(w)
	begun := false
	// A client that does not read must not hold up the end of the process.
	cut := func() { _ = control.SetWriteDeadline(time.Unix(1, 0)) }
	send := func(id, name string, data any) error {
		text, err := eventText(id, name, data)
		if err != nil {
			return err
		}
		if !begun {
			h := w.Header()
			h.Set("Content-Type", "text/event-stream")
			h.Set("X-Accel-Buffering", "no") // a proxy is to pass each on at once
			begun = true
		}
		defer time.AfterFunc(eventWrite, cut).Stop()
		if _, err := w.Write(text); err != nil {
			return err
		}
		return control.Flush()
	}
	if err := follow(r.Header.Get("Last-Event-ID"), send); err != nil && !begun {
		Error(w, r, err)
	}
}

func eventText(id, name string, data any) ([]byte, error) {
	line, err := json.Marshal(data) // has no line breaks
	if err != nil {
		return nil, fmt.Errorf("httpapi: encode an event: %w", err)
	}
	var text bytes.Buffer
	if id != "" && !strings.ContainsAny(id, "\r\n\x00") {
		fmt.Fprintf(&text, "id: %s\n", id)
	}
	fmt.Fprintf(&text, "event: %s\ndata: %s\n\n", name, line)
	return text.Bytes(), nil
}
