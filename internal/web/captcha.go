package web

import "strings"

// CaptchaPage shows the challenge of a captcha provider in a frame of the sign-in page. It
// is a separate page because it is the only one that allows scripts of another host.
const CaptchaPage = "captcha"

// Captcha is the provider of the challenge.
type Captcha struct {
	// Provider is turnstile, hcaptcha, recaptcha or geetest.
	Provider string `json:"provider"`
	SiteKey  string `json:"siteKey"`
	// Scored means reCAPTCHA version 3, which shows no challenge.
	Scored bool `json:"scored"`
}

// hosts are the sources from which a provider's challenge loads.
type hosts struct {
	script, frame, connect, style, image, font, worker string
}

// captchaHosts contains what each provider documents. GeeTest documents none; these are the
// servers that its loader uses. Its script writes style attributes.
var captchaHosts = map[string]hosts{
	"turnstile": {script: "https://challenges.cloudflare.com", frame: "https://challenges.cloudflare.com"},
	"hcaptcha": {
		script: hcaptcha, frame: hcaptcha, connect: hcaptcha, style: hcaptcha,
	},
	"recaptcha": {
		script:  "https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/",
		frame:   "https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/",
		connect: "https://www.google.com/recaptcha/", image: "https://www.gstatic.com/recaptcha/",
	},
	"geetest": {
		script: geetestStatic + geetestAPI, connect: geetestAPI, style: "'unsafe-inline' " + geetestStatic,
		image: geetestStatic, font: geetestStatic, worker: "blob:",
	},
}

const (
	hcaptcha      = "https://hcaptcha.com https://*.hcaptcha.com"
	geetestStatic = "https://static.geetest.com https://static.geevisit.com "
	geetestAPI    = "https://gcaptcha4.geetest.com https://gcaptcha4.geevisit.com https://gcaptcha4.gsensebot.com "
)

// Captcha returns the page of the challenge.
func (s *Site) Captcha(languages string) (Page, error) {
	return s.Page(CaptchaPage, languages, s.captcha)
}

// captchaPolicy allows the page's own files and what the provider's challenge needs, but
// not the API. Trusted Types are not required, because the providers' scripts do not
// support them.
func captchaPolicy(provider string) string {
	h := captchaHosts[provider]
	var b strings.Builder
	b.WriteString("default-src 'none'; base-uri 'none'; form-action 'none'; ")
	for _, rule := range []struct{ name, own, more string }{
		{"script-src", "'self' ", h.script}, {"style-src", "'self' ", h.style}, {"frame-src", "", h.frame},
		{"connect-src", "", h.connect}, {"img-src", "data: ", h.image}, {"font-src", "", h.font}, {"worker-src", "", h.worker},
	} {
		if sources := strings.TrimSpace(rule.own + rule.more); sources != "" {
			b.WriteString(rule.name + " " + sources + "; ")
		}
	}
	return b.String()
}
