package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"user-api/internal/config"
	"user-api/internal/svc"
)

// errNotSent means that the provider did not accept the test message.
var errNotSent = errors.New("send: not accepted")

func (r *run) sendCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "send",
		Short:   "Send test messages",
		Long:    "send checks whether messages can be sent.",
		Example: "  user-api send test --to +919812345678",
	}, r.sendTestCommand())
}

func (r *run) sendTestCommand() *cobra.Command {
	var message svc.TestMessage
	c := &cobra.Command{
		Use:   "test",
		Short: "Send one message and show the provider's response",
		Long: `test sends one message as the service would. It looks like a sign-in code, but its digits
are not valid. It is sent directly by the first provider in the route or by the given one,
without the queue, limits or retries. It costs as much as any message. The command prints
whether the provider accepted the message and its ID there, or the class of the failure
(retryable, permanent or ambiguous), the reason and the provider's error code; the exit
status is then 1 (docs/delivery.md).`,
		Example: "  user-api send test --to +919812345678\n  user-api send test --to ann@example.com --json\n" +
			"  user-api send test --to +919812345678 --channel whatsapp --provider meta",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return r.sendTest(c.Context(), message) },
	}
	c.Flags().StringVar(&message.To, "to", "", "the phone number or email address")
	c.Flags().StringVar(&message.Channel, "channel", "", "sms, whatsapp, voice or email; default: sms for a number, email for an address")
	c.Flags().StringVar(&message.Provider, "provider", "", "a provider of the channel, instead of the first one")
	_ = c.MarkFlagRequired("to")
	r.jsonFlag(c)
	return c
}

func (r *run) sendTest(ctx context.Context, message svc.TestMessage) error {
	c, err := config.Load(r.file)
	if err != nil {
		return err
	}
	result, err := svc.SendTest(ctx, c, r.Now, r.Rand, message)
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if err := r.print(sentence(result), result); err != nil || result.Accepted {
		return err
	}
	return errNotSent
}

// sentence describes the outcome for people.
func sentence(r svc.TestResult) string {
	to := fmt.Sprintf("the message by %s to %s", r.Channel, r.To)
	switch {
	case r.Accepted && r.ID != "":
		return fmt.Sprintf("send: %s has accepted %s, with the ID %s\n", r.Provider, to, printable(r.ID))
	case r.Accepted:
		return fmt.Sprintf("send: %s has accepted %s\n", r.Provider, to)
	case r.Code != 0:
		return fmt.Sprintf("send: %s, asked to send %s: %s: %s (%d)\n", r.Provider, to, r.Class, r.Reason, r.Code)
	}
	return fmt.Sprintf("send: %s, asked to send %s: %s: %s\n", r.Provider, to, r.Class, r.Reason)
}
