package cli

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"user-api/internal/address"
	"user-api/internal/reqctx"
	"user-api/internal/signin"
)

// generatedPassword is how many random bytes a made password has: 20 characters.
const generatedPassword = 15

// newcomer is an account that is to be made, as the flags say.
type newcomer struct {
	phone, email, username string
	// stdin says that the password is read, generate that it is made.
	stdin, generate bool
}

// created is how a new account is told to a program.
type created struct {
	deed
	// Password is shown this once.
	Password string `json:"password,omitempty"`
}

func (r *run) userCreateCommand() *cobra.Command {
	var n newcomer
	c := &cobra.Command{
		Use:   "create",
		Short: "Make an account",
		Long: `create makes an account with any of a phone number, an e-mail address and a username.
Whoever has the number or the address signs in by a code; a username needs a password,
which is read from stdin or made and shown this once. It is never an argument, which
others on the machine could see. Usernames that are reserved may be given.`,
		Example: "  user-api user create --phone +919812345678\n" +
			"  user-api user create --username ann --generate-password\n" +
			"  user-api user create --username ann --password-stdin < password.txt",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if n.username != "" && n.phone == "" && n.email == "" && !n.stdin && !n.generate {
				return misused("create: nobody can sign in with a username alone: say --password-stdin or --generate-password")
			}
			return r.createUser(c.Context(), n)
		},
	}
	c.Flags().StringVar(&n.phone, "phone", "", "the phone number")
	c.Flags().StringVar(&n.email, "email", "", "the e-mail address")
	c.Flags().StringVar(&n.username, "username", "", "the username")
	c.Flags().BoolVar(&n.stdin, "password-stdin", false, "read the password from the first line of stdin")
	c.Flags().BoolVar(&n.generate, "generate-password", false, "make a password and print it")
	c.MarkFlagsOneRequired("phone", "email", "username")
	c.MarkFlagsMutuallyExclusive("password-stdin", "generate-password")
	r.jsonFlag(c)
	return c
}

func (r *run) createUser(ctx context.Context, n newcomer) error {
	password, err := r.newPassword(ctx, n)
	if err != nil {
		return err
	}
	service, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer service.Close()
	named, err := n.parse(service.Config.Sms.DefaultRegion)
	if err != nil {
		return err
	}
	named.Password = password
	user, err := service.Signin.CreateUser(reqctx.WithActor(ctx, actor()), named)
	if err != nil {
		return err
	}
	told, shown := fmt.Sprintf("create: user %d\n", user.Id), created{deed: deed{ID: user.Id, Done: "create"}}
	if n.generate {
		told, shown.Password = told+"password: "+password+"\n", password
	}
	return r.print(told, shown)
}

// newPassword is the one to be given, "" for none.
func (r *run) newPassword(ctx context.Context, n newcomer) (string, error) {
	switch {
	case n.stdin:
		line, err := r.readLine(ctx)
		if err != nil || line == "" {
			return "", errors.Join(errors.New("create: no password came from stdin"), err)
		}
		return line, nil
	case n.generate:
		raw := make([]byte, generatedPassword)
		if _, err := io.ReadFull(r.Rand, raw); err != nil {
			return "", fmt.Errorf("create: make a password: %w", err)
		}
		return base64.RawURLEncoding.EncodeToString(raw), nil
	}
	return "", nil
}

func (n newcomer) parse(region string) (named signin.NewUser, err error) {
	if n.phone != "" {
		if named.Phone, err = address.ParsePhone(n.phone, region); err != nil {
			return named, err
		}
	}
	if n.email != "" {
		if named.Email, err = address.ParseEmail(n.email); err != nil {
			return named, err
		}
	}
	if n.username != "" {
		named.Username, err = address.ParseUsername(n.username)
	}
	return named, err
}
