package check

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// resistsHTTP2 is resists in HTTP/2, where names and values have a length and so may be
// anything.
func resistsHTTP2(t *testing.T, gateway string, s *service, a *app) {
	t.Helper()
	good := signIn(t, s.url, "+919876543213")
	answer, _, err := ask(http.MethodGet, s.url+"/user/check", "", "Authorization", "Bearer "+good)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, err)
	}
	type field struct{ name, value string }
	proofs := map[string][]field{"a token": {{"authorization", "Bearer " + good}}, "no token": nil, "a bad token": {{"authorization", "Bearer x"}}}
	refused := 0
	for _, name := range own {
		lower := strings.ToLower(name)
		under := strings.ReplaceAll(lower, "-", "_")
		for what, fields := range map[string][]field{
			"nothing": nil, "its name": {{lower, "spoofed"}}, "twice": {{lower, "spoofed"}, {lower, "spoofed too"}}, "empty": {{lower, ""}},
			"underscores": {{under, "spoofed"}}, "capitals": {{name, "spoofed"}}, "a space behind": {{lower + " ", "spoofed"}}, "a space before": {{" " + lower, "spoofed"}},
			"a pseudo-header": {{":" + lower, "spoofed"}}, "a colon behind": {{lower + ":", "spoofed"}}, "a line break in another": {{"x-other", "a\r\n" + lower + ": spoofed"}},
			"a line break in a name": {{"x-other: a\r\n" + lower, "spoofed"}}, "a NUL": {{lower + "\x00", "spoofed"}}, "hop by hop": {{"connection", lower}, {lower, "spoofed"}},
			"te": {{"te", "trailers, " + lower}, {lower, "spoofed"}}, "dots": {{strings.ReplaceAll(lower, "-", "."), "spoofed"}},
			"in a cookie": {{"cookie", "a=b"}, {"cookie", "c=d\r\n" + lower + ": spoofed"}},
		} {
			for proof, more := range proofs {
				for target, open := range map[string]bool{"/orders/7": false, "/public/a": true} {
					fields := append(append([]field{{":method", "GET"}, {":scheme", "http"}, {":authority", "app.example.com"}, {":path", target}}, fields...), more...)
					a.take()
					status := stream(t, gateway, func(e *hpack.Encoder) {
						for _, f := range fields {
							_ = e.WriteField(hpack.HeaderField{Name: f.name, Value: f.value})
						}
					})
					given, told := a.take(), fmt.Sprintf("HTTP/2, %s %s, %s, %s", name, what, proof, target)
					switch {
					case given == nil && (open || proof == "a token"):
						refused++ // malformed: mostly an error of the stream
						if what == "nothing" || what == "its name" || what == "twice" || what == "underscores" {
							t.Errorf("%s: %d, and the app is not asked", told, status)
						}
					case given == nil:
					case open:
						given.wantUser(t, told, nil)
					case proof != "a token":
						t.Errorf("%s: %d, and the app is asked: %q", told, status, given.lines)
					default:
						given.wantUser(t, told, answer.Header)
					}
				}
			}
		}
	}
	if refused == 0 {
		t.Error("what is malformed is passed on")
	}
}

// stream sends one request and returns the status of the answer; 0 where there is none.
func stream(t *testing.T, host string, fields func(*hpack.Encoder)) int {
	t.Helper()
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	var head bytes.Buffer
	fields(hpack.NewEncoder(&head))
	framer := http2.NewFramer(conn, conn)
	if _, err = io.WriteString(conn, http2.ClientPreface); err == nil {
		err = framer.WriteSettings()
	}
	if err == nil {
		err = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: head.Bytes(), EndStream: true, EndHeaders: true})
	}
	if err != nil {
		return 0
	}
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return 0
		}
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				_ = framer.WriteSettingsAck()
			}
		case *http2.MetaHeadersFrame:
			var status int
			_, _ = fmt.Sscan(f.PseudoValue("status"), &status)
			return status
		case *http2.RSTStreamFrame, *http2.GoAwayFrame:
			return 0
		}
	}
}
