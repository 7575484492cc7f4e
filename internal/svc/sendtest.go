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

// testTimeout limits the exchange with a provider that has no limit of its own.
const testTimeout = 30 * time.Second

// ErrInbox means that the message would go to the inbox, which sends nothing.
var ErrInbox = errors.New("the inbox sends nothing: name a provider in the configuration first (docs/delivery.md)")

type (
	// TestMessage is a test message. Channel and Provider may be empty, for the configured
	// defaults.
	TestMessage struct{ To, Channel, Provider string }

	// TestResult is the outcome of a test message.
	TestResult struct {
		Provider string `json:"provider"`
		Channel  string `json:"channel"`
		// To is the masked address.
		To       string `json:"to"`
		Accepted bool   `json:"accepted"`
		// ID is the provider's ID of an accepted message, if known.
		ID string `json:"id,omitempty"`
		// Class, Reason and Code are those of a delivery.SendError.
		Class  string `json:"class,omitempty"`
		Reason string `json:"reason,omitempty"`
		Code   int    `json:"code,omitempty"`
	}
)

// SendTest sends one message like a code, with digits that are not valid, through the
// provider that would be tried first. It opens no store, applies no limit, and neither
// queues nor retries. It fails with ErrInbox or if the message cannot be sent at all; the
// provider's response is in the result.
func SendTest(ctx context.Context, c config.Config, now func() time.Time, rand io.Reader, t TestMessage) (TestResult, error) {
	address, err := address.Parse(t.To, c.Sms.DefaultRegion)
	if err == nil {
		err = numbers(c.Sms).Admit(address)
	}
	if err != nil {
		return TestResult{}, fmt.Errorf("the service cannot send to %s: %w", t.To, err)
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

// channelOf returns the channel to use.
func channelOf(c config.Config, asked string, addr address.Address) (string, error) {
	ofMail := addr.Kind() == address.KindEmail
	if asked == "" {
		asked = channel.SMS
		if ofMail {
			asked = channel.Email
		}
	}
	if !slices.Contains(c.ActiveChannels(), asked) || ofMail != (asked == channel.Email) {
		return "", fmt.Errorf("%q is not a channel for this address; the channels are %s", asked, strings.Join(c.ActiveChannels(), ", "))
	}
	return asked, nil
}

// hopOf returns the provider and the sender to use.
func hopOf(c config.Config, t TestMessage, country string) (config.Hop, error) {
	way := c.Hops(t.Channel, country)
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
	return config.Hop{}, fmt.Errorf("%q does not send these messages; the providers that do are %s", t.Provider, strings.Join(names, ", "))
}

// testMessage returns a message that looks like a sign-in code.
func testMessage(c config.Config, rand io.Reader, t TestMessage, address address.Address) (delivery.Message, error) {
	texts, err := texts(c)
	if err == nil {
		err = texts.Check(c.AppName())
	}
	if err != nil {
		return delivery.Message{}, err
	}
	raw := make([]byte, 16+c.Otp.Length)
	if _, err := io.ReadFull(rand, raw); err != nil {
		return delivery.Message{}, fmt.Errorf("make a message: %w", err)
	}
	id, digits := "test-"+hex.EncodeToString(raw[:16]), raw[16:]
	for i := range digits {
		digits[i] = '0' + digits[i]%10 // the code is not valid, so modulo bias does not matter
	}
	return delivery.Compose(texts, c.AppName(), id, id, delivery.Outgoing{
		To: address.Spelled(), Channel: delivery.Channel(t.Channel), Country: address.Region(), Purpose: "login",
		Code: string(digits), ExpiresIn: c.Otp.Expire.Duration(),
	}), nil
}

// send makes one attempt and stores the provider's ID of the message in id.
func send(ctx context.Context, sender delivery.Sender, m delivery.Message, id *string) error {
	timeout := testTimeout
	if b, ok := sender.(delivery.Bounded); ok {
		timeout = b.Bound()
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return sender.Send(delivery.WithAccepted(ctx, func(accepted string) { *id = accepted }), m)
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
