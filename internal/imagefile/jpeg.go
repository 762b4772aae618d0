package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	maxSegments = 4096    // that are walked before the frame header
	maxStray    = 4 << 10 // bytes between segments
)

// inspectJPEG walks the segments up to the frame header.
func inspectJPEG(in *ranges, info *Info) error {
	start, err := in.at(0, 2)
	if err != nil {
		return err
	}
	if string(start) != "\xff\xd8" {
		return errors.New("no JPEG header")
	}
	oriented := false
	off := int64(2)
	for range maxSegments {
		marker, at, err := jpegMarker(in, off)
		if err != nil {
			return fmt.Errorf("no frame header: %w", err)
		}
		if marker == 0x01 || marker >= 0xd0 && marker <= 0xd8 { // stand alone
			off = at
			continue
		}
		if marker == 0xd9 || marker == 0xda { // end, or pixels
			return errors.New("no frame header")
		}
		field, err := in.at(at, 2)
		if err != nil {
			return fmt.Errorf("no frame header: %w", err)
		}
		length := int(binary.BigEndian.Uint16(field))
		if length < 2 {
			return fmt.Errorf("segment of %d bytes", length)
		}
		switch {
		case isFrame(marker):
			return jpegFrame(in, at, info)
		case marker == 0xe1 && !oriented:
			segment, err := in.at(at, length)
			if err != nil {
				return err
			}
			if block, ok := bytes.CutPrefix(segment[2:], []byte("Exif\x00")); ok && len(block) > 0 {
				info.Orientation, oriented = exifOrientation(block[1:]), true
			}
		}
		off = at + int64(length)
	}
	return fmt.Errorf("more than %d segments before the frame header", maxSegments)
}

// jpegMarker returns the next marker from off on, and where its segment begins.
// As decoders do, it passes over bytes that belong to no segment, and over fill
// bytes.
func jpegMarker(in *ranges, off int64) (marker byte, next int64, err error) {
	for range maxStray {
		b, err := in.at(off, 2)
		if err != nil {
			return 0, 0, err
		}
		if b[0] == 0xff && b[1] != 0 && b[1] != 0xff {
			return b[1], off + 2, nil
		}
		off++
	}
	return 0, 0, errors.New("no segment")
}

// isFrame tells whether marker begins a frame header: C0 to CF, but for tables
// and an extension.
func isFrame(marker byte) bool {
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
}

func jpegFrame(in *ranges, off int64, info *Info) error {
	frame, err := in.at(off, 7)
	if err != nil {
		return err
	}
	info.Height = int(binary.BigEndian.Uint16(frame[3:]))
	info.Width = int(binary.BigEndian.Uint16(frame[5:]))
	info.MaxSide = max(info.Width, info.Height)
	if info.Width == 0 || info.Height == 0 {
		return fmt.Errorf("size of %d x %d pixels", info.Width, info.Height)
	}
	return nil
}
