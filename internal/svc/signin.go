package svc

import (
	"user-api/internal/captcha"
	"user-api/internal/config"
	"user-api/internal/event"
	"user-api/internal/export"
	"user-api/internal/guard"
	"user-api/internal/keyring"
	"user-api/internal/password"
	"user-api/internal/signin"
	"user-api/internal/token"
	"user-api/model"
)

func (s *ServiceContext) newSignin(ring *keyring.Ring, codec *token.Codec, limits *guard.Guard, verifier *captcha.Verifier, events event.Sink, hashes password.Params) (*signin.Service, error) {
	passwords, err := password.New(password.Options{
		Rand: s.Rand, Concurrency: hashers(), Queue: 2 * password.DefaultQueue, First: roomForHashes,
		Params: hashes,
	})
	if err != nil {
		return nil, err
	}
	providers, err := newSocial(s.Config, s.Now)
	if err != nil {
		return nil, err
	}
	o := signin.Options{
		Challenges: s.Challenges, Queue: s.courier, Events: events, Trail: s.Audit, Timeline: s.Timeline,
		Accounts: s.Accounts, Avatars: s.Avatars, Sessions: s.Sessions, Exporter: export.New(export.Options{
			Accounts: s.Accounts, Sessions: s.Sessions, Trail: s.Audit, Timeline: s.Timeline, Challenges: s.Challenges, Factors: s.Factors, Passkeys: model.NewPasskeyModel(s.db.Conn), Now: s.Now,
		}), Factors: s.Factors, Codec: codec, Passwords: passwords, Guard: limits, Invites: s.invites, Passkeys: s.Passkeys, Ring: ring,
		SignUp:    s.Config.Accounts.SignUp,
		Anonymous: s.Config.Accounts.Anonymous, AnonymousCaptcha: s.Config.Accounts.AnonymousCaptcha,
		AnonymousLife: s.Config.Accounts.AnonymousLife.Duration(),
		DefaultRegion: s.Config.Sms.DefaultRegion,
		Numbers:       numbers(s.Config.Sms),
		Reserved:      reserved(s.Config.Accounts),
		Channels:      s.Config.Sms.PhoneChannels(),
		DormantAfter:  config.Days(s.Config.Accounts.DormantAfter),
		ResetBoth:     s.Config.Reset.Both,
		Mail:          s.Config.Email.Provider != config.ProviderOff,
		ByEmail:       s.Config.Email.SignIn,
		Social:        signin.Social{Providers: providers, Redirects: socialRedirects(s.Config)},
		Mfa: signin.Mfa{
			Require: s.Config.MfaRequire(), Grace: s.Config.Mfa.Grace.Duration(), ResetWait: s.Config.Mfa.ResetWait.Duration(),
		},
	}
	if s.Config.Auth.IssuerURL() {
		o.Social.Base = s.Config.Auth.Issuer
	}
	if verifier != nil { // a nil *captcha.Verifier is not a nil Captcha
		o.Captcha = verifier
		o.CaptchaProvider, o.CaptchaSiteKey = s.Config.Captcha.Provider, s.Config.Captcha.SiteKey
	}
	if list := NewBreached(s.Config.Passwords.Breached, s.Now); list != nil { // likewise
		o.Breached = list
	}
	return signin.New(o), nil
}
