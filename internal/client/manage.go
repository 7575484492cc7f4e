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
	// secretPrefix lets scanners of repositories and logs find a secret that leaked.
	secretPrefix = "uacs_"
	// MaxOverlap is the longest time for which two secrets of a client work.
	MaxOverlap = 30 * 24 * time.Hour
)

// Create makes a client and returns it with its secret, which is told this once; a
// public one has none. Fails with ErrNameTaken, or says what of the draft cannot be.
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

// Rotate gives a client a new secret, which is told this once. The secret before works
// for overlap; with none, access tokens that it was given for end as well. Fails with
// ErrNoClient or ErrNoSecret.
func (c *Clients) Rotate(ctx context.Context, name string, overlap time.Duration) (string, error) {
	if overlap < 0 || overlap > MaxOverlap {
		return "", fmt.Errorf("the overlap must be from 0 to %d hours", int(MaxOverlap.Hours()))
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

// Remove deletes a client, which works nowhere within 5 s, nor do its access tokens.
// Fails with ErrNoClient.
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

// Redirect gives a client other redirect URIs. Fails with ErrNoClient, or says what of them
// cannot be.
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

// Disable is Remove for as long as Enable is not called. Fails with ErrNoClient.
func (c *Clients) Disable(ctx context.Context, name string) error {
	return c.disable(ctx, name, c.Now().UnixMilli(), event.ClientDisabled)
}

// Enable lets a disabled client work again. Fails with ErrNoClient.
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

// changed takes in a change of this process, and notes who made it to which client.
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

// digest is how a secret is stored.
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
