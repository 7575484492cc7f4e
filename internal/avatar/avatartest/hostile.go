package avatartest

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"slices"
	"strings"
	"sync"
)

// The expected results: an error code, or a clean picture.
const (
	Clean   = ""
	Broken  = "invalid_request"
	Large   = "body_too_large"
	Foreign = "unsupported_media_type"
)

// Image is a picture with its expected result.
type Image struct {
	Name string
	Data []byte
	Want string
}

// Hostile returns malicious and unusual pictures.
var Hostile = sync.OnceValue(func() []Image {
	return slices.Concat(bombs(), liars(), foreigners(), polyglots(), unusual())
})

// bombs returns small files of large pictures.
func bombs() []Image {
	oneScan := Flat{Width: 64, Height: 64, Progressive: true, Scans: 1000}
	return []Image{
		{"PNG of 20,000 x 20,000", Header{20_000, 20_000, 1, 0, 0}.Raw(Zeros(20_000*2_501), End), Large},
		{"PNG of 20,000 x 20,000 without pixels", Header{20_000, 20_000, 8, 6, 0}.Raw(End), Large},
		{"PNG of 4,000,000,000 x 1", Header{4_000_000_000, 1, 8, 6, 0}.Raw(Zeros(10), End), Large},
		{"PNG of 40 megapixels of 16 bits", Header{6_000, 6_600, 16, 6, 0}.Raw(Zeros(10), End), Large},
		{"PNG of 16,385 x 1", Header{16_385, 1, 8, 0, 0}.Raw(Zeros(16_386), End), Large},
		{"interlaced PNG of 16 megapixels", Header{4_000, 4_000, 8, 6, 1}.Raw(Zeros(10), End), Large},
		{"JPEG of 20,000 x 20,000", Flat{Width: 20_000, Height: 20_000, Sampling: []byte{0x11}}.Encode()[:1<<20], Large},
		{"JPEG of 65,535 x 65,535 without pixels", Flat{Width: 65_535, Height: 65_535}.Encode()[:400], Large},
		{"progressive JPEG of 16 megapixels", Flat{Width: 4_000, Height: 4_000, Progressive: true}.Encode(), Large},
		{"CMYK JPEG of 16 megapixels", Flat{Width: 4_000, Height: 4_000, Sampling: []byte{0x11, 0x11, 0x11, 0x11}, Adobe: true}.Encode(), Large},
		{"progressive JPEG with 1,000 scans", oneScan.Encode(), Broken},
		{"lossless WebP of 16,384 x 16,384", webp(lossless(16_384, 16_384)), Large},
		{"WebP with a canvas of 16,777,216 x 16,777,216", webp(canvas(1<<24, 1<<24, 0), lossless(1, 1)), Broken},
		{"WebP with transparency of 16,000 x 16,000", webp(canvas(16_000, 16_000, 0x10), riff{"ALPH", "\x00"}, riff{"VP8 ", lossyFrame(1, 1)}), Broken},
		{"lossy WebP of 16,383 x 16,383", webp(riff{"VP8 ", lossyFrame(16_383, 16_383)}), Large},
		{"PNG with a profile of 50 megabytes", Header{8, 8, 8, 2, 0}.Raw(Chunk{"iCCP", "p\x00\x00" + deflated(make([]byte, 50<<20))}, Zeros(8*25), End), Clean},
		{"JPEG with a profile of 250 parts", manyProfiles(), Clean},
	}
}

// liars returns files whose headers do not match their content.
func liars() []Image {
	photo := JPEG(Quarters(300, 200))
	drawing := PNG(Quarters(300, 200))
	small := Header{8, 8, 8, 2, 0}
	wrongSum := small.Raw(Zeros(8*25), End)
	wrongSum[len(wrongSum)-14]++ // in the checksum of the pixels
	wrongHead := small.Raw(Zeros(8*25), End)
	wrongHead[29]++
	return []Image{
		{"nothing", nil, Broken},
		{"JPEG that is only its beginning", []byte("\xff\xd8\xff"), Broken},
		{"PNG that is only its beginning", []byte("\x89PNG\r\n\x1a\n"), Broken},
		{"WebP that is only its beginning", []byte("RIFF\x04\x00\x00\x00WEBP"), Broken},
		{"JPEG cut in the middle", photo[:len(photo)/2], Broken},
		{"PNG cut in the middle", drawing[:len(drawing)/2], Broken},
		{"WebP cut in the middle", decoded(webpLossy)[:28], Broken},
		{"PNG with more rows than it says", small.Raw(Zeros(16*25), End), Broken},
		{"PNG with fewer rows than it says", small.Raw(Zeros(4*25), End), Broken},
		{"PNG with a wrong sum of its pixels", wrongSum, Broken},
		{"PNG with a wrong sum of its header", wrongHead, Broken},
		{"PNG of 0 x 8", Header{0, 8, 8, 2, 0}.Raw(Zeros(25), End), Broken},
		{"PNG without pixels", small.Raw(End), Broken},
		{"PNG of three bits", Header{8, 8, 3, 2, 0}.Raw(Zeros(8*25), End), Foreign},
		{"JPEG of 8 x 0", Flat{Width: 8}.Encode(), Broken},
		{"JPEG of 12 bits", Flat{Width: 8, Height: 8, Precision: 12}.Encode(), Foreign},
		{"JPEG with two frames", bytes.Replace(photo, []byte("\xff\xc0"), []byte("\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00\xff\xc0"), 1), Broken},
		{"lossless JPEG", bytes.Replace(photo, []byte("\xff\xc0"), []byte("\xff\xc3"), 1), Broken},
		{"WebP whose pixels are larger than it says", webp(canvas(1, 1, 0), lossless(8_000, 2_000)), Broken},
	}
}

