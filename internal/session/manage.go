package session

import (
	"context"
	"errors"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"user-api/internal/apperr"
	"user-api/model"
)

const (
	// MaxPerUser is how many sessions a user can have; the oldest gives way.
	MaxPerUser = 50
	// heldPage is how many rows are read at once.
	heldPage = 200
	// Recent is how old a sign-in may be that counts as a fresh proof.
	Recent = 10 * time.Minute
	// TwoFactors among the methods of a session says that its user was proven by two
	// (RFC 8176).
	TwoFactors = "mfa"
)

// Proof is by what a session was opened, and where.
type Proof struct {
	UserID int64
	// Epoch is that of the user now, and Anonymous says that this session is the one way
	// to the user.
	Epoch     int64
	Anonymous bool
	ClientID  string
	AuthTime  time.Time
	Methods   []string
	Device    Device
}

// Info describes one session to its owner.
type Info struct {
	ID, UserAgent, IP string
	// ClientID is the OAuth client that it was opened for, empty for none.
	ClientID                     string
	Created, LastUsed, ExpiresAt time.Time
}

// EndOne ends one session of a user. Fails with apperr.NotFound for a session
// that is another's, has ended or never was.
func (s *Sessions) EndOne(ctx context.Context, userID int64, id string) error {
	row, err := s.find(ctx, id)
	if apperr.Is(err, apperr.SessionEnded) || (err == nil && row.UserId != userID) {
		return apperr.New(apperr.NotFound)
	}
	if err != nil {
		return err
	}
	return s.Revoke(ctx, id, model.EndedByUser)
}

// List describes a user's sessions, newest first.
func (s *Sessions) List(ctx context.Context, userID int64) ([]Info, error) {
	rows, err := s.Tokens.Living(ctx, userID, s.Now().UnixMilli())
	if err != nil {
		return nil, apperr.Down(err)
	}
	list := make([]Info, 0, len(rows))
	for _, row := range rows {
		list = append(list, Info{
			ID: row.Id, UserAgent: row.UserAgent, IP: row.Ip, ClientID: row.ClientId, Created: time.UnixMilli(row.Created),
			LastUsed: time.UnixMilli(row.Rotated), ExpiresAt: time.UnixMilli(row.Expires),
		})
	}
	return list, nil
}

// Held are all rows about a user's sessions, newest first: also of those that have
// ended, as long as they are kept. They are read a page at a time.
func (s *Sessions) Held(ctx context.Context, userID int64) iter.Seq2[*model.Token, error] {
	return func(yield func(*model.Token, error) bool) {
		created, id := int64(math.MaxInt64), ""
		for {
			page, err := s.Tokens.OfUser(ctx, userID, created, id, heldPage)
			if err != nil {
				yield(nil, apperr.Down(err))
				return
			}
			for _, row := range page {
				if created, id = row.Created, row.Id; !yield(row, nil) {
					return
				}
			}
			if len(page) < heldPage {
				return
			}
		}
	}
}

// Proven says by what a session was opened and where, whether it still lives or not.
// Fails with apperr.SessionEnded where there is no such session.
func (s *Sessions) Proven(ctx context.Context, id string) (Proof, error) {
	row, user, _, err := s.Tokens.FindWithUser(ctx, id)
	if errors.Is(err, model.ErrNotFound) {
		return Proof{}, apperr.New(apperr.SessionEnded)
	}
	if err != nil {
		return Proof{}, apperr.Down(err)
	}
	return Proof{
		UserID: user.Id, Epoch: user.Epoch, Anonymous: user.Anonymous != 0, ClientID: row.ClientId, AuthTime: time.UnixMilli(row.AuthTime),
		Methods: strings.Fields(row.Amr), Device: Device{IP: row.Ip, UserAgent: row.UserAgent},
	}, nil
}

// EndOpenedBy ends the session that a digest has opened for a client, and names it if it
// lived until now.
func (s *Sessions) EndOpenedBy(ctx context.Context, digest, client, reason string) (id string, err error) {
	row, err := s.Tokens.FindOneByChallenge(ctx, model.Text(digest))
	switch {
	case errors.Is(err, model.ErrNotFound):
		return "", nil
	case err != nil:
		return "", apperr.Down(err)
	case row.ClientId != client:
		return "", nil
	}
	if lived, err := s.End(ctx, row.Id, reason); err != nil || !lived {
		return "", err
	}
	return row.Id, nil
}

// Methods are how the user of a living session was proven, and when.
func (s *Sessions) Methods(ctx context.Context, id string) (methods []string, at time.Time, err error) {
	row, err := s.find(ctx, id)
	if err != nil {
		return nil, time.Time{}, err
	}
	return strings.Fields(row.Amr), time.UnixMilli(row.AuthTime), nil
}

// Prove adds to the methods by which the user of a session that was just opened was
// proven.
func (s *Sessions) Prove(ctx context.Context, g *Grant, more []string) error {
	methods := factors(g.Methods, more)
	if err := s.Tokens.SetMethods(ctx, g.SessionID, strings.Join(methods, " ")); err != nil {
		return apperr.Down(err)
	}
	g.Methods = methods
	return nil
}

// ProveAlso is Prove for a session that has lived for a while.
func (s *Sessions) ProveAlso(ctx context.Context, id string, more []string) error {
	methods, _, err := s.Methods(ctx, id)
	if err != nil {
		return err
	}
	return s.Prove(ctx, &Grant{SessionID: id, Methods: methods}, more)
}

// factors are the methods of two factors.
func factors(first, second []string) []string {
	list := slices.Clone(first)
	for _, method := range append(slices.Clone(second), TwoFactors) {
		if !slices.Contains(list, method) {
			list = append(list, method)
		}
	}
	return list
}

// limit ends the oldest sessions beyond MaxPerUser.
func (s *Sessions) limit(ctx context.Context, userID int64) error {
	ids, err := s.Tokens.Beyond(ctx, userID, s.Now().UnixMilli(), MaxPerUser)
	if err != nil {
		return apperr.Down(err)
	}
	for _, id := range ids {
		if err := s.Revoke(ctx, id, model.EndedByLimit); err != nil {
			return err
		}
	}
	return nil
}
