package model_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

// Of concurrent calls with one link, exactly one creates a user, and the others leave
// nothing behind.
func TestInsertLinked(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		m, links := users(t, db, testkit.EmbeddedRedis(t)), model.NewLinkModel(db.Conn)
		link := func(user int64, subject string) *model.Link {
			return &model.Link{Id: fmt.Sprint("link", user), Provider: "google", Subject: subject, UserId: user, Email: "a@x.example", Created: 1, LastUsed: 1}
		}
		var all sync.WaitGroup
		var made, late atomic.Int64
		begin := make(chan struct{})
		for i := range int64(32) {
			all.Go(func() {
				<-begin
				err := m.InsertLinked(ctx, user(100+i, fmt.Sprint("+1", i)), link(100+i, "ann"), 50)
				column, duplicate := model.Duplicate(err)
				switch {
				case err == nil:
					made.Add(1)
				case duplicate && column == "subject":
					late.Add(1)
				default:
					t.Errorf("a call failed: %v", err)
				}
			})
		}
		close(begin)
		all.Wait()
		var people int
		if err := db.SQL.QueryRow("SELECT COUNT(*) FROM user").Scan(&people); err != nil {
			t.Fatal(err)
		}
		if made.Load() != 1 || late.Load() != 31 || people != 1 {
			t.Errorf("%d created a user, %d were too late, and there are %d users", made.Load(), late.Load(), people)
		}
		first, err := links.FindOneByProviderSubject(ctx, "google", "ann")
		if err != nil {
			t.Fatal(err)
		}
		if err := m.InsertLinked(ctx, user(7, "+7"), link(7, "bob"), 50, "none"); !errors.Is(err, model.ErrNoInvite) {
			t.Errorf("without an invite: %v", err)
		}
		if _, err := links.Insert(ctx, &model.Link{Id: "second", Provider: "google", Subject: "eve", UserId: first.UserId}); err == nil {
			t.Error("a user has two links to one provider")
		} else if column, _ := model.Duplicate(err); column != "provider" {
			t.Errorf("a second link to one provider is a duplicate of %q", column)
		}
		for _, told := range []string{"b@x.example", ""} {
			if err := links.Used(ctx, first.Id, 9, told); err != nil {
				t.Fatal(err)
			}
		}
		mine, err := links.OfUser(ctx, first.UserId)
		if err != nil || len(mine) != 1 || mine[0].LastUsed != 9 || mine[0].Email != "b@x.example" {
			t.Errorf("%+v, %v", mine, err)
		}
		if err := m.Erase(ctx, first.UserId, 60); err != nil {
			t.Fatal(err)
		}
		if mine, err := links.OfUser(ctx, first.UserId); err != nil || len(mine) != 0 {
			t.Errorf("after the user was erased: %v, %v", mine, err)
		}
	})
}
