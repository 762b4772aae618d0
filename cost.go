package awspatterns

import (
	"fmt"
	"strconv"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// A Cost is what applying a plan makes AWS charge for. Prices are the caller's:
// they differ by Region, contract and day.
type Cost struct {
	Item     string  `json:"item"`              // such as "S3 PUT requests"
	Quantity float64 `json:"quantity"`          // in Unit
	Unit     string  `json:"unit"`              // such as "request" or "GB-month"
	Price    float64 `json:"price,omitempty"`   // of one Unit, in the caller's currency; 0 if not known
	Ceiling  float64 `json:"ceiling,omitempty"` // the highest Quantity that the caller allows; 0 for any
}

// Amount returns the price of the whole quantity, 0 if the price is not known.
func (c Cost) Amount() float64 { return c.Quantity * c.Price }

// String returns the cost as a line of text.
func (c Cost) String() string {
	s := fmt.Sprintf("%s: %s (per %s)", printable.Escape(c.Item), number(c.Quantity), printable.Escape(c.Unit))
	if c.Price != 0 {
		s = fmt.Sprintf("%s: %s (at %s per %s): %s",
			printable.Escape(c.Item), number(c.Quantity), number(c.Price), printable.Escape(c.Unit), number(c.Amount()))
	}
	if c.Ceiling != 0 {
		s += ", ceiling " + number(c.Ceiling)
	}
	return s
}

// number formats to six digits and without an exponent.
func number(f float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 6, 64), 64)
	if err != nil || f > 1e6 {
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
