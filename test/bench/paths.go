package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"user-api/internal/password"
	"user-api/internal/token"
)

const (
	// benchUsers is enough for a number per sign-in by code, none of which may be
	// asked for twice within its cooldown.
	benchUsers = 120_000
	// embeddedUsers is as much for the embedded stores, which are slower.
	embeddedUsers = 30_000
	// tokens is how many sessions are asked for in turn, passwords how many users
	// sign in by one: fewer than 50 sessions each come of it.
	tokens, passwords = 2_000, 2_000
	warmUp            = time.Second
	plainPassword     = "correct horse battery"
	codeDigits        = 6
)

// sections are what -only can name.
var sections = []string{pathCheck, pathInfo, pathRefresh, pathCode, pathPassword, pathSigned, pathGuarded, pathFeed, "embedded", "costs"}

// targets are the least ratios to the floors, and what those are.
var targets = []struct {
	path    string
	atLeast float64
	floorIs string
}{
	{pathCheck, 1.0, "jwt, no store"},
	{pathInfo, 1.45, "jwt, goctl's cached FindOne"},
	{pathRefresh, 0.85, "one conditional UPDATE, one HMAC"},
	{pathCode, 0.70, "two scripts, one enqueue, one SELECT"},
	{pathPassword, 0.92, "one argon2id hash"},
}

