package main

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

var exported = regexp.MustCompile(`(?m)^export USER_API_TEST_(MYSQL|REDIS)='?([^'\n]*)'?$`)

// stores has a MariaDB (a DSN without a database) and a Redis (host:port).
type stores struct {
	mysql, redis string
	// dir and pids belong to stores that the bench started, and are empty for others.
	dir  string
	pids []int
}

// openStores returns the given stores, or starts a pair.
func openStores(dir, dsn, redis string) (*stores, error) {
	if dsn != "" && redis != "" {
		return &stores{mysql: dsn, redis: redis}, nil
	}
	dir, err := filepath.Abs(filepath.Join(dir, "stores"))
	if err != nil {
		return nil, err
	}
	out, err := exec.Command("bash", "test/stores/stores.sh", "start", dir).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return nil, fmt.Errorf("bench: start stores: %w", err)
	}
	s := &stores{dir: dir}
	for _, match := range exported.FindAllSubmatch(out, -1) {
		if string(match[1]) == "MYSQL" {
			s.mysql = string(match[2])
		} else {
			s.redis = string(match[2])
		}
	}
	for _, name := range []string{"mysql.pid", "redis.pid"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.pids = append(s.pids, pid)
	}
	// These are the sizes of a server: with those of test/stores, MariaDB would flush pages all
	// the time.
	return s, errors.Join(s.sql("SET GLOBAL innodb_buffer_pool_size = 1073741824"), s.sql("SET GLOBAL innodb_log_file_size = 1073741824"))
}

// cpu returns the CPU time of the stores that the bench started.
func (s *stores) cpu() (sum time.Duration, err error) {
	for _, pid := range s.pids {
		spent, err := cpuOf(pid)
		if err != nil {
			return 0, err
		}
		sum += spent
	}
	return sum, nil
}

func (s *stores) close() error {
	if s.dir == "" {
		return nil
	}
	return exec.Command("bash", "test/stores/stores.sh", "stop", s.dir).Run()
}

// database creates an empty database and returns its DSN and a function that drops it.
func (s *stores) database() (dsn string, drop func() error, err error) {
	conf, err := mysql.ParseDSN(s.mysql)
	if err != nil {
		return "", nil, errors.New("bench: the DSN cannot be read")
	}
	var raw [6]byte
	rand.Read(raw[:])
	conf.DBName = "bench_" + hex.EncodeToString(raw[:])
	if err := s.sql("CREATE DATABASE " + conf.DBName + " CHARACTER SET utf8mb4"); err != nil {
		return "", nil, err
	}
	return conf.FormatDSN(), func() error { return s.sql("DROP DATABASE " + conf.DBName) }, nil
}

func (s *stores) sql(statement string) error {
	db, err := sql.Open("mysql", s.mysql)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}
