package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/account"
	"user-api/internal/config"
	"user-api/internal/identity"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/model"
)

// target says which user is meant, as the flags do.
type target struct{ phone, email, username string }

// flags gives c the flags that name a user, of which it takes exactly one.
func (to *target) flags(c *cobra.Command) {
	c.Flags().StringVar(&to.phone, "phone", "", "the user's phone number")
	c.Flags().StringVar(&to.email, "email", "", "the user's e-mail address")
	c.Flags().StringVar(&to.username, "username", "", "the user's name")
	names := []string{"phone", "email", "username"}
	c.MarkFlagsOneRequired(names...)
	c.MarkFlagsMutuallyExclusive(names...)
}

func (r *run) adminCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "admin",
		Short: "Change a user's role or ban, and delete old records",
		Long: `admin changes one user, beside a running service, which follows within seconds, and
deletes records that are old enough. The audit trail keeps who did it.`,
		Example: "  user-api admin grant --phone +919876543210 --role admin",
	}, r.grantCommand(), r.banCommand(), r.unbanCommand(), r.pruneCommand())
}

func (r *run) grantCommand() *cobra.Command {
	var to target
	var role string
	c := &cobra.Command{
		Use:     "grant",
		Short:   "Give a user a role",
		Long:    "grant gives a user a role, which is how the first administrator comes to be.",
		Example: "  user-api admin grant --phone +919876543210 --role admin",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if role != model.RoleAdmin && role != model.RoleUser {
				return misused("there is no role %q", role)
			}
			return r.change(c, to, func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
				return s.Signin.SetRole(ctx, u.Id, role)
			})
		},
	}
	to.flags(c)
	c.Flags().StringVar(&role, "role", "", "the role: admin or user")
	_ = c.MarkFlagRequired("role")
	return c
}

func (r *run) banCommand() *cobra.Command {
	var to target
	c := &cobra.Command{
		Use:     "ban",
		Short:   "End every session of a user and keep the user out",
		Long:    "ban ends every session of a user and keeps the user out, until unban.",
		Example: "  user-api admin ban --username ann",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.change(c, to, func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
				return s.Signin.Ban(ctx, u.Id, "by the operator", time.Time{})
			})
		},
	}
	to.flags(c)
	return c
}

func (r *run) unbanCommand() *cobra.Command {
	var to target
	c := &cobra.Command{
		Use:     "unban",
		Short:   "Let a user in again",
		Long:    "unban ends a ban. Sessions that the ban has ended stay ended.",
		Example: "  user-api admin unban --username ann",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.change(c, to, func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
				return s.Signin.Unban(ctx, u.Id)
			})
		},
	}
	to.flags(c)
	return c
}

// change does something with one user and tells that it is done.
func (r *run) change(c *cobra.Command, to target, act change) error {
	ctx := c.Context()
	service, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer service.Close()
	subject, err := find(ctx, service.Accounts, service.Config.Sms.DefaultRegion, to)
	if err != nil {
		return err
	}
	if err := act(reqctx.WithActor(ctx, actor()), service, subject); err != nil {
		return err
	}
	fmt.Fprintf(r.Out, "%s: user %d\n", c.Name(), subject.Id)
	return nil
}

// actor is who runs a command, as the audit trail keeps it.
func actor() string {
	name, host := "unknown", "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	return "cli:" + name + "@" + host
}

type change func(context.Context, *svc.ServiceContext, *model.User) error

// find reads the one name given, as the service would.
func find(ctx context.Context, accounts *account.Accounts, region string, to target) (*model.User, error) {
	user, err := lookUp(ctx, accounts, region, to)
	if err == nil && user == nil {
		err = errors.New("there is no such user")
	}
	return user, err
}

func lookUp(ctx context.Context, accounts *account.Accounts, region string, to target) (*model.User, error) {
	if to.username != "" {
		name, err := identity.ParseUsername(to.username)
		if err != nil {
			return nil, err
		}
		return accounts.ByUsername(ctx, name)
	}
	address, err := identity.ParseEmail(to.email)
	if to.phone != "" {
		address, err = identity.ParsePhone(to.phone, region)
	}
	if held, ok := identity.ParseHeld(to.phone); err != nil && ok {
		address, err = held, nil
	}
	if err != nil {
		return nil, err
	}
	return accounts.ByAddress(ctx, address)
}

// open opens the stores beside a process that may be serving.
func (r *run) open(ctx context.Context) (*svc.ServiceContext, error) {
	c, err := config.Load(r.file)
	if err != nil {
		return nil, err
	}
	if err := c.FillSecrets(r.Rand); err != nil {
		return nil, err
	}
	return svc.NewServiceContext(ctx, c, svc.Options{Rand: r.Rand, Beside: true})
}
