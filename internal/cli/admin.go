// Package cli is what user.go does besides serving: commands for the operator,
// beside a running service or without one.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/user"
	"time"

	"user-api/internal/account"
	"user-api/internal/config"
	"user-api/internal/identity"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/model"
)

// Usage is what Admin understands.
const Usage = `usage: user.go admin grant --role ROLE (--phone N | --email A | --username U) [-f FILE]
       user.go admin ban|unban        (--phone N | --email A | --username U) [-f FILE]
       user.go admin prune            [-f FILE]`

// ErrUsage is returned, with what was wrong, for words Admin does not understand.
var ErrUsage = errors.New(Usage)

// target says which user is meant, as the flags do.
type target struct {
	file, phone, email, username, role string
}

// Admin changes one user: `grant` gives a role, which is how the first
// administrator comes to be, `ban` ends every session and keeps the user out,
// `unban` lets them in again; a running service follows within seconds. Or, with
// `prune`, it deletes records that are old enough.
func Admin(ctx context.Context, args []string, out io.Writer, rand io.Reader) error {
	if len(args) == 0 {
		return ErrUsage
	}
	if args[0] == "prune" {
		return prune(ctx, args[1:], out, rand)
	}
	var to target
	flags := flag.NewFlagSet("admin "+args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&to.file, "f", "etc/user-api.yaml", "the configuration file")
	flags.StringVar(&to.phone, "phone", "", "the user's phone number")
	flags.StringVar(&to.email, "email", "", "the user's e-mail address")
	flags.StringVar(&to.username, "username", "", "the user's name")
	flags.StringVar(&to.role, "role", "", "the role to grant")
	if err := flags.Parse(args[1:]); err != nil || flags.NArg() > 0 || !to.one() {
		return ErrUsage
	}
	act, err := action(args[0], to)
	if err != nil {
		return err
	}
	service, err := open(ctx, to.file, rand)
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
	fmt.Fprintf(out, "%s: user %d\n", args[0], subject.Id)
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

// one reports whether exactly one name is given.
func (to target) one() bool {
	given := 0
	for _, name := range []string{to.phone, to.email, to.username} {
		if name != "" {
			given++
		}
	}
	return given == 1
}

type change func(context.Context, *svc.ServiceContext, *model.User) error

func action(name string, to target) (change, error) {
	switch {
	case name == "grant" && (to.role == model.RoleAdmin || to.role == model.RoleUser):
		return func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
			return s.Signin.SetRole(ctx, u.Id, to.role)
		}, nil
	case name == "ban" && to.role == "":
		return func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
			return s.Signin.Ban(ctx, u.Id, "by the operator", time.Time{})
		}, nil
	case name == "unban" && to.role == "":
		return func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
			return s.Signin.Unban(ctx, u.Id)
		}, nil
	default:
		return nil, ErrUsage
	}
}

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

func open(ctx context.Context, file string, rand io.Reader) (*svc.ServiceContext, error) {
	c, err := config.Load(file)
	if err != nil {
		return nil, err
	}
	if err := c.FillSecrets(rand); err != nil {
		return nil, err
	}
	return svc.NewServiceContext(ctx, c, svc.Options{Rand: rand, Beside: true})
}
