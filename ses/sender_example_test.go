package ses_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/state"
)

// A mail is sent through a global endpoint, and not again by a run that is started with the
// same ledger.
func ExampleSender_Send() {
	ctx := context.Background()
	world := newMailWorld(awstest.New(nil)) // to AWS: ses.NewClients(cfg) for each Region
	ledger := state.NewMemory()             // or state.OpenFile, which outlives the process
	sender, err := ses.NewSender(ctx, world.primary, world.secondary, ses.SenderOptions{EndpointName: "global", Ledger: ledger})
	if err != nil {
		fmt.Println(err)
		return
	}
	invoice := ses.Mail{ID: "invoice-4711", Input: sesv2.SendEmailInput{
		FromEmailAddress: aws.String("Ann <ann@example.com>"),
		Destination:      &sestypes.Destination{ToAddresses: []string{"bob@example.org"}},
		Content: &sestypes.EmailContent{Simple: &sestypes.Message{
			Subject:     &sestypes.Content{Data: aws.String("Invoice 4711")},
			Body:        &sestypes.Body{Text: &sestypes.Content{Data: aws.String("Dear Bob, …")}},
			Attachments: []sestypes.Attachment{{FileName: aws.String("4711.pdf"), RawContent: []byte("%PDF")}},
		}},
	}}
	for range 2 {
		result, err := sender.Send(ctx, invoice)
		fmt.Println(result.Recipients, result.Earlier, err)
	}
	fmt.Println(len(world.Mails()), "mail")
	// Output:
	// [{bob@example.org sent}] false <nil>
	// [{bob@example.org sent}] true <nil>
	// 1 mail
}
