package svc

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/config"
	"user-api/internal/delivery/template"
)

// Check is one check that runs before a store is opened. Try returns a summary, or why the
// service cannot start.
type Check struct {
	About string
	Try   func() (string, error)
}

// Checks returns all checks. Any failure except a Warning prevents the start; doctor runs
// the same list.
func Checks(c config.Config, now func() time.Time) []Check {
	return []Check{
		{"test identities", func() (string, error) { return checkTests(c, now()) }},
		{"prices", func() (string, error) { return checkPrices(c) }},
		{"texts", func() (string, error) { return checkTexts(c) }},
		{"templates", func() (string, error) { return checkTemplates(c) }},
		{"certificate", func() (string, error) { return checkCertificate(c) }},
		{"data folder", func() (string, error) { return checkDataDir(c) }},
		{"spans", func() (string, error) { return checkSpans(c) }},
		{"blobs", func() (string, error) { return checkBlobs(c, rand.Reader) }},
		{"providers", func() (string, error) { return checkProviders(c, now) }},
		{"social sign-in", func() (string, error) { return checkSocial(c, now) }},
		{"pages", func() (string, error) { return checkPages(c) }},
	}
}

// Warning is an error of Try that does not prevent the start but that the operator should
// know.
type Warning string

// Error implements error.
func (w Warning) Error() string { return string(w) }

// tryAll returns the errors of all checks and logs the warnings.
func tryAll(checks []Check) error {
	var errs []error
	for _, check := range checks {
		_, err := check.Try()
		if warning, ok := errors.AsType[Warning](err); ok {
			logx.Errorf("%s: %s", check.About, warning)
		} else if err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func checkTests(c config.Config, now time.Time) (string, error) {
	tests, err := testIdentities(c)
	if err = errors.Join(c.CheckDates(now), err); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d, each can request a code", len(tests)), nil
}

func checkPrices(c config.Config) (string, error) {
	if _, err := Prices(c); err != nil {
		return "", fmt.Errorf("config: RateLimit.Prices: %w", err)
	}
	return fmt.Sprintf("%d configured, the others built in", len(c.RateLimit.Prices)), nil
}

func checkTexts(c config.Config) (string, error) {
	set, err := texts(c)
	if err == nil {
		err = set.Check(c.AppName())
	}
	if err != nil {
		return "", err
	}
	if cost := set.Cost(c.AppName()); cost != "" {
		return "", Warning(cost + "; set Delivery.AppName, or list the languages to use in Delivery.Languages")
	}
	return fmt.Sprintf("%d languages, each with room for %q", len(set.Languages()), c.AppName()), nil
}

// checkProviders constructs the senders and the captcha client without connecting.
func checkProviders(c config.Config, now func() time.Time) (string, error) {
	_, senders := newSenders(parts{config: c, now: now})
	_, captcha := NewCaptcha(c.Captcha)
	return "their options are complete", errors.Join(senders, captcha)
}

func checkSocial(c config.Config, now func() time.Time) (string, error) {
	_, err := newSocial(c, now)
	return fmt.Sprintf("%d providers, their options are complete", len(c.Social.Providers)), err
}

// texts loads the message texts. checkTexts checks them with the app's name.
func texts(c config.Config) (*template.Set, error) {
	texts, err := template.New(template.Options{
		Dir: c.Delivery.Texts, Languages: c.Delivery.Languages, WebOTPDomain: c.Otp.WebOtpDomain, ResetURL: c.Notices.ResetUrl, AndroidHash: c.Otp.AndroidHash,
		SignInURL: c.Email.Link,
	})
	if err != nil {
		return nil, fmt.Errorf("config: Delivery.Texts %q, Delivery.Languages %q: %w", c.Delivery.Texts, c.Delivery.Languages, err)
	}
	return texts, nil
}
