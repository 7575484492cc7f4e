package avatar

import (
	"bytes"
	"encoding/binary"
)

// The JPEG markers that are evaluated.
const (
	markerSOF0  = 0xc0
	markerSOF2  = 0xc2
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerAPP0  = 0xe0
	markerAPP1  = 0xe1
	markerAPP14 = 0xee
)

// frame is the information in the headers of a JPEG.
type frame struct {
	header
	progressive bool
	components  int
	// ids and factors are the names of the components and their sampling, h<<4|v.
	ids, factors [4]byte
	scans        int
	// jfif and adobe determine the decoder's color model.
	jfif, adobe bool
	transform   byte
}

// judgeJPEG walks over the markers like image/jpeg, which skips anything between them.
func judgeJPEG(data []byte) (header, error) {
	var f frame
	rest := data[2:]
	for {
		marker, after, ok := nextMarker(rest)
		if !ok || marker == markerEOI {
			break // a truncated file fails to decode
		}
		rest = after
		if marker >= markerRST0 && marker <= markerRST7 {
			continue
		}
		if len(rest) < 2 {
			break
		}
		size := int(binary.BigEndian.Uint16(rest))
		if size < 2 || size > len(rest) {
			break
		}
		if err := f.segment(marker, rest[2:size]); err != nil {
			return header{}, err
		}
		rest = rest[size:]
	}
	if f.components == 0 || f.scans == 0 {
		return header{}, broken()
	}
	f.format, f.memory = formatJPEG, f.bytes()
	return f.header, nil
}

// nextMarker finds the next marker and what follows it.
func nextMarker(data []byte) (marker byte, rest []byte, ok bool) {
	for {
		at := bytes.IndexByte(data, 0xff)
		if at < 0 {
			return 0, nil, false
		}
		data = data[at:]
		for len(data) > 0 && data[0] == 0xff { // fill bytes are allowed
			data = data[1:]
		}
		if len(data) == 0 {
			return 0, nil, false
		}
		if marker = data[0]; marker != 0 { // an escaped 0xff
			return marker, data[1:], true
		}
	}
}

func (f *frame) segment(marker byte, body []byte) error {
	switch {
	case marker >= markerSOF0 && marker <= markerSOF2:
		return f.start(marker, body)
	case marker == markerSOS:
		if f.scans++; f.scans > maxScans {
			return broken()
		}
	case marker == markerAPP0:
		f.jfif = f.jfif || bytes.HasPrefix(body, []byte("JFIF\x00"))
	case marker == markerAPP1:
		if tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && f.orientation == 0 {
			f.orientation = orientation(tiff)
		}
	case marker == markerAPP14:
		if len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")) {
			f.adobe, f.transform = true, body[11]
		}
	}
	return nil
}

// start parses the frame header. A second one is refused, as by the decoder.
func (f *frame) start(marker byte, body []byte) error {
	if f.components != 0 || len(body) < 6 || len(body) != 6+3*int(body[5]) {
		return broken()
	}
	n := int(body[5])
	if n != 1 && n != 3 && n != 4 {
		return unsupported()
	}
	f.progressive, f.components = marker == markerSOF2, n
	f.height, f.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	for i := range n {
		f.ids[i], f.factors[i] = body[6+3*i], body[7+3*i]
		if h, v := f.factors[i]>>4, f.factors[i]&15; h < 1 || h > 4 || v < 1 || v > 4 {
			return broken()
		}
	}
	if n == 1 {
		f.factors[0] = 0x11 // with one component there is no subsampling
	}
	return nil
}

// bytes returns the memory for decoding: the samples of all components, four times as much
// for the coefficients of a progressive JPEG, and a copy for color conversion.
func (f *frame) bytes() int64 {
	h, v := 1, 1
	for _, factor := range f.factors[:f.components] {
		h, v = max(h, int(factor>>4)), max(v, int(factor&15))
	}
	wide, high := (f.width+8*h-1)/(8*h), (f.height+8*v-1)/(8*v) // in units of all components
	samples := int64(0)
	for _, factor := range f.factors[:f.components] {
		samples += 64 * area(wide*int(factor>>4), high*int(factor&15))
	}
	total := samples
	if f.progressive {
		total += 4 * samples
	}
	if f.components == 4 || f.components == 3 && f.rgb() {
		total += 4 * area(f.width, f.height)
	}
	return total
}

func (f *frame) rgb() bool {
	return !f.jfif && (f.adobe && f.transform == 0 || string(f.ids[:3]) == "RGB")
}
