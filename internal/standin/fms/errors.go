package fms

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// All errors of Firewall Manager have status 400 in the API reference, that of a
// system problem too. Messages are our own, but for the one of notAdmin.

func invalid(message string) error {
	return awstest.Status(http.StatusBadRequest, &types.InvalidInputException{Message: &message})
}

func invalidOperation(message string) error {
	return awstest.Status(http.StatusBadRequest, &types.InvalidOperationException{Message: &message})
}

func invalidType(message string) error {
	return awstest.Status(http.StatusBadRequest, &types.InvalidTypeException{Message: &message})
}

func notFound(what string) error {
	return awstest.Status(http.StatusBadRequest, &types.ResourceNotFoundException{Message: aws.String(what + " not found")})
}

// notAdmin is what people report that accounts are told which administer nothing.
func notAdmin(operation string) error {
	return awstest.Error(http.StatusBadRequest, "AccessDeniedException",
		"Operation: "+operation+" is only available to Administration account in AWS Firewall Manager.")
}

func notImplemented(what string) error {
	return awstest.Error(http.StatusNotImplemented, "NotImplemented", "the stand-in for Firewall Manager does not know "+what)
}

// InternalError is the system problem that the API reference asks to retry.
func InternalError() error {
	return awstest.Status(http.StatusBadRequest, &types.InternalErrorException{Message: aws.String("Internal error")})
}
