package textract

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (s *Service) getDocumentTextDetection(ctx context.Context, in *textractsdk.GetDocumentTextDetectionInput) (*textractsdk.GetDocumentTextDetectionOutput, error) {
	caller, err := s.enter(ctx, getOperation)
	if err != nil {
		return nil, err
	}
	if err := checkGet(in); err != nil {
		return nil, err
	}
	j, ok := s.job(caller, *in.JobId)
	if !ok {
		return nil, invalidJobID()
	}
	out := &textractsdk.GetDocumentTextDetectionOutput{
		DetectDocumentTextModelVersion: aws.String(modelVersion),
		JobStatus:                      types.JobStatusInProgress,
	}
	from, err := offset(j, in.NextToken)
	if err != nil || !j.ended(time.Now()) {
		return out, err
	}
	out.JobStatus, out.StatusMessage, out.Warnings = j.status, set(j.message), cloneWarnings(j.warnings)
	if j.status == types.JobStatusFailed {
		return out, nil
	}
	out.DocumentMetadata = &types.DocumentMetadata{Pages: aws.Int32(int32(j.pages))}
	to := min(from+s.pageSize(in.MaxResults), len(j.blocks))
	out.Blocks = cloneBlocks(j.blocks[from:to])
	if to < len(j.blocks) {
		out.NextToken = aws.String(pageToken(j.id, to))
	}
	return out, nil
}

// job returns a job as it is now.
func (s *Service) job(caller awstest.Caller, id string) (job, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tenant(caller)
	t.forget(time.Now())
	j, ok := t.jobs[id]
	if !ok {
		return job{}, false
	}
	return *j, true
}

func (s *Service) pageSize(asked *int32) int {
	size := maxBlocks
	if asked != nil {
		size = min(size, int(*asked))
	}
	if s.PageSize > 0 {
		size = min(size, s.PageSize)
	}
	return size
}

// pageToken names the first block of the next page. It holds for one job.
func pageToken(id string, from int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s %d", id[:16], from))
}

// offset returns the block that a page begins with.
func offset(j job, token *string) (int, error) {
	if token == nil {
		return 0, nil
	}
	var id string
	var from int
	text, _ := base64.StdEncoding.DecodeString(*token)
	if _, err := fmt.Sscanf(string(text), "%s %d", &id, &from); err != nil || from < 1 || from >= len(j.blocks) || pageToken(j.id, from) != *token {
		return 0, refuse(&types.InvalidParameterException{}, "Request has invalid pagination token")
	}
	return from, nil
}

// cloneBlocks copies blocks, since the caller may change what an answer holds.
func cloneBlocks(blocks []types.Block) []types.Block {
	blocks = slices.Clone(blocks)
	for i := range blocks {
		b := &blocks[i]
		b.Id, b.Page, b.Text, b.Confidence = clone(b.Id), clone(b.Page), clone(b.Text), clone(b.Confidence)
		b.Geometry = &types.Geometry{BoundingBox: clone(b.Geometry.BoundingBox), Polygon: slices.Clone(b.Geometry.Polygon)}
		b.Relationships = slices.Clone(b.Relationships)
		for j := range b.Relationships {
			b.Relationships[j].Ids = slices.Clone(b.Relationships[j].Ids)
		}
	}
	return blocks
}

func cloneWarnings(warnings []types.Warning) []types.Warning {
	warnings = slices.Clone(warnings)
	for i, w := range warnings {
		warnings[i] = types.Warning{ErrorCode: clone(w.ErrorCode), Pages: slices.Clone(w.Pages)}
	}
	return warnings
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}
