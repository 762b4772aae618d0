package dag

import "fmt"

// A color is red, green and blue.
type color [3]int

func (c color) String() string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// okabeIto are the colours by Okabe and Ito that people with any kind of colour
// blindness tell apart, without black, which would be lost on a dark page. Blue
// and vermilion, the colours of what is up and downstream, come last.
var okabeIto = []color{
	{0x00, 0x9e, 0x73}, {0xcc, 0x79, 0xa7}, {0x56, 0xb4, 0xe9}, {0xe6, 0x9f, 0x00},
	{0xf0, 0xe4, 0x42}, {0x00, 0x72, 0xb2}, {0xd5, 0x5e, 0x00},
}

// projectColor returns the colour of the i-th project. After the palette's end
// its hues come again darker and then lighter, for lightness is what everybody
// sees; after that they repeat.
func projectColor(i int) color {
	c := okabeIto[i%len(okabeIto)]
	switch i / len(okabeIto) % 3 {
	case 1:
		return c.mix(color{0, 0, 0}, 40)
	case 2:
		return c.mix(color{255, 255, 255}, 55)
	}
	return c
}

// mix returns c with the given percentage of another colour. It calculates in
// integers, so that all machines write the same page.
func (c color) mix(other color, percent int) color {
	for i := range c {
		c[i] = (c[i]*(100-percent) + other[i]*percent) / 100
	}
	return c
}

// ink returns the colour, near black or white, that is readable on c.
func (c color) ink() color {
	if luma := (299*c[0] + 587*c[1] + 114*c[2]) / 1000; luma < 118 {
		return color{255, 255, 255}
	}
	return color{0x10, 0x18, 0x20}
}
