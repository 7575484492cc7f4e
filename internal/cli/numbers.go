package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"user-api/internal/account"
	"user-api/internal/identity"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
)

var errNumbersUsage = errors.New(`usage: user.go numbers check                                     [-f FILE]
       user.go numbers migrate [--dry-run] [--country BJ,CI] [-f FILE]`)

// Numbers looks after the numbers that are kept. `check` tells which are in no plan of
// today, or in another spelling than their plan's. `migrate` keeps those of plans that
// have changed in today's spelling, and tells whom it left alone because another user
// has that; with --dry-run it only tells. It may run beside the service, be stopped, and
// be run again.
func Numbers(ctx context.Context, args []string, out io.Writer, rand io.Reader) error {
	if len(args) == 0 || args[0] != "check" && args[0] != "migrate" {
		return errNumbersUsage
	}
	flags := flag.NewFlagSet("numbers "+args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	file := flags.String("f", "etc/user-api.yaml", "the configuration file")
	dry, countries := false, ""
	if args[0] == "migrate" {
		flags.BoolVar(&dry, "dry-run", false, "change nothing")
		flags.StringVar(&countries, "country", "", "only the plans of these countries")
	}
	if err := flags.Parse(args[1:]); err != nil || flags.NArg() > 0 {
		return errNumbersUsage
	}
	plans, err := plansOf(countries)
	if err != nil {
		return err
	}
	service, err := open(ctx, *file, rand)
	if err != nil {
		return err
	}
	defer service.Close()
	ctx, stop := signal.NotifyContext(reqctx.WithActor(ctx, actor()), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if args[0] == "check" {
		s, err := surveyNumbers(ctx, service.Accounts, 0)
		if err == nil {
			fmt.Fprintln(out, s)
		}
		return err
	}
	return migrateNumbers(ctx, service, plans, dry, out)
}

// plansOf are the plans of countries, "" being all.
func plansOf(countries string) ([]identity.Plan, error) {
	if countries == "" {
		return identity.Plans, nil
	}
	var plans []identity.Plan
	for _, country := range strings.Split(countries, ",") {
		i := slices.IndexFunc(identity.Plans, func(p identity.Plan) bool { return strings.EqualFold(p.Country, country) })
		if i < 0 {
			return nil, fmt.Errorf("numbers: no change of the plan of %q is known", country)
		}
		plans = append(plans, identity.Plans[i])
	}
	return plans, nil
}

func migrateNumbers(ctx context.Context, service *svc.ServiceContext, plans []identity.Plan, dry bool, out io.Writer) error {
	did := "changed"
	if dry {
		did = "to be changed"
	}
	for _, plan := range plans {
		done, err := service.Signin.Renumber(ctx, plan, dry)
		fmt.Fprintf(out, "numbers: %s: %d %s, %d left alone\n", plan.Country, done.Changed, did, len(done.Clashes))
		tellClashes(out, done.Clashes)
		if err != nil {
			return fmt.Errorf("numbers: %s is not done, run it again: %w", plan.Country, err)
		}
	}
	return nil
}

func tellClashes(out io.Writer, clashes []account.Clash) {
	for i, c := range clashes {
		if i == shown {
			fmt.Fprintf(out, "  and %d more\n", len(clashes)-shown)
			return
		}
		fmt.Fprintf(out, "  user %d: user %d has %s\n", c.UserID, c.Holder, c.Number)
	}
}
