package delivery

import (
	"errors"
	"fmt"
	"strings"
)

const (
	// gsm7 are the characters that cost one septet of a text message (3GPP TS
	// 23.038, default alphabet), line breaks left out.
	gsm7 = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	// gsm7Escaped cost two septets.
	gsm7Escaped = "^{}\\[~]|€"
	// segment is what fits one text message, in septets.
	segment = 160

	longestCode = "0000000000"
)

// compose makes the message of a send. Its text is ours but for the code and
// the app's name; nothing of a user's input goes in. English serves every
// locale so far.
func (c *Courier) compose(j job, out Outgoing) Message {
	subject, body := render(c.app, out.Channel, out.Code)
	if out.Notice {
		subject, body = renderNotice(c.app, out.Channel)
	}
	return Message{
		ID: j.id(), To: out.To, Channel: out.Channel, Locale: out.Locale, Language: "en",
		Subject: subject, Body: body, Code: out.Code, ExpiresIn: out.ExpiresIn,
	}
}

// render gives the text of a message; the subject is empty for a text message.
func render(app string, channel Channel, code string) (subject, body string) {
	if channel == Email {
		return "Your " + app + " code", fmt.Sprintf("Your %s code is\n\n    %s\n\n"+
			"It works once, within a few minutes. Never share it: we will never ask you for it.\n\n"+
			"If you did not ask for it, you can ignore this message.\n", app, code)
	}
	return "", fmt.Sprintf("%s is your %s code. Never share it: we will never ask you for it.", code, app)
}

// renderNotice gives the text that tells an address it was replaced.
func renderNotice(app string, channel Channel) (subject, body string) {
	if channel == Email {
		return "Your " + app + " account was changed", fmt.Sprintf("The e-mail address of your %s account was changed; "+
			"this one no longer belongs to it.\n\nIf this was not you, contact us at once.\n", app)
	}
	return "", fmt.Sprintf("The phone number of your %s account was changed. Not you? Contact us.", app)
}

// checkAppName demands that every text message fits one segment.
func checkAppName(app string) error {
	if strings.TrimSpace(app) == "" {
		return errors.New("delivery: AppName is empty")
	}
	_, code := render(app, SMS, longestCode)
	_, notice := renderNotice(app, SMS)
	for _, body := range []string{code, notice} {
		septets, ok := septets(body)
		if !ok {
			return errors.New("delivery: AppName has characters that no GSM-7 text message can hold")
		}
		if septets > segment {
			return fmt.Errorf("delivery: AppName makes a text message %d septets long, want at most %d", septets, segment)
		}
	}
	return nil
}

// septets is the length of a text message in GSM-7, and whether it has one.
func septets(s string) (n int, ok bool) {
	for _, r := range s {
		switch {
		case strings.ContainsRune(gsm7, r):
			n++
		case strings.ContainsRune(gsm7Escaped, r):
			n += 2
		default:
			return 0, false
		}
	}
	return n, true
}
