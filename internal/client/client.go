// Package client knows the machines and applications that use the service: one row
// each in the table client. A confidential one has a secret, by which it authenticates
// as HTTP Basic or takes an access token for itself; a public one, an app on other
// people's devices, can keep none.
//
// A secret is 256 random bits, so its SHA-256 is kept and no slow hash: nobody can try
// all of them, and a slow hash on each request of a machine would be paid by us. Two
// secrets work at once while one is replaced, see Rotate.
//
// The rows are few and are held in memory, read anew from the database before they are
// maxAge old and never used once they are maxStale old: whatever Redis is like, a client
// that was removed or disabled works on no node after that.
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

// Kinds of clients (RFC 6749 section 2.1).
const (
	Confidential = "confidential"
	Public       = "public"
)

// Errors of the operator's commands.
var (
	ErrNoClient  = errors.New("there is no such client")
	ErrNameTaken = errors.New("there is a client of this name already")
	ErrNoSecret  = errors.New("a public client has no secret")
)

type (
	// Guard bounds what clients ask for, and what is asked in their name.
	Guard interface {
		// RecallMachine refuses credentials of which too many were refused.
		RecallMachine(id string, from netip.Addr) error
		// RefuseMachine charges credentials that were refused.
		RefuseMachine(ctx context.Context, id string, from netip.Addr) error
		// SpendMachine charges a request of a client, to a limit of its own if it has one.
		SpendMachine(ctx context.Context, id string, own guard.Rate) error
	}

	// Options configure Clients.
	Options struct {
		Rows   model.ClientModel
		Guard  Guard
		Codec  *token.Codec
		Events event.Sink
		// Life is how long an access token is good.
		Life time.Duration
		Now  func() time.Time
		// Elapsed is a clock that only goes forward.
		Elapsed func() time.Duration
		Rand    io.Reader
	}

	// Clients keeps and recognises them. It is safe for concurrent use.
	Clients struct {
		Options
		cache cache
		noted noted
	}

	// Client is one of them.
	Client struct {
		ID, Name, Kind    string
		Scopes, Redirects []string
		// Audience is that of its access tokens; empty means this service.
		Audience string
		// Limit bounds its requests; the zero Rate means as configured.
		Limit   guard.Rate
		Created time.Time
		// Used is when it was last used, to the hour; zero means never.
		Used time.Time
		// Disabled is since when it is; zero means not.
		Disabled time.Time
		// Overlap is until when the secret before the current one works; zero, or past,
		// means not.
		Overlap time.Time

		hash, prevHash string
		validFrom      int64 // Unix seconds
	}
)

// New returns Clients.
func New(o Options) *Clients {
	return &Clients{Options: o, cache: cache{all: o.Rows.All, elapsed: o.Elapsed}, noted: noted{at: map[string]time.Time{}}}
}

// List returns all clients by name, as the database has them now.
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

// ByName returns a client as the database has it now. Fails with ErrNoClient.
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

// clientOf reads a row. A scope that a later release has written is none of ours, and no
// reason to forget the others.
func clientOf(row *model.Client) Client {
	return Client{
		ID: row.Id, Name: row.Name, Kind: row.Kind, Scopes: strings.Fields(row.Scopes), Redirects: strings.Fields(row.Redirects), Audience: row.Audience,
		Limit:   guard.Rate{Limit: row.MaxRequests, Window: time.Duration(row.RateWindow) * time.Second},
		Created: at(row.Created), Used: at(row.Used), Disabled: at(row.Disabled), Overlap: at(row.PrevEnds),
		hash: row.Hash, prevHash: row.PrevHash, validFrom: (row.ValidFrom + 999) / 1000,
	}
}

// at is a time in Unix milliseconds, 0 being none.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
