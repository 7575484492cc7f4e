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
	// MaxPerUser is the maximum number of sessions of a user; the oldest ones end.
	MaxPerUser = 50
	// allPage is the number of rows per query.
	allPage = 200
	// Recent is the maximum age of a recent sign-in.
	Recent = 10 * time.Minute
	// TwoFactors is the method that marks a session with two factors (RFC 8176).
	TwoFactors = "mfa"
)

// Proof describes how and where a session was opened.
type Proof struct {
	UserID int64
	// Epoch is the user's current epoch. Anonymous means that this session is the only access to
	// the user.
	Epoch     int64
	Anonymous bool
	ClientID  string
	AuthTime  time.Time
	Methods   []string
	Device    Device
}

// Info describes a session to its user.
type Info struct {
	ID, UserAgent, IP string
	// ClientID is the OAuth client of the session, empty for none.
	ClientID                     string
	Created, LastUsed, ExpiresAt time.Time
}

// EndOne ends one session of a user. It fails with apperr.NotFound for a session that does not
// exist, has ended or is another user's.
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

// List returns a user's active sessions, newest first.
func (s *Sessions) List(ctx context.Context, userID int64) ([]Info, error) {
	rows, err := s.Tokens.Active(ctx, userID, s.Now().UnixMilli())
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

// All returns the rows of all sessions of a user, newest first, including ended ones that are still
// stored. It reads one page at a time.
func (s *Sessions) All(ctx context.Context, userID int64) iter.Seq2[*model.Token, error] {
	return func(yield func(*model.Token, error) bool) {
		created, id := int64(math.MaxInt64), ""
		for {
			page, err := s.Tokens.OfUser(ctx, userID, created, id, allPage)
			if err != nil {
				yield(nil, apperr.Down(err))
				return
			}
			for _, row := range page {
				if created, id = row.Created, row.Id; !yield(row, nil) {
					return
				}
			}
			if len(page) < allPage {
				return
			}
		}
	}
}

// Proof describes how and where a session was opened, even if it has ended. It fails with
// apperr.SessionEnded if the session does not exist.
func (s *Sessions) Proof(ctx context.Context, id string) (Proof, error) {
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

// EndOpenedBy ends the session that a digest has opened for a client, and returns its id if it was
// active.
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

// Methods returns the authentication methods of an active session and when they were used.
func (s *Sessions) Methods(ctx context.Context, id string) (methods []string, at time.Time, err error) {
	row, err := s.find(ctx, id)
	if err != nil {
		return nil, time.Time{}, err
	}
	return strings.Fields(row.Amr), time.UnixMilli(row.AuthTime), nil
}

// AddMethods adds authentication methods to a session that was just opened.
func (s *Sessions) AddMethods(ctx context.Context, g *Grant, more []string) error {
	methods := twoFactors(g.Methods, more)
	if err := s.Tokens.SetMethods(ctx, g.SessionID, strings.Join(methods, " ")); err != nil {
		return apperr.Down(err)
	}
	g.Methods = methods
	return nil
}

// AddMethodsByID is AddMethods for an existing session.
func (s *Sessions) AddMethodsByID(ctx context.Context, id string, more []string) error {
	methods, _, err := s.Methods(ctx, id)
	if err != nil {
		return err
	}
	return s.AddMethods(ctx, &Grant{SessionID: id, Methods: methods}, more)
}

// twoFactors returns the methods of a sign-in with two factors.
func twoFactors(first, second []string) []string {
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
	ids, err := s.Tokens.Excess(ctx, userID, s.Now().UnixMilli(), MaxPerUser)
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
