package export

import (
	"context"
	"iter"
	"time"

	"user-api/internal/audit"
	"user-api/internal/timeline"
	"user-api/model"
)

const (
	eventPage   = 500
	messagePage = 100
	// before is how long before the creation of the account a message to its address may
	// have been sent for it: the code that created it. Older messages were to a previous
	// owner of the address.
	before = time.Hour
)

type (
	userSection struct {
		ID          int64          `json:"id"`
		Username    string         `json:"username,omitempty"`
		Phone       string         `json:"phone,omitempty"`
		Email       string         `json:"email,omitempty"`
		Role        string         `json:"role"`
		Anonymous   bool           `json:"anonymous,omitempty"`
		CreatedAt   int64          `json:"createdAt"`
		Avatar      string         `json:"avatar,omitempty"`
		DisplayName string         `json:"displayName,omitempty"`
		Locale      string         `json:"locale,omitempty"`
		Metadata    map[string]any `json:"metadata,omitempty"`
		AppMetadata map[string]any `json:"appMetadata,omitempty"`
	}

	accountSection struct {
		Status         string `json:"status"`
		BanReason      string `json:"banReason,omitempty"`
		BanUntil       int64  `json:"banUntil,omitempty"`
		AnonymousSince int64  `json:"anonymousSince,omitempty"`
		LastSignInAt   int64  `json:"lastSignInAt,omitempty"`
		LastLocale     string `json:"lastLocale,omitempty"`
	}

	credential struct {
		Kind      string `json:"kind"`
		ChangedAt int64  `json:"changedAt"`
	}

	origin struct {
		Source     string `json:"source"`
		ExternalID string `json:"externalId"`
	}

	link struct {
		Provider   string `json:"provider"`
		Subject    string `json:"subject"`
		Email      string `json:"email,omitempty"`
		CreatedAt  int64  `json:"createdAt"`
		LastUsedAt int64  `json:"lastUsedAt"`
		EndedAt    int64  `json:"endedAt,omitempty"`
	}

	addressRecord struct {
		Kind       string      `json:"kind"`
		Value      string      `json:"value"`
		Pseudonym  string      `json:"pseudonym"`
		WrongCodes *wrongCodes `json:"wrongCodes,omitempty"`
	}

	wrongCodes struct {
		InARow      int64 `json:"inARow"`
		Hour        int64 `json:"hour"`
		HourEndsAt  int64 `json:"hourEndsAt"`
		Day         int64 `json:"day"`
		DayEndsAt   int64 `json:"dayEndsAt"`
		LastAt      int64 `json:"lastAt"`
		ForgottenAt int64 `json:"forgottenAt"`
	}

	sessionItem struct {
		ID              string `json:"id"`
		Current         bool   `json:"current"`
		UserAgent       string `json:"userAgent"`
		IP              string `json:"ip"`
		CreatedAt       int64  `json:"createdAt"`
		AuthenticatedAt int64  `json:"authenticatedAt"`
		LastUsedAt      int64  `json:"lastUsedAt"`
		ExpiresAt       int64  `json:"expiresAt"`
		EndsAt          int64  `json:"endsAt"`
		EndedAt         int64  `json:"endedAt,omitempty"`
		Refreshes       int64  `json:"refreshes"`
		Scope           string `json:"scope"`
		ClientID        string `json:"clientId,omitempty"`
		Methods         string `json:"methods,omitempty"`
	}

	message struct {
		ID      string `json:"id"`
		To      string `json:"to"`
		Channel string `json:"channel"`
		Country string `json:"country,omitempty"`
		Steps   []step `json:"steps"`
	}

	step struct {
		At       int64  `json:"at"`
		Step     string `json:"step"`
		Provider string `json:"provider,omitempty"`
		Reason   string `json:"reason,omitempty"`
		Code     int64  `json:"code,omitempty"`
	}

	eventItem struct {
		ID        string `json:"id"`
		At        int64  `json:"at"`
		Type      string `json:"type"`
		By        string `json:"by,omitempty"`
		SessionID string `json:"sessionId,omitempty"`
		To        string `json:"to,omitempty"`
		IP        string `json:"ip,omitempty"`
		Reason    string `json:"reason,omitempty"`
		RequestID string `json:"requestId,omitempty"`
	}
)

// user returns the same as GET /user/info.
func (e *Exporter) user(ctx context.Context, s subject) (any, error) {
	docs, err := e.Accounts.CurrentDocuments(ctx, s.User)
	return userSection{
		ID: s.Id, Username: s.Username.String, Phone: s.Phone.String, Email: s.Email.String, Role: s.Role, Anonymous: s.Anonymous != 0, CreatedAt: s.Created / 1000,
		Avatar: s.AvatarPath(), DisplayName: s.DisplayName, Locale: s.Language, Metadata: docs.Metadata.Values(), AppMetadata: docs.AppMetadata.Values(),
	}, err
}

func (e *Exporter) account(_ context.Context, s subject) (any, error) {
	return accountSection{
		Status: s.Status, BanReason: s.BanReason, BanUntil: s.BanUntil / 1000, AnonymousSince: s.Anonymous / 1000,
		LastSignInAt: s.Seen / 1000, LastLocale: s.Locale,
	}, nil
}

