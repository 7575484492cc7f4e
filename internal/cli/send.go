package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"user-api/internal/config"
	"user-api/internal/svc"
)

// errNotSent ends a test message that the provider did not accept.
var errNotSent = errors.New("send: not accepted")

func (r *run) sendCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "send",
		Short:   "Try whether messages can be sent",
		Long:    "send tries whether messages can be sent.",
		Example: "  user-api send test --to +919812345678",
	}, r.sendTestCommand())
}

func (r *run) sendTestCommand() *cobra.Command {
	var message svc.TestMessage
	c := &cobra.Command{
		Use:   "test",
		Short: "Send one message and tell what the provider answers",
		Long: `test sends one message as the service would: it looks as a code to sign in does, and its
digits open nothing. It is sent at once by the provider that would be asked first, or by
the one named: not through the queue, against no limit, and not again. It costs what a
message costs. Printed is whether the provider has accepted it and under which id, or
else the class of the failure (retryable, permanent or ambiguous), its reason and the
provider's number for it; the exit status is then 1 (docs/delivery.md).`,
		Example: "  user-api send test --to +919812345678\n  user-api send test --to ann@example.com --json\n" +
			"  user-api send test --to +919812345678 --channel whatsapp --provider meta",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return r.sendTest(c.Context(), message) },
	}
	c.Flags().StringVar(&message.To, "to", "", "the phone number or e-mail address")
	c.Flags().StringVar(&message.Channel, "channel", "", "sms, whatsapp, voice or email; sms or email without")
	c.Flags().StringVar(&message.Provider, "provider", "", "one of those that send by the channel, in the place of the first")
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

// sentence says for people what became of a message.
func sentence(r svc.TestResult) string {
	to := fmt.Sprintf("the message by %s to %s", r.Channel, r.To)
	switch {
	case r.Accepted && r.ID != "":
		return fmt.Sprintf("send: %s has accepted %s, as %s\n", r.Provider, to, printable(r.ID))
	case r.Accepted:
		return fmt.Sprintf("send: %s has accepted %s\n", r.Provider, to)
	case r.Code != 0:
		return fmt.Sprintf("send: %s, asked to send %s: %s: %s (%d)\n", r.Provider, to, r.Class, r.Reason, r.Code)
	}
	return fmt.Sprintf("send: %s, asked to send %s: %s: %s\n", r.Provider, to, r.Class, r.Reason)
}
