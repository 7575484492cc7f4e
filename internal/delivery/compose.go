package delivery

import (
	"cmp"
	"context"
	"time"

	"user-api/internal/delivery/template"
	"user-api/internal/locale"
)

// roundUp allows for the time a message spent in the queue, so that five minutes are not
// announced as four.
const roundUp = 5 * time.Second

// localeTime bounds the lookup of the user's language: a code in another language is better
// than none.
const localeTime = time.Second

// compose makes the message of a send. Apart from the code and the app's name the text is
// fixed; user input never gets into it.
func (c *Courier) compose(ctx context.Context, j Job, out Outgoing) Message {
	out.Locale = c.locale(ctx, out)
	return Compose(c.texts, c.app, j.OtpID, j.id(), out)
}

// Compose makes a message of a challenge with the texts and the app's name. id is the id of
// the message.
func Compose(texts *template.Set, app, otpID, id string, out Outgoing) Message {
	r := template.Request{
		App: app, Channel: string(out.Channel), Locale: out.Locale, Country: out.Country,
		Purpose: out.Purpose, Code: out.Code, OtpID: otpID, Notice: out.Notice, Minutes: minutes(out.ExpiresIn),
	}
	text, english := texts.Render(r), ""
	if out.Channel == Voice {
		english = texts.English(r).Text
	}
	return Message{
		ID: id, To: out.To, Channel: out.Channel, Country: out.Country,
		Locale: locale.First(out.Locale), Language: text.Language,
		Subject: text.Subject, Body: text.Text, English: english, HTML: text.HTML,
		Purpose: cmp.Or(out.Notice, out.Purpose), Code: out.Code, ExpiresIn: out.ExpiresIn, Hidden: out.Hidden,
		Requester: out.Requester,
	}
}

// locale returns the languages of a message, best first: the requested one, otherwise the
// user's choice, otherwise the client's preference. Those of a notice are already decided.
func (c *Courier) locale(ctx context.Context, out Outgoing) string {
	if out.Said || out.Notice != "" || c.localeOf == nil {
		return out.Locale
	}
	ctx, cancel := context.WithTimeout(ctx, localeTime)
	defer cancel()
	chosen := c.localeOf(ctx, out.UserID)
	if chosen == "" || out.Locale == "" {
		return cmp.Or(chosen, out.Locale)
	}
	return chosen + "," + out.Locale
}

// checkTexts sets the default texts and checks that every text fits with the app's name.
func (o *Options) checkTexts() (err error) {
	if o.Texts == nil {
		if o.Texts, err = template.New(template.Options{}); err != nil {
			return err
		}
	}
	return o.Texts.Check(o.AppName)
}
