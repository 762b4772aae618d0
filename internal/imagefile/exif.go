package imagefile

import (
	"encoding/binary"
	"errors"
)

// Tags of TIFF, and of EXIF, which is in the form of TIFF.
const (
	tagNewSubfile       = 254
	tagOldSubfile       = 255
	tagWidth            = 256
	tagHeight           = 257
	tagBitsPerSample    = 258
	tagCompression      = 259
	tagPhotometric      = 262
	tagFillOrder        = 266
	tagStripOffsets     = 273
	tagOrientation      = 274
	tagSamplesPerPixel  = 277
	tagRowsPerStrip     = 278
	tagStripByteCounts  = 279
	tagXResolution      = 282
	tagYResolution      = 283
	tagPlanar           = 284
	tagT4Options        = 292
	tagResolutionUnit   = 296
	tagExtraSamples     = 338
	tiffByte            = 1
	tiffShort           = 3
	tiffLong            = 4
	tiffRational        = 5
	tiffEntrySize       = 12
	tiffEntriesLookedAt = 256
)

var errTIFFHeader = errors.New("no TIFF header")

// tiffOrder returns the byte order that a TIFF header of 8 bytes states.
func tiffOrder(header []byte) (binary.ByteOrder, error) {
	switch string(header[:4]) {
	case "II*\x00":
		return binary.LittleEndian, nil
	case "MM\x00*":
		return binary.BigEndian, nil
	}
	return nil, errTIFFHeader
}

// tiffValue returns the first value of an entry of an image file directory, 0 if
// it is not a whole number that stands in the entry itself.
func tiffValue(order binary.ByteOrder, entry []byte) uint32 {
	count := order.Uint32(entry[4:])
	switch order.Uint16(entry[2:]) {
	case tiffByte:
		if count >= 1 && count <= 4 {
			return uint32(entry[8])
		}
	case tiffShort:
		if count == 1 || count == 2 {
			return uint32(order.Uint16(entry[8:]))
		}
	case tiffLong:
		if count == 1 {
			return order.Uint32(entry[8:])
		}
	}
	return 0
}

// exifOrientation returns the orientation that a block of EXIF states for the
// image, 1 if it states none.
func exifOrientation(block []byte) int {
	if len(block) < 8 {
		return 1
	}
	order, err := tiffOrder(block)
	if err != nil {
		return 1
	}
	at := uint64(order.Uint32(block[4:]))
	if at+2 > uint64(len(block)) {
		return 1
	}
	count := int(order.Uint16(block[at:]))
	for entries := block[at+2:]; count > 0 && len(entries) >= tiffEntrySize; count-- {
		if order.Uint16(entries) == tagOrientation {
			return orientation(tiffValue(order, entries))
		}
		entries = entries[tiffEntrySize:]
	}
	return 1
}

// orientation returns v if it is an orientation, else 1.
func orientation(v uint32) int {
	if v >= 1 && v <= 8 {
		return int(v)
	}
	return 1
}
