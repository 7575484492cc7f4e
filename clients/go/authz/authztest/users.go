package authztest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

type (
	// User is a user who signs in.
	User struct {
		// ID is positive; 0 means 1.
		ID int64
		// Role defaults to "user".
		Role string
		// Ago is how long ago the user signed in.
		Ago time.Duration
		// AMR is how the user signed in; the default is a one-time code by text message.
		AMR []string
		// ClientID is the application; the default is "user-api".
		ClientID string
		Scopes   []string
	}

	// Session is a session that can be ended. Token was minted at the sign-in.
	Session struct {
		ID, Token string
		User      User

		at    time.Time
		ended bool
	}
)

// SignIn opens a session. It does not lift a ban.
func (i *Issuer) SignIn(u User) *Session {
	i.t.Helper()
	u.ID = cmp.Or(u.ID, 1)
	u.Role, u.ClientID = cmp.Or(u.Role, "user"), cmp.Or(u.ClientID, "user-api")
	if u.AMR == nil {
		u.AMR = []string{"otp", "sms"}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.serial++
	s := &Session{ID: fmt.Sprintf("session-%d", i.serial), User: u, at: i.now.Add(-u.Ago)}
	i.sessions[s.ID] = s
	s.Token = i.mint(s)
	return s
}

// Token returns the token of a new session, for tests that do not need the session.
func (i *Issuer) Token(u User) string {
	i.t.Helper()
	return i.SignIn(u).Token
}

// Refresh returns a new token of a session, with the current role.
func (i *Issuer) Refresh(s *Session) string {
	i.t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.mint(s)
}

// MachineToken returns the token of a client that acts for itself.
func (i *Issuer) MachineToken(client string, scopes ...string) string {
	i.t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.sign(i.header(), i.claims(client, map[string]any{"client_id": client, "scope": strings.Join(scopes, " ")}))
}

// End ends a session, like a sign-out.
func (i *Issuer) End(s *Session) {
	i.mu.Lock()
	defer i.mu.Unlock()
	s.ended = true
	i.happened(event{Kind: "session-revoked", UserID: s.User.ID, SessionID: s.ID})
}

// SetRole changes the role of a user.
func (i *Issuer) SetRole(userID int64, role string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	a := i.users[userID]
	a.role = role
	i.users[userID] = a
	i.happened(event{Kind: "token-claims-change", UserID: userID, Role: role})
}

// Ban ends every session of a user and prevents new ones.
func (i *Issuer) Ban(userID int64) { i.bar(userID, "account-disabled") }

// Purge erases a user permanently.
func (i *Issuer) Purge(userID int64) { i.bar(userID, "account-purged") }

// Unban lets a user sign in again.
func (i *Issuer) Unban(userID int64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	a := i.users[userID]
	a.barred = false
	i.users[userID] = a
	i.happened(event{Kind: "account-enabled", UserID: userID})
}

func (i *Issuer) bar(userID int64, kind string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	a := i.users[userID]
	a.barred = true
	i.users[userID] = a
	events := []event{{Kind: kind, UserID: userID}}
	for _, s := range i.sessions {
		if s.User.ID == userID && !s.ended {
			s.ended = true
			events = append(events, event{Kind: "session-revoked", UserID: userID, SessionID: s.ID})
		}
	}
	i.happened(events...)
}

// mint signs a token of a session. i.mu must be held.
func (i *Issuer) mint(s *Session) string {
	claims := map[string]any{
		"sid": s.ID, "client_id": s.User.ClientID, "auth_time": s.at.Unix(), "amr": s.User.AMR,
		"userId": s.User.ID, "role": i.roleOf(s),
	}
	if s.User.Scopes != nil {
		claims["scope"] = strings.Join(s.User.Scopes, " ")
	}
	raw := i.sign(i.header(), i.claims(strconv.FormatInt(s.User.ID, 10), claims))
	i.tokens[raw] = s.ID
	return raw
}

func (i *Issuer) roleOf(s *Session) string { return cmp.Or(i.users[s.User.ID].role, s.User.Role) }

func (i *Issuer) header() string {
	return fmt.Sprintf(`{"alg":"%s","kid":"%s","typ":"at+jwt"}`, i.signer.alg, i.signer.kid)
}

// claims returns the claims of every token, and more.
func (i *Issuer) claims(subject string, more map[string]any) string {
	i.serial++
	claims := map[string]any{
		"iss": i.URL(), "aud": Audience, "sub": subject, "iat": i.now.Unix(), "exp": i.now.Add(Life).Unix(),
		"jti": fmt.Sprintf("token-%d", i.serial),
	}
	for name, value := range more {
		claims[name] = value
	}
	text, err := json.Marshal(claims)
	if err != nil {
		i.t.Errorf("authztest: %v", err)
	}
	return string(text)
}
