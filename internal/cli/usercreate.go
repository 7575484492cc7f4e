package cli

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"user-api/internal/address"
	"user-api/internal/signin"
	"user-api/internal/svc"
)

// generatedPassword is the number of random bytes in a generated password: 20 characters.
const generatedPassword = 15

// newAccount is the account to create, as the flags say.
type newAccount struct {
	phone, email, username string
	// stdin means that the password is read, generate that it is generated.
	stdin, generate bool
}

// created is the JSON output.
type created struct {
	userResult
	// Password is shown only here.
	Password string `json:"password,omitempty"`
}

func (r *run) userCreateCommand() *cobra.Command {
	var n newAccount
	c := &cobra.Command{
		Use:   "create",
		Short: "Create an account",
		Long: `create creates an account with any of a phone number, an email address and a username.
The owner of the number or the address signs in with a code; a username needs a password,
which is read from stdin or generated and shown once. The password is never an argument,
because other users of the host can read those. Reserved usernames are allowed.`,
		Example: "  user-api user create --phone +919812345678\n" +
			"  user-api user create --username ann --generate-password\n" +
			"  user-api user create --username ann --password-stdin < password.txt",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if n.username != "" && n.phone == "" && n.email == "" && !n.stdin && !n.generate {
				return misused("create: a username alone does not allow sign-in: add --password-stdin or --generate-password")
			}
			return r.createUser(c.Context(), n)
		},
	}
	c.Flags().StringVar(&n.phone, "phone", "", "the phone number")
	c.Flags().StringVar(&n.email, "email", "", "the email address")
	c.Flags().StringVar(&n.username, "username", "", "the username")
	c.Flags().BoolVar(&n.stdin, "password-stdin", false, "read the password from the first line of stdin")
	c.Flags().BoolVar(&n.generate, "generate-password", false, "generate a password and print it")
	c.MarkFlagsOneRequired("phone", "email", "username")
	c.MarkFlagsMutuallyExclusive("password-stdin", "generate-password")
	r.jsonFlag(c)
	return c
}

func (r *run) createUser(ctx context.Context, n newAccount) error {
	password, err := r.newPassword(ctx, n)
	if err != nil {
		return err
	}
	return r.withService(ctx, func(ctx context.Context, s *svc.ServiceContext) error {
		named, err := n.parse(s.Config.Sms.DefaultRegion)
		if err != nil {
			return err
		}
		named.Password = password
		user, err := s.Signin.CreateUser(ctx, named)
		if err != nil {
			return err
		}
		text, shown := fmt.Sprintf("create: user %d\n", user.Id), created{userResult: userResult{ID: user.Id, Done: "create"}}
		if n.generate {
			text, shown.Password = text+"password: "+password+"\n", password
		}
		return r.print(text, shown)
	})
}

// newPassword returns the password to set, or "" for none.
func (r *run) newPassword(ctx context.Context, n newAccount) (string, error) {
	switch {
	case n.stdin:
		line, err := r.readLine(ctx)
		if err != nil || line == "" {
			return "", errors.Join(errors.New("create: stdin contained no password"), err)
		}
		return line, nil
	case n.generate:
		raw := make([]byte, generatedPassword)
		if _, err := io.ReadFull(r.Rand, raw); err != nil {
			return "", fmt.Errorf("create: generate a password: %w", err)
		}
		return base64.RawURLEncoding.EncodeToString(raw), nil
	}
	return "", nil
}

func (n newAccount) parse(region string) (named signin.NewUser, err error) {
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
