package dag

import "fmt"

// An rgb is red, green and blue.
type rgb [3]int

func (c rgb) String() string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// okabeIto are the colours by Okabe and Ito that people with any kind of colour
// blindness tell apart, without black, which would be lost on a dark page. Blue
// and vermilion, the colours of what is up and downstream, come last.
var okabeIto = []rgb{
	{0x00, 0x9e, 0x73}, {0xcc, 0x79, 0xa7}, {0x56, 0xb4, 0xe9}, {0xe6, 0x9f, 0x00},
	{0xf0, 0xe4, 0x42}, {0x00, 0x72, 0xb2}, {0xd5, 0x5e, 0x00},
}

// projectColor returns the colour of the i-th project. After the palette's end
// its hues come again darker and then lighter, for lightness is what everybody
// sees; after that they repeat.
func projectColor(i int) rgb {
	c := okabeIto[i%len(okabeIto)]
	switch i / len(okabeIto) % 3 {
	case 1:
		return c.mix(rgb{0, 0, 0}, 40)
	case 2:
		return c.mix(rgb{255, 255, 255}, 55)
	}
	return c
}

// mix returns c with the given percentage of another colour. It calculates in
// integers, so that all machines write the same page.
func (c rgb) mix(other rgb, percent int) rgb {
	for i := range c {
		c[i] = (c[i]*(100-percent) + other[i]*percent) / 100
	}
	return c
}

// ink returns the colour, near black or white, that has the better contrast on c.
// It takes squares for the powers of the sRGB formula.
func (c rgb) ink() rgb {
	luminance := 2126*c[0]*c[0] + 7152*c[1]*c[1] + 722*c[2]*c[2]
	if luminance < 10000*255*255*18/100 {
		return rgb{255, 255, 255}
	}
	return rgb{0x10, 0x18, 0x20}
}
