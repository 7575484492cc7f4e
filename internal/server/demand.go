package server

import (
	"net/http"
	"strings"

	"user-api/internal/middleware"
)

// Demand is the authorization that a route requires, as enforced by the gate and documented
// in the API document.
type Demand struct {
	// Open means that the gate requires nothing. The use case may require more, such as a
	// token in the body.
	Open bool
	// Clients means that the route is only for clients, not for people.
	Clients bool
	// Admin means that a person needs the role admin.
	Admin bool
	// Scope is the scope that a client needs; "" on a route that is only for people.
	Scope string
	// Fresh means that the gate requires recent authentication of a person. A route whose
	// use case decides this is not Fresh, and Rule describes its rule.
	Fresh bool
	Rule  string
	// Bounded means that refused requests count against the session, which is eventually
	// refused itself.
	Bounded bool
}

// DemandOf returns the demand of a route, given its served path.
func DemandOf(method, path string) Demand {
	name := method + " " + path
	if _, ok := open[name]; ok {
		return Demand{Open: true}
	}
	d := Demand{Admin: strings.HasPrefix(path, adminPrefix), Scope: scopes[name]}
	if d.Clients = strings.HasPrefix(path, servicePrefix); d.Clients {
		return d
	}
	d.Rule = rules[name]
	d.Fresh = d.Rule == "" && changes(method)
	d.Bounded = !middleware.Hot(method, path)
	return d
}

// People reports whether a person's access token grants access to the route.
func (d Demand) People() bool { return !d.Open && !d.Clients }

// MayAskProof reports whether the gate or the use case may require more than the session:
// recent authentication or the second factor.
func (d Demand) MayAskProof() bool {
	return d.Fresh || d.Admin || strings.HasPrefix(d.Rule, freshRule) || strings.Contains(d.Rule, factorRule)
}

// changes reports whether a method modifies something.
func changes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}
