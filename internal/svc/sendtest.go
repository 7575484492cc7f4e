package svc

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"user-api/internal/address"
	"user-api/internal/channel"
	"user-api/internal/config"
	"user-api/internal/delivery"
)

// testPatience bounds the exchange with a provider that sets no bound of its own.
const testPatience = 30 * time.Second

// ErrInbox is returned for a message that would go to the inbox, which sends nothing.
var ErrInbox = errors.New("the inbox sends nothing: name a provider in the configuration first (docs/delivery.md)")

type (
	// TestMessage says whom to send a message, and how; Channel and Provider may be
	// empty, for what the configuration would choose.
	TestMessage struct{ To, Channel, Provider string }

	// TestResult is what became of it.
	TestResult struct {
		Provider string `json:"provider"`
		Channel  string `json:"channel"`
		// To is masked.
		To       string `json:"to"`
		Accepted bool   `json:"accepted"`
		// ID is the provider's name for a message that it has accepted, if it tells one.
		ID string `json:"id,omitempty"`
		// Class, Reason and Code are those of a delivery.SendError.
		Class  string `json:"class,omitempty"`
		Reason string `json:"reason,omitempty"`
		Code   int    `json:"code,omitempty"`
	}
)

// SendTest sends one message as a code is sent, with digits that open nothing, by the
// provider that would be asked first. It opens no store, asks no limit, and neither
// queues nor tries again. Fails with ErrInbox, and where the message cannot be sent at
// all; what the provider says is in the result.
func SendTest(ctx context.Context, c config.Config, now func() time.Time, rand io.Reader, t TestMessage) (TestResult, error) {
	address, err := address.Parse(t.To, c.Sms.DefaultRegion)
	if err == nil {
		err = numbers(c.Sms).Admit(address)
	}
	if err != nil {
		return TestResult{}, fmt.Errorf("the service sends nothing to %s: %w", t.To, err)
	}
	if t.Channel, err = channelOf(c, t.Channel, address); err != nil {
		return TestResult{}, err
	}
	hop, err := hopOf(c, t, address.Region())
	if err != nil {
		return TestResult{}, err
	}
	message, err := testMessage(c, rand, t, address)
	if err != nil {
		return TestResult{}, err
	}
	sender, err := providers[hop.Provider].sender(parts{config: c, now: now, rand: rand})
	if err != nil {
		return TestResult{}, err
	}
	if keeps, ok := sender.(interface{ Close() }); ok {
		defer keeps.Close()
	}
	message.From = hop.From
	result := TestResult{Provider: hop.Provider, Channel: t.Channel, To: address.Masked()}
	result.judge(send(ctx, sender, message, &result.ID))
	return result, nil
}

// channelOf is the channel to send by.
func channelOf(c config.Config, asked string, addr address.Address) (string, error) {
	ofMail := addr.Kind() == address.KindEmail
	if asked == "" {
		asked = channel.SMS
		if ofMail {
			asked = channel.Email
		}
	}
	if !slices.Contains(c.DueChannels(), asked) || ofMail != (asked == channel.Email) {
		return "", fmt.Errorf("no message goes to such an address by %q; the channels are %s", asked, strings.Join(c.DueChannels(), ", "))
	}
	return asked, nil
}

// hopOf is who is asked, and as whom it sends.
func hopOf(c config.Config, t TestMessage, country string) (config.Hop, error) {
	way := c.Way(t.Channel, country)
	at := slices.IndexFunc(way, func(h config.Hop) bool { return t.Provider == "" || h.Provider == t.Provider })
	switch {
	case t.Provider == config.ProviderInbox || at >= 0 && way[at].Provider == config.ProviderInbox:
		return config.Hop{}, ErrInbox
	case at >= 0:
		return way[at], nil
	case t.Provider == "":
		return config.Hop{}, fmt.Errorf("no provider sends by %s to %s", t.Channel, country)
	}
	var names []string
	for _, hop := range way {
		names = append(names, hop.Provider)
	}
	return config.Hop{}, fmt.Errorf("%q does not send such messages here; those that do are %s", t.Provider, strings.Join(names, ", "))
}

// testMessage looks as a code to sign in does.
func testMessage(c config.Config, rand io.Reader, t TestMessage, address address.Address) (delivery.Message, error) {
	texts, err := texts(c)
	if err != nil {
		return delivery.Message{}, err
	}
	raw := make([]byte, 16+c.Otp.Length)
	if _, err := io.ReadFull(rand, raw); err != nil {
		return delivery.Message{}, fmt.Errorf("make a message: %w", err)
	}
	id, digits := "test-"+hex.EncodeToString(raw[:16]), raw[16:]
	for i := range digits {
		digits[i] = '0' + digits[i]%10 // they open nothing, so that some come more often does not matter
	}
	return delivery.Compose(texts, c.AppName(), id, id, delivery.Outgoing{
		To: address.Spelled(), Channel: delivery.Channel(t.Channel), Country: address.Region(), Purpose: "login",
		Code: string(digits), ExpiresIn: c.Otp.Expire.Duration(),
	}), nil
}

// send asks a provider once, and keeps its name for the message.
func send(ctx context.Context, sender delivery.Sender, m delivery.Message, id *string) error {
	patience := testPatience
	if b, ok := sender.(delivery.Bounded); ok {
		patience = b.Bound()
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return sender.Send(delivery.WithAccepted(ctx, func(told string) { *id = told }), m)
}

func (r *TestResult) judge(err error) {
	var failure *delivery.SendError
	switch {
	case err == nil:
		r.Accepted = true
	case errors.As(err, &failure):
		r.Class, r.Reason, r.Code = failure.Class.String(), failure.Reason, failure.Code
	default:
		r.Class, r.Reason = delivery.FaultPanic.Class.String(), delivery.ReasonInternal
	}
}
