package avatar

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"user-api/internal/apperr"
	"user-api/internal/avatar/avatartest"
)

// rendered returns the result of an upload.
func rendered(data []byte) (map[int][]byte, error) {
	head, err := parseHeader(data)
	if err != nil {
		return nil, err
	}
	return render(data, head)
}

// Each hostile picture is rejected with one of three codes, or rendered clean.
func TestHostile(t *testing.T) {
	images := avatartest.Hostile()
	if len(images) < 40 {
		t.Fatalf("only %d pictures", len(images))
	}
	for _, hostile := range images {
		t.Run(hostile.Name, func(t *testing.T) {
			if len(hostile.Data) > MaxBytes {
				t.Fatalf("has %d bytes", len(hostile.Data))
			}
			squares, err := rendered(hostile.Data)
			if hostile.Want != avatartest.Clean {
				if !apperr.Is(err, apperr.Code(hostile.Want)) {
					t.Fatalf("got %v, want %s", err, hostile.Want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range Sizes {
				clean(t, squares[size], size)
			}
		})
	}
}

// clean checks that a JPEG contains only what is needed to decode it.
func clean(t *testing.T, data []byte, size int) image.Image {
	t.Helper()
	picture, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if picture.Bounds() != image.Rect(0, 0, size, size) {
		t.Errorf("has %v, want a square of %d", picture.Bounds(), size)
	}
	for rest := data[2:]; ; {
		marker, after, ok := nextMarker(rest)
		if !ok || marker == markerSOS {
			break
		}
		if marker >= markerAPP0 && marker <= 0xef || marker == 0xfe {
			t.Errorf("has a segment %#x", marker)
		}
		rest = after[int(after[0])<<8|int(after[1]):]
	}
	for _, text := range []string{"script", "GPS", "ICC_PROFILE"} {
		if bytes.Contains(data, []byte(text)) {
			t.Errorf("has %q", text)
		}
	}
	return picture
}

// A picture is rotated according to each of the eight orientations.
func TestOrientation(t *testing.T) {
	corners := [9]string{"", "0123", "1032", "3210", "2301", "0213", "2031", "3120", "1302"}
	for orientation := 1; orientation <= 8; orientation++ {
		squares, err := rendered(avatartest.Turned(orientation))
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range Sizes {
			picture := clean(t, squares[size], size)
			for i, want := range corners[orientation] {
				at := image.Pt(size/4+i%2*size/2, size/4+i/2*size/2)
				if got := picture.At(at.X, at.Y); !near(got, avatartest.Corners[want-'0']) {
					t.Errorf("orientation %d, size %d, quarter %d: %v, want %v", orientation, size, i, got, avatartest.Corners[want-'0'])
				}
			}
		}
	}
}

func near(a, b color.Color) bool {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	off := func(x, y uint32) bool { return max(x, y)-min(x, y) > 12<<8 }
	return !off(r1, r2) && !off(g1, g2) && !off(b1, b2)
}

// The result is the central square of the picture, with transparency on white.
func TestSquare(t *testing.T) {
	wide := image.NewNRGBA(image.Rect(0, 0, 300, 100))
	for y := range 100 {
		for x := range 100 {
			wide.Set(x, y, color.Black)
			wide.Set(x+200, y, color.Black)
		}
	}
	squares, err := rendered(avatartest.PNG(wide))
	if err != nil {
		t.Fatal(err)
	}
	picture := clean(t, squares[Small], Small)
	for _, at := range []image.Point{{3, 3}, {64, 64}, {124, 124}} {
		if !near(picture.At(at.X, at.Y), color.White) {
			t.Errorf("at %v: %v, want white", at, picture.At(at.X, at.Y))
		}
	}
}

// FuzzParseHeader checks that an accepted header is within the limits, and that decoding needs no
// more pixels than it declares.
func FuzzParseHeader(f *testing.F) {
	for _, hostile := range avatartest.Hostile() {
		if len(hostile.Data) < 4<<10 {
			f.Add(hostile.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		head, err := parseHeader(data)
		if err != nil {
			if head != (header{}) {
				t.Errorf("%+v beside %v", head, err)
			}
			return
		}
		if head.width < 1 || head.height < 1 || area(head.width, head.height) > maxPixels || head.memory > maxMemory || head.memory < 1 ||
			head.orientation < 1 || head.orientation > 8 {
			t.Fatalf("%+v", head)
		}
		if area(head.width, head.height) < 1<<16 {
			_, _ = render(data, head)
		}
	})
}
