module github.com/awspatterns/awspatterns

go 1.26
