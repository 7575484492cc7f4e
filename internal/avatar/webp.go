package avatar

import (
	"bytes"
	"encoding/binary"
)

// Memory for decoding the kinds of WebP, in half bytes per pixel.
const (
	lossyHalves    = 3 // YCbCr 4:2:0
	alphaHalves    = 2 // one more sample
	losslessHalves = 8 // RGBA, twice during the transformation
)

// losslessTables is the maximum memory for the code tables of a lossless picture.
const losslessTables = 16 << 20

// judgeWebP parses the chunks. The pixels have their own header, which must match that of
// the file: the decoder allocates transparency by the latter.
func judgeWebP(data []byte) (header, error) {
	h, canvas := header{format: formatWebP}, header{}
	seen, halves, packed := false, int64(0), false
	rest := data[12:]
	for len(rest) >= 8 {
		name, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
		body := rest[8:]
		if size < uint64(len(body)) {
			body = body[:size]
		}
		switch name {
		case "VP8X":
			if len(body) < 10 || body[0]&2 != 0 {
				return header{}, unsupported() // animated
			}
			canvas.width, canvas.height = 1+int(little24(body[4:])), 1+int(little24(body[7:]))
		case "ANIM", "ANMF":
			return header{}, unsupported()
		case "EXIF":
			h.orientation = orientation(bytes.TrimPrefix(body, []byte("Exif\x00\x00")))
		case "ALPH":
			if len(body) == 0 || seen {
				return header{}, broken()
			}
			halves += alphaHalves
			packed = packed || body[0]&3 != 0
		case "VP8 ", "VP8L":
			if !seen && !h.dimensions(name, body) {
				return header{}, broken()
			}
			if seen = true; name == "VP8L" {
				halves, packed = 0, true
			} else {
				halves += lossyHalves
			}
			if h.memory == 0 {
				h.memory = webpBytes(h, halves, packed)
			}
		}
		size += 8 + size&1
		if size >= uint64(len(rest)) {
			break
		}
		rest = rest[size:]
	}
	if !seen || canvas.width != 0 && (canvas.width != h.width || canvas.height != h.height) {
		return header{}, broken()
	}
	return h, nil
}

// little24 decodes a 24-bit little-endian number.
func little24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

// dimensions reads the size from the header of the pixels.
func (h *header) dimensions(name string, body []byte) bool {
	if name == "VP8L" {
		if len(body) < 5 || body[0] != 0x2f {
			return false
		}
		bits := binary.LittleEndian.Uint32(body[1:])
		h.width, h.height = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
		return true
	}
	if len(body) < 10 || string(body[3:6]) != "\x9d\x01\x2a" {
		return false
	}
	h.width, h.height = int(binary.LittleEndian.Uint16(body[6:])&0x3fff), int(binary.LittleEndian.Uint16(body[8:])&0x3fff)
	return true
}

func webpBytes(h header, halves int64, packed bool) int64 {
	wide, high := (h.width+15)/16*16, (h.height+15)/16*16
	if !packed {
		return halves * area(wide, high) / 2
	}
	return (halves+2*losslessHalves)*area(wide, high)/2 + losslessTables
}
