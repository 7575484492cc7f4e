package outage

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"user-api/internal/delivery"
	"user-api/internal/event"
	"user-api/internal/testkit"
)

// attackers is the number of clients within the default limits: each may request thirty
// messages an hour.
const attackers, each = 3, 30

// Three clients choose recipients for which a provider gives each of its answers. The codes
// of other clients are sent.
func TestRecipientsOfAFew(t *testing.T) {
	testkit.NotInRace(t, "many simulated minutes, each asked one after the other")
	for _, table := range tables {
		for _, row := range table.Rows {
			plays := examples[table.Name][row.Answer]
			if table.Name != "smtp" && len(plays) > 2 {
				plays = plays[:2] // the others differ in a word, and TestRows shows that they are the same fault
			}
			for n, open := range plays {
				t.Run(fmt.Sprintf("%s/%s/%d", table.Name, row.Answer, n+1), func(t *testing.T) {
					t.Parallel()
					p := open(t)
					if p.silent || p.requests == nil || p.everybody {
						return // it affects all recipients, or see TestRecipientsThatHang
					}
					messages := each
					if row.Fault.Retry == delivery.Soon {
						messages = 3 // a pause of less than a second is a real one
					}
					crowd(t, p, messages)
				})
			}
		}
	}
}

func crowd(t *testing.T, p play, messages int) {
	r := newRig(t, 1, p.channel, func() []delivery.Sender { return []delivery.Sender{p.sender} })
	for n := range attackers * messages {
		r.ask(fmt.Sprint("bad", n), p.bad(n), p.channel, fmt.Sprint("attacker ", n%attackers))
	}
	const honest = 10
	for n := range honest {
		r.run(7 * time.Second)
		r.ask(fmt.Sprint("good", n), p.good(n), p.channel, fmt.Sprint("network ", n))
	}
	r.run(30 * time.Second)
	for n := range honest {
		c := r.of(fmt.Sprint("good", n))
		if !c.settled || r.last(fmt.Sprint("good", n)) != "sent" || c.ended.Sub(c.asked) > 10*time.Second {
			t.Errorf("code %d: %q after %s, want it sent within 10s", n, c.reports, c.ended.Sub(c.asked))
		}
	}
}

// Recipients for which a provider hangs use only their own share of the workers. Tested
// with the queue alone.
func TestRecipientsThatHang(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	for name, open := range map[string]func(t *testing.T) play{
		"http": silently(byGateway(hang)), "mail at RCPT": byMail("RCPT", silence), "mail at the final dot": byMail("end", silence),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t)
			client := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr(), Protocol: 2})
			t.Cleanup(func() { _ = client.Close() })
			store := newRig(t, 1, p.channel, func() []delivery.Sender { return []delivery.Sender{p.sender} })
			c, err := delivery.NewCourier(delivery.Options{
				Redis: client, Challenges: store, Events: event.New(), AppName: "Acme", Now: time.Now, Rand: rand.Reader, Concurrency: 16,
				Senders: map[delivery.Channel]delivery.Sender{p.channel: bounded{p.sender}},
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
			add := func(id, to, asker string) {
				store.ask(id, to, p.channel, asker)
				if err := c.Enqueue(t.Context(), id, 1); err != nil {
					t.Fatal(err)
				}
			}
			for n := range attackers * each {
				add(fmt.Sprint("bad", n), p.bad(n), fmt.Sprint("attacker ", n%attackers))
			}
			add("good", p.good(1), "somebody else")
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			for end := time.Now().Add(40 * time.Second); !store.of("good").settled && time.Now().Before(end); {
				time.Sleep(20 * time.Millisecond)
			}
			if got := store.last("good"); got != "sent" {
				t.Errorf("the code behind %d that hang: %q, want sent", attackers*each, got)
			}
		})
	}
}

// hangs is long compared to everything else in a test, but shorter than its timeout.
const hangs = 2 * time.Second

// bounded gives up after a while.
type bounded struct{ delivery.Sender }

func (b bounded) Bound() time.Duration { return hangs }
func (b bounded) Capacity() int        { return 4 }
