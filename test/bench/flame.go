package main

import (
	"bufio"
	"bytes"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The measures of a flame graph, in pixels.
const (
	flameWidth = 1200
	flameRow   = 16
	// flameLeast is the narrowest frame that is drawn, flameNamed the narrowest
	// that shows its name.
	flameLeast = 6.0
	flameNamed = 24.0
	flameChar  = 6.5
)

// frame is a function under its callers, with the samples of it and of all that
// it calls.
type frame struct {
	name    string
	samples float64
	calls   map[string]*frame
}

// profile drives a side while its server profiles itself, and writes NAME.pprof
// and NAME.svg.
func (b *bench) profile(s side, name string) error {
	if err := os.MkdirAll(b.profiles, 0o755); err != nil {
		return err
	}
	driven := make(chan error, 1)
	go func() {
		_, err := drive(s.server.addr, s.clients, b.each()+time.Second)
		driven <- err
	}()
	resp, err := http.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", s.server.dev, max(1, int(b.seconds))))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if err := <-driven; err != nil {
		return err
	}
	file := filepath.Join(b.profiles, name+".pprof")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		return err
	}
	traces, err := exec.Command("go", "tool", "pprof", "-traces", b.binary, file).Output()
	if err != nil {
		return fmt.Errorf("bench: go tool pprof: %w", err)
	}
	return os.WriteFile(filepath.Join(b.profiles, name+".svg"), flame(traces), 0o644)
}

// flame draws the text of `go tool pprof -traces`: blocks between dashed lines,
// each a time with the innermost function and then the callers.
func flame(traces []byte) []byte {
	root := &frame{name: "all"}
	var stack []string
	var value float64
	lines := bufio.NewScanner(bytes.NewReader(traces))
	for lines.Scan() {
		line := lines.Text()
		fields := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "-----------+"):
			root.add(stack, value)
			stack, value = nil, 0
		case len(fields) == 0 || !strings.HasPrefix(line, " "):
		case value == 0:
			if d, err := time.ParseDuration(fields[0]); err == nil && len(fields) > 1 {
				value, stack = d.Seconds(), append(stack, fields[1])
			}
		default:
			stack = append(stack, fields[0])
		}
	}
	root.add(stack, value)
	return root.svg()
}

// add counts a stack, innermost first.
func (f *frame) add(stack []string, value float64) {
	f.samples += value
	for _, name := range slices.Backward(stack) {
		if f.calls == nil {
			f.calls = map[string]*frame{}
		}
		if f.calls[name] == nil {
			f.calls[name] = &frame{name: name}
		}
		f = f.calls[name]
		f.samples += value
	}
}

func (f *frame) svg() []byte {
	var body bytes.Buffer
	depth := f.draw(&body, 0, 0, flameWidth/max(f.samples, 1e-9), f.samples)
	height := strconv.Itoa((depth + 1) * flameRow)
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %s" font-family="monospace" font-size="11">`+"\n%s</svg>\n",
		flameWidth, height, body.Bytes())
}

// draw writes a frame and what it calls below it, and returns the lowest row.
func (f *frame) draw(w io.Writer, x float64, row int, scale, all float64) (depth int) {
	width := f.samples * scale
	if width < flameLeast {
		return row
	}
	// One hue per package, so that what belongs together looks alike.
	hue := 0
	for _, c := range f.name[:max(0, strings.LastIndexByte(f.name, '.'))] {
		hue = (hue*31 + int(c)) % 360
	}
	fmt.Fprintf(w, `<g><title>%s %.1f %%</title><rect x="%.0f" y="%d" width="%.0f" height="%d" fill="hsl(%d,60%%,75%%)"/>`,
		html.EscapeString(f.name), 100*f.samples/all, x, row*flameRow, width-1, flameRow-1, hue)
	if width >= flameNamed {
		short := f.name[strings.LastIndexByte(f.name, '/')+1:]
		fmt.Fprintf(w, `<text x="%.0f" y="%d">%s</text>`, x+2, row*flameRow+12, html.EscapeString(short[:min(len(short), int(width/flameChar))]))
	}
	fmt.Fprintln(w, "</g>")
	depth = row
	names := make([]string, 0, len(f.calls))
	for name := range f.calls {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		depth = max(depth, f.calls[name].draw(w, x, row+1, scale, all))
		x += f.calls[name].samples * scale
	}
	return depth
}
