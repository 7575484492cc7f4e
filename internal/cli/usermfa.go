package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/svc"
	"user-api/model"
)

// scheduledReset is the JSON output of a delayed reset.
type scheduledReset struct {
	ID    int64  `json:"id"`
	Done  string `json:"done"`
	DueAt int64  `json:"dueAt"` // Unix seconds
}

func (r *run) userMfaResetCommand() *cobra.Command {
	var to target
	var now bool
	c := &cobra.Command{
		Use:   "mfa-reset",
		Short: "Remove the second factors of a user who has lost them",
		Long: `mfa-reset removes the authenticator app and the recovery codes of a user who has lost
them. The user is notified immediately. It takes effect after Mfa.ResetWait, at the next
sign-in, and ends the other sessions; a sign-in with the factor cancels it. With --now it
takes effect immediately and ends every session: this is for the last administrator, whom
nobody else can help.`,
		Example: "  user-api user mfa-reset --username ann\n  user-api user mfa-reset --phone +919812345678 --now",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if now {
				return r.change(c, to, func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
					return s.Signin.ResetMfa(ctx, u.Id)
				})
			}
			return r.withUser(c.Context(), to, func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
				due, err := s.Signin.RequestMfaReset(ctx, u.Id)
				if err != nil {
					return err
				}
				text := fmt.Sprintf("%s: user %d, due at %s\n", c.Name(), u.Id, due.UTC().Format(time.RFC3339))
				return r.print(text, scheduledReset{ID: u.Id, Done: c.Name(), DueAt: due.Unix()})
			})
		},
	}
	to.flags(c)
	r.jsonFlag(c)
	c.Flags().BoolVar(&now, "now", false, "immediately, without the delay")
	return c
}
