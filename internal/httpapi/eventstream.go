package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// eventWriteTimeout is how long a client may take to read one event.
const eventWriteTimeout = 5 * time.Second

// EventStream responds with server-sent events. It calls follow with the ID of the last
// event that the client received ("" if none), and follow sends later events until the
// request ends. If follow fails before it has sent an event, the response is the error;
// afterwards the client reconnects. Use it only for routes in Routes.LongPolls.
func EventStream(w http.ResponseWriter, r *http.Request, follow func(after string, send func(id, name string, data any) error) error) {
	control := http.NewResponseController(w)
	begun := false
	// A client that does not read must not delay shutdown.
	cut := func() { _ = control.SetWriteDeadline(time.Unix(1, 0)) }
	send := func(id, name string, data any) error {
		text, err := eventText(id, name, data)
		if err != nil {
			return err
		}
		if !begun {
			h := w.Header()
			h.Set("Content-Type", "text/event-stream")
			h.Set("X-Accel-Buffering", "no") // prevents buffering in proxies
			begun = true
		}
		defer time.AfterFunc(eventWriteTimeout, cut).Stop()
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
	line, err := json.Marshal(data) // contains no line breaks
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
