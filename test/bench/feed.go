package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

const (
	pathFeed = "feed"
	// followers is the number of services that follow the feed, each with a long poll as long
	// as that of clients/go.
	followers = 1000
	feedWait  = 2
	// settled is the time after which all of them have caught up.
	settled = 3 * time.Second
)

// follower polls the feed from the cursor of the previous answer.
type follower struct{ authorization, after string }

func (f *follower) next() []byte {
	return fmt.Appendf(nil, "GET /service/revocations?after=%s&wait=%d HTTP/1.1\r\nHost: bench\r\nAuthorization: %s\r\n\r\n", f.after, feedWait, f.authorization)
}

func (f *follower) take(status int, body []byte) (bool, error) {
	if err := wantOK(status, body); err != nil {
		return false, err
	}
	var page struct {
		Next string `json:"next"`
	}
	err := json.Unmarshal(body, &page)
	f.after = page.Next
	return true, err
}

// feed measures the CPU time of a node for its followers while nothing is revoked.
func (b *bench) feed(signer *server) error {
	id, secret, err := b.reader()
	if err != nil {
		return err
	}
	clients := make([]client, followers)
	for i := range clients {
		clients[i] = &follower{authorization: "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))}
	}
	lasts := settled + max(b.each(), 3*feedWait*time.Second)
	done := make(chan error, 1)
	go func() {
		_, err := drive(signer.addr, clients, lasts)
		done <- err
	}()
	time.Sleep(settled)
	before, err := signer.cpu()
	if err != nil {
		return err
	}
	begin := time.Now()
	time.Sleep(lasts - settled)
	after, err := signer.cpu()
	if err != nil {
		return err
	}
	spent := 100 * (after - before).Seconds() / time.Since(begin).Seconds()
	b.report.Costs = append(b.report.Costs, cost{"a thousand services that follow the feed", spent, 10, "% of a core"})
	return <-done
}
