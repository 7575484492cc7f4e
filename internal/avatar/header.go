package avatar

import (
	"bytes"
	"encoding/binary"

	"user-api/internal/apperr"
)

const (
	// MaxBytes is the maximum size of an upload.
	MaxBytes = 1 << 20
	// maxPixels is the maximum number of pixels, maxSide the maximum length of a side.
	maxPixels = 40_000_000
	maxSide   = 16_384
	// maxMemory is the maximum memory for decoding one picture, computed from its header.
	// It suffices for a JPEG of 40 megapixels as written by cameras (4:2:0, 1.5 bytes per
	// pixel); formats with more bytes per pixel may have fewer pixels.
	maxMemory = 64 << 20
	// maxScans limits the scans of a JPEG. Each costs a pass over the whole picture;
	// encoders write about ten.
	maxScans = 32
)

// The supported formats.
const (
	formatJPEG format = iota + 1
	formatPNG
	formatWebP
)

type (
	format int

	// header is the information about a picture before it is decoded.
	header struct {
		format        format
		width, height int
		// memory is the number of bytes needed for decoding.
		memory int64
		// orientation is EXIF's, 1 to 8.
		orientation int
	}
)

// parseHeader parses the header of a picture and refuses unsupported formats, pictures that are
// too expensive to decode, and animations. It computes what the decoders of the standard
// library and golang.org/x/image would allocate, whatever the file claims.
func parseHeader(data []byte) (h header, err error) {
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
		return h, unsupported()
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

// unsupported is the error for anything that is not a still picture in a supported format.
func unsupported() error {
	return apperr.New(apperr.UnsupportedMedia).WithDetail("The image must be a still PNG, JPEG or WebP.")
}

// broken is the error for an invalid picture.
func broken() error {
	return apperr.New(apperr.InvalidRequest).WithField("image").WithDetail("The image cannot be read.")
}

// tooLarge is the error for a picture that is too expensive to decode.
func tooLarge() error {
	return apperr.New(apperr.BodyTooLarge).WithDetail("The image has too many pixels.")
}

// area returns a number of pixels. It cannot overflow: a side has at most 24 bits.
func area(width, height int) int64 { return int64(width) * int64(height) }

// orientationTag is the only EXIF tag that is read.
const orientationTag = 0x0112

// orientation returns the EXIF orientation in a TIFF structure, or 0 if there is none.
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
