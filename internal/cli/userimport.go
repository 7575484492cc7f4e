package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"user-api/internal/imports"
	"user-api/internal/reqctx"
)

// importing is what is imported, and how, as the flags say.
type importing struct {
	from, mapping, format, hashConfig, refused, region string
	proven                                             []string
	dry, admins                                        bool
}

func (r *run) userImportCommand() *cobra.Command {
	var i importing
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Make accounts of the users of another system",
		Long: `import makes accounts of the records of a file: CSV with a header, JSON lines, or a JSON
document with a list. --from says which system it comes from: ` + strings.Join(imports.BuiltIn(), ", ") + `;
or --mapping names a file that says which field is what (docs/import.md). Passwords go
on to work, and are hashed anew at the first sign-in.

It may be interrupted at any point and run again: what is imported is passed over. It
never changes an account. A record that cannot be taken as it is, is refused as a whole.
Addresses that the file does not say to be proven are left out, unless --proven says so.`,
		Example: "  user-api user import --from supabase --dry-run --refused refused.jsonl users.csv\n" +
			"  user-api user import --from firebase --hash-config hash_config.txt users.json\n" +
			"  user-api user import --mapping shop.yaml --proven email customers.csv",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			mapping, err := i.read()
			if err != nil {
				return err
			}
			return r.importUsers(c.Context(), args[0], i, mapping)
		},
	}
	c.Flags().StringVar(&i.from, "from", "", "the system that the file comes from")
	c.Flags().StringVar(&i.mapping, "mapping", "", "a file that says which field of a record is what")
	c.Flags().StringVar(&i.format, "format", "", "csv, jsonl or json; without it, as the mapping or the name of the file says")
	c.Flags().StringVar(&i.hashConfig, "hash-config", "", "a file with the password hash parameters of a Firebase project")
	c.Flags().StringVar(&i.region, "region", "", "the country of national numbers")
	c.Flags().StringSliceVar(&i.proven, "proven", nil, "take addresses for proven: email, phone")
	c.Flags().StringVar(&i.refused, "refused", "", "write why records are refused to a file, as JSON lines")
	c.Flags().BoolVar(&i.dry, "dry-run", false, "look at every record and write nothing")
	c.Flags().BoolVar(&i.admins, "allow-admins", false, "take over who is an administrator")
	c.MarkFlagsMutuallyExclusive("from", "mapping")
	c.MarkFlagsOneRequired("from", "mapping")
	_ = c.RegisterFlagCompletionFunc("from", cobra.FixedCompletions(imports.BuiltIn(), cobra.ShellCompDirectiveNoFileComp))
	r.jsonFlag(c)
	return c
}

// read is the mapping with what the flags add to it.
func (i importing) read() (m imports.Mapping, err error) {
	if i.mapping != "" {
		data, err := os.ReadFile(i.mapping)
		if err != nil {
			return m, err
		}
		if m, err = imports.ReadMapping(data); err != nil {
			return m, err
		}
	} else if m, err = imports.Named(i.from); err != nil {
		return m, misuse{err}
	}
	if i.hashConfig != "" {
		data, err := os.ReadFile(i.hashConfig)
		if err != nil {
			return m, err
		}
		if m.Hash.Firebase, err = imports.ReadHashConfig(data); err != nil {
			return m, err
		}
	}
	if i.region != "" {
		m.Region = i.region
	}
	if i.format != "" {
		m.Format = imports.Format(i.format)
	}
	m.Proven = append(m.Proven, i.proven...)
	if err := m.Check(); err != nil {
		return m, misuse{err}
	}
	return m, nil
}

// formatOf is the format of a file: what was given, or what the end of its name says,
// or what the mapping does. That of .json says less than a mapping, as JSON lines are
// often called so.
func formatOf(file string, m imports.Mapping, given bool) imports.Format {
	if given {
		return m.Format
	}
	switch strings.ToLower(filepath.Ext(file)) {
	case ".csv":
		return imports.CSV
	case ".jsonl", ".ndjson":
		return imports.JSONLines
	}
	return cmp.Or(m.Format, imports.JSON)
}

func (r *run) importUsers(ctx context.Context, name string, i importing, m imports.Mapping) (err error) {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		return err
	}
	refuse, end, err := refusals(i.refused)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	service, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer service.Close()
	const unit = 1 << 10
	progress := r.progress("KiB read")
	importer := imports.New(imports.Options{
		Accounts: service.Accounts, Passwords: service.Signin.Passwords, Reserved: service.Signin.Reserved, Rows: service.Audit.Rows,
		Now: service.Now, Region: service.Config.Sms.DefaultRegion, Workers: runtime.GOMAXPROCS(0),
	})
	summary, err := importer.Import(reqctx.WithActor(ctx, actor()), imports.Run{
		Mapping: m, Format: formatOf(name, m, i.format != ""), Input: file, DryRun: i.dry, AllowAdmins: i.admins, Refuse: refuse,
		Progress: func(read int64) { progress.at(int(read/unit), int(about.Size()/unit)) },
	})
	progress.done()
	if told := r.print(importSummary(summary, i), summary); told != nil {
		return errors.Join(err, told)
	}
	if err != nil {
		return fmt.Errorf("the import is not done; the same command goes on: %w", err)
	}
	return nil
}

// refusals writes refusals to a file, which is made anew; "" writes none.
func refusals(name string) (refuse func(imports.Refusal) error, end func() error, err error) {
	if name == "" {
		return func(imports.Refusal) error { return nil }, func() error { return nil }, nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	lines := json.NewEncoder(file)
	lines.SetEscapeHTML(false)
	return func(r imports.Refusal) error { return lines.Encode(r) }, file.Close, nil
}

func importSummary(s imports.Summary, i importing) string {
	var b strings.Builder
	did := "imported"
	if i.dry {
		did = "to be imported"
	}
	fmt.Fprintf(&b, "%d records: %d %s, %d imported before, %d deleted in the source, %d refused\n", s.Records, s.Imported, did, s.Before, s.Deleted, s.Refused)
	for _, reason := range slices.Sorted(maps.Keys(s.Reasons)) {
		fmt.Fprintf(&b, "  refused, %s: %d\n", reason, s.Reasons[reason])
	}
	if s.Refused > 0 && i.refused == "" {
		b.WriteString("  --refused FILE tells which\n")
	}
	if s.Unproven > 0 {
		fmt.Fprintf(&b, "%d addresses are not proven and left out; --proven email,phone takes them for proven\n", s.Unproven)
	}
	if s.WithoutPassword > 0 {
		fmt.Fprintf(&b, "%d without a password\n", s.WithoutPassword)
	}
	for _, effort := range slices.Sorted(maps.Keys(s.Hashes)) {
		if effort != "" {
			fmt.Fprintf(&b, "%d hashes of the effort %s: every sign-in by password takes its time until the last is replaced\n", s.Hashes[effort], effort)
		}
	}
	if len(s.Unused) > 0 {
		fmt.Fprintf(&b, "fields that are not imported: %s\n", strings.Join(s.Unused, ", "))
	}
	return b.String()
}
