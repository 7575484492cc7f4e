package avatar

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	stddraw "image/draw"
	"image/jpeg"
	"image/png"

	"github.com/zeromicro/go-zero/core/logx"
	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

const (
	// quality is the JPEG quality of served pictures.
	quality = 85
	// sampledRows limits the time for a large picture.
	sampledRows = 4
	// renderMemory is the memory for rendering the squares, in addition to the decoded
	// picture.
	renderMemory = 20 << 20
)

// render decodes a picture and creates a square of each size, as a JPEG that contains only
// pixels. Errors and panics of the decoders are attributed to the client.
func render(data []byte, h header) (squares map[int][]byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			logx.Errorf("avatar: a decoder panicked: %v", p)
			squares, err = nil, broken()
		}
	}()
	picture, err := decode(data, h)
	if err != nil {
		return nil, err
	}
	full := turned(scaled(shrunk(picture, Large), Large), h.orientation)
	squares = map[int][]byte{}
	for _, size := range Sizes {
		if squares[size], err = encode(scaled(full, size)); err != nil {
			return nil, err
		}
	}
	return squares, nil
}

func decode(data []byte, h header) (image.Image, error) {
	decode := map[format]func(*bytes.Reader) (image.Image, error){
		formatJPEG: func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) },
		formatPNG:  func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) },
		formatWebP: func(r *bytes.Reader) (image.Image, error) { return webp.Decode(r) },
	}[h.format]
	picture, err := decode(bytes.NewReader(data))
	if err == nil && (picture.Bounds().Dx() != h.width || picture.Bounds().Dy() != h.height) {
		err = errors.New("avatar: the header has another size")
	}
	if err != nil {
		var unknownPNG png.UnsupportedError
		var unknownJPEG jpeg.UnsupportedError
		if errors.As(err, &unknownPNG) || errors.As(err, &unknownJPEG) {
			return nil, unsupported()
		}
		return nil, broken()
	}
	return picture, nil
}

// shrunk crops the central square, on white, and divides it by an integer so that it has
// less than twice the size. Each pixel is the average of those it replaces, from
// sampledRows rows. This keeps the input, and so the memory, of the final scaler small.
func shrunk(picture image.Image, size int) *image.RGBA {
	bounds := picture.Bounds()
	side := min(bounds.Dx(), bounds.Dy())
	by := max(1, side/size)
	n := side / by
	corner := image.Pt(bounds.Min.X+(bounds.Dx()-n*by)/2, bounds.Min.Y+(bounds.Dy()-n*by)/2)
	square := image.NewRGBA(image.Rect(0, 0, n, n))
	rows := image.NewRGBA(image.Rect(0, 0, n*by, min(by, sampledRows)))
	for y := range n {
		stddraw.Draw(rows, rows.Rect, image.White, image.Point{}, stddraw.Src)
		for i := range rows.Rect.Dy() {
			from := corner.Add(image.Pt(0, y*by+i*by/rows.Rect.Dy()))
			stddraw.Draw(rows, image.Rect(0, i, rows.Rect.Dx(), i+1), picture, from, stddraw.Over)
		}
		average(square.Pix[y*square.Stride:][:4*n], rows, by)
	}
	return square
}

// average computes a row of pixels from the blocks in rows.
func average(row []byte, rows *image.RGBA, by int) {
	count := uint32(by * rows.Rect.Dy())
	for x := 0; x < len(row); x += 4 {
		var r, g, b uint32
		for y := range rows.Rect.Dy() {
			for block := rows.Pix[y*rows.Stride+x*by:][:4*by]; len(block) > 0; block = block[4:] {
				r, g, b = r+uint32(block[0]), g+uint32(block[1]), b+uint32(block[2])
			}
		}
		row[x], row[x+1], row[x+2], row[x+3] = byte((r+count/2)/count), byte((g+count/2)/count), byte((b+count/2)/count), 255
	}
}

func scaled(square *image.RGBA, size int) *image.RGBA {
	if square.Rect.Dx() == size {
		return square
	}
	target := image.NewRGBA(image.Rect(0, 0, size, size))
	draw.CatmullRom.Scale(target, target.Rect, square, square.Rect, draw.Src, nil)
	return target
}

// turned rotates and flips a square according to the EXIF orientation.
func turned(square *image.RGBA, orientation int) *image.RGBA {
	if orientation == 1 {
		return square
	}
	last := square.Rect.Dx() - 1
	target := image.NewRGBA(square.Rect)
	for y := range last + 1 {
		for x := range last + 1 {
			fromX, fromY := source(orientation, x, y, last)
			copy(target.Pix[target.PixOffset(x, y):][:4], square.Pix[square.PixOffset(fromX, fromY):][:4])
		}
	}
	return target
}

// source returns the position in the original of a pixel of the result.
func source(orientation, x, y, last int) (int, int) {
	switch orientation {
	case 2:
		return last - x, y
	case 3:
		return last - x, last - y
	case 4:
		return x, last - y
	case 5:
		return y, x
	case 6:
		return y, last - x
	case 7:
		return last - y, last - x
	default:
		return last - y, x
	}
}

func encode(square *image.RGBA) ([]byte, error) {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, square, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("avatar: encode: %w", err)
	}
	return out.Bytes(), nil
}
