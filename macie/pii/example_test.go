package pii_test

import (
	"fmt"

	"github.com/awspatterns/awspatterns/macie/pii"
)

func ExampleFind() {
	text := "Jo Tan (S1234567D) pays with 4111 1111 1111 1111, not with 4111 1111 1111 1112. Questions: jo@example.com"
	for _, m := range pii.Find(text) {
		fmt.Printf("%-22s %-20s %s\n", m.Type.Category(), m.Type, text[m.Start:m.End])
	}
	// Output:
	// PERSONAL_INFORMATION   SINGAPORE_NRIC       S1234567D
	// FINANCIAL_INFORMATION  CREDIT_CARD_NUMBER   4111 1111 1111 1111
	// PERSONAL_INFORMATION   EMAIL_ADDRESS        jo@example.com
}
