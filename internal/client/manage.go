package client

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/readable"
	"user-api/model"
)

const (
	idBytes     = 10
	secretBytes = 32
	// secretPrefix lets secret scanners detect leaked secrets.
	secretPrefix = "uacs_"
	// MaxOverlap is the maximum time for which two secrets of a client are valid.
	MaxOverlap = 30 * 24 * time.Hour
)

// Create creates a client and returns it with its secret, which is not shown again; a
// public client has none. It fails with ErrNameTaken or an error that wraps ErrDraft.
func (c *Clients) Create(ctx context.Context, d Draft) (Client, string, error) {
	scopes, err := d.check()
	if err != nil {
		return Client{}, "", err
	}
	id, err := readable.New(c.Rand, idBytes)
	if err != nil {
		return Client{}, "", err
	}
	row := &model.Client{
		Id: id, Name: d.Name, Kind: Confidential, Scopes: strings.Join(scopes, " "), Redirects: strings.Join(d.Redirects, " "),
		Audience: d.Audience, MaxRequests: d.Limit.Limit, RateWindow: int64(d.Limit.Window / time.Second), Created: c.Now().UnixMilli(),
	}
	secret := ""
	if d.Public {
		row.Kind = Public
	} else if secret, err = c.newSecret(); err != nil {
		return Client{}, "", err
	} else {
		row.Hash = digest(secret)
	}
	err = c.Rows.Add(ctx, row)
	if column, taken := model.Duplicate(err); taken && column == "name" {
		return Client{}, "", ErrNameTaken
	}
	if err != nil {
		return Client{}, "", apperr.Down(err)
	}
	c.changed(ctx, event.ClientCreated, d.Name)
	return clientOf(row), secret, nil
}

// Rotate gives a client a new secret, which is not shown again. The previous secret stays
// valid for overlap; if that is 0, access tokens issued for it become invalid too. It fails
// with ErrNoClient or ErrNoSecret.
func (c *Clients) Rotate(ctx context.Context, name string, overlap time.Duration) (string, error) {
	if overlap < 0 || overlap > MaxOverlap {
		return "", fmt.Errorf("the overlap must be between 0 and %d hours", int(MaxOverlap.Hours()))
	}
	one, err := c.ByName(ctx, name)
	if err != nil {
		return "", err
	}
	if one.Kind == Public {
		return "", ErrNoSecret
	}
	secret, err := c.newSecret()
	if err != nil {
		return "", err
	}
	now, validFrom := c.Now(), int64(0)
	if overlap == 0 {
		validFrom = now.UnixMilli()
	}
	found, err := c.Rows.Rotate(ctx, one.ID, digest(secret), now.Add(overlap).UnixMilli(), validFrom)
	if err := done(found, err); err != nil {
		return "", err
	}
	c.changed(ctx, event.ClientRotated, name)
	return secret, nil
}

// Remove deletes a client. It and its access tokens stop working within 5 s. It fails with
// ErrNoClient.
func (c *Clients) Remove(ctx context.Context, name string) error {
	one, err := c.ByName(ctx, name)
	if err != nil {
		return err
	}
	found, err := c.Rows.Remove(ctx, one.ID)
	if err := done(found, err); err != nil {
		return err
	}
	c.changed(ctx, event.ClientRemoved, name)
	return nil
}

// Redirect replaces the redirect URIs of a client. It fails with ErrNoClient or an error
// that wraps ErrDraft.
func (c *Clients) Redirect(ctx context.Context, name string, uris []string) error {
	one, err := c.ByName(ctx, name)
	if err != nil {
		return err
	}
	if err := checkRedirects(uris, one.Kind == Public); err != nil {
		return err
	}
	changed, err := c.Rows.Redirect(ctx, one.ID, strings.Join(uris, " "))
	if err != nil {
		return apperr.Down(err)
	}
	if changed {
		c.changed(ctx, event.ClientChanged, name)
	}
	return nil
}

// Disable disables a client until Enable. It fails with ErrNoClient.
func (c *Clients) Disable(ctx context.Context, name string) error {
	return c.disable(ctx, name, c.Now().UnixMilli(), event.ClientDisabled)
}

// Enable enables a disabled client. It fails with ErrNoClient.
func (c *Clients) Enable(ctx context.Context, name string) error {
	return c.disable(ctx, name, 0, event.ClientEnabled)
}

func (c *Clients) disable(ctx context.Context, name string, at int64, kind event.Kind) error {
	one, err := c.ByName(ctx, name)
	if err != nil {
		return err
	}
	changed, err := c.Rows.Disable(ctx, one.ID, at)
	if err != nil {
		return apperr.Down(err)
	}
	if changed {
		c.changed(ctx, kind, name)
	}
	return nil
}

// changed invalidates the cache after a change and records who made it.
func (c *Clients) changed(ctx context.Context, kind event.Kind, name string) {
	c.cache.forget()
	c.record(ctx, kind, name)
}

func (c *Clients) record(ctx context.Context, kind event.Kind, name string) {
	c.Events.Keep(ctx, event.Event{Kind: kind, Reason: event.Reason(name)})
}

func (c *Clients) newSecret() (string, error) {
	raw := make([]byte, secretBytes)
	if _, err := io.ReadFull(c.Rand, raw); err != nil {
		return "", fmt.Errorf("client: new secret: %w", err)
	}
	return secretPrefix + base64.RawURLEncoding.EncodeToString(raw), nil
}

// digest returns the stored form of a secret.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func done(found bool, err error) error {
	switch {
	case err != nil:
		return apperr.Down(err)
	case !found:
		return ErrNoClient
	}
	return nil
}
