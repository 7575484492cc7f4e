package server

import (
	"net/http"
	"strings"

	"user-api/internal/middleware"
)

// Demand is what a route asks of whoever calls it, as the gate enforces it and as the
// API document tells it.
type Demand struct {
	// Open says that the gate asks for nothing. What else a route is open for, such as
	// a token in its body, is for its use case.
	Open bool
	// Clients says that it is for clients alone: there are no people.
	Clients bool
	// Admin says that a person needs the role admin.
	Admin bool
	// Scope is what a client needs; "" on a route that is for people alone.
	Scope string
	// Fresh says that the gate asks a person for a fresh proof. A route whose use case
	// judges that itself is not Fresh, and has the reason in Judged.
	Fresh  bool
	Judged string
	// Bounded says that what is refused counts against the session, which is refused
	// itself in the end.
	Bounded bool
}

// DemandOf tells the demand of a route, by its path as it is served.
func DemandOf(method, path string) Demand {
	name := method + " " + path
	if _, ok := open[name]; ok {
		return Demand{Open: true}
	}
	d := Demand{Admin: strings.HasPrefix(path, adminPrefix), Scope: scopes[name]}
	if d.Clients = strings.HasPrefix(path, servicePrefix); d.Clients {
		return d
	}
	d.Judged = judged[name]
	d.Fresh = d.Judged == "" && changes(method)
	d.Bounded = !middleware.Hot(method, path)
	return d
}

// People reports whether a person's access token opens the route.
func (d Demand) People() bool { return !d.Open && !d.Clients }

// MayAskProof reports whether a person may be asked for another proof than the session,
// by the gate or by the use case: a fresh one, or the second factor.
func (d Demand) MayAskProof() bool {
	return d.Fresh || d.Admin || strings.HasPrefix(d.Judged, judgedFresh) || strings.Contains(d.Judged, judgedFactor)
}

// changes reports whether a route changes something.
func changes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}
