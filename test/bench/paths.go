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
	// benchUsers is enough for each sign-in by code to use another number: none may be used
	// twice within its cooldown.
	benchUsers = 120_000
	// embeddedUsers is the same for the embedded stores, which are slower.
	embeddedUsers = 30_000
	// tokens is the number of sessions that are used in rotation, passwords the number of
	// users who sign in by password. Each gets fewer than 50 sessions.
	tokens, passwords = 2_000, 2_000
	warmUp            = time.Second
	plainPassword     = "correct horse battery"
	codeDigits        = 6
)

// sections are the names that -only accepts.
var sections = []string{pathCheck, pathInfo, pathRefresh, pathCode, pathPassword, pathSigned, pathGuarded, pathFeed, "embedded", "costs"}

// targets are the minimum ratios to the floors, with a description of each floor.
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

// floors compares the service with the floor of each path, on MariaDB and Redis.
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
		err := b.compare(ctx, t.path, dsn, service, contest{
			name: "/user/" + t.path, atLeast: t.atLeast, floorIs: t.floorIs,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// compare runs the contest with the floor of the path, or with another build.
func (b *bench) compare(ctx context.Context, path, dsn string, service *server, c contest) (err error) {
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

// contest runs a contest, and profiles the service if -profiles is set.
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

// embedded compares the service on the embedded stores with the service on real ones.
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

// fill seeds a database with users who have one session each.
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

// clients returns clients that drive the service. Their sessions are spread evenly over all
// users. A set with another offset uses other users.
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

// floorClients returns clients that drive a floor, with the tokens that it expects.
func (b *bench) floorClients(ctx context.Context, path string) ([]client, error) {
	switch path {
	case pathRefresh:
		// Sessions that the service does not use.
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

// spread returns the user and the session number of the i-th client. Users are evenly
// spaced; if there are fewer users than sessions, both sessions of each are used.
func spread(i, users, offset int) (user, session int) {
	if users < tokens {
		session = i % 2
	}
	return i*users/tokens + offset, session
}
