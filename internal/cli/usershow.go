package cli

import (
	"bufio"
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
	"user-api/model"
)

func (r *run) userShowCommand() *cobra.Command {
	var to target
	c := &cobra.Command{
		Use:   "show",
		Short: "Show an account and its sessions",
		Long: `show prints an account and its sessions. With --json it prints what
GET /admin/users/:id answers. The audit trail keeps that it was looked at.`,
		Example: "  user-api user show --phone +919812345678 --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withUser(c.Context(), to, func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
				shown, err := present.OneUser(ctx, s.Accounts.CurrentDocuments, s.Now())(s.Signin.User(ctx, u.Id))
				if err != nil {
					return err
				}
				return r.print(describe(*shown), *shown)
			})
		},
	}
	to.flags(c)
	r.jsonFlag(c)
	return c
}

func (r *run) userSessionsCommand() *cobra.Command {
	var to target
	var end string
	var endAll bool
	c := &cobra.Command{
		Use:   "sessions",
		Short: "List the sessions of a user, or end them",
		Long: `sessions lists the sessions of a user that have not ended. --end ends one of them,
--end-all ends all and makes open codes void. Those of everybody end with sessions end.`,
		Example: "  user-api user sessions --username ann\n  user-api user sessions --username ann --end-all",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withUser(c.Context(), to, func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
				switch {
				case end != "":
					if err := s.Signin.EndUserSession(ctx, u.Id, end); err != nil {
						return err
					}
					return r.tellDeed("end", u.Id)
				case endAll:
					if err := s.Signin.EndSessions(ctx, u.Id); err != nil {
						return err
					}
					return r.tellDeed("end-all", u.Id)
				}
				_, sessions, err := s.Signin.User(ctx, u.Id)
				if err != nil {
					return err
				}
				list := types.SessionsResp{Sessions: present.Sessions(sessions, "")}
				return r.print(table(list.Sessions), list)
			})
		},
	}
	to.flags(c)
	r.jsonFlag(c)
	c.Flags().StringVar(&end, "end", "", "the id of a session to end")
	c.Flags().BoolVar(&endAll, "end-all", false, "end all of them")
	c.MarkFlagsMutuallyExclusive("end", "end-all")
	return c
}

func (r *run) userExportCommand() *cobra.Command {
	var to target
	c := &cobra.Command{
		Use:   "export",
		Short: "Print all that is held about a user",
		Long: `export prints all that is held about a user, as JSON: what GET /user/export gives to
the user. It is written while it is read: only a document that ends in "complete":true
is whole.`,
		Example: "  user-api user export --email ann@example.com > ann.json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withUser(c.Context(), to, func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
				out := bufio.NewWriter(r.Out)
				if err := s.Signin.ExportUser(ctx, u.Id, out); err != nil {
					return err
				}
				return out.Flush()
			})
		},
	}
	to.flags(c)
	r.jsonFlag(c) // it is JSON in any case
	return c
}

// describe prints an account for people.
func describe(u types.AdminUser) string {
	lines := [][2]string{
		{"id", strconv.FormatInt(u.Id, 10)}, {"username", u.Username}, {"phone", u.Phone}, {"e-mail", u.Email},
		{"display name", u.DisplayName}, {"locale", u.Locale},
		{"role", u.Role}, {"status", u.Status}, {"anonymous", map[bool]string{true: "yes"}[u.Anonymous]}, {"banned for", u.BanReason}, {"banned until", at(u.BanUntil)}, {"made", at(u.CreatedAt)},
	}
	var b strings.Builder
	for _, line := range lines {
		if line[1] != "" {
			fmt.Fprintf(&b, "%-13s %s\n", line[0], printable(line[1]))
		}
	}
	return b.String() + "\n" + table(u.Sessions)
}

// table prints sessions for people.
func table(list []types.SessionInfo) string {
	if len(list) == 0 {
		return "no session\n"
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "session\tmade (UTC)\tlast used (UTC)\taddress\tby")
	for _, s := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.Id, at(s.CreatedAt), at(s.LastUsedAt), s.Ip, printable(s.UserAgent))
	}
	_ = w.Flush() // a strings.Builder takes everything
	return b.String()
}

// at is a time in Unix seconds for people; 0 is none.
func at(seconds int64) string {
	if seconds == 0 {
		return ""
	}
	return time.Unix(seconds, 0).UTC().Format(minute)
}

// printable is a text that others have written, as a terminal may have it.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return '?'
		}
		return c
	}, text)
}
