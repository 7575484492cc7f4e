// Package client manages the machines and applications that use the service, one row each
// in the table client. A confidential client has a secret, with which it authenticates by
// HTTP Basic or gets an access token for itself; a public one, an app on users' devices,
// cannot keep a secret.
//
// A secret has 256 random bits, so it is stored as SHA-256 rather than as a slow hash: it
// cannot be brute-forced, and a slow hash on each request would be our cost. Two secrets
// are valid during a rotation, see Rotate.
//
// The rows are few and cached in memory. They are read again when they are maxAge old and
// never used when they are maxStale old: regardless of Redis, a removed or disabled client
// works on no node after that time.
package client

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"strings"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/token"
	"user-api/model"
)

// The kinds of clients (RFC 6749 section 2.1).
const (
	Confidential = "confidential"
	Public       = "public"
)

// Errors for the operator's commands.
var (
	ErrNoClient  = errors.New("there is no such client")
	ErrNameTaken = errors.New("a client with this name exists already")
	ErrNoSecret  = errors.New("a public client has no secret")
)

type (
	// Guard limits requests of clients and attempts to impersonate them.
	Guard interface {
		// RecallMachine fails for an ID or address with too many refused credentials.
		RecallMachine(id string, from netip.Addr) error
		// RefuseMachine charges refused credentials.
		RefuseMachine(ctx context.Context, id string, from netip.Addr) error
		// SpendMachine charges a request of a client, to its own limit if it has one.
		SpendMachine(ctx context.Context, id string, own guard.Rate) error
	}

	// Options configure Clients.
	Options struct {
		Rows   model.ClientModel
		Guard  Guard
		Codec  *token.Codec
		Events event.Sink
		// Life is the lifetime of access tokens.
		Life time.Duration
		Now  func() time.Time
		// Elapsed is a monotonic clock.
		Elapsed func() time.Duration
		Rand    io.Reader
	}

	// Clients manages and authenticates clients. It is safe for concurrent use.
	Clients struct {
		Options
		cache cache
		noted lastNoted
	}

	// Client is a machine or application.
	Client struct {
		ID, Name, Kind    string
		Scopes, Redirects []string
		// Audience is the audience of its access tokens; empty means this service.
		Audience string
		// Limit is its own rate limit; zero means the configured one.
		Limit   guard.Rate
		Created time.Time
		// Used is the last use, with the precision of an hour; zero means never.
		Used time.Time
		// Disabled is when it was disabled; zero means it is not.
		Disabled time.Time
		// Overlap is the end of the validity of the previous secret; zero or past means it
		// is invalid.
		Overlap time.Time

		hash, prevHash string
		validFrom      int64 // Unix seconds
	}
)

// New returns Clients.
func New(o Options) *Clients {
	return &Clients{Options: o, cache: cache{all: o.Rows.All, elapsed: o.Elapsed}, noted: lastNoted{at: map[string]time.Time{}}}
}

// List returns all clients by name, read from the database.
func (c *Clients) List(ctx context.Context) ([]Client, error) {
	rows, err := c.Rows.All(ctx)
	if err != nil {
		return nil, apperr.Down(err)
	}
	list := make([]Client, 0, len(rows))
	for _, row := range rows {
		list = append(list, clientOf(row))
	}
	return list, nil
}

// ByName returns a client, read from the database. It fails with ErrNoClient.
func (c *Clients) ByName(ctx context.Context, name string) (Client, error) {
	list, err := c.List(ctx)
	if err != nil {
		return Client{}, err
	}
	for _, one := range list {
		if one.Name == name {
			return one, nil
		}
	}
	return Client{}, ErrNoClient
}

// clientOf converts a row. Unknown scopes, which a later release may have written, are
// ignored.
func clientOf(row *model.Client) Client {
	return Client{
		ID: row.Id, Name: row.Name, Kind: row.Kind, Scopes: strings.Fields(row.Scopes), Redirects: strings.Fields(row.Redirects), Audience: row.Audience,
		Limit:   guard.Rate{Limit: row.MaxRequests, Window: time.Duration(row.RateWindow) * time.Second},
		Created: at(row.Created), Used: at(row.Used), Disabled: at(row.Disabled), Overlap: at(row.PrevEnds),
		hash: row.Hash, prevHash: row.PrevHash, validFrom: (row.ValidFrom + 999) / 1000,
	}
}

// at converts Unix milliseconds; 0 is the zero time.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
