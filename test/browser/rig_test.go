package browser

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/model"
	"user-api/test/kit"
)

// scripts are those in the folder node.
var scripts = kit.NewScripts("node")

// object is what a script is given, and what an act answers.
type object = map[string]any

type (
	// rig is the service at http://localhost, where passkeys work, and what a script may
	// have the test do.
	rig struct {
		*kit.App
		// Home is the address that browsers use.
		Home string

		t    *testing.T
		mu   sync.Mutex
		acts map[string]act
	}

	// act does what a script asks for, and answers. It runs beside the test, so that it
	// must not end it.
	act func(args json.RawMessage) (any, error)
)

// start starts the service, on SQLite and the Redis inside. Its codes have six digits, and
// its clock stands still until the script advances it.
func start(t *testing.T, options ...kit.Option) *rig {
	t.Helper()
	testkit.NotInRace(t, "has one browser, which asks one thing after the other")
	kit.Chromium(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, Home: fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port), acts: map[string]act{}}
	r.App = kit.At(t, listener, append([]kit.Option{
		"Name: Example\nOtp: {Length: 6}\n",
		kit.Option(fmt.Sprintf("Auth: {Issuer: %q}\nPasskeys: {Origins: [%q]}\n", r.Home, r.Home)),
	}, options...)...)
	r.on("advance", r.advance)
	r.on("signIn", r.signIn)
	return r
}

// on has the scripts of the rig do what a test offers, by `control(name, args)`.
func (r *rig) on(name string, do act) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acts[name] = do
}

// advance lets time pass: {"seconds": 60}.
func (r *rig) advance(args json.RawMessage) (any, error) {
	var to struct{ Seconds float64 }
	if err := json.Unmarshal(args, &to); err != nil {
		return nil, err
	}
	r.Advance(time.Duration(to.Seconds * float64(time.Second)))
	return nil, nil
}

// signIn signs a phone number in: {"phone": "+91…", "admin": true} → TokenPair. An
// administrator signs in once more after the role is given.
func (r *rig) signIn(args json.RawMessage) (any, error) {
	var who struct {
		Phone string
		Admin bool
	}
	if err := json.Unmarshal(args, &who); err != nil {
		return nil, err
	}
	pair, err := r.enter(who.Phone)
	if err != nil || !who.Admin {
		return pair, err
	}
	info, err := r.TryDo(kit.Request{Method: http.MethodGet, Path: "/user/info", Bearer: fmt.Sprint(pair["accessToken"])})
	if err != nil {
		return nil, err
	}
	if err := r.Service.Accounts.SetRole(r.t.Context(), info.Number("id"), model.RoleAdmin); err != nil {
		return nil, err
	}
	r.Advance(2 * time.Minute) // for the next code
	return r.enter(who.Phone)
}

// enter signs a phone number in by a code from the inbox.
func (r *rig) enter(phone string) (object, error) {
	at := "/dev/inbox?to=" + strings.ReplaceAll(phone, "+", "%2B")
	before, err := r.TryDo(kit.Request{Method: http.MethodGet, Path: at})
	if err != nil {
		return nil, err
	}
	asked, err := r.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/otp", Body: object{"phone": phone}})
	if err != nil || asked.Status != http.StatusOK {
		return nil, fmt.Errorf("a code for %s: %d %s %w", phone, asked.Status, asked.Body, err)
	}
	had, _ := before.JSON["messages"].([]any)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		now, err := r.TryDo(kit.Request{Method: http.MethodGet, Path: at})
		if err != nil {
			return nil, err
		}
		list, _ := now.JSON["messages"].([]any)
		if len(list) == len(had) {
			continue
		}
		code := list[0].(object)["otp"]
		in, err := r.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/login", Body: object{"otpId": asked.Text("otpId"), "otp": code}})
		if err != nil || in.Status != http.StatusOK {
			return nil, fmt.Errorf("signing %s in: %d %s %w", phone, in.Status, in.Body, err)
		}
		return in.JSON, nil
	}
	return nil, fmt.Errorf("no message comes to %s", phone)
}

// run runs a script to its end, and keeps the pictures it takes where they are asked for.
func (r *rig) run(script string, more object) {
	r.t.Helper()
	control := httptest.NewServer(http.HandlerFunc(r.serve))
	defer control.Close()
	shots := r.t.TempDir()
	given := object{"service": r.Home, "control": control.URL, "chromium": kit.Chromium(r.t), "shots": shots,
		"pictures": os.Getenv("USER_API_TEST_SHOTS") != "" || os.Getenv("USER_API_TEST_UPDATE") == "1"}
	maps.Copy(given, more)
	files, err := filepath.Glob("node/*.*")
	if err != nil {
		r.t.Fatal(err)
	}
	// go test asks what the tests have opened whether an earlier result still holds.
	for _, file := range append(files, "../interop/node/lib.mjs") {
		if _, err := os.ReadFile(file); err != nil {
			r.t.Fatal(err)
		}
	}
	defer keep(r.t, shots)
	scripts.Verify(r.t, script, given)
}

// serve does what a script asks for, at the path of its name.
func (r *rig) serve(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	do, ok := r.acts[strings.TrimPrefix(req.URL.Path, "/")]
	r.mu.Unlock()
	if !ok {
		http.NotFound(w, req)
		return
	}
	var args json.RawMessage
	err := json.NewDecoder(req.Body).Decode(&args)
	var result any
	if err == nil {
		result, err = do(args)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(result)
}
