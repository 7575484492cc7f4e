package process

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// visitors use the service without pause, and record each answer that is not 200.
type visitors struct {
	front *process
	next  atomic.Int64

	mu      sync.Mutex
	answers map[string]int
	failed  map[string]int
	wait    sync.WaitGroup
}

// call sends one request. Only the first tokens of a session are searched for in the logs,
// or the search would take longer than the rest.
func (v *visitors) call(method, path, bearer string, body any) (content object, ok bool) {
	status, text := 0, []byte(nil)
	answer, err := v.front.send(client, method, path, bearer, body)
	if err == nil {
		status = answer.StatusCode
		text, err = io.ReadAll(answer.Body)
		answer.Body.Close()
		_ = json.Unmarshal(text, &content)
	}
	route, _, _ := strings.Cut(path, "?")
	if route == "/user/login" {
		rememberAnswer(content)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.answers[route]++
	switch {
	case err != nil:
		v.failed[fmt.Sprintf("%s: %v", route, err)]++
	case status != http.StatusOK:
		v.failed[fmt.Sprintf("%s: %d %.120s", route, status, text)]++
	}
	return content, err == nil && status == http.StatusOK
}

// signIn requests a code, and uses it a moment later, maybe on another node.
func (v *visitors) signIn() (access, refresh string, ok bool) {
	phone := number(10_000 + int(v.next.Add(1)))
	asked, ok := v.call(http.MethodPost, "/user/otp", "", object{"phone": phone})
	if !ok {
		return "", "", false
	}
	code := ""
	for deadline := time.Now().Add(time.Minute); code == "" && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		inbox, ok := v.call(http.MethodGet, "/dev/inbox?to="+url.QueryEscape(phone), "", nil)
		if !ok {
			return "", "", false
		}
		if list, _ := inbox["messages"].([]any); len(list) > 0 {
			code, _ = list[0].(map[string]any)["otp"].(string)
		}
	}
	tokens, ok := v.call(http.MethodPost, "/user/login", "", object{"otpId": asked["otpId"], "otp": code})
	access, _ = tokens["accessToken"].(string)
	refresh, _ = tokens["refreshToken"].(string)
	return access, refresh, ok
}

// visit signs in, then checks and refreshes until stop.
func (v *visitors) visit(stays bool, stop <-chan struct{}) {
	for {
		access, refresh, ok := v.signIn()
		for round := 0; ok && (stays || round < 3); round++ {
			for _, path := range []string{"/user/check", "/user/info"} {
				if _, ok = v.call(http.MethodGet, path, access, nil); !ok {
					return
				}
			}
			var tokens object
			if tokens, ok = v.call(http.MethodPost, "/user/refresh", "", object{"refreshToken": refresh}); ok {
				access, _ = tokens["accessToken"].(string)
				refresh, _ = tokens["refreshToken"].(string)
			}
			select {
			case <-stop:
				return
			case <-time.After(30 * time.Millisecond):
			}
		}
		if !ok {
			return
		}
		select {
		case <-stop:
			return
		default:
		}
	}
}
