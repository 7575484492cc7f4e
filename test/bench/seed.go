package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"user-api/internal/session"
	"user-api/internal/store"
	"user-api/internal/token"
	"user-api/model/migrations"
)

const (
	// rowsPerInsert keeps a statement of the widest table within SQLite's number of parameters
	// (32,766) and MySQL's packet size.
	rowsPerInsert  = 1000
	usersPerCommit = 50_000
)

// hasty are statements that make a database insert faster and less durably.
var hasty = map[store.Dialect][]string{
	store.SQLite: {"PRAGMA synchronous = OFF", "PRAGMA cache_size = -2000000"},
	store.MySQL:  {"SET SESSION unique_checks = 0", "SET SESSION foreign_key_checks = 0"},
}

type (
	// seeder fills the tables with users that are computed from their number, so that the driver
	// knows every ID, phone number and token.
	seeder struct {
		codec *token.Codec
		ids   session.IDs
		// begun is the time when every session was opened.
		begun time.Time
		// hash is the password hash of all users with a password.
		hash string
	}

	// batch collects the rows of an INSERT.
	batch struct {
		tx     *sql.Tx
		into   string
		values string
		rows   int
		args   []any
	}
)

// userID returns the ID of the i-th user. IDs are distributed like random ones over 53 bits.
func userID(i int) int64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "user %d", i))
	return int64(binary.BigEndian.Uint64(sum[:])>>11) | 1
}

// sessionID returns the ID of a session of the i-th user.
func (s *seeder) sessionID(i, session int) (string, error) {
	sum := sha256.Sum256(fmt.Appendf(nil, "session %d %d", i, session))
	return s.ids.Next(userID(i), bytes.NewReader(sum[:]))
}

// tokenID returns the ID of an access token of the i-th user.
func tokenID(i int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "token %d", i))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func phoneOf(i int) string { return fmt.Sprintf("+9198%08d", i) }

func usernameOf(i int) string { return fmt.Sprintf("bench%08d", i) }

// openDatabase opens and migrates a database.
func openDatabase(ctx context.Context, source string) (*store.DB, error) {
	db, err := store.OpenDB(ctx, store.DBOptions{DataSource: source})
	if err != nil {
		return nil, err
	}
	return db, store.Migrate(ctx, db, migrations.FS)
}

// seed inserts users, each with a number of sessions; the first ones have a password.
func (s *seeder) seed(ctx context.Context, source string, users, sessions, passwords int) error {
	db, err := openDatabase(ctx, source)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SQL.SetMaxOpenConns(1) // the one that is hasty
	for _, statement := range hasty[db.Dialect] {
		if _, err := db.SQL.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("seed: %w", err)
		}
	}
	for first := 0; first < users; first += usersPerCommit {
		if err := s.some(ctx, db.SQL, first, min(first+usersPerCommit, users), sessions, passwords); err != nil {
			return fmt.Errorf("seed: %w", err)
		}
	}
	if db.Dialect == store.MySQL { // what a server does by itself, and SQLite does not
		_, err = db.SQL.ExecContext(ctx, "ANALYZE TABLE `user`, `token`, `credential`")
	}
	return err
}

func (s *seeder) some(ctx context.Context, db *sql.DB, first, end, sessions, passwords int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	users := newBatch(tx, "`user`", "id", "username", "phone", "created")
	for i := first; i < end; i++ {
		if err := users.add(ctx, userID(i), usernameOf(i), phoneOf(i), s.begun.UnixMilli()); err != nil {
			return err
		}
	}
	if err := users.flush(ctx); err != nil {
		return err
	}
	credentials := newBatch(tx, "`credential`", "user_id", "kind", "secret", "changed")
	for i := first; i < min(end, passwords); i++ {
		if err := credentials.add(ctx, userID(i), "password", s.hash, s.begun.UnixMilli()); err != nil {
			return err
		}
	}
	if err := credentials.flush(ctx); err != nil {
		return err
	}
	if err := s.tokens(ctx, tx, first, end, sessions); err != nil {
		return err
	}
	return tx.Commit()
}

func (s *seeder) tokens(ctx context.Context, tx *sql.Tx, first, end, sessions int) error {
	rows := newBatch(tx, "`token`", "id", "user_id", "scope", "hash", "prev_hash", "generation", "user_agent", "ip",
		"auth_time", "created", "rotated", "expires", "ends")
	at, ends := s.begun.UnixMilli(), s.ends().UnixMilli()
	for i := first; i < end; i++ {
		for j := range sessions {
			id, err := s.sessionID(i, j)
			if err != nil {
				return err
			}
			refresh, err := s.refreshToken(i, j)
			if err != nil {
				return err
			}
			if err := rows.add(ctx, id, userID(i), "session", token.Digest(refresh), "", 0, "bench", "127.0.0.1",
				at, at, at, ends, ends); err != nil {
				return err
			}
		}
	}
	return rows.flush(ctx)
}

// ends returns the idle and the absolute limit of every session.
func (s *seeder) ends() time.Time { return s.begun.Add(7 * 24 * time.Hour) }

func (s *seeder) refreshToken(i, session int) (string, error) {
	id, err := s.sessionID(i, session)
	if err != nil {
		return "", err
	}
	return s.codec.MintRefresh(token.Refresh{
		SessionID: id, UserID: userID(i), IssuedAt: s.begun, ExpiresAt: s.ends(),
	})
}

func (s *seeder) accessToken(i, session int) (string, error) {
	id, err := s.sessionID(i, session)
	if err != nil {
		return "", err
	}
	now := time.Now()
	return s.codec.MintAccess(token.Access{
		ID: tokenID(i), SessionID: id, UserID: userID(i), Role: "user",
		IssuedAt: now, ExpiresAt: now.Add(accessExpire),
	})
}

func newBatch(tx *sql.Tx, table string, columns ...string) *batch {
	return &batch{
		tx: tx, into: "INSERT INTO " + table + " (`" + strings.Join(columns, "`, `") + "`) VALUES ",
		values: "(?" + strings.Repeat(", ?", len(columns)-1) + ")",
	}
}

func (b *batch) add(ctx context.Context, row ...any) error {
	b.args = append(b.args, row...)
	if b.rows++; b.rows == rowsPerInsert {
		return b.flush(ctx)
	}
	return nil
}

func (b *batch) flush(ctx context.Context) error {
	if b.rows == 0 {
		return nil
	}
	_, err := b.tx.ExecContext(ctx, b.into+strings.TrimSuffix(strings.Repeat(b.values+", ", b.rows), ", "), b.args...)
	b.rows, b.args = 0, b.args[:0]
	return err
}
