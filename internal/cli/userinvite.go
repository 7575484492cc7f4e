package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/invite"
	"user-api/internal/reqctx"
	"user-api/internal/signin"
)

func (r *run) userInviteCommand() *cobra.Command {
	var to signin.InviteRequest
	c := &cobra.Command{
		Use:   "invite",
		Short: "Make an invite and show its code, this once",
		Long: `invite makes the code by which one account can be made where Accounts.SignUp is invite:
for one phone number, for one e-mail address, or for whoever has it.`,
		Example: "  user-api user invite --email ann@example.com --for 168h",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if to.Life < time.Minute || to.Life > invite.MaxLife {
				return misused("--for is from 1m to %.0fh", invite.MaxLife.Hours())
			}
			service, err := r.open(c.Context())
			if err != nil {
				return err
			}
			defer service.Close()
			made, err := service.Signin.Invite(reqctx.WithActor(c.Context(), actor()), to)
			if err != nil {
				return err
			}
			return r.print(fmt.Sprintf("invite: %s\nends:   %s UTC\n", made.Code, made.Expires.UTC().Format(minute)), map[string]any{
				"invite": made.Code, "expiresAt": made.Expires.Unix(),
			})
		},
	}
	c.Flags().StringVar(&to.Phone, "phone", "", "for this phone number alone")
	c.Flags().StringVar(&to.Email, "email", "", "for this e-mail address alone")
	c.Flags().DurationVar(&to.Life, "for", invite.DefaultLife, "how long it may be used")
	c.MarkFlagsMutuallyExclusive("phone", "email")
	r.jsonFlag(c)
	return c
}
