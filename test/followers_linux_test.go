package test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/client"
	"user-api/model"
	"user-api/test/kit"
)

// A thousand services follow the feed of one node with requests held for two seconds,
// without changes and with ten changes a second. The CPU time is that of the node and of
// the followers, which run in the same process: the node's own is less.
func BenchmarkRevocations_thousandFollowers(b *testing.B) {
	for name, changes := range map[string]int{"nothing": 0, "tenChanges": 10} {
		b.Run(name, func(b *testing.B) {
			app := kit.New(b, kit.Embedded)
			m := app.Machine("orders", client.RevocationsRead)
			logx.SetLevel(logx.InfoLevel)
			defer logx.SetLevel(logx.DebugLevel)
			all := make([]*onConnection, 1000)
			for i := range all {
				all[i] = follow(b, app, m)
			}
			user := int64(1)
			if changes > 0 {
				user = idOf(app, app.SignIn(phone))
			}
			var used syscall.Rusage
			_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
			began, before := time.Now(), cpu(used)
			polls := 0
			for b.Loop() {
				end := time.Now().Add(2 * time.Second)
				var asking sync.WaitGroup
				asked := make([]int, len(all))
				for i, f := range all {
					asking.Go(func() {
						for asked[i] == 0 || time.Now().Before(end) {
							f.poll(b)
							asked[i]++
						}
					})
				}
				for i := range 2 * changes {
					time.Sleep(time.Until(end.Add(-2*time.Second + time.Duration(i)*time.Second/time.Duration(changes))))
					role := []string{model.RoleUser, model.RoleAdmin}[i%2]
					if err := app.Service.Accounts.SetRole(b.Context(), user, role); err != nil {
						b.Fatal(err)
					}
				}
				asking.Wait()
				for _, n := range asked {
					polls += n
				}
			}
			took := time.Since(began)
			_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
			b.ReportMetric(100*(cpu(used)-before).Seconds()/took.Seconds(), "%core")
			b.ReportMetric(float64(polls)/took.Seconds(), "polls/s")
			b.ReportMetric(float64((cpu(used)-before).Microseconds())/float64(polls), "µs/poll")
		})
	}
}

func cpu(u syscall.Rusage) time.Duration { return time.Duration(u.Utime.Nano() + u.Stime.Nano()) }

// onConnection follows the feed on its own connection.
type onConnection struct {
	net.Conn
	in          *bufio.Reader
	host, basic string
	after       string
}

func follow(b *testing.B, app *kit.App, m kit.Machine) *onConnection {
	f := &onConnection{host: strings.TrimPrefix(app.URL, "http://"), basic: m.Basic()["Authorization"]}
	var err error
	if f.Conn, err = net.Dial("tcp", f.host); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	f.in = bufio.NewReader(f.Conn)
	f.poll(b)
	return f
}

func (f *onConnection) poll(b *testing.B) {
	fmt.Fprintf(f, "GET /service/revocations?wait=2&after=%s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n\r\n", f.after, f.host, f.basic)
	resp, err := http.ReadResponse(f.in, nil)
	if err != nil {
		b.Error(err)
		return
	}
	var r struct{ Next string }
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil || resp.StatusCode != http.StatusOK {
		b.Errorf("%d, %v", resp.StatusCode, err)
	}
	resp.Body.Close()
	f.after = r.Next
}
