// Package avatartest creates pictures for tests, both valid and malicious ones.
package avatartest

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

// Small WebP files, which Go cannot write: one pixel each, lossy, lossless, with
// transparency, and animated.
const (
	webpLossy    = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"
	webpLossless = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
	webpAlpha    = "UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA=="
	webpAnimated = "UklGRlIAAABXRUJQVlA4WAoAAAASAAAAAAAAAAAAQU5JTQYAAAD/////AABBTk1GJgAAAAAAAAAAAAAAAAAAAGQAAABWUDhMDQAAAC8AAAAQBxAREYiI/gcA"
)

// Corners are the colors of Quarters, from left to right and top to bottom.
var Corners = [4]color.RGBA{{220, 30, 30, 255}, {30, 200, 30, 255}, {30, 30, 220, 255}, {230, 230, 230, 255}}

// Quarters returns a picture of four colored quarters.
func Quarters(width, height int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetRGBA(x, y, Corners[2*y/height*2+2*x/width])
		}
	}
	return m
}

// JPEG encodes a picture.
func JPEG(m image.Image) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 95}); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// PNG encodes a picture.
func PNG(m image.Image) []byte {
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// Turned is Quarters as a rotated camera writes it: with an EXIF orientation and a GPS
// position, in either byte order.
func Turned(orientation int) []byte {
	return withSegment(JPEG(Quarters(64, 64)), 0xe1, "Exif\x00\x00"+tiff(orientation))
}

// tiff contains an orientation, and a position that must not be disclosed.
func tiff(orientation int) string {
	var order binary.AppendByteOrder = binary.LittleEndian
	magic := "II*\x00"
	if orientation%2 == 0 {
		order, magic = binary.BigEndian, "MM\x00*"
	}
	b := order.AppendUint32([]byte(magic), 8)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(order.AppendUint16(b, 0x0112), 3)
	b = order.AppendUint16(order.AppendUint16(order.AppendUint32(b, 1), uint16(orientation)), 0)
	b = order.AppendUint16(order.AppendUint16(b, 0x8825), 4) // where the GPS data begin
	b = order.AppendUint32(order.AppendUint32(b, 1), 38)
	b = order.AppendUint32(b, 0)
	return string(b) + Place
}

// Place stands for a user's home.
const Place = "GPS 48.8566N 2.3522E"

// withSegment inserts a segment at the start of a JPEG.
func withSegment(data []byte, marker byte, body string) []byte {
	out := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, marker}, uint16(len(body)+2))
	return append(append(out, body...), data[2:]...)
}

// Flat describes a single-color JPEG that needs a quarter of a byte per block of 64
// samples, so that a large picture is a small file.
type Flat struct {
	Width, Height int
	// Sampling is h<<4|v of each component; the default is 4:2:0.
	Sampling    []byte
	Progressive bool
	// Scans is the number of scans of a progressive picture beyond the two it needs.
	Scans int
	Adobe bool
	// Precision is 8 by default.
	Precision byte
}

// Encode writes it.
func (f Flat) Encode() []byte {
	if f.Sampling == nil {
		f.Sampling = []byte{0x22, 0x11, 0x11}
	}
	out := []byte{0xff, 0xd8}
	segment := func(marker byte, body []byte) {
		out = binary.BigEndian.AppendUint16(append(out, 0xff, marker), uint16(len(body)+2))
		out = append(out, body...)
	}
	if f.Adobe {
		segment(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x02"))
	}
	segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...))
	frame := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16([]byte{max(8, f.Precision)}, uint16(f.Height)), uint16(f.Width))
	frame = append(frame, byte(len(f.Sampling)))
	for i, factor := range f.Sampling {
		frame = append(frame, byte(i+1), factor, 0)
	}
	marker := byte(0xc0)
	if f.Progressive {
		marker = 0xc2
	}
	segment(marker, frame)
	// Each table has one code of one bit: a zero difference, and the end of a block.
	segment(0xc4, append(append([]byte{0x00, 1}, make([]byte, 15)...), 0))
	segment(0xc4, append(append([]byte{0x10, 1}, make([]byte, 15)...), 0))
	all := []byte{byte(len(f.Sampling))}
	for i := range f.Sampling {
		all = append(all, byte(i+1), 0)
	}
	scan := func(header []byte, bits int) {
		segment(0xda, header)
		out = append(out, make([]byte, bits/8+1)...)
	}
	if !f.Progressive {
		scan(append(bytes.Clone(all), 0, 63, 0), 2*f.blocks())
		return append(out, 0xff, 0xd9)
	}
	// The DC coefficients without their last bit, the AC coefficients of the first
	// component, and then the last bit as often as requested.
	scan(append(bytes.Clone(all), 0, 0, 1), f.blocks())
	scan([]byte{1, 1, 0, 1, 63, 0}, f.blocks())
	for range f.Scans {
		scan(append(bytes.Clone(all), 0, 0, 0x10), f.blocks())
	}
	return append(out, 0xff, 0xd9)
}

func (f Flat) blocks() int {
	h, v, per := 1, 1, 0
	for _, factor := range f.Sampling {
		h, v = max(h, int(factor>>4)), max(v, int(factor&15))
	}
	for _, factor := range f.Sampling {
		per += int(factor>>4) * int(factor&15)
	}
	return (f.Width + 8*h - 1) / (8 * h) * ((f.Height + 8*v - 1) / (8 * v)) * per
}

// Header holds the fields of a PNG's first chunk.
type Header struct {
	Width, Height  uint32
	Depth, Colours byte
	Interlaced     byte
}

// Chunk is one chunk of a PNG.
type Chunk struct{ Name, Body string }

// Raw returns a PNG with the header and chunks.
func (h Header) Raw(chunks ...Chunk) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, h.Width), h.Height)
	head = append(head, h.Depth, h.Colours, 0, 0, h.Interlaced)
	out := []byte("\x89PNG\r\n\x1a\n")
	for _, c := range append([]Chunk{{"IHDR", string(head)}}, chunks...) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(c.Body)))
		body := c.Name + c.Body
		out = binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE([]byte(body)))
	}
	return out
}

// Zeros returns a chunk with n zero bytes of pixels.
func Zeros(n int) Chunk { return Chunk{"IDAT", deflated(make([]byte, n))} }

// End is the last chunk.
var End = Chunk{Name: "IEND"}

func deflated(data []byte) string {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write(data)
	_ = w.Close()
	return out.String()
}

func decoded(text string) []byte {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return data
}
