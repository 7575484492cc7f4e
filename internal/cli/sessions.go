package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/svc"
)

// endsPerSecond limits how fast all sessions end: every node reads the revocations of the
// last half minute each second, and must keep up.
const endsPerSecond = 2000

func (r *run) sessionsCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "sessions",
		Short:   "End the sessions of all users",
		Long:    "sessions manages the sessions of all users. Use user sessions for those of one user.",
		Example: "  user-api sessions end --all",
	}, r.sessionsEndCommand())
}

func (r *run) sessionsEndCommand() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "end",
		Short: "End every session of every user",
		Long: `end ends every session of every user and voids all open codes, so all users have to sign
in again. It is needed after a restore, which brings back ended sessions, and after a
leak. Running nodes follow within seconds. It ends at most ` + fmt.Sprint(endsPerSecond) + ` sessions per second, so
that the nodes keep up. If it is interrupted, ended sessions stay ended; run again, it
starts over and also ends sessions opened since.`,
		Example: "  user-api sessions end --all",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !all {
				return misused("end: --all is required; use user sessions --end-all for one user")
			}
			return r.endEveryone(c.Context())
		},
	}
	c.Flags().BoolVar(&all, "all", false, "the sessions of all users")
	_ = c.MarkFlagRequired("all")
	r.jsonFlag(c)
	return c
}

// swept is the JSON output.
type swept struct {
	Users    int `json:"users"`
	Sessions int `json:"sessions"`
}

func (r *run) endEveryone(ctx context.Context) error {
	return r.withService(ctx, func(ctx context.Context, s *svc.ServiceContext) error {
		shown := r.progress("users whose sessions have ended")
		users, sessions, err := s.Signin.EndAllSessions(ctx, func(users, _, just int) error {
			shown.at(users, 0)
			return pause(ctx, time.Duration(just)*time.Second/endsPerSecond)
		})
		shown.done()
		text := fmt.Sprintf("sessions: %d sessions of %d users have ended", sessions, users)
		if err != nil {
			return fmt.Errorf("%s, but not all; run the command again: %w", text, err)
		}
		return r.print(text+"\n", swept{Users: users, Sessions: sessions})
	})
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
