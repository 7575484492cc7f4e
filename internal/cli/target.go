package cli

import (
	"context"
	"errors"
	"os"
	"os/user"

	"github.com/spf13/cobra"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/config"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/model"
)

// errNoUser means that no user has the given name.
var errNoUser = errors.New("there is no such user")

// target is the user that the flags name.
type target struct {
	id                     int64
	phone, email, username string
}

// flags adds the flags that name a user, exactly one of which is required.
func (to *target) flags(c *cobra.Command) {
	c.Flags().Int64Var(&to.id, "id", 0, "the user's ID")
	c.Flags().StringVar(&to.phone, "phone", "", "the user's phone number")
	c.Flags().StringVar(&to.email, "email", "", "the user's email address")
	c.Flags().StringVar(&to.username, "username", "", "the user's name")
	names := []string{"id", "phone", "email", "username"}
	c.MarkFlagsOneRequired(names...)
	c.MarkFlagsMutuallyExclusive(names...)
}

// withService opens the stores next to a process that may be serving, and calls do on behalf
// of the operator.
func (r *run) withService(ctx context.Context, do func(context.Context, *svc.ServiceContext) error) error {
	c, err := config.Load(r.file)
	if err != nil {
		return err
	}
	if err := c.FillSecrets(r.Rand); err != nil {
		return err
	}
	service, err := svc.NewServiceContext(ctx, c, svc.Options{Rand: r.Rand, Secondary: true})
	if err != nil {
		return err
	}
	defer service.Close()
	return do(reqctx.WithActor(ctx, actor()), service)
}

// withUser calls do with the user that to names.
func (r *run) withUser(ctx context.Context, to target, do change) error {
	return r.withService(ctx, func(ctx context.Context, s *svc.ServiceContext) error {
		subject, err := find(ctx, s.Accounts, s.Config.Sms.DefaultRegion, to)
		if err != nil {
			return err
		}
		return do(ctx, s, subject)
	})
}

// actor returns the operator's name for the audit trail.
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

// find returns the user that the flags name, parsed as in a request.
func find(ctx context.Context, accounts *account.Accounts, region string, to target) (*model.User, error) {
	user, err := lookUp(ctx, accounts, region, to)
	if apperr.Is(err, apperr.SessionEnded) || err == nil && user == nil {
		return nil, errNoUser
	}
	return user, err
}

func lookUp(ctx context.Context, accounts *account.Accounts, region string, to target) (*model.User, error) {
	switch {
	case to.id != 0:
		return accounts.Current(ctx, to.id)
	case to.username != "":
		name, err := address.ParseUsername(to.username)
		if err != nil {
			return nil, err
		}
		return accounts.ByUsername(ctx, name)
	}
	addr, err := address.ParseEmail(to.email)
	if to.phone != "" {
		addr, err = address.ParsePhone(to.phone, region)
	}
	if held, ok := address.ParseUnchecked(to.phone); err != nil && ok {
		addr, err = held, nil
	}
	if err != nil {
		return nil, err
	}
	return accounts.ByAddress(ctx, addr)
}
