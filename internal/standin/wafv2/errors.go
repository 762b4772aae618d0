package wafv2

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Messages are those that users report.

func invalid(reason, field, parameter string) error {
	return awstest.Status(http.StatusBadRequest, &types.WAFInvalidParameterException{
		Message: aws.String("Error reason: " + reason + ", field: " + field + ", parameter: " + parameter),
		Reason:  &reason, Field: types.ParameterExceptionField(field), Parameter: &parameter,
	})
}

func badForm(field, parameter string) error {
	return invalid("The parameter contains formatting that is not valid.", field, parameter)
}

func nonexistent() error {
	return awstest.Status(http.StatusBadRequest, &types.WAFNonexistentItemException{
		Message: aws.String("AWS WAF couldn’t perform the operation because your resource doesn’t exist."),
	})
}

func optimisticLock() error {
	return awstest.Status(http.StatusBadRequest, &types.WAFOptimisticLockException{
		Message: aws.String("AWS WAF couldn’t save your changes because someone changed the resource after you started to edit it. Reapply your changes."),
	})
}

func duplicate() error {
	return awstest.Status(http.StatusBadRequest, &types.WAFDuplicateItemException{
		Message: aws.String("AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing one."),
	})
}

func limitsExceeded() error {
	return awstest.Status(http.StatusBadRequest, &types.WAFLimitsExceededException{
		Message: aws.String("AWS WAF couldn’t perform the operation because you exceeded your resource limit."),
	})
}

func associated() error {
	return awstest.Status(http.StatusBadRequest, &types.WAFAssociatedItemException{
		Message: aws.String("AWS WAF couldn’t perform the operation because your resource is being used by another resource or it’s associated with another resource."),
	})
}
