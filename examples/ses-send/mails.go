package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/ses"
)

// A mailing says what mails have in common.
type mailing struct{ from, template, set string }

// read returns a mail for each line of a CSV file. Columns beside id and address are the
// values of the template.
func (m mailing) read(r io.Reader) ([]ses.Mail, error) {
	lines := csv.NewReader(r)
	columns, err := lines.Read()
	if err != nil {
		return nil, err
	}
	id, address := slices.Index(columns, "id"), slices.Index(columns, "address")
	if id < 0 || address < 0 {
		return nil, errors.New("the columns id and address are needed")
	}
	var mails []ses.Mail
	for {
		line, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return mails, nil
		}
		if err != nil {
			return nil, err
		}
		values := map[string]string{}
		for i, name := range columns {
			values[name] = line[i]
		}
		mail, err := m.mail(line[id], line[address], values)
		if err != nil {
			return nil, err
		}
		mails = append(mails, mail)
	}
}

func (m mailing) mail(id, address string, values map[string]string) (ses.Mail, error) {
	data, err := json.Marshal(values)
	if err != nil {
		return ses.Mail{}, err
	}
	mail := ses.Mail{ID: id, Input: sesv2.SendEmailInput{
		FromEmailAddress: &m.from,
		Destination:      &sestypes.Destination{ToAddresses: []string{address}},
		Content: &sestypes.EmailContent{Template: &sestypes.Template{
			TemplateName: &m.template, TemplateData: aws.String(string(data)),
		}},
	}}
	if m.set != "" {
		mail.Input.ConfigurationSetName = &m.set
	}
	return mail, nil
}

// sendAll sends mails, some at a time. What became of them is told, and not what went wrong
// beside it.
func sendAll(ctx context.Context, sender *ses.Sender, mails []ses.Mail, atOnce int) []ses.SendResult {
	results := make([]ses.SendResult, len(mails))
	parallel.ForEach(len(mails), atOnce, func(i int) {
		results[i], _ = sender.Send(ctx, mails[i]) // the error is in the result
	})
	return results
}

// A batch is what became of mails.
type batch struct {
	results []ses.SendResult
	counts  map[string]int
}

func newBatch(results []ses.SendResult) batch {
	b := batch{results, map[string]int{}}
	for _, r := range results {
		b.counts[standing(r)]++
	}
	return b
}

// standing is the status of a mail, and whether that is of an earlier run.
func standing(r ses.SendResult) string {
	if r.Earlier {
		return string(r.Status) + " earlier"
	}
	return string(r.Status)
}

// show prints what became of each recipient, and how many there were of each.
func (b batch) show(w io.Writer) {
	for _, r := range b.results {
		for _, one := range r.Recipients {
			how := r.Via
			if r.Err != nil {
				how = short(r.Err.Error(), 110)
			}
			line := fmt.Sprintf("  %-8s  %-24s  %-15s  %s", short(r.ID, 20), short(one.Address, 24), standing(r), how)
			fmt.Fprintln(w, strings.TrimRight(line, " "))
		}
	}
	fmt.Fprintln(w, b.line())
}

// short makes a text safe to look at, and cuts it if it is longer than n characters.
func short(text string, n int) string {
	runes := []rune(printable.Escape(text))
	if len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return string(runes)
}

// line tells how many mails there were of each kind.
func (b batch) line() string {
	var parts []string
	for _, status := range []ses.MailStatus{ses.MailSent, ses.MailSuppressed, ses.MailRefused, ses.MailThrottled, ses.MailNotSent, ses.MailUnknown} {
		for _, name := range []string{string(status), string(status) + " earlier"} {
			if n := b.counts[name]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, name))
			}
		}
	}
	return strings.Join(parts, ", ")
}

// err tells whether there are mails that were not sent, or may not have been.
func (b batch) err() error {
	n := len(b.results)
	for _, r := range b.results {
		if r.Err == nil && r.Unkept == nil {
			n--
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d mails are not sent, or may not be", n, len(b.results))
}