// floors compares the service with the floor of each path, on real stores.
func (b *bench) floors(ctx context.Context) (err error) {
	var wanted bool
	for _, t := range targets {
		wanted = wanted || b.wants(t.path)
	}
	if !wanted {
		return nil
	}
	dsn, drop, err := b.stores.database()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	if err := b.fill(ctx, dsn, benchUsers); err != nil {
		return err
	}
	service, err := b.startService("service", b.binary, dsn, b.stores.redis)
	if err != nil {
		return err
	}
	defer service.stop()
	for _, t := range targets {
		if !b.wants(t.path) {
			continue
		}
		err := b.beside(ctx, t.path, dsn, service, contest{
			name: "/user/" + t.path, atLeast: t.atLeast, floorIs: t.floorIs,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// beside runs the contest with the path's floor, or with another build.
func (b *bench) beside(ctx context.Context, path, dsn string, service *server, c contest) (err error) {
	c.side.server = service
	if c.side.clients, err = b.clients(path, benchUsers, 0); err != nil {
		return err
	}
	if b.against != "" {
		c.atLeast, c.floorIs = 1, b.against
		if c.floor.server, err = b.startService("other", b.against, dsn, b.stores.redis); err != nil {
			return err
		}
		defer c.floor.server.stop()
		c.floor.clients, err = b.clients(path, benchUsers, 1)
	} else {
		if c.floor.server, err = b.startFloor(path, dsn); err != nil {
			return err
		}
		defer c.floor.server.stop()
		c.floor.clients, err = b.floorClients(ctx, path)
	}
	if err != nil {
		return err
	}
	return b.contest(c, path)
}

// contest runs one, and takes a profile beside it where that is wanted.
func (b *bench) contest(c contest, profile string) error {
	c.stores, c.rounds, c.each, c.warmUp = b.stores, b.rounds, b.each(), warmUp
	o, err := c.run()
	if err != nil {
		return err
	}
	b.report.add(o)
	if b.profiles == "" {
		return nil
	}
	return b.profile(c.side, profile)
}

// embedded compares the service on its default stores with itself on real ones.
func (b *bench) embedded(ctx context.Context) (err error) {
	if !b.wants("embedded") {
		return nil
	}
	dsn, drop, err := b.stores.database()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	file := "sqlite:" + filepath.Join(b.dir, "embedded", "user.db")
	for _, source := range []string{dsn, file} {
		if err := b.fill(ctx, source, embeddedUsers); err != nil {
			return err
		}
	}
	real, err := b.startService("real", b.binary, dsn, b.stores.redis)
	if err != nil {
		return err
	}
	defer real.stop()
	inside, err := b.startService("embedded", b.binary, file, "")
	if err != nil {
		return err
	}
	defer inside.stop()
	for _, path := range []string{pathCheck, pathInfo, pathCode} {
		c := contest{
			name: "/user/" + path + " embedded", atLeast: 0.6, p99AtMost: 25 * time.Millisecond,
			floorIs: "the service on MariaDB and Redis", floor: side{server: real}, side: side{server: inside},
		}
		if c.floor.clients, err = b.clients(path, embeddedUsers, 0); err != nil {
			return err
		}
		if path == pathCode {
			c.p99AtMost = 0
			c.side.clients, err = b.embeddedCoders(filepath.Dir(strings.TrimPrefix(file, "sqlite:")))
		} else {
			c.side.clients, err = b.clients(path, embeddedUsers, 0)
		}
		if err != nil {
			return err
		}
		if err := b.contest(c, path+"-embedded"); err != nil {
			return err
		}
	}
	return nil
}

// embeddedCoders sign in by codes on the embedded stores in a folder.
func (b *bench) embeddedCoders(folder string) ([]client, error) {
	derive, err := codes(b.pepper, codeDigits, sealedInJournal(filepath.Join(folder, "redis.journal")))
	return coders(b.conns, new(atomic.Int64), derive), err
}

// fill seeds a database with users of one session each.
func (b *bench) fill(ctx context.Context, source string, users int) (err error) {
	if b.seeder.hash == "" {
		hasher, err := password.New(password.Options{Rand: rand.Reader})
		if err != nil {
			return err
		}
		if b.seeder.hash, err = hasher.Hash(ctx, plainPassword); err != nil {
			return err
		}
	}
	return b.seeder.seed(ctx, source, users, 1, passwords)
}

// clients drive the service; the sessions asked for are spread over all users.
// Another set, of users further by an offset, leaves those of the first alone.
func (b *bench) clients(path string, users, offset int) ([]client, error) {
	each := func(text func(i, session int) (string, error)) ([]string, error) {
		texts := make([]string, tokens)
		for i := range texts {
			var err error
			if texts[i], err = text(spread(i, users, offset)); err != nil {
				return nil, err
			}
		}
		return texts, nil
	}
	switch path {
	case pathRefresh:
		texts, err := each(b.seeder.refreshToken)
		return refreshers(b.conns, texts), err
	case pathCode:
		derive, err := codes(b.pepper, codeDigits, sealedIn(b.rdb))
		numbers := new(atomic.Int64)
		numbers.Store(int64(offset * benchUsers / 2))
		return coders(b.conns, numbers, derive), err
	case pathPassword:
		return posters(b.conns, "/user/login", logins()), nil
	}
	texts, err := each(b.seeder.accessToken)
	return getters(b.conns, "/user/"+path, texts), err
}

// floorClients drive the floor, and give it what it looks for.
func (b *bench) floorClients(ctx context.Context, path string) ([]client, error) {
	switch path {
	case pathRefresh:
		// The floor's own sessions: those that the service has no part in.
		texts := make([]string, tokens)
		for i := range texts {
			at := i*(benchUsers/tokens) + 1
			refresh, err := b.seeder.refreshToken(at, 0)
			if err != nil {
				return nil, err
			}
			id, err := b.seeder.sessionID(at, 0)
			if err != nil {
				return nil, err
			}
			texts[i] = id + "." + token.Digest(refresh)
		}
		return refreshers(b.conns, texts), nil
	case pathCode:
		return coders(b.conns, new(atomic.Int64), func(otpID, _ string) string {
			_ = b.rdb.HGet(ctx, challengeKey+otpID, "address").Err() // as codes does
			return floorCode
		}), nil
	case pathPassword:
		return posters(b.conns, "/user/login", logins()), nil
	}
	texts := make([]string, tokens)
	for i := range texts {
		var err error
		if texts[i], err = floorToken(b.access, i*(benchUsers/tokens)); err != nil {
			return nil, err
		}
	}
	return getters(b.conns, "/user/"+path, texts), nil
}

func logins() []string {
	bodies := make([]string, passwords)
	for i := range bodies {
		bodies[i] = fmt.Sprintf(`{"username":%q,"password":%q}`, usernameOf(i), plainPassword)
	}
	return bodies
}

// spread gives the i-th of the sessions asked for: the users evenly apart, and of
// fewer users than sessions both that each has.
func spread(i, users, offset int) (user, session int) {
	if users < tokens {
		session = i % 2
	}
	return i*users/tokens + offset, session
}
