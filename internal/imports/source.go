package imports

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Formats of a file.
const (
	CSV       Format = "csv"   // with a header
	JSONLines Format = "jsonl" // one object per line
	JSON      Format = "json"  // a document with a list of objects
)

// maxRecord is the maximum size of a record in bytes.
const maxRecord = 1 << 20

type (
	// Format is a file format.
	Format string

	// Record is a record of the source.
	Record struct {
		// Line is the line where it begins; in a JSON document, the number of the record.
		Line int
		// Fields are strings in a CSV file. In JSON they are decoded by encoding/json, with
		// json.Number for numbers.
		Fields map[string]any
	}

	// source reads records until io.EOF. After a *Refusal, which concerns one record, reading
	// can continue; after any other error it cannot.
	source interface {
		next() (Record, error)
		// offset returns the number of bytes read.
		offset() int64
	}

	counted struct {
		io.Reader
		read int64
	}
)

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read += int64(n)
	return n, err
}

func (c *counted) offset() int64 { return c.read }

// open opens a file for reading. It skips a byte order mark at the beginning.
func open(r io.Reader, format Format, records string) (source, error) {
	count := &counted{Reader: r}
	in := bufio.NewReaderSize(count, 64<<10)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		_, _ = in.Discard(3) // cannot fail after Peek
	}
	switch format {
	case CSV:
		return openCSV(in, count)
	case JSONLines:
		return &lines{counted: count, in: in}, nil
	case JSON:
		return openDocument(in, count, records)
	}
	return nil, fmt.Errorf("imports: unknown format %q: csv, jsonl or json", format)
}

// lines reads JSON lines. It skips empty lines.
type lines struct {
	*counted
	in   *bufio.Reader
	line int
}

func (l *lines) next() (Record, error) {
	for {
		l.line++
		text, err := l.read()
		switch {
		case err != nil:
			return Record{}, err
		case len(bytes.TrimSpace(text)) == 0:
			continue
		}
		fields, err := object(text)
		if err != nil {
			return Record{}, refusedAt(l.line, err)
		}
		return Record{l.line, fields}, nil
	}
}

// read reads a line. It holds no more than maxRecord bytes.
func (l *lines) read() ([]byte, error) {
	var text []byte
	long := false
	for {
		part, err := l.in.ReadSlice('\n')
		if long = long || len(text)+len(part) > maxRecord; !long {
			text = append(text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(text) == 0 && !long:
			return nil, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, fmt.Errorf("imports: line %d: %w", l.line, err)
		case long:
			return nil, &Refusal{Line: l.line, Reason: ReasonTooLong, Detail: fmt.Sprintf("more than %d bytes", maxRecord)}
		}
		return text, nil
	}
}

// listed reads the list of a JSON document, one object at a time.
type listed struct {
	*counted
	in     *json.Decoder
	limit  *limited
	number int
}

// limited limits reading to the size of a record beyond the bytes already consumed.
type limited struct {
	io.Reader
	read, most int64
}

var errLong = fmt.Errorf("a record of more than %d bytes", maxRecord)

func (l *limited) Read(p []byte) (int, error) {
	if l.read > l.most {
		return 0, errLong
	}
	n, err := l.Reader.Read(p)
	l.read += int64(n)
	return n, err
}

// allow permits a record that begins at an offset.
func (l *limited) allow(offset int64) { l.most = offset + maxRecord }

// openDocument seeks the list, which is the document itself or a member of it.
func openDocument(r io.Reader, count *counted, records string) (source, error) {
	limit := &limited{Reader: r, most: maxRecord}
	d := &listed{counted: count, in: json.NewDecoder(limit), limit: limit}
	at, err := d.in.Token()
	if records != "" && at == json.Delim('{') {
		for err == nil && d.in.More() {
			var key json.Token
			if key, err = d.in.Token(); err != nil || key == records {
				break
			}
			var other json.RawMessage
			err = d.in.Decode(&other)
			limit.allow(d.in.InputOffset())
		}
		if err == nil {
			at, err = d.in.Token()
		}
	}
	if err == nil && at != json.Delim('[') {
		err = errors.New("there is no such list")
	}
	if err != nil {
		return nil, fmt.Errorf("imports: the list %q of the JSON document: %w", records, err)
	}
	return d, nil
}

func (d *listed) next() (Record, error) {
	d.number++
	d.limit.allow(d.in.InputOffset())
	if !d.in.More() {
		if _, err := d.in.Token(); err != nil { // the end of the list, or a truncated file
			return Record{}, fmt.Errorf("imports: after record %d: %w", d.number-1, whole(err))
		}
		return Record{}, io.EOF
	}
	var text json.RawMessage
	if err := d.in.Decode(&text); err != nil {
		return Record{}, fmt.Errorf("imports: record %d: %w", d.number, whole(err))
	}
	fields, err := object(text)
	if err != nil {
		return Record{}, refusedAt(d.number, err)
	}
	return Record{d.number, fields}, nil
}

// whole turns io.EOF into io.ErrUnexpectedEOF.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func refusedAt(line int, err error) error {
	return &Refusal{Line: line, Reason: ReasonMalformed, Detail: err.Error()}
}

// table reads CSV (RFC 4180). Bad quoting in a record makes everything after it ambiguous and
// ends the import.
type table struct {
	*counted
	in      *csv.Reader
	limit   *limited
	columns []string
}

func openCSV(r io.Reader, count *counted) (source, error) {
	limit := &limited{Reader: r, most: maxRecord}
	t := &table{counted: count, in: csv.NewReader(limit), limit: limit}
	t.in.FieldsPerRecord, t.in.ReuseRecord = -1, true
	header, err := t.in.Read()
	if err != nil {
		return nil, fmt.Errorf("imports: the header of the CSV file: %w", whole(err))
	}
	t.columns = slices.Clone(header)
	sorted := slices.Sorted(slices.Values(header))
	for i, name := range sorted {
		if name == "" || !utf8.ValidString(name) || i > 0 && name == sorted[i-1] {
			return nil, fmt.Errorf("imports: the header of the CSV file: column %q is empty, not UTF-8, or a duplicate", name)
		}
	}
	return t, nil
}

func (t *table) next() (Record, error) {
	t.limit.allow(t.in.InputOffset())
	values, err := t.in.Read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return Record{}, io.EOF
		}
		return Record{}, fmt.Errorf("imports: the CSV file cannot be read any further: %w", err)
	}
	line, _ := t.in.FieldPos(0)
	if len(values) != len(t.columns) {
		return Record{}, refusedAt(line, fmt.Errorf("%d fields, but the header has %d", len(values), len(t.columns)))
	}
	fields := make(map[string]any, len(values))
	for i, value := range values {
		if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
			return Record{}, refusedAt(line, fmt.Errorf("column %q is not UTF-8 or contains a NUL", t.columns[i]))
		}
		fields[t.columns[i]] = strings.Clone(value)
	}
	return Record{line, fields}, nil
}
