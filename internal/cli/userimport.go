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
	"user-api/internal/svc"
)

// importOptions are the flags of import.
type importOptions struct {
	from, mapping, format, hashConfig, refused, region string
	proven                                             []string
	dry, admins                                        bool
}

func (r *run) userImportCommand() *cobra.Command {
	var i importOptions
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Import the users of another system",
		Long: `import creates accounts from the records of a file: CSV with a header, JSON lines, or a
JSON document with a list. --from names the source system: ` + strings.Join(imports.BuiltIn(), ", ") + `;
alternatively --mapping names a file that maps the fields (docs/import.md). Passwords keep
working and are rehashed at the first sign-in.

It may be interrupted at any point and run again: imported records are skipped. It never
changes an existing account. A record with an invalid part is refused as a whole. Addresses
that the file does not mark as verified are left out, unless --proven includes them.`,
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
	c.Flags().StringVar(&i.from, "from", "", "the source system")
	c.Flags().StringVar(&i.mapping, "mapping", "", "a file that maps the fields of a record")
	c.Flags().StringVar(&i.format, "format", "", "csv, jsonl or json; default: from the mapping or the file name")
	c.Flags().StringVar(&i.hashConfig, "hash-config", "", "a file with the password hash parameters of a Firebase project")
	c.Flags().StringVar(&i.region, "region", "", "the country of national numbers")
	c.Flags().StringSliceVar(&i.proven, "proven", nil, "treat addresses as verified: email, phone")
	c.Flags().StringVar(&i.refused, "refused", "", "write the reasons for refused records to a file, as JSON lines")
	c.Flags().BoolVar(&i.dry, "dry-run", false, "check every record and write nothing")
	c.Flags().BoolVar(&i.admins, "allow-admins", false, "import administrator roles")
	c.MarkFlagsMutuallyExclusive("from", "mapping")
	c.MarkFlagsOneRequired("from", "mapping")
	_ = c.RegisterFlagCompletionFunc("from", cobra.FixedCompletions(imports.BuiltIn(), cobra.ShellCompDirectiveNoFileComp))
	r.jsonFlag(c)
	return c
}

// read returns the mapping, extended by the flags.
func (i importOptions) read() (m imports.Mapping, err error) {
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

// formatOf returns the format of a file: from the flag, the file extension or the mapping.
// The extension .json yields to the mapping, because JSON lines files often have it.
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

func (r *run) importUsers(ctx context.Context, name string, i importOptions, m imports.Mapping) (err error) {
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
	return r.withService(ctx, func(ctx context.Context, s *svc.ServiceContext) error {
		const unit = 1 << 10
		progress := r.progress("KiB read")
		importer := imports.New(imports.Options{
			Accounts: s.Accounts, Passwords: s.Signin.Passwords, Reserved: s.Signin.Reserved, Rows: s.Audit.Rows,
			Now: s.Now, Region: s.Config.Sms.DefaultRegion, Workers: runtime.GOMAXPROCS(0),
		})
		summary, err := importer.Import(ctx, imports.Run{
			Mapping: m, Format: formatOf(name, m, i.format != ""), Input: file, DryRun: i.dry, AllowAdmins: i.admins, Refuse: refuse,
			Progress: func(read int64) { progress.at(int(read/unit), int(about.Size()/unit)) },
		})
		progress.done()
		if printed := r.print(importSummary(summary, i), summary); printed != nil {
			return errors.Join(err, printed)
		}
		if err != nil {
			return fmt.Errorf("the import is not complete; run the same command to continue: %w", err)
		}
		return nil
	})
}

// refusals returns a function that writes refusals to a new file; with "" it writes none.
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

func importSummary(s imports.Summary, i importOptions) string {
	var b strings.Builder
	verb := "imported"
	if i.dry {
		verb = "to be imported"
	}
	fmt.Fprintf(&b, "%d records: %d %s, %d imported before, %d deleted in the source, %d refused\n", s.Records, s.Imported, verb, s.Before, s.Deleted, s.Refused)
	for _, reason := range slices.Sorted(maps.Keys(s.Reasons)) {
		fmt.Fprintf(&b, "  refused, %s: %d\n", reason, s.Reasons[reason])
	}
	if s.Refused > 0 && i.refused == "" {
		b.WriteString("  --refused FILE lists them\n")
	}
	if s.Unproven > 0 {
		fmt.Fprintf(&b, "%d unverified addresses are left out; --proven email,phone treats them as verified\n", s.Unproven)
	}
	if s.WithoutPassword > 0 {
		fmt.Fprintf(&b, "%d without a password\n", s.WithoutPassword)
	}
	for _, effort := range slices.Sorted(maps.Keys(s.Hashes)) {
		if effort != "" {
			fmt.Fprintf(&b, "%d hashes with the cost %s: every password sign-in takes as long until the last one is replaced\n", s.Hashes[effort], effort)
		}
	}
	if len(s.Unused) > 0 {
		fmt.Fprintf(&b, "fields that are not imported: %s\n", strings.Join(s.Unused, ", "))
	}
	return b.String()
}
