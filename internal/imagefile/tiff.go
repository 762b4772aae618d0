package imagefile

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A tiffPage is what an image file directory says of a page.
type tiffPage struct {
	offset        uint32 // of the directory
	width, height uint32
	orientation   int
	compression   uint32
	reduced       bool   // a smaller copy of another page, or a mask for one
	odd           string // what about it the decoder would pass over
}

func inspectTIFF(in *ranges, info *Info) error {
	in.least, in.most = 4<<10, tiffReads
	info.Pages = 0
	walked := tiffPages(in, func(page tiffPage) error {
		if info.Pages++; info.Pages == 1 {
			info.Width, info.Height, info.Orientation = int(page.width), int(page.height), page.orientation
		}
		info.MaxSide = max(info.MaxSide, int(page.width), int(page.height))
		return nil
	})
	if errors.Is(walked, errBudget) {
		return &UnknownPagesError{TIFF, info.Pages, walked}
	}
	return walked
}

// tiffPages calls visit for each page, in the order of the file.
func tiffPages(in *ranges, visit func(tiffPage) error) error {
	header, err := in.at(0, 8)
	if err != nil {
		return err
	}
	order, err := tiffOrder(header)
	if err != nil {
		return err
	}
	seen := map[uint32]bool{}
	for next := order.Uint32(header[4:]); next != 0; {
		switch {
		case seen[next]:
			return fmt.Errorf("directory of page %d is also that of an earlier one: the pages are a loop", len(seen)+1)
		case len(seen) == maxTIFFPages:
			return &UnknownPagesError{TIFF, len(seen), fmt.Errorf("more than %d pages", maxTIFFPages)}
		}
		seen[next] = true
		page, following, err := readPage(in, order, next)
		if err == nil {
			err = visit(page)
		}
		if err != nil {
			return fmt.Errorf("page %d: %w", len(seen), err)
		}
		next = following
	}
	if len(seen) == 0 {
		return errors.New("no pages")
	}
	return nil
}

// readPage reads the directory at offset. It returns the offset of the next one,
// 0 if there is none.
func readPage(in *ranges, order binary.ByteOrder, offset uint32) (page tiffPage, next uint32, err error) {
	off := int64(offset)
	field, err := in.at(off, 2)
	if err != nil {
		return page, 0, err
	}
	count := int(order.Uint16(field))
	entries, err := in.at(off+2, min(count, tiffEntriesLookedAt)*tiffEntrySize)
	if err != nil {
		return page, 0, err
	}
	page = parsePage(order, entries)
	page.offset = offset
	if page.width == 0 || page.height == 0 || page.width > 1<<31-1 || page.height > 1<<31-1 {
		return page, 0, fmt.Errorf("size of %d x %d pixels", page.width, page.height)
	}
	field, err = in.at(off+2+int64(count)*tiffEntrySize, 4)
	if err != nil {
		return page, 0, err
	}
	return page, order.Uint32(field), nil
}

func parsePage(order binary.ByteOrder, entries []byte) tiffPage {
	page := tiffPage{orientation: 1}
	samples, planar, fill, t4 := uint32(1), uint32(1), uint32(1), uint32(0)
	for ; len(entries) > 0; entries = entries[tiffEntrySize:] {
		v := tiffValue(order, entries)
		switch order.Uint16(entries) {
		case tagNewSubfile:
			page.reduced = page.reduced || v&(1|4) != 0
		case tagOldSubfile:
			page.reduced = page.reduced || v == 2
		case tagWidth:
			page.width = v
		case tagHeight:
			page.height = v
		case tagOrientation:
			page.orientation = orientation(v)
		case tagCompression:
			page.compression = v
		case tagSamplesPerPixel:
			samples = v
		case tagPlanar:
			planar = v
		case tagFillOrder:
			fill = v
		case tagT4Options:
			t4 = v
		}
	}
	fax := page.compression == 3 || page.compression == 4
	switch {
	case planar == 2 && samples > 1:
		page.odd = "colours in separate planes"
	case fill == 2 && !fax:
		page.odd = "bits in reverse order"
	case page.compression == 3 && t4&1 != 0:
		page.odd = "two-dimensional Group 3 compression"
	}
	return page
}
