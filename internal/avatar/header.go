package avatar

import (
	"bytes"
	"encoding/binary"

	"user-api/internal/apperr"
)

const (
	// MaxBytes is the largest picture taken.
	MaxBytes = 1 << 20
	// maxPixels is the largest picture decoded, maxSide the longest side of one.
	maxPixels = 40_000_000
	maxSide   = 16_384
	// maxMemory is what one picture may take while it is decoded, as its header tells. It
	// is enough for 40 megapixels of a JPEG as cameras write them (4:2:0, 1.5 bytes a
	// pixel); kinds that take more bytes a pixel may have fewer pixels.
	maxMemory = 64 << 20
	// maxScans is for one JPEG. Each scan costs a pass over the whole picture; encoders
	// write some ten.
	maxScans = 32
)

// The formats, by what they begin with.
const (
	formatJPEG format = iota + 1
	formatPNG
	formatWebP
)

type (
	format int

	// header is what is known of a picture before it is decoded.
	header struct {
		format        format
		width, height int
		// memory is how many bytes decoding takes.
		memory int64
		// orientation is EXIF's, 1 to 8.
		orientation int
	}
)

// judge reads the header of a picture and refuses what is none of the formats, what
// takes too much to decode, and what is animated. It follows the decoders of the
// standard library and of golang.org/x/image: what they would allocate is what it
// adds up, whatever else the file says of itself.
func judge(data []byte) (h header, err error) {
	switch {
	case len(data) == 0:
		return h, broken()
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		h, err = judgeJPEG(data)
	case bytes.HasPrefix(data, []byte(pngMagic)):
		h, err = judgePNG(data)
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		h, err = judgeWebP(data)
	default:
		return h, foreign()
	}
	if err != nil {
		return header{}, err
	}
	pixels := int64(h.width) * int64(h.height)
	switch {
	case pixels == 0:
		return header{}, broken()
	case h.width > maxSide || h.height > maxSide || pixels > maxPixels || h.memory > maxMemory:
		return header{}, tooLarge()
	}
	if h.orientation < 1 || h.orientation > 8 {
		h.orientation = 1
	}
	return h, nil
}

// foreign is the refusal of what is no still picture of the formats.
func foreign() error {
	return apperr.New(apperr.UnsupportedMedia).WithDetail("The image must be a still PNG, JPEG or WebP.")
}

// broken is the refusal of a picture that is not what it says it is.
func broken() error {
	return apperr.New(apperr.InvalidRequest).WithField("image").WithDetail("The image cannot be read.")
}

// tooLarge is the refusal of a picture that takes too much to decode.
func tooLarge() error {
	return apperr.New(apperr.BodyTooLarge).WithDetail("The image has too many pixels.")
}

// area is a number of pixels that cannot overflow: a side has at most 24 bits.
func area(width, height int) int64 { return int64(width) * int64(height) }

// orientationTag is the one EXIF tag that is read.
const orientationTag = 0x0112

// orientation reads EXIF's orientation from a TIFF structure; 0 if there is none.
func orientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 0
		}
		const short = 3
		if order.Uint16(entries) == orientationTag {
			if order.Uint16(entries[2:]) != short {
				return 0
			}
			return int(order.Uint16(entries[8:]))
		}
		entries = entries[12:]
	}
	return 0
}
