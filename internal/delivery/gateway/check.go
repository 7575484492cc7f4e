package gateway

import (
	"context"
	"net/http"

	"user-api/internal/delivery/wire"
)

// Check requests the headers of the URL, without a signature, to see whether anything answers.
// The answer itself does not count, and whether the service accepts the secret is not checked.
// It fails with a *delivery.SendError.
func (s *Sender) Check(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, s.URL, http.NoBody)
	if err != nil {
		return err
	}
	if _, _, failure := wire.Exchange(s.transport, r); failure != nil {
		return failure
	}
	return nil
}