// foreigners returns files of other formats.
func foreigners() []Image {
	animated := Header{8, 8, 8, 2, 0}.Raw(Chunk{"acTL", "\x00\x00\x00\x02\x00\x00\x00\x00"}, Zeros(8*25), End)
	return []Image{
		{"GIF", []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"), Foreign},
		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), Foreign},
		{"SVG behind a declaration", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`), Foreign},
		{"HTML", []byte("<html><script>alert(1)</script>"), Foreign},
		{"BMP", []byte("BM\x3a\x00\x00\x00"), Foreign},
		{"TIFF", []byte("II*\x00\x08\x00\x00\x00"), Foreign},
		{"AVIF", []byte("\x00\x00\x00\x20ftypavif"), Foreign},
		{"zip", []byte("PK\x03\x04"), Foreign},
		{"animated PNG", animated, Foreign},
		{"animated WebP", decoded(webpAnimated), Foreign},
		{"CMYK JPEG that does not say how", Flat{Width: 16, Height: 16, Sampling: []byte{0x11, 0x11, 0x11, 0x11}}.Encode(), Foreign},
	}
}

// polyglots returns pictures that are also valid in another format.
func polyglots() []Image {
	photo, drawing := JPEG(Quarters(300, 200)), PNG(Quarters(300, 200))
	script := "<html><script>alert(1)</script>"
	return []Image{
		{"JPEG with HTML as its comment", withSegment(photo, 0xfe, script), Clean},
		{"JPEG with HTML behind it", append(bytes.Clone(photo), script...), Clean},
		{"PNG with a zip behind it", append(bytes.Clone(drawing), "PK\x03\x04"+script...), Clean},
		{"PNG with HTML as its text", Header{8, 8, 8, 2, 0}.Raw(Chunk{"tEXt", "Comment\x00" + script}, Zeros(8*25), End), Clean},
		{"JPEG with a place", Turned(6), Clean},
		{"PNG with a place", Header{8, 8, 8, 2, 0}.Raw(Chunk{"eXIf", tiff(3)}, Zeros(8*25), End), Clean},
	}
}

// unusual returns valid but rare pictures.
func unusual() []Image {
	deep := image.NewNRGBA64(image.Rect(0, 0, 64, 64))
	for i := range deep.Pix {
		deep.Pix[i] = byte(i)
	}
	list := []Image{
		{"PNG of 16 bits", PNG(deep), Clean},
		{"grey PNG of 16 bits", PNG(image.NewGray16(image.Rect(0, 0, 64, 64))), Clean},
		{"PNG with a palette", PNG(image.NewPaletted(image.Rect(0, 0, 64, 64), color.Palette{color.Transparent, color.Black})), Clean},
		{"interlaced PNG of one pixel", Header{1, 1, 8, 2, 1}.Raw(Zeros(4), End), Clean},
		{"CMYK JPEG", Flat{Width: 16, Height: 16, Sampling: []byte{0x11, 0x11, 0x11, 0x11}, Adobe: true}.Encode(), Clean},
		{"progressive JPEG", Flat{Width: 300, Height: 200, Progressive: true, Scans: 1}.Encode(), Clean},
		{"JPEG of 1 x 3,000", Flat{Width: 1, Height: 3_000}.Encode(), Clean},
		{"lossy WebP", decoded(webpLossy), Clean},
		{"lossless WebP", decoded(webpLossless), Clean},
		{"WebP with transparency", decoded(webpAlpha), Clean},
	}
	return list
}

func manyProfiles() []byte {
	data := JPEG(Quarters(64, 64))
	for range 250 {
		data = withSegment(data, 0xe2, "ICC_PROFILE\x00\x01\xff"+strings.Repeat("x", 3_000))
	}
	return data
}

// riff is one chunk of a WebP.
type riff struct{ name, body string }

func webp(chunks ...riff) []byte {
	var body []byte
	for _, c := range chunks {
		body = binary.LittleEndian.AppendUint32(append(body, c.name...), uint32(len(c.body)))
		body = append(append(body, c.body...), make([]byte, len(c.body)%2)...)
	}
	return append(append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body)+4)), "WEBP"...), body...)
}

func canvas(width, height uint32, flags byte) riff {
	little := func(n uint32) string { return string([]byte{byte(n), byte(n >> 8), byte(n >> 16)}) }
	return riff{"VP8X", string([]byte{flags, 0, 0, 0}) + little(width-1) + little(height-1)}
}

func lossless(width, height uint32) riff {
	return riff{"VP8L", "/" + string(binary.LittleEndian.AppendUint32(nil, width-1|(height-1)<<14))}
}

func lossyFrame(width, height uint16) string {
	frame := []byte("\x10\x00\x00\x9d\x01\x2a")
	return string(binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(frame, width), height))
}
