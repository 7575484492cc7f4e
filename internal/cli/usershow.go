package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
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
		Long: `show prints an account and its sessions. With --json it prints the response of
GET /admin/users/:id. The audit trail records the access.`,
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
		Long: `sessions lists the active sessions of a user. --end ends one of them, --end-all ends all
and voids open codes. Use sessions end for the sessions of all users.`,
		Example: "  user-api user sessions --username ann\n  user-api user sessions --username ann --end-all",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withUser(c.Context(), to, func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
				switch {
				case end != "":
					if err := s.Signin.EndUserSession(ctx, u.Id, end); err != nil {
						return err
					}
					return r.printResult("end", u.Id)
				case endAll:
					if err := s.Signin.EndSessions(ctx, u.Id); err != nil {
						return err
					}
					return r.printResult("end-all", u.Id)
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
	c.Flags().StringVar(&end, "end", "", "the ID of a session to end")
	c.Flags().BoolVar(&endAll, "end-all", false, "end all of them")
	c.MarkFlagsMutuallyExclusive("end", "end-all")
	return c
}

func (r *run) userExportCommand() *cobra.Command {
	var to target
	c := &cobra.Command{
		Use:   "export",
		Short: "Print all data about a user",
		Long: `export prints all data about a user as JSON, like GET /user/export. The output is
streamed: only a document that ends in "complete":true is complete.`,
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
	r.jsonFlag(c) // the output is always JSON
	return c
}

// describe formats an account for people.
func describe(u types.AdminUser) string {
	lines := [][2]string{
		{"id", strconv.FormatInt(u.Id, 10)}, {"username", u.Username}, {"phone", u.Phone}, {"email", u.Email},
		{"display name", u.DisplayName}, {"locale", u.Locale},
		{"role", u.Role}, {"status", u.Status}, {"anonymous", map[bool]string{true: "yes"}[u.Anonymous]}, {"banned for", u.BanReason}, {"banned until", at(u.BanUntil)}, {"created", at(u.CreatedAt)},
	}
	var b strings.Builder
	for _, line := range lines {
		if line[1] != "" {
			fmt.Fprintf(&b, "%-13s %s\n", line[0], printable(line[1]))
		}
	}
	return b.String() + "\n" + table(u.Sessions)
}

// table formats sessions for people.
func table(list []types.SessionInfo) string {
	if len(list) == 0 {
		return "no sessions\n"
	}
	return aligned(func(w io.Writer) {
		fmt.Fprintln(w, "session\tcreated (UTC)\tlast used (UTC)\taddress\tuser agent")
		for _, s := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.Id, at(s.CreatedAt), at(s.LastUsedAt), s.Ip, printable(s.UserAgent))
		}
	})
}

// aligned returns what write writes with its tab-separated columns aligned.
func aligned(write func(w io.Writer)) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	write(w)
	_ = w.Flush() // a strings.Builder accepts all writes
	return text.String()
}

// at formats a Unix time in seconds; 0 is "".
func at(seconds int64) string {
	if seconds == 0 {
		return ""
	}
	return time.Unix(seconds, 0).UTC().Format(minute)
}

// printable replaces characters of untrusted text that could affect a terminal.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return '?'
		}
		return c
	}, text)
}
