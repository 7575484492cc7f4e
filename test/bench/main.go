// Command bench compares the service with the least that its framework could do for the
// same path: small go-zero servers, driven in alternation with it, so that the result is a
// ratio and does not depend on the machine.
//
//	go run ./test/bench                      every path, about ten minutes
//	go run ./test/bench -rounds 1 -seconds 1 -only info
//	go run ./test/bench -seed 1000000        compare a thousand users with a million
//
// It starts a MariaDB and a Redis with test/stores/stores.sh unless it is told to use
// others, and removes everything that it created. Linux only: CPU time is read from /proc.
package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/keyring"
	"user-api/internal/session"
	"user-api/internal/token"
)

type (
	options struct {
		rounds, conns, seed  int
		seconds              float64
		only, mysql, redis   string
		json, profiles, data string
		against              string
	}

	// bench is one run with its folder, secrets and stores.
	bench struct {
		options
		dir, binary             string
		access, refresh, pepper string
		stores                  *stores
		rdb                     *redis.Client
		seeder                  *seeder
		report                  report
		// readers is the number of clients that were created.
		readers int
	}
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == floorMarker {
		exit(serveFloor(os.Args[2]))
	}
	var o options
	flag.IntVar(&o.rounds, "rounds", 5, "rounds per path; the table has medians")
	flag.Float64Var(&o.seconds, "seconds", 3, "seconds to drive each side in a round")
	flag.IntVar(&o.conns, "conns", 32, "connections")
	flag.StringVar(&o.only, "only", "", "a list of "+strings.Join(sections, ",")+", or with -seed of mariadb,sqlite; empty: all")
	flag.IntVar(&o.seed, "seed", 0, "compare a thousand users with this many, each with two sessions")
	flag.StringVar(&o.mysql, "mysql", "", "a DSN without a database; requires -redis")
	flag.StringVar(&o.redis, "redis", "", "HOST:PORT of a Redis that may be emptied")
	flag.StringVar(&o.json, "json", "data/bench.json", "file for the results as JSON")
	flag.StringVar(&o.profiles, "profiles", "", "folder for CPU profiles of the service")
	flag.StringVar(&o.against, "against", "", "another build of the service to compare with, instead of the floors")
	flag.StringVar(&o.data, "data", "data/bench", "working folder")
	flag.Parse()
	exit(run(o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(o options) (err error) {
	b := &bench{options: o, access: secret(), refresh: secret(), pepper: secret()}
	if b.dir, err = filepath.Abs(o.data); err != nil {
		return err
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if b.stores, err = openStores(b.dir, o.mysql, o.redis); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.stores.close()) }()
	b.rdb = redis.NewClient(&redis.Options{Addr: b.stores.redis, PoolSize: b.conns})
	defer func() { err = errors.Join(err, b.rdb.Close()) }()
	if err := b.build(); err != nil {
		return err
	}
	codec, err := token.New(token.Options{
		AccessSecret: b.access, RefreshSecret: b.refresh, Issuer: "user-api", Audience: "user-api", AccessLife: accessExpire, Now: time.Now,
	})
	if err != nil {
		return err
	}
	pepper, err := base64.StdEncoding.DecodeString(b.pepper)
	if err != nil {
		return err
	}
	ring, err := keyring.New(pepper, rand.Reader)
	if err != nil {
		return err
	}
	ids, err := session.NewIDs(ring)
	if err != nil {
		return err
	}
	b.seeder = &seeder{codec: codec, ids: ids, begun: time.Now().Truncate(time.Second)}
	ctx := context.Background()
	if o.seed > 0 {
		err = b.growth(ctx)
	} else {
		err = b.all(ctx)
	}
	b.report.print(os.Stdout)
	return errors.Join(err, b.report.write(o.json))
}

// all runs the sections that -only selects.
func (b *bench) all(ctx context.Context) error {
	for _, part := range []func(context.Context) error{b.floors, b.keyed, b.embedded, b.costs} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) wants(section string) bool {
	return b.only == "" || slices.Contains(strings.Split(b.only, ","), section)
}

func (b *bench) each() time.Duration { return time.Duration(b.seconds * float64(time.Second)) }
