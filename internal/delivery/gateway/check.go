package gateway

import (
	"context"
	"net/http"

	"user-api/internal/delivery/wire"
)

// Check asks for the headers of the URL, unsigned, to see whether anything answers
// there; what it answers does not count. Whether the service takes the secret only
// a message would show. Fails with a *delivery.SendError.
func (s *Sender) Check(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, s.URL, http.NoBody)
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", "user-api")
	if _, _, failure := wire.Exchange(s.transport, r); failure != nil {
		return failure
	}
	return nil
}
