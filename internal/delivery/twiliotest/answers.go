package twiliotest

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// texts are Twilio's texts of some errors, which no client may ever see.
var texts = map[int]string{
	20003: "Authenticate",
	20004: "Method not allowed",
	20404: "The requested resource was not found",
	20429: "Too Many Requests",
	20500: "Internal Server Error",
	21201: "No 'To' number specified",
	21205: "Invalid URL or Twiml",
	21211: "Invalid 'To' Phone Number",
	21213: "'From' phone number is required",
	21215: "Account not authorized to call the 'To' number. Perhaps you need to enable some international permissions",
	21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
	21602: "Message body is required.",
	21603: "A 'From' phone number is required.",
	21604: "A 'To' phone number is required.",
	21608: "The number is unverified. Trial accounts cannot send messages to unverified numbers",
	21610: "Attempt to send to unsubscribed recipient",
	21614: "'To' number is not a valid mobile number",
	21624: "Invalid validity period value",
	21656: "The ContentVariables parameter is invalid",
	21910: "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel",
}

// BadGateway answers with the 502 of a proxy, in HTML.
func BadGateway() Answer {
	return func(w http.ResponseWriter, _ *http.Request, _ *Server) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		io.WriteString(w, "<html><body><h1>502 Bad Gateway</h1></body></html>")
	}
}

// Born answers with a 201 for a message that has the given status and error code from the start.
func Born(status string, code int) Answer {
	return func(w http.ResponseWriter, r *http.Request, s *Server) {
		m := s.resource(r)
		m["status"], m["error_code"] = status, code
		reply(w, http.StatusCreated, m)
	}
}

// Created answers with a 201 for a queued message or call.
func Created() Answer {
	return func(w http.ResponseWriter, r *http.Request, s *Server) {
		reply(w, http.StatusCreated, s.resource(r))
	}
}

// Cut accepts the message and resets the connection without an answer.
func Cut() Answer {
	return func(w http.ResponseWriter, _ *http.Request, s *Server) {
		s.newSID("SM")
		reset(w)
	}
}

// CutEarly resets the connection before a message is created.
func CutEarly() Answer {
	return func(w http.ResponseWriter, _ *http.Request, _ *Server) { reset(w) }
}

// Garbled accepts the message with a 201 whose body is not JSON.
func Garbled() Answer {
	return func(w http.ResponseWriter, _ *http.Request, s *Server) {
		s.newSID("SM")
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"sid": "SM`)
	}
}

// RateLimited answers with a 429; an empty retryAfter omits the header.
func RateLimited(retryAfter string) Answer {
	return func(w http.ResponseWriter, r *http.Request, s *Server) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		Refused(http.StatusTooManyRequests, 20429)(w, r, s)
	}
}

// Redirected answers with a 307 to another URL.
func Redirected(location string) Answer {
	return func(w http.ResponseWriter, _ *http.Request, _ *Server) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
}

// Refused answers with an error as Twilio formats it.
func Refused(status, code int) Answer {
	return func(w http.ResponseWriter, _ *http.Request, _ *Server) {
		reply(w, status, map[string]any{
			"code":      code,
			"message":   texts[code],
			"more_info": fmt.Sprintf("https://www.twilio.com/docs/errors/%d", code),
			"status":    status,
		})
	}
}

// ServerError answers with Twilio's own 500.
func ServerError() Answer { return Refused(http.StatusInternalServerError, 20500) }

// Stalled accepts the message and does not answer until the client disconnects or the server
// closes.
func Stalled() Answer {
	return func(_ http.ResponseWriter, r *http.Request, s *Server) {
		s.newSID("SM")
		select {
		case <-r.Context().Done():
		case <-s.closing:
		}
	}
}

func (s *Server) resource(r *http.Request) map[string]any {
	if strings.HasSuffix(r.URL.Path, calls) {
		return s.call(r)
	}
	return s.message(r)
}

// call returns a new Call resource.
func (s *Server) call(r *http.Request) map[string]any {
	sid, now := s.newSID("CA"), time.Now().UTC().Format(time.RFC1123Z)
	return map[string]any{
		"account_sid": s.account, "api_version": "2010-04-01", "answered_by": nil, "caller_name": nil,
		"date_created": now, "date_updated": now, "direction": "outbound-api", "duration": nil,
		"end_time": nil, "from": r.PostForm.Get("From"), "price": nil, "price_unit": "USD", "sid": sid,
		"start_time": nil, "status": "queued", "to": r.PostForm.Get("To"), "trunk_sid": nil,
		"uri": "/2010-04-01/Accounts/" + s.account + "/Calls/" + sid + ".json",
	}
}

// message returns a new Message resource for the request, with the fields and types of the
// published API description.
func (s *Server) message(r *http.Request) map[string]any {
	sid, now := s.newSID("SM"), time.Now().UTC().Format(time.RFC1123Z)
	uri := "/2010-04-01/Accounts/" + s.account + "/Messages/" + sid
	m := map[string]any{
		"account_sid": s.account, "api_version": "2010-04-01", "body": r.PostForm.Get("Body"),
		"date_created": now, "date_sent": nil, "date_updated": now, "direction": "outbound-api",
		"error_code": nil, "error_message": nil, "from": r.PostForm.Get("From"),
		"messaging_service_sid": nil, "num_media": "0", "num_segments": "1",
		"price": nil, "price_unit": "USD", "sid": sid, "status": "queued",
		"subresource_uris": map[string]string{"media": uri + "/Media.json"},
		"to":               r.PostForm.Get("To"), "uri": uri + ".json",
	}
	// A service chooses its sender later.
	if service := r.PostForm.Get("MessagingServiceSid"); service != "" {
		m["messaging_service_sid"], m["status"], m["num_segments"] = service, "accepted", "0"
		if m["from"] == "" {
			m["from"] = nil
		}
	}
	return m
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A client that has disconnected is not an error of the test.
	_ = json.NewEncoder(w).Encode(body)
}

// reset resets the connection, so that the client sees an error and not an end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic("twiliotest: cannot cut: " + err.Error())
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
