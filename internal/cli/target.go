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

// errNobody is returned for a name that nobody has.
var errNobody = errors.New("there is no such user")

// target says which user is meant, as the flags do.
type target struct {
	id                     int64
	phone, email, username string
}

// flags gives c the flags that name a user, of which it takes exactly one.
func (to *target) flags(c *cobra.Command) {
	c.Flags().Int64Var(&to.id, "id", 0, "the user's id")
	c.Flags().StringVar(&to.phone, "phone", "", "the user's phone number")
	c.Flags().StringVar(&to.email, "email", "", "the user's e-mail address")
	c.Flags().StringVar(&to.username, "username", "", "the user's name")
	names := []string{"id", "phone", "email", "username"}
	c.MarkFlagsOneRequired(names...)
	c.MarkFlagsMutuallyExclusive(names...)
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

// withUser does something to the one user that is named, in the operator's name.
func (r *run) withUser(ctx context.Context, to target, do func(context.Context, *svc.ServiceContext, *model.User) error) error {
	service, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer service.Close()
	subject, err := find(ctx, service.Accounts, service.Config.Sms.DefaultRegion, to)
	if err != nil {
		return err
	}
	return do(reqctx.WithActor(ctx, actor()), service, subject)
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

// find reads the one name given, as the service would.
func find(ctx context.Context, accounts *account.Accounts, region string, to target) (*model.User, error) {
	user, err := lookUp(ctx, accounts, region, to)
	if apperr.Is(err, apperr.SessionEnded) || err == nil && user == nil {
		return nil, errNobody
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
	if held, ok := address.ParseHeld(to.phone); err != nil && ok {
		addr, err = held, nil
	}
	if err != nil {
		return nil, err
	}
	return accounts.ByAddress(ctx, addr)
}
