package imagefile

// turned returns the page as it is displayed, if it is stored as c and is to be
// turned as orientation says.
// Source: tag 274 of TIFF 6.0, page 36: where the first row and column are displayed.
func (c canvas) turned(orientation int) canvas {
	if orientation <= 1 {
		return c
	}
	width, height := c.width, c.height
	if orientation >= 5 {
		width, height = height, width
	}
	out := blankCanvas(width, height, c.depth)
	for y := range height {
		// The pixels of a row stand in a row or column of the original, one step
		// apart.
		at, step := c.at(source(orientation, 0, y, c.width, c.height)), 0
		if width > 1 {
			step = c.at(source(orientation, 1, y, c.width, c.height)) - at
		}
		row := out.pix[y*out.stride : y*out.stride+width*out.depth]
		for ; len(row) > 0; row = row[c.depth:] {
			copy(row[:c.depth], c.pix[at:at+c.depth])
			at += step
		}
	}
	return out
}

// source returns which pixel of a stored page of width and height is displayed at
// x, y.
func source(orientation, x, y, width, height int) (int, int) {
	if orientation >= 5 {
		x, y = y, x
	}
	switch orientation {
	case 2, 3, 7, 8:
		x = width - 1 - x
	}
	switch orientation {
	case 3, 4, 6, 7:
		y = height - 1 - y
	}
	return x, y
}

// turned returns where on the displayed page an area of the stored page is.
func (a Area) turned(orientation int) Area {
	from := turnedPoint(orientation, Point{a.Left, a.Top})
	to := turnedPoint(orientation, Point{a.Left + a.Width, a.Top + a.Height})
	b := a
	b.Left, b.Top = min(from.X, to.X), min(from.Y, to.Y)
	if orientation >= 5 {
		b.Width, b.Height = a.Height, a.Width
	}
	b.Polygon = make([]Point, len(a.Polygon))
	for i, p := range a.Polygon {
		b.Polygon[i] = turnedPoint(orientation, p)
	}
	return b
}

// turnedPoint is the inverse of source, in ratios.
func turnedPoint(orientation int, p Point) Point {
	switch orientation {
	case 2, 3, 7, 8:
		p.X = 1 - p.X
	}
	switch orientation {
	case 3, 4, 6, 7:
		p.Y = 1 - p.Y
	}
	if orientation >= 5 {
		p.X, p.Y = p.Y, p.X
	}
	return p
}
