package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/reqctx"
)

// endsPerSecond bounds how fast sessions end that all end: every node reads each second
// what has ended in the last half minute, and must keep up.
const endsPerSecond = 2000

func (r *run) sessionsCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "sessions",
		Short:   "End the sessions of everybody",
		Long:    "sessions is about the sessions of all users. Those of one user are at user sessions.",
		Example: "  user-api sessions end --all",
	}, r.sessionsEndCommand())
}

func (r *run) sessionsEndCommand() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "end",
		Short: "End every session of every user",
		Long: `end ends every session of every user and makes all open codes void: everybody must sign
in again. It is needed after a restore, which brings back sessions that had ended, and
after a leak. Running nodes follow within seconds. It ends ` + fmt.Sprint(endsPerSecond) + ` sessions a second at
most, so that they keep up. When it is stopped, what has ended stays ended; run again,
it begins anew and also ends what was opened since.`,
		Example: "  user-api sessions end --all",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !all {
				return misused("end: say --all; the sessions of one user end with user sessions --end-all")
			}
			return r.endEveryone(c.Context())
		},
	}
	c.Flags().BoolVar(&all, "all", false, "those of everybody")
	_ = c.MarkFlagRequired("all")
	r.jsonFlag(c)
	return c
}

// swept is how the end of all sessions is told to a program.
type swept struct {
	Users    int `json:"users"`
	Sessions int `json:"sessions"`
}

func (r *run) endEveryone(ctx context.Context) error {
	service, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer service.Close()
	shown := r.progress("users whose sessions have ended")
	users, sessions, err := service.Signin.EndAllSessions(reqctx.WithActor(ctx, actor()), func(users, _, just int) error {
		shown.at(users, 0)
		return pause(ctx, time.Duration(just)*time.Second/endsPerSecond)
	})
	shown.done()
	text := fmt.Sprintf("sessions: %d sessions of %d users have ended", sessions, users)
	if err != nil {
		return fmt.Errorf("%s, and it is not done, run it again: %w", text, err)
	}
	return r.print(text+"\n", swept{Users: users, Sessions: sessions})
}

// pause waits, unless ctx ends first.
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
