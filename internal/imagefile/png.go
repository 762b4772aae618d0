package imagefile

import (
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	maxChunks  = 4096 // that are walked before the pixels
	maxEXIF    = 64 << 10
	pngHeader  = 8
	chunkExtra = 12 // length, type and checksum of a chunk
)

// inspectPNG walks the chunks up to the pixels.
func inspectPNG(in *ranges, info *Info) error {
	head, err := in.at(0, pngHeader+8+13)
	if err != nil {
		return err
	}
	if Sniff(head) != PNG || string(head[12:16]) != "IHDR" {
		return errors.New("no PNG header")
	}
	width, height := binary.BigEndian.Uint32(head[16:]), binary.BigEndian.Uint32(head[20:])
	if width == 0 || height == 0 || width > 1<<31-1 || height > 1<<31-1 {
		return fmt.Errorf("size of %d x %d pixels", width, height)
	}
	info.Width, info.Height, info.MaxSide = int(width), int(height), int(max(width, height))

	off := int64(pngHeader)
	for range maxChunks {
		chunk, err := in.at(off, 8)
		if err != nil {
			return fmt.Errorf("no pixels: %w", err)
		}
		length := binary.BigEndian.Uint32(chunk)
		switch string(chunk[4:]) {
		case "IDAT":
			return nil
		case "IEND":
			return errors.New("no pixels")
		case "eXIf":
			block, err := in.at(off+8, int(min(length, maxEXIF)))
			if err != nil {
				return err
			}
			info.Orientation = exifOrientation(block)
		}
		off += chunkExtra + int64(length)
	}
	return fmt.Errorf("more than %d chunks before the pixels", maxChunks)
}

// refusePNG tells what of a PNG, the whole of which is given, cannot be drawn on:
// an animation, of which only one frame would be covered; and an orientation that
// is stated behind the pixels, which some programs apply and others do not.
func refusePNG(data []byte) error {
	pixels := false
	for chunk := data[min(pngHeader, len(data)):]; len(chunk) >= chunkExtra; {
		length := uint64(binary.BigEndian.Uint32(chunk))
		if length > uint64(len(chunk)-chunkExtra) {
			break // decoding will tell
		}
		switch string(chunk[4:8]) {
		case "acTL":
			return fmt.Errorf("%w: animated PNG", ErrUnsupported)
		case "IDAT":
			pixels = true
		case "eXIf":
			if pixels && exifOrientation(chunk[8:8+length]) != 1 {
				return fmt.Errorf("%w: PNG with its orientation behind the pixels", ErrUnsupported)
			}
		}
		chunk = chunk[chunkExtra+length:]
	}
	return nil
}
