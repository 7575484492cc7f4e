// Package breachedtest provides a list of breached passwords for tests: a server for range queries
// as the published API specifies, padding included.
package breachedtest

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// minLines is the minimum number of lines of a padded response.
const minLines = 800

var prefix = regexp.MustCompile(`^/range/([0-9A-F]{5})$`)

// List is a list of breached passwords. It is safe for concurrent use.
type List struct {
	// URL is the address of the list.
	URL string

	t       testing.TB
	mu      sync.Mutex
	known   map[string]int // SHA-1 in digits, and how often it was seen
	instead http.HandlerFunc
	asked   []string
}

// New starts a list with the passwords. It stops at the end of the test.
func New(t testing.TB, passwords ...string) *List {
	t.Helper()
	l := &List{t: t, known: map[string]int{}}
	for i, text := range append(passwords, "password") {
		l.known[digest(text)] = i + 1
	}
	server := httptest.NewServer(http.HandlerFunc(l.serve))
	t.Cleanup(server.Close)
	l.URL = server.URL + "/range"
	return l
}

// Instead replaces the handler; nil restores the list.
func (l *List) Instead(h http.HandlerFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.instead = h
}

// Asked returns the requested prefixes.
func (l *List) Asked() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.asked)
}

// Answer returns the padded response for a prefix.
func (l *List) Answer(prefix string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines []string
	for text, seen := range l.known {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			lines = append(lines, fmt.Sprintf("%s:%d", rest, seen))
		}
	}
	for i := 0; len(lines) < minLines; i++ {
		rest := digest(fmt.Sprint(prefix, i))[5:]
		lines = append(lines, fmt.Sprintf("%s:%d", rest, i%2)) // every other line is padding
	}
	slices.Sort(lines)
	return strings.Join(lines, "\r\n")
}

func (l *List) serve(w http.ResponseWriter, r *http.Request) {
	found := prefix.FindStringSubmatch(r.URL.Path)
	if r.Method != http.MethodGet || found == nil || r.URL.RawQuery != "" || r.Header.Get("Add-Padding") != "true" || r.ContentLength > 0 {
		l.t.Errorf("unexpected request: %s %s %v", r.Method, r.URL, r.Header)
		http.Error(w, "The hash prefix was not in a valid format", http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	l.asked = append(l.asked, found[1])
	instead := l.instead
	l.mu.Unlock()
	if instead != nil {
		instead(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	fmt.Fprint(w, l.Answer(found[1]))
}

func digest(text string) string {
	sum := sha1.Sum([]byte(text))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}
