package signin

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/otp"
)

// captchaRetry is when to try again after a captcha could not be verified.
const captchaRetry = 5 * time.Second

// Captcha reports whether a captcha's token was earned, for the action. An error
// says that it could not be found out.
type Captcha interface {
	Verify(ctx context.Context, token, action string, client netip.Addr) (solved bool, err error)
}

// withCaptcha runs decide as without a captcha. Only where that demands one, and
// the client sent a token, is the provider asked and decide run again: what a
// limit refuses costs neither a question nor the token. decide must change nothing
// when it demands a captcha; the demand itself is charged to the client. Every route that may demand one goes through here.
func (s *Service) withCaptcha(ctx context.Context, token, action string, decide func(solved bool) error) error {
	err := decide(false)
	if !apperr.Is(err, apperr.CaptchaRequired) {
		return err
	}
	demand := apperr.From(err).WithCaptcha(s.CaptchaProvider, s.CaptchaSiteKey, action)
	if token == "" || s.Captcha == nil {
		return s.demand(ctx, demand)
	}
	solved, err := s.solved(ctx, token, action)
	switch {
	case err != nil:
		return err
	case !solved:
		return s.demand(ctx, demand)
	}
	return decide(true)
}

// demand returns the demand, unless there were too many of the client.
func (s *Service) demand(ctx context.Context, demand error) error {
	if err := s.Guard.Spend(ctx, s.Guard.ForDemand(client(ctx))); apperr.Is(err, apperr.RateLimited) {
		return err
	}
	return demand
}

// ticket runs grant, which is Issue or Resend, for the client and with the captcha
// that may be demanded for it.
func (s *Service) ticket(ctx context.Context, ask otp.Request, token string, grant func(context.Context, otp.Request) (otp.Ticket, error)) (t otp.Ticket, err error) {
	ask.Client = client(ctx)
	err = s.withCaptcha(ctx, token, actionOf(ask.Purpose), func(solved bool) (err error) {
		ask.Captcha = solved
		t, err = grant(ctx, ask)
		return err
	})
	return t, err
}

// solved asks the provider. The question is charged to the client before it is
// put, so that no number of parallel ones gets past the limit, and the charge is
// taken back when the captcha was solved, or could not be asked about.
func (s *Service) solved(ctx context.Context, token, action string) (bool, error) {
	charge, err := s.Guard.Try(ctx, s.Guard.ForCaptcha(client(ctx)), "captcha")
	if err != nil {
		return false, err
	}
	solved, err := s.Captcha.Verify(ctx, token, action, client(ctx))
	if err != nil {
		charge.Void(ctx)
		logx.WithContext(ctx).Errorf("signin: %v", err)
		return false, apperr.New(apperr.Unavailable).WithRetryAfter(captchaRetry).Wrap(err)
	}
	if solved {
		charge.Refund(ctx)
	}
	return solved, nil
}

// actionOf is the purpose as the providers spell actions: reCAPTCHA's have no hyphen.
func actionOf(p otp.Purpose) string { return strings.ReplaceAll(string(p), "-", "_") }
