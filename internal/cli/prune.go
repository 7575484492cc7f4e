package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
)

// prune deletes events and timelines that are older than the configuration keeps
// them, as a database user who may: the service's own need not have that right.
func prune(ctx context.Context, args []string, out io.Writer, rand io.Reader) error {
	flags := flag.NewFlagSet("admin prune", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	file := flags.String("f", "etc/user-api.yaml", "the configuration file")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return ErrUsage
	}
	service, err := open(ctx, *file, rand)
	if err != nil {
		return err
	}
	defer service.Close()
	events, steps, err := service.PruneRecords(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "prune: %d events, %d steps of messages\n", events, steps)
	return nil
}
