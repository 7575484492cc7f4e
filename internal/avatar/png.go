package avatar

import "encoding/binary"

const (
	pngMagic = "\x89PNG\r\n\x1a\n"

	// The color types of a PNG.
	pngGray      = 0
	pngRGB       = 2
	pngPaletted  = 3
	pngGrayAlpha = 4
	pngRGBA      = 6
)

// judgePNG parses the header and the chunks before the pixels. The decoder skips unknown
// chunks and never decompresses a color profile.
func judgePNG(data []byte) (header, error) {
	rest := data[len(pngMagic):]
	name, body, rest := chunkOf(rest)
	if name != "IHDR" || len(body) != 13 {
		return header{}, broken()
	}
	width, height := binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])
	if width > 1<<24 || height > 1<<24 {
		return header{}, tooLarge()
	}
	h := header{format: formatPNG, width: int(width), height: int(height)}
	depth, colours, interlaced := body[8], body[9], body[12] != 0
	transparent := false
	for {
		name, body, rest = chunkOf(rest)
		switch name {
		case "acTL":
			return header{}, unsupported()
		case "eXIf":
			h.orientation = orientation(body)
		case "tRNS":
			transparent = true
		case "IDAT", "IEND", "":
			h.memory = pngBytes(h, depth, colours, transparent, interlaced)
			return h, nil
		}
	}
}

// chunkOf splits the first chunk off data: its name ("" at the end) and content. A
// truncated chunk counts as the end; the decoder verifies checksums.
func chunkOf(data []byte) (name string, body, rest []byte) {
	if len(data) < 8 {
		return "", nil, nil
	}
	size := uint64(binary.BigEndian.Uint32(data))
	if size+12 > uint64(len(data)) {
		if string(data[4:8]) == "IDAT" {
			return "IDAT", nil, nil
		}
		return "", nil, nil
	}
	return string(data[4:8]), data[8 : 8+size], data[12+size:]
}

// pngBytes returns the memory for decoding: the picture as image/png stores it, half as
// much for the largest pass of an interlaced one, and two rows.
func pngBytes(h header, depth, colours byte, transparent, interlaced bool) int64 {
	per := int64(4)
	switch colours {
	case pngGray:
		if !transparent {
			per = 1
		}
	case pngPaletted:
		per = 1
	case pngRGB, pngGrayAlpha, pngRGBA:
	}
	if depth == 16 {
		per *= 2
	}
	total := per * area(h.width, h.height)
	if interlaced {
		total += total / 2
	}
	return total + 2*8*int64(h.width)
}
