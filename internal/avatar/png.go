package avatar

import "encoding/binary"

const (
	pngMagic = "\x89PNG\r\n\x1a\n"

	// The colours of a PNG.
	pngGray      = 0
	pngRGB       = 2
	pngPaletted  = 3
	pngGrayAlpha = 4
	pngRGBA      = 6
)

// judgePNG reads the header, and what else stands before the pixels. The decoder
// skips over what it does not know, and never unpacks a colour profile.
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
			return header{}, foreign()
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

// chunkOf takes a chunk from the front: its name, "" at the end of the file, and its
// content. One that the file does not hold whole is the end; its sums are the
// decoder's to check.
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

// pngBytes is the picture as image/png makes it, half as much again for the largest
// pass of an interlaced one, and two rows.
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