// credentials lists kinds only: a hash would help to guess the secret.
func (e *Exporter) credentials(ctx context.Context, s subject) (any, error) {
	rows, err := e.Accounts.ListCredentials(ctx, s.Id)
	list := make([]credential, 0, len(rows))
	for _, row := range rows {
		list = append(list, credential{Kind: row.Kind, ChangedAt: row.Changed / 1000})
	}
	return list, err
}

// origins are the systems from which the account was imported.
func (e *Exporter) origins(ctx context.Context, s subject) (any, error) {
	rows, err := e.Accounts.ListOrigins(ctx, s.Id)
	list := make([]origin, 0, len(rows))
	for _, row := range rows {
		list = append(list, origin{Source: row.Source, ExternalID: row.ExternalId})
	}
	return list, err
}

// links are the linked accounts at other sites.
func (e *Exporter) links(ctx context.Context, s subject) (any, error) {
	rows, err := e.Accounts.ListLinks(ctx, s.Id)
	list := make([]link, 0, len(rows))
	for _, row := range rows {
		list = append(list, link{
			Provider: row.Provider, Subject: row.Subject, Email: row.Email,
			CreatedAt: row.Created / 1000, LastUsedAt: row.LastUsed / 1000, EndedAt: row.Told / 1000,
		})
	}
	return list, err
}

func (e *Exporter) addresses(ctx context.Context, s subject) (any, error) {
	list := make([]addressRecord, 0, len(s.addresses))
	for _, a := range s.addresses {
		row := addressRecord{Kind: string(a.Kind()), Value: a.Canonical(), Pseudonym: e.Trail.Pseudonym(a)}
		f, err := e.Challenges.FailureCounts(ctx, a)
		if err != nil {
			return nil, err
		}
		if f.Rev > 0 {
			row.WrongCodes = &wrongCodes{
				InARow: f.InARow, Hour: f.Hour, HourEndsAt: f.HourEnds / 1000, Day: f.Day, DayEndsAt: f.DayEnds / 1000,
				LastAt: f.Last / 1000, ForgottenAt: f.Expires / 1000,
			}
		}
		list = append(list, row)
	}
	return list, nil
}

// sessions iterates over active sessions and over ended ones that are still stored.
func (e *Exporter) sessions(ctx context.Context, s subject) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for row, err := range e.Sessions.All(ctx, s.Id) {
			if err != nil {
				yield(nil, err)
				return
			}
			item := sessionItem{
				ID: row.Id, Current: row.Id == s.session, UserAgent: row.UserAgent, IP: row.Ip,
				CreatedAt: row.Created / 1000, AuthenticatedAt: row.AuthTime / 1000, LastUsedAt: row.Rotated / 1000,
				ExpiresAt: row.Expires / 1000, EndsAt: row.Ends / 1000, EndedAt: row.Revoked / 1000,
				Refreshes: row.Generation, Scope: row.Scope, ClientID: row.ClientId, Methods: row.Amr,
			}
			if !yield(item, nil) {
				return
			}
		}
	}
}

// messages iterates over the messages to the user's current addresses, newest first for each.
func (e *Exporter) messages(ctx context.Context, s subject) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		since := s.Created - before.Milliseconds()
		for _, a := range s.addresses {
			list := func(last string) ([]timeline.Message, error) { return e.Timeline.List(ctx, last, messagePage, a) }
			for m, err := range pages(messagePage, list, func(m timeline.Message) string { return m.ID }) {
				if err != nil {
					yield(nil, err)
					return
				}
				if len(m.Steps) > 0 && m.Steps[0].At < since {
					break
				}
				if !yield(messageOf(m, string(a.Kind())), nil) {
					return
				}
			}
		}
	}
}

func messageOf(m timeline.Message, to string) message {
	item := message{ID: m.ID, To: to, Channel: m.Channel, Country: m.Country, Steps: make([]step, 0, len(m.Steps))}
	for _, row := range m.Steps {
		item.Steps = append(item.Steps, step{At: row.At, Step: row.Step, Provider: row.Provider, Reason: row.Reason, Code: row.Code})
	}
	return item
}

// events iterates over the events of the account, newest first.
func (e *Exporter) events(ctx context.Context, s subject) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		list := func(last string) ([]*model.Event, error) {
			return e.Trail.List(ctx, audit.Filter{UserID: s.Id, Before: last, Limit: eventPage})
		}
		for row, err := range pages(eventPage, list, func(row *model.Event) string { return row.Id }) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(eventOf(row), nil) {
				return
			}
		}
	}
}

// eventOf converts an event. If somebody else caused it, the network and the request are
// about that person and are left out.
func eventOf(row *model.Event) eventItem {
	item := eventItem{ID: row.Id, At: row.At, Type: row.Type, SessionID: row.SessionId, To: row.Address, Reason: row.Reason}
	by, hidden := audit.Actor(row)
	if item.By = by; !hidden {
		item.IP, item.RequestID = row.Ip, row.RequestId
	}
	return item
}

// pages iterates over the items of successive pages. Each page follows the last item.
func pages[T any](size int, list func(last string) ([]T, error), id func(T) string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var last string
		for {
			page, err := list(last)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page {
				if last = id(item); !yield(item, nil) {
					return
				}
			}
			if len(page) < size {
				return
			}
		}
	}
}
