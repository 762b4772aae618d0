package textract

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/macie/ocr"
)

const modelVersion = "1.0"

func (s *Service) detectDocumentText(ctx context.Context, in *textractsdk.DetectDocumentTextInput) (*textractsdk.DetectDocumentTextOutput, error) {
	if _, err := s.enter(ctx, detectOperation); err != nil {
		return nil, err
	}
	if err := checkDocument(in.Document); err != nil {
		return nil, err
	}
	document, content := Document{}, in.Document.Bytes
	if in.Document.S3Object != nil {
		var err error
		if document, content, err = s.load(ctx, in.Document.S3Object); err != nil {
			return nil, err
		}
	}
	f, err := checkFile(content, detectLimit)
	if err != nil {
		return nil, err
	}
	r, err := s.result(f, content)
	switch {
	case err != nil || len(r.unread) > 0:
		return nil, badDocument()
	case r.total > 1:
		return nil, unsupportedDocument()
	}
	s.bill(document, Pages{Sync: 1})
	return &textractsdk.DetectDocumentTextOutput{
		Blocks:                         r.blocks(s.nextRun(), f.paged()),
		DetectDocumentTextModelVersion: aws.String(modelVersion),
		DocumentMetadata:               &types.DocumentMetadata{Pages: aws.Int32(1)},
	}, nil
}

// A result is what was read in a file.
type result struct {
	pages  []ocr.Page
	unread []int // numbers of pages that could not be read
	total  int   // of both
}

// result reads a file of a format.
func (s *Service) result(f format, content []byte) (result, error) {
	if f.oversized(content) {
		return result{}, fmt.Errorf("textract: a side has more than %d pixels", maxSide)
	}
	pages, err := s.reader(content)
	var r result
	if partial, ok := errors.AsType[*PartialError](err); ok {
		r.unread = partial.Pages
	} else if err != nil {
		return result{}, err
	}
	for i, p := range pages {
		if p.Number == 0 {
			p.Number = i + 1
		}
		r.pages = append(r.pages, p)
		r.total = max(r.total, p.Number)
	}
	for _, number := range r.unread {
		r.total = max(r.total, number)
	}
	if r.total == 0 { // an image without text
		r.pages, r.total = []ocr.Page{{Number: 1}}, 1
	}
	if !f.paged() && r.total > 1 {
		panic("textract: the Reader found several pages in a PNG or JPEG")
	}
	return r, nil
}

// blocks returns the blocks of a result. Answers to synchronous calls do not tell
// the page of a PNG or JPEG.
func (r result) blocks(run int, numbered bool) []types.Block {
	m := blockMaker{run: run}
	for _, p := range r.pages {
		if numbered {
			m.page = aws.Int32(int32(p.Number))
		}
		m.addPage(p)
	}
	return m.blocks
}

func (s *Service) nextRun() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs++
	return s.runs
}
