package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"user-api/internal/address"
	"user-api/internal/delivery"
	"user-api/internal/delivery/inbox"
)

// receipts records what it takes.
type receipts struct {
	taken []string
	err   error
}

func (r *receipts) Ref(m delivery.Message, provider string) (string, error) {
	return provider + " " + m.ID, nil
}

func (r *receipts) Take(_ context.Context, one delivery.Receipt) error {
	r.taken = append(r.taken, fmt.Sprintf("%s %s: %s %s %d after %s", one.Ref, one.ID, one.Status, one.Reason, one.Code, one.After))
	return r.err
}

// numbers are those of docs/inbox.md.
func numbers(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/inbox.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\+1500555\\d{4})` \\|").FindAllStringSubmatch(string(text), -1) {
		all = append(all, row[1])
	}
	return all
}

func TestScripts(t *testing.T) {
	const ref = "inbox a.1 a.1: "
	wants := map[string]struct {
		tries    []string // the answer to each attempt
		kept     int
		receipts []string
	}{
		"+15005550001": {[]string{"permanent: invalid_number"}, 0, nil},
		"+15005550002": {[]string{"permanent: unreachable_route"}, 0, nil},
		"+15005550003": {[]string{"permanent: region_disabled"}, 0, nil},
		"+15005550004": {[]string{"permanent: opted_out"}, 0, nil},
		"+15005550009": {[]string{"permanent: not_mobile"}, 0, nil},
		"+15005550109": {[]string{"permanent: blocked_for_fraud"}, 0, nil},
		"+15005550100": {[]string{"<nil>"}, 1, []string{ref + "delivered  0 after 10s"}},
		"+15005550101": {[]string{"<nil>"}, 2, []string{ref + "delivered  0 after 3s"}},
		"+15005550102": {[]string{"permanent: rejected"}, 0, nil},
		"+15005550103": {[]string{"ambiguous: timeout", "ambiguous: timeout", "ambiguous: timeout"}, 1, nil},
		"+15005550104": {[]string{"retryable: rate_limited", "retryable: rate_limited", "<nil>"}, 1, []string{ref + "delivered  0 after 3s"}},
		"+15005550105": {[]string{"<nil>"}, 0, []string{ref + "failed unreachable_handset 30003 after 3s"}},
		"+15005550106": {[]string{"<nil>"}, 1, []string{ref + "delivered  0 after 0s", ref + "failed undelivered 30008 after 3s"}},
		"+15005550107": {[]string{"<nil>"}, 0, []string{ref + "failed filtered 30007 after 3s"}},
		"+15005550108": {[]string{"<nil>"}, 1, nil},
		"+15005550006": {[]string{"<nil>"}, 1, []string{ref + "delivered  0 after 3s"}},
	}
	eachRedis(t, func(t *testing.T, client redis.UniversalClient, _ func(time.Duration)) {
		documented := numbers(t)
		if len(documented) != len(wants)-1 {
			t.Errorf("docs/inbox.md has %d numbers, want %d", len(documented), len(wants)-1)
		}
		for _, number := range append(documented, "+15005550006") {
			want, ok := wants[number]
			if !ok {
				t.Errorf("docs/inbox.md has %s, and it is not tested", number)
			}
			if address, err := address.ParsePhone(number, ""); err != nil || address.Region() != "US" {
				t.Errorf("%s is not a US number: %v", number, err)
			}
			if err := client.FlushDB(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			r := &receipts{}
			b := inbox.New(client, ring(t, "p"), r, at)
			var tries []string
			for range want.tries {
				tries = append(tries, fmt.Sprint(b.Send(t.Context(), text("a.1", number, "739184"))))
			}
			if diff := cmp.Diff(want.tries, tries); diff != "" {
				t.Errorf("%s: tries (-want +got):\n%s", number, diff)
			}
			if kept := len(list(t, b, number)); kept != want.kept {
				t.Errorf("%s: %d messages are kept, want %d", number, kept, want.kept)
			}
			if diff := cmp.Diff(want.receipts, r.taken); diff != "" {
				t.Errorf("%s: receipts (-want +got):\n%s", number, diff)
			}
			for _, key := range client.Keys(t.Context(), "*").Val() {
				if client.PTTL(t.Context(), key).Val() <= 0 {
					t.Errorf("%s: the key %s has no TTL", number, key)
				}
			}
		}
	})
}

func TestReceiptThatIsNotTakenMayBeTriedAgain(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient, _ func(time.Duration)) {
		b := inbox.New(client, ring(t, "p"), &receipts{err: errors.New("down")}, at)
		var failure *delivery.SendError
		if err := b.Send(t.Context(), text("a.1", "+15005550006", "739184")); !errors.As(err, &failure) || failure.Class != delivery.Retryable {
			t.Errorf("Send: %v, want it retryable", err)
		}
	})
}
