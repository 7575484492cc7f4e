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

// captchaRetry is when a client may retry after a captcha could not be verified.
const captchaRetry = 5 * time.Second

// Captcha verifies the token of a captcha for an action. An error means that the result is unknown.
type Captcha interface {
	Verify(ctx context.Context, token, action string, client netip.Addr) (solved bool, err error)
}

// withCaptcha runs decide without a captcha. Only if decide requires one and the client sent a
// token does it ask the provider and run decide again, so a limit costs neither a request nor the
// token. decide must change nothing when it requires a captcha; the requirement itself is charged
// to the client. Every route that may require a captcha uses withCaptcha.
func (s *Service) withCaptcha(ctx context.Context, token, action string, decide func(solved bool) error) error {
	err := decide(false)
	if !apperr.Is(err, apperr.CaptchaRequired) {
		return err
	}
	demand := apperr.From(err).WithCaptcha(s.CaptchaProvider, s.CaptchaSiteKey, action)
	if token == "" || s.Captcha == nil {
		return s.chargeDemand(ctx, demand)
	}
	solved, err := s.verifyCaptcha(ctx, token, action)
	switch {
	case err != nil:
		return err
	case !solved:
		return s.chargeDemand(ctx, demand)
	}
	return decide(true)
}

// chargeDemand charges the requirement of a captcha to the client and returns it, or
// apperr.RateLimited if there were too many.
func (s *Service) chargeDemand(ctx context.Context, demand error) error {
	if err := s.Guard.Spend(ctx, s.Guard.ForDemand(client(ctx))); apperr.Is(err, apperr.RateLimited) {
		return err
	}
	return demand
}

// grantTicket runs grant, which is Issue or Resend, with a captcha if one is required.
func (s *Service) grantTicket(ctx context.Context, ask otp.Request, token string, grant func(context.Context, otp.Request) (otp.Ticket, error)) (t otp.Ticket, err error) {
	ask.Client = client(ctx)
	err = s.withCaptcha(ctx, token, actionOf(ask.Purpose), func(solved bool) (err error) {
		ask.Captcha = solved
		t, err = grant(ctx, ask)
		return err
	})
	return t, err
}

// verifyCaptcha asks the provider. The client is charged before the request, so that parallel
// requests cannot pass the limit. The charge is reverted if the captcha was solved or could not be
// verified.
func (s *Service) verifyCaptcha(ctx context.Context, token, action string) (bool, error) {
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

// actionOf spells a purpose as an action of the providers: reCAPTCHA allows no hyphen.
func actionOf(p otp.Purpose) string { return strings.ReplaceAll(string(p), "-", "_") }
