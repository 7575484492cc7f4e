package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// fewUsers is the smaller number of users.
const fewUsers = 1_000

// growth compares the service on large tables with the service on small ones, on both
// databases.
func (b *bench) growth(ctx context.Context) error {
	for _, on := range []func(context.Context) error{b.growMySQL, b.growSQLite} {
		if err := on(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) growMySQL(ctx context.Context) (err error) {
	if !b.wants("mariadb") {
		return nil
	}
	few, drop, err := b.stores.database()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	many, drop2, err := b.stores.database()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop2()) }()
	return b.grow(ctx, "MariaDB", few, many, b.stores.redis)
}

func (b *bench) growSQLite(ctx context.Context) error {
	if !b.wants("sqlite") {
		return nil
	}
	folder := func(name string) string { return "sqlite:" + filepath.Join(b.dir, name, "user.db") }
	return b.grow(ctx, "SQLite", folder("few"), folder("many"), "")
}

func (b *bench) grow(ctx context.Context, database, few, many, redis string) error {
	for source, users := range map[string]int{few: fewUsers, many: b.seed} {
		begin := time.Now()
		if err := b.seeder.seed(ctx, source, users, 2, 0); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s: %d users and %d tokens in %v\n", database, users, 2*users, time.Since(begin).Round(time.Second))
	}
	small, err := b.startService("few", b.binary, few, redis)
	if err != nil {
		return err
	}
	defer small.stop()
	large, err := b.startService("many", b.binary, many, redis)
	if err != nil {
		return err
	}
	defer large.stop()
	for _, path := range []string{pathCheck, pathInfo, pathRefresh} {
		c := contest{
			name: fmt.Sprintf("/user/%s, %d users, %s", path, b.seed, database), atLeast: 0.95, perCore: true,
			floorIs: fmt.Sprintf("%d users", fewUsers), floor: side{server: small}, side: side{server: large},
		}
		if path == pathRefresh {
			c.atLeast = 0.9 // it changes pages, and a longer file has more of them
		}
		if c.floor.clients, err = b.clients(path, fewUsers, 0); err != nil {
			return err
		}
		if c.side.clients, err = b.clients(path, b.seed, 0); err != nil {
			return err
		}
		if err := b.contest(c, path+"-"+database); err != nil {
			return err
		}
	}
	return nil
}
